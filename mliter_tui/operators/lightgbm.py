"""LightGBM: fits of its estimators, `train` and `cv`, answered from the store.

A `Dataset` is a handle of C++ once it is constructed, and mostly lets go of what it was made of. It is known by that,
read as it is constructed, and by the labels, weights and scores it has now. `train` and `cv` themselves prepare their
data sets, in any case; they are answered at the first boosting round. What is printed on the way is printed again.
"""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Callable
from types import FunctionType
from typing import Any

from mliter_tui.kernel.calls import Running
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.recall import Look, Recall
from mliter_tui.operators.boosting import bound, leads_outside, own_parameters, places
from mliter_tui.operators.estimators import Library, attributes, put_back, see_to_all

_CALLBACKS = (
    "_EarlyStoppingCallback", "_LogEvaluationCallback", "_RecordEvaluationCallback", "_ResetParameterCallback",
)  # fmt: skip
_FIELDS = ("label", "weight", "init_score", "group", "position")
_MADE_OF = (
    "data", "label", "weight", "group", "position", "init_score", "feature_name", "categorical_feature",
    "used_indices", "pandas_categorical",
)  # fmt: skip
_BOOSTING = frozenset(
    "learning_rate num_leaves max_depth lambda_l1 lambda_l2 reg_alpha reg_lambda metric num_iterations n_estimators"
    " bagging_fraction subsample bagging_freq subsample_freq bagging_seed feature_fraction colsample_bytree"
    " feature_fraction_bynode early_stopping_round early_stopping_rounds first_metric_only min_split_gain"
    " min_gain_to_split min_child_weight min_sum_hessian_in_leaf boosting boosting_type verbosity verbose".split()
)
"""Parameters that a data set is given with the others, though it is the same whatever they are."""


class _Seen:
    """What was seen to. made_of: what each constructed data set was made of."""

    def __init__(self) -> None:
        self.classes: set[type] = set()
        self.made_of: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
        self.constructing: set[int] = set()


_seen = _Seen()


def install(recall: Recall) -> None:
    """See to the classes and functions of the package."""
    library: Any = sys.modules.get("lightgbm")
    basic, engine, wrapper = (sys.modules.get(f"lightgbm.{name}") for name in ("basic", "engine", "sklearn"))
    if library is None or basic is None or engine is None or basic.Dataset in _seen.classes:
        return
    _seen.classes.add(basic.Dataset)
    basic.Dataset.construct = _construct(recall, basic.Dataset.construct)
    basic.Dataset.add_features_from = _forgets(basic.Dataset.add_features_from)
    library.train = _boosted(recall, engine.train, "lightgbm.train")  # its own estimators go on with the other
    library.cv = _boosted(recall, engine.cv, "lightgbm.cv")
    if wrapper is not None:
        estimators = Library(_covers, own_parameters, _declines, _settings, prints=True, ahead=_count, loose=_loose)
        see_to_all(recall, estimators, [wrapper.LGBMModel])


def _covers(cls: type) -> bool:
    return cls.__module__ == "lightgbm.sklearn"


def _settings() -> str:
    return str(sys.modules["lightgbm"].__version__)


def _plain_log() -> bool:
    """Whether what the library says is printed, and nobody was registered to be told."""
    return type(getattr(sys.modules["lightgbm.basic"], "_LOGGER", None)).__name__ == "_DummyLogger"


def _known(callbacks: Any) -> bool:
    return all(type(c).__name__ in _CALLBACKS and type(c).__module__ == "lightgbm.callback" for c in callbacks or ())


def _declines(kind: str, estimator: Any, parameters: dict[str, Any], args: Any, kwargs: Any) -> bool:
    if kind not in ("fit", "partial_fit"):
        return False
    more = parameters | dict(getattr(estimator, "_other_params", {}))
    model = kwargs.get("init_model")
    outside = leads_outside(more) or isinstance(model, str) or hasattr(model, "__fspath__")
    return outside or len(args) > 3 or not _plain_log() or not _known(kwargs.get("callbacks"))


def _count(estimator: Any) -> None:
    """Have the processors counted, which may warn, and is done once in a process."""
    jobs = getattr(estimator, "n_jobs", None)
    count = getattr(sys.modules["lightgbm.sklearn"], "_LGBMCpuCount", None)
    if count is not None and (jobs is None or jobs < 0):
        count(only_physical_cores=jobs is None)


