"""Calls of libraries inside a statement, answered from the store where the same call was made before.

A call is known by its name, the versions of the packages it reaches and the content of all it is given; it is kept only
if nothing but its result shows of it: no output, no warning, no file, no argument changed, no memory shared with one.
Where it draws from a hidden random stream that was seeded, the stream's state is one more argument and one more result;
of a stream that never was, any draw is as good as another (rule R7). Whatever cannot be read by content, or reaches
code of the user's, is simply called.
"""

from __future__ import annotations

import functools
import importlib
import os
import pickle
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from xxhash import xxh3_128, xxh3_128_hexdigest

from mliter_tui.kernel.artifacts import Damaged, dump, load
from mliter_tui.kernel.fingerprint import Scan, scan
from mliter_tui.kernel.hiding import hide
from mliter_tui.kernel.observed import Observed, absorb

if TYPE_CHECKING:  # session imports this module
    from mliter_tui.kernel.session import Session

# a call below is not worth the book-keeping; tests and benchmarks ask for all of them
_LEAST_SECONDS = float(os.environ.get("MLITER_CALLS_FROM", "0.02"))
_TRIES, _DEAR = 4, 0.2  # calls of one name that are looked at whatever they take; share of a call a look may cost
_FORMAT = "1"


class Look(NamedTuple):
    """What a call is given, read by content. fp: over all of it; scans: one for each part.

    drawing: fp of the call where it draws, from the hidden streams as they are now.
    """

    fp: str
    scans: tuple[Scan, ...]
    drawing: str


class Done(NamedTuple):
    """A call that was made: its result, what it took, and whether nothing but the result shows of it.

    drew: names of the hidden streams it has drawn from.
    """

    result: Any
    seconds: float
    pure: bool
    drew: tuple[str, ...] = ()


class _Tally:
    """Calls of one name so far in this process."""

    def __init__(self) -> None:
        self.calls = 0
        self.seconds = self.looking = 0.0

    @property
    def pays(self) -> bool:
        return not _LEAST_SECONDS or self.calls < _TRIES or (
            self.seconds > _LEAST_SECONDS / 4 * self.calls and self.looking < _DEAR * self.seconds
        )


