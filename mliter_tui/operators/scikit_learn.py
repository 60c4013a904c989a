"""scikit-learn: fits of its estimators, and the (candidate, split) of its searches and cross-validations.

`fit`, `fit_transform`, `fit_predict` and `partial_fit` of every class of the package: what they leave in the estimator
beside its parameters, and what they return. `Pipeline` and `FeatureUnion` fit the very objects they are made of, so
their steps are answered one by one. Tasks of `sklearn.utils.parallel.Parallel` are answered before they are handed to
workers, in whatever process they would run; `cv_results_` then holds the times that were recorded.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from types import FunctionType
from typing import Any, NamedTuple

from mliter_tui.kernel.fingerprint import Scan
from mliter_tui.kernel.recall import Done, Recall

_METHODS = ("fit", "fit_transform", "fit_predict", "partial_fit")
_IN_PLACE = frozenset({"Pipeline", "FeatureUnion"})
_TASKS = {"_fit_and_score": "score of a split", "_fit_and_predict": "prediction of a split"}
_GIVEN = frozenset(
    "estimator X y scorer train test parameters fit_params score_params return_train_score return_parameters method"
    " return_n_test_samples return_times return_estimator error_score".split()
)
_SPOKEN = frozenset("split_progress candidate_progress verbose caller callback_ctx".split())
"""Arguments that count only for what is told on the way."""
_HOME = "sklearn.model_selection._validation"
_TRANSIENT = frozenset({"_parent_callback_ctx"})  # there only while a search goes on
_ATOMS = (type(None), bool, int, float, complex, str, bytes)


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
    for cls in _subclasses([getattr(base, n) for n in dir(base) if n.endswith(("BaseEstimator", "Mixin"))]):
        if cls not in _seen.classes and cls.__module__.startswith("sklearn."):
            _seen.classes.add(cls)
            for name in _METHODS:
                method = cls.__dict__.get(name)
                if isinstance(method, FunctionType):
                    setattr(cls, name, _recalled(recall, method, name))
    parallel = getattr(sys.modules.get("sklearn.utils.parallel"), "Parallel", None)
    if parallel is not None and parallel not in _seen.classes:
        _seen.classes.add(parallel)
        parallel.__call__ = _answered(recall, parallel.__call__)


def _subclasses(roots: Iterable[type]) -> Iterator[type]:
    todo, done = list(roots), set()
    while todo:
        cls = todo.pop()
        if cls not in done:
            done.add(cls)
            yield cls
            todo += cls.__subclasses__()


def _settings() -> str:
    """What of the package's configuration a result may depend on."""
    config = sys.modules["sklearn"].get_config()
    return repr(sorted((k, repr(v)) for k, v in config.items() if k != "skip_parameter_validation"))


# -- methods -----------------------------------------------------------------------------------------------------------


