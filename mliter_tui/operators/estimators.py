"""Estimators in the manner of scikit-learn: their fits, and what a fitted one is asked, answered from the store.

A fit is known by the class, the parameters, all other attributes and the arguments; what is kept is what it leaves in
the estimator beside its parameters, and what it returns. A question (`predict`, `transform`, `score`) is known by all
attributes and the arguments. A `numpy.random.RandomState` among the parameters is one more argument by its state, and
one more result: it stands afterwards where the fit would have left it.
"""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from types import FunctionType
from typing import Any, NamedTuple

from mliter_tui.kernel.fingerprint import Scan
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.recall import Recall
from mliter_tui.lean import dataclass

FITS = ("fit", "fit_transform", "fit_predict", "partial_fit")
QUESTIONS = (
    "predict", "predict_proba", "predict_log_proba", "decision_function", "score", "score_samples", "transform",
    "inverse_transform", "kneighbors", "apply",
)  # fmt: skip
_TRANSIENT = frozenset({"_parent_callback_ctx"})  # there only while a search goes on
_MADE_ANEW = frozenset({"cmp_op"})  # by each training that begins
_FEW = 100
_ATOMS = (type(None), bool, int, float, complex, str, bytes)
Call = Callable[..., Any]
Args = tuple[Any, ...]
Words = dict[str, Any]


def _nothing(*_: Any) -> Any:
    return None


@dataclass(frozen=True)
class Library:
    """What is known of a library's estimators.

    covers: whether a class is the library's own. parameters: of an estimator, by name, as it holds them; None where
    that cannot be told. declines: whether this call (method, estimator, parameters, arguments) cannot be known.
    settings: what of the library's configuration counts. prints: what a fit prints is a result of it. ahead: done
    with an estimator before a fit is looked up or made. after: told of each fit with the call that makes it again, and
    whether it was made now.
    loose: objects in a list among the arguments that are called back, which a fit changes.
    """

    covers: Callable[[type], bool]
    parameters: Callable[[Any], dict[str, Any] | None]
    declines: Callable[[str, Any, Words, Args, Words], bool]
    settings: Callable[[], str]
    prints: bool = False
    ahead: Callable[[Any], Any] = _nothing
    after: Callable[[Call, bool], Any] = _nothing
    loose: Callable[[Args, Words], list[Any]] = lambda args, kwargs: []


class Fitted(NamedTuple):
    """What a method leaves and gives.

    state: attributes beside the parameters. order: of all attributes. stays: those that were there and are the same.
    streams: states of the generators among the parameters. loose: attributes of the arguments that it may change.
    """

    state: dict[str, Any]
    order: list[str]
    stays: list[str]
    gives_itself: bool
    result: Any
    streams: list[Any]
    loose: list[dict[str, Any]]


def subclasses(roots: Iterable[type]) -> Iterator[type]:
    """These classes and all that inherit from them."""
    todo, done = list(roots), set()
    while todo:
        cls = todo.pop()
        if cls not in done:
            done.add(cls)
            yield cls
            todo += cls.__subclasses__()


def see_to_all(recall: Recall, library: Library, roots: Iterable[type]) -> None:
    """The same for these classes and all that inherit from them, as far as they are the library's own."""
    for cls in subclasses(roots):
        if library.covers(cls):
            see_to(recall, library, cls)


def see_to(recall: Recall, library: Library, cls: type) -> None:
    """Look up the calls of a class's own methods from now on."""
    for names, wrap in ((FITS, _recalled), (QUESTIONS, _asked)):
        for name in names:
            method = cls.__dict__.get(name)
            if isinstance(method, FunctionType):
                setattr(cls, name, wrap(recall, library, method, name))


