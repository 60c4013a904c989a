"""scikit-learn: fits of its estimators, and the (candidate, split) of its searches and cross-validations.

Methods of every class of the package are looked up, see `operators.estimators`. `Pipeline` and `FeatureUnion` fit the
very objects they are made of, so their steps are answered one by one. Tasks of `sklearn.utils.parallel.Parallel` are
answered before they are handed to workers: splits wherever they would run, so that `cv_results_` holds the times that
were recorded, and members of ensembles and branches where that is another process.
"""

from __future__ import annotations

import functools
import itertools
import pickle
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from mliter_tui.kernel.calls import Done
from mliter_tui.kernel.recall import Recall
from mliter_tui.operators.estimators import FITS, Library, see_to, subclasses
from mliter_tui.operators.matrices import Matrix

_HOME = "sklearn.model_selection._validation"
_SPLITS = "sklearn.model_selection._split"
_SCORERS = "sklearn.metrics._scorer"
_IN_PLACE = frozenset({"Pipeline", "FeatureUnion"})
_TASKS = {"_fit_and_score": "score of a split", "_fit_and_predict": "prediction of a split"}
_MEMBERS = {
    ("sklearn.ensemble._base", "_fit_single_estimator"): "fit of a member",
    ("sklearn.multiclass", "_fit_binary"): "fit of a class",
    ("sklearn.multiclass", "_fit_ovo_binary"): "fit of two classes",
    ("sklearn.multioutput", "_fit_estimator"): "fit of an output",
    ("sklearn.pipeline", "_fit_transform_one"): "fit_transform of a branch",
    ("sklearn.pipeline", "_fit_one"): "fit of a branch",
    (_HOME, "_incremental_fit_estimator"): "growing fit of a split",
    (_HOME, "_permutation_test_score"): "score of a permutation",
    (_HOME, "cross_val_predict"): "prediction of all splits",
}
"""Tasks that worker processes are given; where there are none, the fits in them are seen one by one."""
_GIVEN = frozenset(
    "estimator X y scorer train test parameters fit_params score_params return_train_score return_parameters method"
    " return_n_test_samples return_times return_estimator error_score".split()
)
_SPOKEN = frozenset("split_progress candidate_progress verbose caller callback_ctx".split())
"""Arguments that count only for what is told on the way."""


class _Library:
    """What was seen to, in this process."""

    def __init__(self) -> None:
        self.classes: set[type] = set()
        self.modules = 0


_seen = _Library()


def install(recall: Recall) -> None:
    """See to all classes of the package that are there by now. Costs a glance where no module has come."""
    base = sys.modules.get("sklearn.base")
    if base is None or _seen.modules == len(sys.modules):
        return
    _seen.modules = len(sys.modules)
    for cls in subclasses([getattr(base, n) for n in dir(base) if n.endswith(("BaseEstimator", "Mixin"))]):
        if cls not in _seen.classes and cls.__module__.startswith("sklearn."):
            _seen.classes.add(cls)
            see_to(recall, _LIBRARY, cls)
    parallel = getattr(sys.modules.get("sklearn.utils.parallel"), "Parallel", None)
    if parallel is not None and parallel not in _seen.classes:
        _seen.classes.add(parallel)
        parallel.__call__ = _answered(recall, parallel.__call__)


def _settings() -> str:
    """What of the package's configuration a result may depend on."""
    library = sys.modules["sklearn"]
    config = {k: repr(v) for k, v in library.get_config().items() if k != "skip_parameter_validation"}
    return f"{library.__version__} {sorted(config.items())!r}"


# -- methods -----------------------------------------------------------------------------------------------------------


def _covers(cls: type) -> bool:
    return cls.__module__.startswith("sklearn.") and cls.__name__ not in _IN_PLACE


def _parameters(estimator: Any) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = estimator.get_params(deep=False)
    except Exception:  # of any class; the call itself will tell
        return None
    mine = vars(estimator)
    return found if all(name in mine and mine[name] is value for name, value in found.items()) else None


def _declines(kind: str, estimator: Any, parameters: dict[str, Any], args: Any, kwargs: Any) -> bool:
    """Whether somebody is told how the call goes on."""
    if kind not in FITS:
        return False
    context = getattr(estimator, "_parent_callback_ctx", None)
    above = context is not None and getattr(context, "_callbacks", True)
    return bool(parameters.get("verbose") or above or getattr(estimator, "_skl_callbacks", None))


_LIBRARY = Library(_covers, _parameters, _declines, _settings)


# -- tasks -------------------------------------------------------------------------------------------------------------