def _recalled(recall: Recall, method: FunctionType, kind: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def wrapper(estimator: Any, /, *args: Any, **kwargs: Any) -> Any:
        cls = type(estimator)
        name = f"{cls.__name__}.{kind}"
        if not cls.__module__.startswith("sklearn.") or cls.__name__ in _IN_PLACE or not recall.usable(name):
            return method(estimator, *args, **kwargs)
        parameters = _parameters(estimator)
        if parameters is None or parameters.get("verbose") or _listens(estimator):
            return method(estimator, *args, **kwargs)
        aside = parameters.keys() | _TRANSIENT
        state = {a: v for a, v in vars(estimator).items() if a not in aside}
        given: list[Any] = [parameters, *args, *kwargs.values()]
        more = f"{cls.__module__} {len(args)} {list(kwargs)} {list(state)} {_settings()}"
        look = recall.look(name, [*given, *state.values()], more)
        if look is None:
            return method(estimator, *args, **kwargs)
        (kept,) = recall.ask([name], [look])
        kept = _Fitted(*kept) if kept is not recall.nothing else None
        if kept is not None and _alone(estimator, state):
            _restore(estimator, kept, aside, state)
            return estimator if kept.gives_itself else kept.result
        done = recall.run(name, lambda: method(estimator, *args, **kwargs))
        if all(vars(estimator).get(a) is v for a, v in parameters.items()):
            after = {a: v for a, v in vars(estimator).items() if a not in aside}
            itself = done.result is estimator
            order = [a for a in vars(estimator) if a not in _TRANSIENT]
            stays = _unchanged(recall, state, look.scans[len(given) :], after)
            recall.keep(name, given, look, done, (after, order, stays, itself, None if itself else done.result))
        return done.result

    return wrapper


class _Fitted(NamedTuple):
    """What a method leaves and gives.

    state: attributes beside the parameters. order: of all attributes. stays: those that were there and are the same.
    """

    state: dict[str, Any]
    order: list[str]
    stays: list[str]
    gives_itself: bool
    result: Any


def _unchanged(recall: Recall, before: dict[str, Any], scans: Sequence[Scan], after: dict[str, Any]) -> list[str]:
    """Attributes that are the same objects with the same content as before a call, and that no other one is made of."""
    inside: Counter[int] = Counter()
    met: dict[int, Any] = {}
    for value in after.values():
        _count(value, inside, met)
    return [
        name for (name, value), scan in zip(before.items(), scans)
        if after.get(name) is value
        and (isinstance(value, _ATOMS) or (not inside[id(value)] and recall.unchanged(value, scan)))
    ]  # fmt: skip


def _restore(estimator: Any, kept: _Fitted, aside: Set[str], state: dict[str, Any]) -> None:
    """Make an estimator what the call would have made of it. state: its attributes so far, beside those `aside`."""
    mine = vars(estimator)
    same = {id(kept.state[a]): state[a] for a in kept.stays}
    whole = {a: same.get(id(v), v) if not isinstance(v, _ATOMS) else v for a, v in kept.state.items()}
    whole |= {a: state[a] for a in kept.stays} | {a: v for a, v in mine.items() if a in aside}
    mine.clear()
    mine.update((a, whole.pop(a)) for a in kept.order if a in whole)
    mine.update(whole)


def _listens(estimator: Any) -> bool:
    """Whether somebody is told how the call goes on."""
    context = getattr(estimator, "_parent_callback_ctx", None)
    above = context is not None and getattr(context, "_callbacks", True)
    return bool(above or getattr(estimator, "_skl_callbacks", None))


def _parameters(estimator: Any) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = estimator.get_params(deep=False)
    except Exception:  # of any class; the call itself will tell
        return None
    mine = vars(estimator)
    return found if all(name in mine and mine[name] is value for name, value in found.items()) else None


def _alone(estimator: Any, state: dict[str, Any]) -> bool:
    """Whether nobody but an estimator holds what it has from earlier calls, which this one may change in place.

    Other objects take their place, and whoever held the old ones would not see what the call does to them. state: a
    dictionary of these attributes.
    """
    held: Counter[int] = Counter()
    held.update(map(id, vars(estimator).values()))
    held.update(map(id, state.values()))
    met: dict[int, Any] = {}
    for name in state:
        _count(state[name], held, met)
    objects = [each for each in met.values() if not isinstance(each, (tuple, type, FunctionType))]
    met.clear()
    # the list, the loop's variable and the argument of the question hold each, too
    return all(sys.getrefcount(each) <= held[id(each)] + 3 for each in objects)


def _count(value: Any, held: Counter[int], met: dict[int, Any]) -> None:
    """Note all that `value` is made of in `met`, and how often each is held by others of them in `held`."""
    if id(value) in met or isinstance(value, _ATOMS):
        return
    met[id(value)] = value
    inside: Iterable[Any] = ()
    if isinstance(value, dict):
        inside = value.values()
    elif isinstance(value, (list, tuple)):
        inside = value
    elif type(value).__module__ == "numpy" and type(value).__name__ == "ndarray":
        inside = () if value.base is None else (value.base,)
    elif hasattr(value, "__dict__"):
        inside = vars(value).values()
    for each in inside:
        held[id(each)] += 1
        _count(each, held, met)


# -- tasks -------------------------------------------------------------------------------------------------------------


def _answered(recall: Recall, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def wrapper(self: Any, iterable: Iterable[Any]) -> Any:
        tasks = iter(iterable)
        first = next(tasks, None)
        rest = itertools.chain([first] if first is not None else [], tasks)
        label = _label(first)
        if not label or getattr(self, "return_generator", False) or self.verbose or not recall.usable(label):
            return call(self, rest)
        alone = _in_this_process(self)
        with recall.holding():
            if alone and recall.seeded():  # each may draw from where the one before has left the stream
                return [result for task in rest for result in _tasks(recall, call, self, [task], True)]
            return _tasks(recall, call, self, list(rest), alone)

    return wrapper


def _label(task: Any) -> str:
    """What a task is called, if it is one of those known, and there is nothing to be told of it on the way."""
    if task is None or not isinstance(task, tuple) or len(task) != 3:
        return ""
    function, args, kwargs = getattr(task[0], "function", None), task[1], task[2]
    known = _TASKS.get(getattr(function, "__name__", ""))
    if known is None or getattr(function, "__module__", "") != _HOME or kwargs.get("verbose"):
        return ""
    told = kwargs.get("callback_ctx")
    if not kwargs.keys() <= _GIVEN | _SPOKEN or (told is not None and getattr(told, "_callbacks", True)):
        return ""
    estimator = args[0] if args else kwargs.get("estimator")
    return f"{type(estimator).__name__}: {known}"


def _in_this_process(parallel: Any) -> bool:
    effective = getattr(sys.modules.get("joblib"), "effective_n_jobs", None)
    return effective is not None and effective(parallel.n_jobs) == 1


def _tasks(recall: Recall, call: Callable[..., Any], parallel: Any, tasks: list[Any], alone: bool) -> list[Any]:
    """Answer what is known, have the rest made as it would be, keep what came of it."""
    names = [_label(task) for task in tasks]
    settings = _settings()
    parts = [[*args, *(v for k, v in kwargs.items() if k not in _SPOKEN)] for _, args, kwargs in tasks]
    looks = [
        recall.look(name, given, f"{len(task[1])} {[k for k in task[2] if k not in _SPOKEN]} {settings}")
        for name, given, task in zip(names, parts, tasks)
    ]
    results = recall.ask(names, looks)
    missing = [at for at, result in enumerate(results) if result is recall.nothing]
    if not missing:
        return results
    if alone:
        made = call(parallel, [_seen_to(recall, names[at], tasks[at]) for at in missing])
    else:
        whole = recall.run("", lambda: call(parallel, [tasks[at] for at in missing]), in_workers=True)
        made = [Done(result, _seconds(result), whole.pure) for result in whole.result]
    for at, done in zip(missing, made):
        results[at] = done.result
        if (look := looks[at]) is not None:
            recall.keep(names[at], parts[at], look, done, done.result, in_turn=alone and len(tasks) == 1)
    return results


def _seen_to(recall: Recall, name: str, task: Any) -> Any:
    """A task that gives a `Done` for its result, for the process it is in."""
    wrapped, args, kwargs = task
    function = wrapped.function

    def run(*args: Any, **kwargs: Any) -> Done:
        return recall.run(name, lambda: function(*args, **kwargs))

    return type(wrapped)(run), args, kwargs


def _seconds(result: Any) -> float:
    """What a task took in its worker, as it says itself."""
    if not isinstance(result, dict):
        return 0.0
    return float(result.get("fit_time", 0.0)) + float(result.get("score_time", 0.0))