def _recalled(recall: Recall, library: Library, method: FunctionType, kind: str) -> Call:
    @functools.wraps(method)
    def wrapper(estimator: Any, /, *args: Any, **kwargs: Any) -> Any:
        cls, call = type(estimator), functools.partial(method, estimator, *args, **kwargs)
        name = f"{cls.__name__}.{kind}"
        if identity(estimator) in _inside or not library.covers(cls) or not recall.usable(name):
            return call()
        parameters = library.parameters(estimator)
        declined = parameters is None or library.declines(kind, estimator, parameters, args, kwargs)
        library.ahead(estimator)
        if parameters is None or declined:
            return _made(library, estimator, call)
        aside = parameters.keys() | _TRANSIENT
        state = {a: v for a, v in vars(estimator).items() if a not in aside}
        streams = [v for v in parameters.values() if _is_stream(v)]
        loose = library.loose(args, kwargs)
        called_back = {identity(each) for each in loose}
        given: list[Any] = [{a: _read(v) for a, v in parameters.items()}, *args]
        given += [v for v in kwargs.values() if not _holds(v, called_back)]
        more = f"{cls.__module__} {kind} {len(args)} {list(kwargs)} {list(state)} {library.settings()}"
        parts = [*given, [(type(each), attributes(each)) for each in loose]]
        look = recall.look(name, [*parts, *state.values()], more + repr(_same(args, kwargs)))
        if look is None:
            return _made(library, estimator, call)
        (kept,) = recall.ask([name], [look]) if _alone(estimator, state) else (recall.nothing,)
        if kept is not recall.nothing:
            again = functools.partial(_again, method, cls, dict(vars(estimator)), args, kwargs)
            kept = Fitted(*kept)
            _restore(estimator, kept, aside, state)
            for stream, after in zip(streams, kept.streams):
                stream.set_state(after)
            for each, after in zip(loose, kept.loose):
                put_back(each, after)
            library.after(again, False)
            return estimator if kept.gives_itself else kept.result
        done = recall.run(name, lambda: _made(library, estimator, call), prints=library.prints)
        if all(vars(estimator).get(a) is v for a, v in parameters.items()):
            after = {a: v for a, v in vars(estimator).items() if a not in aside}
            itself = done.result is estimator
            order = [a for a in vars(estimator) if a not in _TRANSIENT]
            stays = _unchanged(recall, state, look.scans[len(parts) :], after)
            left = [stream.get_state(legacy=False) for stream in streams]
            changed = [attributes(each) for each in loose]
            value = tuple(Fitted(after, order, stays, itself, None if itself else done.result, left, changed))
            recall.keep(name, given, look, done, value)
        return done.result

    return wrapper


_inside: set[int] = set()
"""Estimators whose own method runs, which may call others of theirs."""


def _made(library: Library, estimator: Any, call: functools.partial[Any]) -> Any:
    _inside.add(identity(estimator))
    try:
        result = call()
    finally:
        _inside.discard(identity(estimator))
    library.after(call, True)
    return result


def _again(method: Call, cls: type, attributes: dict[str, Any], args: Any, kwargs: Any) -> Any:
    """The same fit of another estimator, for what it does to the library alone."""
    estimator: Any = object.__new__(cls)
    vars(estimator).update(attributes)
    return method(estimator, *args, **kwargs)


def _is_stream(value: Any) -> bool:
    return type(value).__name__ == "RandomState" and type(value).__module__.startswith("numpy.random")


def _read(value: Any) -> Any:
    """A parameter as it is read: of a generator, the state it is in now."""
    return ("RandomState", value.get_state(legacy=False)) if _is_stream(value) else value


def _holds(value: Any, ids: Set[int]) -> bool:
    return bool(ids) and type(value) in (list, tuple) and any(identity(each) in ids for each in value)


def _same(args: Args, kwargs: Words) -> list[int]:
    """Which of the arguments, and of what stands in lists and tuples of them, are one object."""
    numbers: dict[int, int] = {}
    todo: list[Any] = [*args, *kwargs.values()]
    for each in todo:
        if type(each) in (list, tuple) and len(each) <= _FEW:
            todo += each
    return [numbers.setdefault(identity(each), len(numbers)) for each in todo if not isinstance(each, _ATOMS)]


def attributes(value: Any) -> dict[str, Any]:
    """What an object of a library's own that is called back is read by, and what is kept of it."""
    return {name: each for name, each in vars(value).items() if name not in _MADE_ANEW}