class Recall:
    """`usable` says whether anything can be done now; then `look`, `ask`, and `run` with `keep`.

    told: (name, "load" or "compute", seconds) of calls in the node that runs. saved: seconds they did not take.
    """

    def __init__(self, session: Session, libraries: dict[str, str], rerun_unseeded: bool) -> None:
        self._session = session
        self._libraries = dict(libraries)
        self._rerun_unseeded = rerun_unseeded
        self._thread = threading.get_ident()
        self._packages = ""
        self._patches: Callable[[], bool] = lambda: True
        self._known: dict[int, tuple[object, Scan]] = {}  # within one call that hands the same things on many times
        self._tallies: dict[str, _Tally] = {}
        self._holding = 0
        self.told: list[tuple[str, str, float]] = []
        self.saved = 0.0
        self.overhead = 0.0
        self.unseeded = False  # a result was taken that a stream nobody seeded has fed

    # -- of the node -----------------------------------------------------------------------------------------------
    def begin(self, packages: str, patches: Callable[[], bool]) -> None:
        """A node begins: see to the libraries there are.

        packages: stands for the state that the script has put them in. patches: whether the node itself may change it.
        """
        self._packages, self._patches = packages, functools.cache(patches)
        self.told, self.saved, self.overhead, self.unseeded = [], 0.0, 0.0, False
        for top in [top for top in self._libraries if top in sys.modules]:
            module, _, function = self._libraries[top].partition(":")
            try:
                getattr(importlib.import_module(module), function)(self)
            except Exception:  # somebody else's code; without it the library works as ever
                del self._libraries[top]
            else:
                hide()

    def usable(self, name: str) -> bool:
        """Whether a call of this name, made now, may be answered or kept."""
        session = self._session
        return (
            session.observer.current is not None and os.getpid() == session.pid
            and threading.get_ident() == self._thread and self._tally(name).pays
            and sys.stdout is session.recorder.stdout and sys.stderr is session.recorder.stderr
            and not any(action == "error" for action, *_ in warnings.filters) and not self._patches()
        )  # fmt: skip

    def seeded(self) -> bool:
        """Whether a hidden stream was seeded, so that the order of calls counts."""
        return any(stream.seeded for stream in self._session.streams.values())

    def _tally(self, name: str) -> _Tally:
        return self._tallies.setdefault(name, _Tally())

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Meanwhile whatever is given again is taken to be as it was when it was read first."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            if not self._holding:
                self._known.clear()

    # -- of a call -------------------------------------------------------------------------------------------------
    def look(self, name: str, parts: Sequence[object], more: str = "") -> Look | None:
        """Read what a call is given; None where that cannot be told by content. more: what counts besides."""
        begin = time.perf_counter()
        with self._apart():
            scans = self._scans(parts)
        if (tally := self._tally(name)).calls:  # what has just been loaded is slow to read for once
            tally.looking += time.perf_counter() - begin
        self.overhead += time.perf_counter() - begin
        if scans is None:
            self._tally(name).calls += 1
            return None
        packages = sorted({"numpy", "scipy"}.union(*(each.packages for each in scans)))
        versions = [f"{p}={getattr(sys.modules.get(p), '__version__', '')}" for p in packages]
        filters = repr([(a, _pattern(t), w, _pattern(m), n) for a, t, w, m, n in warnings.filters])
        numpy = sys.modules.get("numpy")
        errors = repr(numpy.geterr()) if numpy is not None else ""
        around = [self._packages, errors, filters, *versions]
        whole = "\0".join([_FORMAT, name, more, *around, *(each.fp for each in scans)])
        fp = xxh3_128_hexdigest(whole.encode("utf-8", "surrogatepass"))
        state = xxh3_128(fp.encode())
        for stream in self._session.streams.values():
            state.update(stream.source.image() if stream.seeded and stream.source.module() is not None else b"-")
        return Look(fp, scans, state.hexdigest())

    def _scans(self, parts: Sequence[object]) -> tuple[Scan, ...] | None:
        found = []
        for part in parts:
            known = self._known.get(id(part))
            each = known[1] if known is not None else self._scan(part)
            if each is None:
                return None
            if self._holding:
                self._known[id(part)] = part, each
            found.append(each)
        return tuple(found)

    def _scan(self, value: object) -> Scan | None:
        try:
            found = scan({"": value}, self._session.live)
        except Exception:  # of any class: its own reading code may fail, and the call will show it if it matters
            return None
        told = found.exact and not (found.opaque or found.refs or found.requires or found.wild or found.finalizes)
        return found if told and not found.draws else None

    def ask(self, names: Sequence[str], looks: Sequence[Look | None]) -> list[Any]:
        """The kept result of each call, `Recall.nothing` where there is none."""
        wanted = [fp for look in looks if look is not None for fp in (look.fp, look.drawing)]
        begin = time.perf_counter()
        with self._apart():
            found = self._query({"query": "known", "calls": wanted}).get("found", {}) if wanted else {}
            results = [
                self._loaded(name, found.get(look.fp) or found.get(look.drawing)) if look is not None else self.nothing
                for name, look in zip(names, looks)
            ]
        self.overhead += time.perf_counter() - begin
        return results

    nothing: Any = object()

    def _loaded(self, name: str, kept: list[Any] | None) -> Any:
        if kept is None:
            return self.nothing
        manifest, seconds = kept
        begin = time.perf_counter()
        try:
            roots = load(manifest, self._session.folder, self._session.key)
            value, states, unseeded = roots[""], roots["streams"], roots["unseeded"]
            if unseeded and self._rerun_unseeded:
                return self.nothing
            for stream, state in states.items():
                self._session.streams[stream].source.restore(pickle.loads(state))
        except (Damaged, AttributeError, ImportError, TypeError, ValueError, KeyError, EOFError):
            return self.nothing
        self.unseeded |= unseeded
        took = time.perf_counter() - begin
        tally = self._tally(name)
        tally.calls += 1
        tally.seconds += seconds
        self.told.append((name, "load", took))
        self.saved += max(0.0, seconds - took)
        return value

    def run(self, name: str, call: Callable[[], Any], in_workers: bool = False) -> Done:
        """Make the call, and see what shows of it. in_workers: it is known to read nothing but what it is given."""
        session = self._session
        outer, inner = session.observer.current, Observed()
        printed, images = self._surroundings()
        counter = _Warned()
        saved, overhead, begin = self.saved, self.overhead, time.perf_counter()
        holding, known, self._holding, self._known = self._holding, self._known, 0, {}
        session.observer.current = inner
        warn, warnings.warn = warnings.warn, counter.instead(warnings.warn)
        try:
            result = call()
        finally:
            warnings.warn = warn
            session.observer.current = outer
            self._holding, self._known = holding, known
            if outer is not None:
                absorb(outer, inner)
        seconds = time.perf_counter() - begin - (self.overhead - overhead) + (self.saved - saved)
        tally = self._tally(name)
        tally.calls += 1
        tally.seconds += seconds
        if seconds >= _LEAST_SECONDS and name:
            self.told.append((name, "compute", seconds))
        now, states = self._surroundings()
        pure = not counter.count and printed == now and (in_workers or inner == Observed())
        return Done(result, seconds, pure, tuple(n for n, image in states.items() if images.get(n) != image))

    def keep(
        self, name: str, parts: Sequence[object], look: Look, done: Done, value: Any, in_turn: bool = True
    ) -> None:
        """Keep `value` as what a call gives, where that pays and nothing stands against it.

        parts: those of what was looked at that the call must leave alone. in_turn: nothing has been called since.
        """
        if not done.pure or done.seconds < _LEAST_SECONDS:
            return
        begin = time.perf_counter()
        with self._apart():
            self._keep(name, parts, look, done, value, in_turn)
        self.overhead += time.perf_counter() - begin

    def _keep(self, name: str, parts: Sequence[object], look: Look, done: Done, value: Any, in_turn: bool) -> None:
        found = self._scan(value)
        if found is None or not found.storable or any(_share(found, each) for each, _ in zip(look.scans, parts)):
            return
        if not self._holding and not all(self._is(part, before) for part, before in zip(parts, look.scans)):
            return  # it has changed what it was given
        call, seconds, streams = look.drawing if done.drew else look.fp, done.seconds, self._session.streams
        seeded = [n for n in done.drew if streams[n].seeded]
        if seeded and not in_turn:
            return  # made among others, so that the state behind it is not known any more
        question = {"query": "worth", "call": call, "name": name, "seconds": seconds, "size": found.size,
                    "objects": found.objects}  # fmt: skip
        if not self._query(question).get("keep"):
            return
        session, begin = self._session, time.perf_counter()
        try:
            states = {n: pickle.dumps(streams[n].source.state(), 5) for n in seeded}
            roots = {"": value, "streams": states, "unseeded": len(seeded) < len(done.drew)}
            manifest = dump(roots, session.folder, session.key)
        except Exception:  # any class may fail in its own __reduce__: then the call is made again
            return
        took = time.perf_counter() - begin
        self._query({"query": "kept", "call": call, "name": name, "seconds": seconds, "took": took,
                     "manifest": manifest})  # fmt: skip

    def unchanged(self, value: object, before: Scan) -> bool:
        """Whether something is still what it was when it was looked at."""
        begin = time.perf_counter()
        with self._apart():
            same = self._is(value, before)
        self.overhead += time.perf_counter() - begin
        return same

    def _is(self, value: object, before: Scan) -> bool:
        found = self._scan(value)
        return found is not None and found.fp == before.fp

    # -- of the process --------------------------------------------------------------------------------------------
    def _surroundings(self) -> tuple[tuple[int, int], dict[str, bytes]]:
        """Output so far and the hidden random streams."""
        with self._apart():
            streams = self._session.streams.items()
            images = {n: s.source.image() for n, s in streams if s.source.module() is not None}
        return self._session.recorder.mark(), images

    def _query(self, question: dict[str, Any]) -> dict[str, Any]:
        self._session.channel.send(question)
        return self._session.channel.receive()

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """The kernel is at work, not the script."""
        session = self._session
        seen = session.observer.current
        try:
            session.signals.pause()
            session.observer.current = None
            yield
        finally:
            session.observer.current = seen
            session.signals.resume()


def _share(one: Scan, other: Scan) -> bool:
    if not one.mutable.isdisjoint(other.mutable):
        return True
    return any(s < y and x < e for s, e, _ in one.buffers for x, y, _ in other.buffers)


def _pattern(compiled: Any) -> Any:
    return getattr(compiled, "pattern", compiled)


def _ignored(message: Any, category: Any) -> bool:
    """Whether a warning is ignored, wherever it comes from."""
    kind = type(message) if isinstance(message, Warning) else category or UserWarning
    for action, text, warned, module, line in warnings.filters:
        if (text is None or text.match(str(message))) and issubclass(kind, warned):
            return action == "ignore" and module is None and line == 0
    return False


class _Warned:
    """Counts warnings that are not ignored, shown or not."""

    def __init__(self) -> None:
        self.count = 0

    def instead(self, warn: Any) -> Any:
        def counted(message: Any, category: Any = None, stacklevel: int = 1, source: Any = None, **more: Any) -> Any:
            self.count += not _ignored(message, category)
            return warn(message, category, stacklevel + 1, source, **more)

        return counted
