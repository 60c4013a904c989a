"""XGBoost: fits of its estimators, `train` and `cv`, answered from the store.

A `DMatrix` is a handle of C++: it is known by what it was made of and by the labels, weights and names it has now. What
is printed on the way is printed again. The library has a hidden random stream that each training from scratch seeds
anew, and a `DMatrix` remembers the bins of its first training: before something depends on either, the call that
was answered last is made after all.
"""

from __future__ import annotations

import copy
import functools
import json
import sys
import weakref
from collections.abc import Callable
from types import FunctionType
from typing import Any

from mliter_tui.kernel.recall import Recall
from mliter_tui.operators.boosting import bound, leads_outside, own_parameters, places
from mliter_tui.operators.estimators import Library, attributes, put_back, see_to_all

_SETTERS = (
    "set_info", "set_label", "set_weight", "set_base_margin", "set_group", "set_float_info", "set_float_info_npy2d",
    "set_uint_info",
)  # fmt: skip
_FLOATS = ("label", "weight", "base_margin", "label_lower_bound", "label_upper_bound", "feature_weights")
_CALLBACKS = ("EarlyStopping", "EvaluationMonitor", "LearningRateScheduler")
Trained = tuple[Callable[[Any], None], bool]
_SAMPLES = ("subsample", "colsample_bytree", "colsample_bylevel", "colsample_bynode")


class _Hidden:
    """What of the library's own state stands where plain Python would have it.

    last: the training that was made or answered last, to be made again; real: it was made. made_of: what each matrix
    was made of. trained: the trainings of each matrix, by their parameters, in order: (it, whether it was made).
    """

    def __init__(self) -> None:
        self.classes: set[type] = set()
        self.last: Callable[[], Any] | None = None
        self.real = True
        self.made_of: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
        self.trained: weakref.WeakKeyDictionary[Any, dict[str, Trained]] = weakref.WeakKeyDictionary()

    def begins(self) -> None:
        """A training is made, which seeds the stream itself, or goes on from it as it is."""
        self.real = True

    def after(self, call: Callable[[], Any], made: bool) -> None:
        self.last, self.real = call, made

    def pay(self, recall: Recall) -> None:
        """Make what was only answered: something is about to depend on what it leaves behind."""
        if not self.real and self.last is not None:
            self.real = True
            recall.aside(self.last)


_hidden = _Hidden()


def install(recall: Recall) -> None:
    """See to the classes and functions of the package."""
    library: Any = sys.modules.get("xgboost")
    core, training, wrapper = (sys.modules.get(f"xgboost.{name}") for name in ("core", "training", "sklearn"))
    if library is None or core is None or training is None or core.DMatrix in _hidden.classes:
        return
    _hidden.classes.add(core.DMatrix)
    for cls in (core.DMatrix, core.QuantileDMatrix):
        cls.__init__ = _matrix(recall, cls.__init__)
    core.DMatrix.slice = _slice(recall, core.DMatrix.slice)
    for name in _SETTERS:
        setattr(core.DMatrix, name, _setter(recall, getattr(core.DMatrix, name)))
    for name in ("update", "boost"):
        setattr(core.Booster, name, _paid(recall, getattr(core.Booster, name)))
    library.train = _train(recall, training.train)  # its own estimators go on with the other
    library.cv = _cv(recall, training.cv)
    if wrapper is not None:
        estimators = Library(
            _covers, lambda estimator: own_parameters(estimator, ("objective",)), functools.partial(_declines, recall),
            _settings, prints=True, ahead=lambda _: _hidden.begins(), after=_hidden.after,
        )  # fmt: skip
        see_to_all(recall, estimators, [wrapper.XGBModel])


def _covers(cls: type) -> bool:
    return cls.__module__ == "xgboost.sklearn"


def _settings() -> str:
    library = sys.modules["xgboost"]
    return f"{library.__version__} {sorted(library.get_config().items())!r}"


def _declines(recall: Recall, kind: str, estimator: Any, parameters: dict[str, Any], args: Any, kwargs: Any) -> bool:
    distributed = getattr(sys.modules.get("xgboost.collective"), "is_distributed", bool)()
    if kind != "fit":
        return bool(distributed)
    model = kwargs.get("xgb_model")
    if model is not None:
        _hidden.pay(recall)
    more = parameters | (parameters.get("kwargs") or {})
    continues = model is not None and not _steady(getattr(model, "_Booster", model), more)
    return bool(distributed or len(args) > 2 or parameters.get("callbacks") or leads_outside(more) or continues)