def _answered(recall: Recall, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def wrapper(self: Any, iterable: Iterable[Any]) -> Any:
        tasks = iter(iterable)
        first = next(tasks, None)
        rest = itertools.chain([first] if first is not None else [], tasks)
        label, split = _label(first)
        alone = _in_this_process(self)
        if not label or getattr(self, "return_generator", False) or self.verbose or not recall.usable(label):
            return call(self, rest)
        if not split and (alone or _shares(self)):  # then the methods of what is fitted are seen to
            return call(self, rest)
        matrix = Matrix(recall, label) if split else None
        with recall.holding():
            if alone and recall.seeded():  # each may draw from where the one before has left the stream
                return [result for task in rest for result in _tasks(recall, call, self, [task], True, matrix)]
            return _tasks(recall, call, self, list(rest), alone, matrix)

    return wrapper


def _label(task: Any) -> tuple[str, bool]:
    """(what a task is called, whether it is a split), if it is known and nothing is to be told of it on the way."""
    if task is None or not isinstance(task, tuple) or len(task) != 3:
        return "", False
    function, args, kwargs = getattr(task[0], "function", None), task[1], task[2]
    name, module = getattr(function, "__name__", ""), getattr(function, "__module__", "")
    split = _TASKS.get(name) if module == _HOME else None
    known = split or _MEMBERS.get((module, name))
    if known is None or any(kwargs.get(word) for word in ("verbose", "message")):
        return "", False
    told = kwargs.get("callback_ctx")
    if split and not kwargs.keys() <= _GIVEN | _SPOKEN or (told is not None and getattr(told, "_callbacks", True)):
        return "", False
    estimator = next((kwargs[word] for word in ("estimator", "transformer") if word in kwargs), None)
    if estimator is None:
        estimator = next((each for each in args if hasattr(each, "get_params")), None)
    return f"{type(estimator).__name__}: {known}", split is not None


def _in_this_process(parallel: Any) -> bool:
    effective = getattr(sys.modules.get("joblib"), "effective_n_jobs", None)
    return effective is not None and effective(parallel.n_jobs) == 1


def _shares(parallel: Any) -> bool:
    """Whether its workers are threads, which are given the very objects."""
    backend = getattr(parallel, "_backend", None)
    return backend is None or bool(getattr(backend, "supports_sharedmem", False))


def _tasks(
    recall: Recall, call: Callable[..., Any], parallel: Any, tasks: list[Any], alone: bool, matrix: Matrix | None
) -> list[Any]:
    """Answer what is known, have the rest made as it would be, keep what came of it."""
    names = [_label(task)[0] for task in tasks]
    settings = _settings()
    given = [[*args, *(v for k, v in kwargs.items() if k not in _SPOKEN)] for _, args, kwargs in tasks]
    parts = [[_read(value) for value in each] for each in given]
    looks = [  # a split's estimator is a clone, which nobody else sees
        recall.look(name, each, f"{len(task[1])} {[k for k in task[2] if k not in _SPOKEN]} {settings}",
                    own=int(matrix is not None and bool(task[1])))
        for name, each, task in zip(names, parts, tasks)
    ]  # fmt: skip
    places: list[Any] = [matrix.place(task) if matrix else () for task in tasks]
    results = recall.ask(names, looks, places)
    missing = [at for at, result in enumerate(results) if result is recall.nothing]
    if matrix is not None:
        matrix.scored((places[at], result) for at, result in enumerate(results) if result is not recall.nothing)
    if not missing:
        return results

    def keep(at: int, done: Done) -> None:
        results[at] = done.result
        if (look := looks[at]) is not None:
            value = done.result if alone else _apart(done.result)
            recall.keep(names[at], parts[at], look, done, value, in_turn=alone and len(tasks) == 1)

    todo = [_Task(names[at], tasks[at], places[at], functools.partial(keep, at)) for at in missing]
    if alone:
        call(parallel, [_seen_to(recall, task, matrix) for task in todo])
    else:
        _by_workers(recall, call, parallel, todo, matrix)
    return results


class _Task(NamedTuple):
    """One that has to be made. keep: told of it as soon as it is done, so that it is not lost with others."""

    name: str
    task: Any
    place: Any
    keep: Callable[[Done], None]


def _read(value: Any) -> Any:
    """An argument as it is read; a scorer that asks the estimator itself holds the one that was cloned, too."""
    kind = type(value)
    if kind.__module__ == _SPLITS and getattr(value, "shuffle", True) is False:  # its generator is never asked
        return [kind, {name: each for name, each in vars(value).items() if name != "random_state"}]
    if kind.__module__ != _SCORERS or kind.__name__ not in ("_PassthroughScorer", "_MultimetricScorer"):
        return value
    inner = {name: _read(each) for name, each in getattr(value, "_scorers", {}).items()}
    asked = type(getattr(value, "_estimator", None))
    return [kind, inner, asked, {a: v for a, v in vars(value).items() if a not in ("_estimator", "_scorers")}]


def _by_workers(
    recall: Recall, call: Callable[..., Any], parallel: Any, tasks: list[_Task], matrix: Matrix | None
) -> None:
    """Have workers make them; each is told and kept as it comes back."""
    parallel.return_generator = bool(getattr(getattr(parallel, "_backend", None), "supports_return_generator", False))
    running, begin = recall.begun("", in_workers=True), time.perf_counter()
    try:
        for task, result in zip(tasks, call(parallel, [task.task for task in tasks])):
            now = time.perf_counter()
            done = Done(result, _seconds(result) or now - begin, running.pure())
            recall.made(task.name, done.seconds, task.place)
            if matrix is not None:
                matrix.scored([(task.place, result)])
            task.keep(done)
            begin = time.perf_counter()
    finally:
        parallel.return_generator = False
        running.over()


def _apart(result: Any) -> Any:
    """A worker's result in memory of its own; as it came, arrays lie in that of its message."""
    try:
        return pickle.loads(pickle.dumps(result, 4))
    except Exception:  # any class may fail in its own __reduce__: then it is not kept
        return result


def _seen_to(recall: Recall, task: _Task, matrix: Matrix | None) -> Any:
    """A task for this process that is told and kept as it is done; what it gives is not looked at."""
    wrapped, args, kwargs = task.task
    function = wrapped.function

    def run(*args: Any, **kwargs: Any) -> None:
        done = recall.run(task.name, lambda: function(*args, **kwargs), place=task.place)
        if matrix is not None:
            matrix.scored([(task.place, done.result)])
        task.keep(done)

    return type(wrapped)(run), args, kwargs


def _seconds(result: Any) -> float:
    """What a task took in its worker, as it says itself."""
    if not isinstance(result, dict):
        return 0.0
    return float(result.get("fit_time", 0.0)) + float(result.get("score_time", 0.0))