def put_back(value: Any, after: dict[str, Any]) -> None:
    """Make such an object what a call has made of it; a dictionary it was given stays the one it is."""
    for name, each in after.items():
        before = vars(value).get(name)
        if isinstance(before, dict) and isinstance(each, dict):
            before.clear()
            before.update(each)
        else:
            setattr(value, name, each)


def _asked(recall: Recall, library: Library, method: FunctionType, kind: str) -> Call:
    @functools.wraps(method)
    def wrapper(estimator: Any, /, *args: Any, **kwargs: Any) -> Any:
        cls = type(estimator)
        name = f"{cls.__name__}.{kind}"
        if identity(estimator) in _inside or not library.covers(cls) or not recall.usable(name, tries=1):
            return method(estimator, *args, **kwargs)
        if library.declines(kind, estimator, vars(estimator), args, kwargs):
            return method(estimator, *args, **kwargs)
        if recall.tallies.only_timed(name):
            return recall.tallies.timed(name, functools.partial(method, estimator, *args, **kwargs))
        state = {a: v for a, v in vars(estimator).items() if a not in _TRANSIENT}
        parts = [state, *args, *kwargs.values()]
        more = f"{cls.__module__} {kind} {len(args)} {list(kwargs)} {library.settings()}"
        look = recall.look(name, parts, more, own=1)
        (kept,) = recall.ask([name], [look]) if look is not None else (recall.nothing,)
        if kept is not recall.nothing:
            return kept
        _inside.add(identity(estimator))
        try:
            done = recall.run(name, lambda: method(estimator, *args, **kwargs))
        finally:
            _inside.discard(identity(estimator))
        if look is not None:
            now = {a: v for a, v in vars(estimator).items() if a not in _TRANSIENT}
            recall.keep(name, [now, *parts[1:]], look, done, done.result)
        return done.result

    return wrapper


def _unchanged(recall: Recall, before: dict[str, Any], scans: Sequence[Scan], after: dict[str, Any]) -> list[str]:
    """Attributes that are the same objects with the same content as before a call, and that no other one is made of."""
    inside: Counter[int] = Counter()
    met: dict[int, Any] = {}
    for value in after.values():
        _count(value, inside, met)
    return [
        name for (name, value), scan in zip(before.items(), scans)
        if after.get(name) is value
        and (isinstance(value, _ATOMS) or (not inside[identity(value)] and recall.unchanged(value, scan)))
    ]  # fmt: skip


def _restore(estimator: Any, kept: Fitted, aside: Set[str], state: dict[str, Any]) -> None:
    """Make an estimator what the call would have made of it. state: its attributes so far, beside those `aside`."""
    mine = vars(estimator)
    same = {identity(kept.state[a]): state[a] for a in kept.stays}
    whole = {a: same.get(identity(v), v) if not isinstance(v, _ATOMS) else v for a, v in kept.state.items()}
    whole |= {a: state[a] for a in kept.stays} | {a: v for a, v in mine.items() if a in aside}
    mine.clear()
    mine.update((a, whole.pop(a)) for a in kept.order if a in whole)
    mine.update(whole)


def _alone(estimator: Any, state: dict[str, Any]) -> bool:
    """Whether nobody but an estimator holds what it has from earlier calls, which this one may change in place.

    Other objects take their place, and whoever held the old ones would not see what the call does to them. state: a
    dictionary of these attributes.
    """
    held: Counter[int] = Counter()
    held.update(map(identity, vars(estimator).values()))
    held.update(map(identity, state.values()))
    met: dict[int, Any] = {}
    for name in state:
        _count(state[name], held, met)
    objects = [each for each in met.values() if not isinstance(each, (tuple, type, FunctionType))]
    met.clear()
    # the list, the loop's variable and the argument of the question hold each, too
    return all(sys.getrefcount(each) <= held[identity(each)] + 3 for each in objects)


def _count(value: Any, held: Counter[int], met: dict[int, Any]) -> None:
    """Note all that `value` is made of in `met`, and how often each is held by others of them in `held`."""
    if identity(value) in met or isinstance(value, _ATOMS):
        return
    met[identity(value)] = value
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
        held[identity(each)] += 1
        _count(each, held, met)