def _steady(model: Any, parameters: Any) -> bool:
    """Whether training on from a model draws nothing, so that it does not depend on where the hidden stream is."""
    if not hasattr(model, "save_config") or not hasattr(model, "handle"):
        return False
    told: dict[str, Any] = {}

    def gather(part: Any) -> None:
        for name, value in part.items() if isinstance(part, dict) else ():
            told.setdefault(name, value)
            gather(value)

    gather(json.loads(model.save_config()))
    given = dict(parameters or {})
    booster = given.get("booster") or told.get("name")
    shares = [given[name] if given.get(name) is not None else told.get(name, 1) for name in _SAMPLES]
    ranks = str(given.get("objective") or told.get("objective", "")).count("rank:")
    return booster == "gbtree" and not ranks and all(float(share) == 1 for share in shares)


# -- matrices ----------------------------------------------------------------------------------------------------------


def _matrix(recall: Recall, init: FunctionType) -> Callable[..., None]:
    @functools.wraps(init)
    def wrapper(self: Any, /, *args: Any, **kwargs: Any) -> None:
        seen = not recall.watching and recall.usable("DMatrix")
        content = _given(recall, type(self), args, kwargs) if seen else None
        init(self, *args, **kwargs)
        if content is not None:
            _hidden.made_of[self] = content

    return wrapper