def _loose(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """Callbacks are called back, and change by that."""
    return list(kwargs.get("callbacks") or ())


# -- data sets ---------------------------------------------------------------------------------------------------------


def _construct(recall: Recall, original: FunctionType) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        if self._handle is not None or identity(self) in _seen.constructing:
            return original(self, *args, **kwargs)
        content = _pending(recall, self) if not recall.watching and recall.usable("Dataset") else None
        _seen.constructing.add(identity(self))
        try:
            result = original(self, *args, **kwargs)
        finally:
            _seen.constructing.discard(identity(self))
        _seen.made_of.pop(self, None)
        if content is not None:
            _seen.made_of[self] = content
        return result

    return wrapper


def _forgets(original: FunctionType) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        _seen.made_of.pop(self, None)
        return original(self, *args, **kwargs)

    return wrapper


def _pending(recall: Recall, dataset: Any) -> str | None:
    """What a data set is about to be made of."""
    reference, params = dataset.reference, dataset.params or {}
    made: str | None = ""
    if reference is not None:
        made = _pending(recall, reference) if reference._handle is None else content_of(recall, reference)
    data = dataset.data
    readable = hasattr(data, "shape") or (data is None and dataset.used_indices is not None)
    if made is None or not readable or leads_outside(params):
        return None
    parts = [getattr(dataset, name, None) for name in _MADE_OF]
    look = recall.look("Dataset", [made, _of_data(params), *parts], _settings())
    return look.fp if look is not None else None


def _of_data(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sorted(params.items()) if name not in _BOOSTING}


def content_of(recall: Recall, dataset: Any) -> str | None:
    """What a constructed data set is, with the labels, weights and scores it has now; None where that is not known."""
    made = _seen.made_of.get(dataset)
    if made is None or dataset._handle is None:
        return None
    found: list[Any] = [made, dataset.feature_name, dataset.categorical_feature, dataset.pandas_categorical]
    for name in _FIELDS:
        try:
            found.append(dataset.get_field(name))
        except Exception:  # of the library's own kind: it has none
            found.append(None)
    look = recall.look("Dataset", found)
    return look.fp if look is not None else None


# -- functions ---------------------------------------------------------------------------------------------------------


class _Answered(Exception):
    """Boosting need not begin. kept: what it would come to."""

    def __init__(self, kept: Any) -> None:
        self.kept = kept


class _Gate:
    """A callback that comes before all others in the first round, when the data sets are made."""

    order, before_iteration = -(10**9), True

    def __init__(self, recall: Recall, name: str, given: dict[str, Any]) -> None:
        self._recall, self._name, self._given = recall, name, given
        self._passed = False
        self.look: Look | None = None
        self.parts: list[Any] = []
        self.running: Running | None = None

    def __call__(self, env: Any) -> None:
        if self._passed:
            return
        self._passed = True
        parts = self._parts(env)
        if parts is None:
            return
        callbacks = [(type(c).__name__, attributes(c)) for c in self._given["callbacks"] or ()]
        self.look, self.parts = self._recall.look(self._name, [*parts, callbacks], _settings(), own=1), parts
        if self.look is None:
            return
        (kept,) = self._recall.ask([self._name], [self.look])
        if kept is not self._recall.nothing:
            raise _Answered(kept)
        self.running = self._recall.begun(self._name, prints=True)

    def _parts(self, env: Any) -> list[Any] | None:
        """What boosting depends on, callbacks aside; None where that is not known. The first part may be a model."""
        given, recall = self._given, self._recall
        train, others, folds = given["train_set"], given.get("valid_sets"), None
        if hasattr(env.model, "boosters"):
            folds = [[each.train_set.used_indices, *(v.used_indices for v in each.valid_sets)]
                     for each in env.model.boosters]  # fmt: skip
        sets = [train, *(others if isinstance(others, (list, tuple)) else [] if others is None else [others])]
        contents = [content_of(recall, each) for each in sets]
        if None in contents:
            return None
        aside = {"train_set", "valid_sets", "callbacks", "init_model", "params", "folds"}
        rest = {name: value for name, value in given.items() if name not in aside}
        return [given["init_model"], contents, places(sets), folds, rest, given["params"]]


def _boosted(recall: Recall, original: FunctionType, name: str) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        given = bound(original, args, kwargs)
        if given is None or not recall.usable(name) or not _tellable(given):
            return original(*args, **kwargs)
        gate, callbacks = _Gate(recall, name, given), list(given["callbacks"] or ())
        try:
            result = original(**{**given, "callbacks": [*callbacks, gate]})
        except _Answered as answer:
            result, after = answer.kept
            for callback, state in zip(callbacks, after):
                put_back(callback, state)
            return result
        finally:
            if gate.running is not None:
                gate.running.over()
        if gate.running is not None and gate.look is not None:
            done = gate.running.done(result)
            recall.keep(name, gate.parts, gate.look, done, (result, [attributes(callback) for callback in callbacks]))
        return result

    return wrapper


def _tellable(given: dict[str, Any]) -> bool:
    """Whether a call can be known at all by what it is given."""
    model = given["init_model"]
    if isinstance(model, str) or hasattr(model, "__fspath__") or not isinstance(given["params"], dict):
        return False
    if given.get("keep_training_booster") or given.get("return_cvbooster") or given.get("fpreproc") is not None:
        return False
    return not leads_outside(given["params"]) and _known(given["callbacks"]) and _plain_log()