def _given(recall: Recall, cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """What a matrix is about to be made of."""
    data = args[0] if args else kwargs.get("data")
    if not isinstance(data, (list, tuple)) and not hasattr(data, "shape"):  # a file, an iterator, another handle
        return None
    words = dict(kwargs)
    if words.get("ref") is not None:
        words["ref"] = content_of(recall, words["ref"])
        if words["ref"] is None:
            return None
    look = recall.look("DMatrix", [*args, *words.values()], f"{cls.__name__} {len(args)} {list(words)} {_settings()}")
    return look.fp if look is not None else None


def content_of(recall: Recall, matrix: Any) -> str | None:
    """What a matrix is, with the labels, weights and names it has now; None where that is not known."""
    made = _hidden.made_of.get(matrix)
    if made is None:
        return None
    found: list[Any] = [made, type(matrix).__name__, matrix.feature_names, matrix.feature_types, matrix.missing]
    found += [matrix.num_row(), matrix.num_col(), matrix.get_uint_info("group_ptr")]
    for name in _FLOATS:
        try:
            found.append(matrix.get_float_info(name))
        except ValueError:  # this version has none of the name
            found.append(None)
    look = recall.look("DMatrix", found)
    return look.fp if look is not None else None


def _slice(recall: Recall, original: FunctionType) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        made = original(self, *args, **kwargs)
        content = content_of(recall, self) if recall.usable("DMatrix") else None
        look = recall.look("DMatrix", [content, args, kwargs], "slice") if content is not None else None
        if look is not None:
            _hidden.made_of[made] = look.fp
        return made

    return wrapper


def _setter(recall: Recall, original: FunctionType) -> Callable[..., Any]:
    """What is set changes the bins that a later training would make; those of an earlier one stay."""

    @functools.wraps(original)
    def wrapper(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        trained = _hidden.trained.pop(self, {})
        if trained:
            _hidden.made_of.pop(self, None)  # how it goes on depends on more than what it is
        if not all(made for _, made in trained.values()):
            for train, _ in trained.values():
                recall.aside(functools.partial(train, self))
            _hidden.real = False
        return original(self, *args, **kwargs)

    return wrapper


def _paid(recall: Recall, original: FunctionType) -> Callable[..., Any]:
    """A training by hand goes on from where the hidden stream is."""

    @functools.wraps(original)
    def wrapper(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not _hidden.real and not recall.watching:
            _hidden.pay(recall)
        return original(self, *args, **kwargs)

    return wrapper


# -- functions ---------------------------------------------------------------------------------------------------------


def _train(recall: Recall, original: FunctionType) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        name, call = "xgboost.train", functools.partial(original, *args, **kwargs)
        given = bound(original, args, kwargs)
        if given is None or not recall.usable(name):
            return _made(call, given)
        if given["xgb_model"] is not None:
            _hidden.pay(recall)
        callbacks, parts = list(given["callbacks"] or ()), _parts(recall, given)
        if parts is None:
            return _made(call, given)
        look = recall.look(name, [*parts, [(type(c).__name__, attributes(c)) for c in callbacks]], _settings())
        if look is None:
            return _made(call, given)
        (kept,) = recall.ask([name], [look])
        again = functools.partial(original, **{**given, "evals_result": None, "params": copy.deepcopy(given["params"])})
        if kept is not recall.nothing:
            booster, history, after = kept
            for callback, state in zip(callbacks, after):
                put_back(callback, state)
            if given["evals_result"] is not None:
                given["evals_result"].update(history)
            _remember(given, False)
            _hidden.after(again, False)
            return booster
        history = {}
        watched = functools.partial(original, **{**given, "evals_result": history})
        done = recall.run(name, lambda: _made(watched, given), prints=True)
        value = done.result, history, [attributes(callback) for callback in callbacks]
        recall.keep(name, parts, look, done, value)
        if given["evals_result"] is not None:
            given["evals_result"].update(history)
        _hidden.after(again, True)
        return done.result

    return wrapper


def _made(call: Callable[[], Any], given: dict[str, Any] | None) -> Any:
    _hidden.begins()
    result = call()
    _hidden.after(call, True)
    if given is not None:
        _remember(given, True)
    return result


def _remember(given: dict[str, Any], made: bool) -> None:
    """A matrix was trained on, or would have been."""
    parameters, model, matrix = copy.copy(given["params"]), given.get("xgb_model"), given["dtrain"]
    if matrix in _hidden.made_of:

        def train(matrix: Any) -> None:
            sys.modules["xgboost.training"].train(parameters, matrix, 1, xgb_model=model, verbose_eval=False)

        trained, key = _hidden.trained.setdefault(matrix, {}), repr(parameters)
        trained.pop(key, None)
        trained[key] = train, made


def _parts(recall: Recall, given: dict[str, Any]) -> list[Any] | None:
    """What a training depends on, its callbacks aside; None where that is not known."""
    model, callbacks, params = given["xgb_model"], given["callbacks"] or (), given["params"]
    if leads_outside(params) or not all(type(c).__name__ in _CALLBACKS and _own(c) for c in callbacks):
        return None
    if model is not None and not _steady(model, params):
        return None
    if getattr(sys.modules.get("xgboost.collective"), "is_distributed", bool)():
        return None
    matrices = [given["dtrain"], *(matrix for matrix, _ in given.get("evals") or ())]
    contents = [content_of(recall, matrix) for matrix in matrices]
    if None in contents:
        return None
    names = [name for _, name in given.get("evals") or ()]
    aside = {"dtrain", "evals", "evals_result", "callbacks", "xgb_model", "params"}
    rest = {name: value for name, value in given.items() if name not in aside}
    return [contents, places(matrices), names, rest, params, model]


def _own(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "xgboost"


def _cv(recall: Recall, original: FunctionType) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        name, call = "xgboost.cv", functools.partial(original, *args, **kwargs)
        given = bound(original, args, kwargs)
        if given is None or any(given[n] is not None for n in ("obj", "custom_metric", "fpreproc")):
            return _made(call, given)
        parts = _parts(recall, given | {"xgb_model": None}) if recall.usable(name) and not given["callbacks"] else None
        look = recall.look(name, parts, _settings()) if parts is not None else None
        if look is None:
            return _made(call, given)
        (kept,) = recall.ask([name], [look])
        if kept is not recall.nothing:
            _draw(given)
            _hidden.after(call, False)
            return kept
        done = recall.run(name, lambda: _made(call, given), prints=True)
        if set(done.drew) <= {"rng:numpy"}:  # it seeds that stream itself, and what it draws is drawn again
            recall.keep(name, parts or [], look, done._replace(drew=()), done.result)
        return done.result

    return wrapper


def _draw(given: dict[str, Any]) -> None:
    """Leave NumPy's stream as the making of the folds does."""
    random = sys.modules["numpy"].random
    random.seed(given["seed"])
    if given["stratified"] is False and given["folds"] is None and given["shuffle"] is True:
        groups = len(given["dtrain"].get_uint_info("group_ptr"))
        random.permutation(groups - 1 if groups > 1 else given["dtrain"].num_row())
