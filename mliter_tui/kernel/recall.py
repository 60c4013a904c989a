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
from mliter_tui.kernel.calls import MACHINE, Done, Place, Running, Shown, show_again
from mliter_tui.kernel.fingerprint import Scan, scan
from mliter_tui.kernel.hiding import hide
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.tallies import LEAST_SECONDS, TRIES, Tallies

if TYPE_CHECKING:  # session imports this module
    from mliter_tui.kernel.session import Session

_FORMAT = "2"
_TELL_SECONDS = 0.2
Told = tuple[str, str, float, Place]
Search = tuple[str, list[str], list[list[str]], int]


class Look(NamedTuple):
    """What a call is given, read by content. fp: over all of it; scans: one for each part.

    drawing: fp of the call where it draws, from the hidden streams as they are now.
    """

    fp: str
    scans: tuple[Scan, ...]
    drawing: str


class Recall:
    """`usable` says whether anything can be done now; then `look`, `ask`, and `run` with `keep`.

    told: (name, "load" or "compute", seconds, place) of calls in the node that runs; a place is (search, candidate,
    split) or (). searches: (name, names of the parameters, their values by candidate, splits), by number. saved:
    seconds they did not take.
    """

    def __init__(self, session: Session, libraries: dict[str, str], rerun_unseeded: bool) -> None:
        self.session = session
        self._libraries = dict(libraries)
        self._rerun_unseeded = rerun_unseeded
        self._thread = threading.get_ident()
        self._packages = ""
        self._patches: Callable[[], bool] = lambda: True
        self._known: dict[int, tuple[object, Scan]] = {}  # within one call that hands the same things on many times
        self.tallies = Tallies()
        self._holding = 0
        self.told: list[Told] = []
        self.searches: list[Search] = []
        self.saved = 0.0
        self.overhead = 0.0
        self.unseeded = False  # a result was taken that a stream nobody seeded has fed
        self._passed_on, self._when = (0, 0), 0.0
        self.watching = 0  # calls that run now

    # -- of the node -----------------------------------------------------------------------------------------------
    def begin(self, packages: str, patches: Callable[[], bool]) -> None:
        """A node begins: see to the libraries there are.

        packages: stands for the state that the script has put them in. patches: whether the node itself may change it.
        """
        self._packages, self._patches = packages, functools.cache(patches)
        self.told, self.searches, self.saved, self.overhead, self.unseeded = [], [], 0.0, 0.0, False
        self._passed_on, self._when = (0, 0), time.monotonic()
        for top in [top for top in self._libraries if top in sys.modules]:
            try:
                _function(self._libraries[top])(self)
            except Exception:  # somebody else's code; without it the library works as ever
                del self._libraries[top]
            else:
                hide()

    def usable(self, name: str, tries: int = TRIES) -> bool:
        """Whether a call of this name, made now, may be answered or kept. tries: before it has to pay."""
        session = self.session
        return (
            session.observer.current is not None and os.getpid() == session.pid
            and threading.get_ident() == self._thread and self.tallies.of(name).pays(tries)
            and sys.stdout is session.recorder.stdout and sys.stderr is session.recorder.stderr
            and not any(action == "error" for action, *_ in warnings.filters) and not self._patches()
        )  # fmt: skip

    def seeded(self) -> bool:
        """Whether a hidden stream was seeded, so that the order of calls counts."""
        return any(stream.seeded for stream in self.session.streams.values())

    def let_go(self) -> tuple[int, dict[int, tuple[object, Scan]]]:
        """Nothing is held on to from now on; what was, for `hold`."""
        held, self._holding, self._known = (self._holding, self._known), 0, {}
        return held

    def hold(self, held: tuple[int, dict[int, tuple[object, Scan]]]) -> None:
        self._holding, self._known = held

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
    def look(self, name: str, parts: Sequence[object], more: str = "", own: int = 0) -> Look | None:
        """Read what a call is given; None where that cannot be told by content. more: what counts besides.

        own: so many parts at the beginning are nobody else's, so that the call may change what is in them by use.
        """
        begin = time.perf_counter()
        with self._apart():
            scans = self._scans(parts, own)
            machine = [os.environ.get(name, "") for name in MACHINE]
        if (tally := self.tallies.of(name)).calls:  # what has just been loaded is slow to read for once
            tally.looking += time.perf_counter() - begin
        self.overhead += time.perf_counter() - begin
        if scans is None:
            self.tallies.of(name).calls += 1
            return None
        packages = sorted({"numpy", "scipy"}.union(*(each.packages for each in scans)))
        versions = [f"{p}={getattr(sys.modules.get(p), '__version__', '')}" for p in packages]
        filters = repr([(a, _pattern(t), w, _pattern(m), n) for a, t, w, m, n in warnings.filters])
        numpy = sys.modules.get("numpy")
        errors = repr(numpy.geterr()) if numpy is not None else ""
        around = [self._packages, errors, filters, *versions, *machine]
        whole = "\0".join([_FORMAT, name, more, *around, *(each.fp for each in scans)])
        fp = xxh3_128_hexdigest(whole.encode("utf-8", "surrogatepass"))
        state = xxh3_128(fp.encode())
        for stream in self.session.streams.values():
            state.update(stream.source.image() if stream.seeded and stream.source.module() is not None else b"-")
        return Look(fp, scans, state.hexdigest())

    def _scans(self, parts: Sequence[object], own: int) -> tuple[Scan, ...] | None:
        found = []
        for at, part in enumerate(parts):
            known = self._known.get(identity(part))
            each = known[1] if known is not None else self._scan(part, at < own)
            if each is None:
                return None
            if self._holding:
                self._known[identity(part)] = part, each
            found.append(each)
        return tuple(found)

    def _scan(self, value: object, own: bool = False) -> Scan | None:
        try:
            found = scan({"": value}, self.session.live)
        except Exception:  # of any class: its own reading code may fail, and the call will show it if it matters
            return None
        beyond = found.opaque or found.refs or found.requires or found.imports  # what its bytes do not say
        told = found.exact and not (beyond or found.finalizes)
        return found if told and (own or not (found.draws or found.wild)) else None

    def ask(self, names: Sequence[str], looks: Sequence[Look | None], places: Sequence[Place] = ()) -> list[Any]:
        """The kept result of each call, `Recall.nothing` where there is none. places: of them in a search."""
        wanted = [fp for look in looks if look is not None for fp in (look.fp, look.drawing)]
        begin = time.perf_counter()
        with self._apart():
            found = self._query({"query": "known", "calls": wanted}).get("found", {}) if wanted else {}
            loaded = [
                self._loaded(name, found.get(look.fp) or found.get(look.drawing), place) if look is not None
                else (self.nothing, ())
                for name, look, place in zip(names, looks, places or [()] * len(names))
            ]
        self.pass_on()
        self.overhead += time.perf_counter() - begin
        for _, shown in loaded:
            show_again(shown, self.session.recorder)
        return [value for value, _ in loaded]

    nothing: Any = object()

    def _loaded(self, name: str, kept: list[Any] | None, place: Place) -> tuple[Any, tuple[Shown, ...]]:
        if kept is None:
            return self.nothing, ()
        manifest, seconds = kept
        begin = time.perf_counter()
        try:
            roots = load(manifest, self.session.folder, self.session.key)
            value, states, unseeded = roots[""], roots["streams"], roots["unseeded"]
            if unseeded and self._rerun_unseeded:
                return self.nothing, ()
            for stream, state in states.items():
                self.session.streams[stream].source.restore(pickle.loads(state))
        except (Damaged, AttributeError, ImportError, TypeError, ValueError, KeyError, EOFError):
            return self.nothing, ()
        self.unseeded |= unseeded
        took = time.perf_counter() - begin
        tally = self.tallies.of(name)
        tally.calls += 1
        tally.seconds += seconds
        self.told.append((name, "load", took, place))
        self.saved += max(0.0, seconds - took)
        return value, roots.get("shown", ())

    def made(self, name: str, seconds: float, place: Place = ()) -> None:
        """A call was made, and took so long."""
        tally = self.tallies.of(name)
        tally.calls += 1
        tally.seconds += seconds
        if seconds >= LEAST_SECONDS or place:
            self.told.append((name, "compute", seconds, place))
            self.pass_on()

    def pass_on(self) -> None:
        """Tell what is new of searches, in a node that goes on for long."""
        if len(self.searches) + len(self.told) == sum(self._passed_on) or time.monotonic() < self._when + _TELL_SECONDS:
            return
        searches, told = self._passed_on
        begun, cells = self.searches[searches:], [each for each in self.told[told:] if each[3]]
        self._passed_on, self._when = (len(self.searches), len(self.told)), time.monotonic()
        if begun or cells:
            with self._apart():
                self._query({"query": "told", "calls": cells, "searches": begun})

    def run(
        self, name: str, call: Callable[[], Any], in_workers: bool = False, prints: bool = False,
        place: Place = (),
    ) -> Done:  # fmt: skip
        """Make the call, and see what shows of it; see `begun`."""
        running = self.begun(name, in_workers, prints, place)
        try:
            result = call()
        finally:
            running.over()
        return running.done(result)

    def begun(
        self, name: str, in_workers: bool = False, prints: bool = False, place: Place = ()
    ) -> Running:
        """A call begins to be watched: its `over` has to come, and then `done`.

        in_workers: it is known to read nothing but what it is given. prints: what it prints is printed again when it is
        answered.
        """
        return Running(self, name, in_workers, prints, place)

    def keep(
        self, name: str, parts: Sequence[object], look: Look, done: Done, value: Any, in_turn: bool = True
    ) -> None:
        """Keep `value` as what a call gives, where that pays and nothing stands against it.

        parts: those of what was looked at that the call must leave alone. in_turn: nothing has been called since.
        """
        if not done.pure or done.seconds < LEAST_SECONDS:
            return
        begin = time.perf_counter()
        with self._apart():
            self._keep(name, parts, look, done, value, in_turn)
        self.overhead += time.perf_counter() - begin

    def _keep(self, name: str, parts: Sequence[object], look: Look, done: Done, value: Any, in_turn: bool) -> None:
        begin = time.perf_counter()
        found = self._scan(value, own=True)
        self.tallies.read(name, time.perf_counter() - begin)
        if found is None or found.draws or not found.storable:
            return
        if any(_share(found, each) for each, _ in zip(look.scans, parts)):
            return
        if not self._holding and not all(self._is(part, before) for part, before in zip(parts, look.scans)):
            return  # it has changed what it was given
        call, seconds, streams = look.drawing if done.drew else look.fp, done.seconds, self.session.streams
        seeded = [n for n in done.drew if streams[n].seeded]
        if seeded and not in_turn:
            return  # made among others, so that the state behind it is not known any more
        question = {"query": "worth", "call": call, "name": name, "seconds": seconds, "size": found.size,
                    "objects": found.objects}  # fmt: skip
        if not self._query(question).get("keep"):
            return
        session, begin = self.session, time.perf_counter()
        try:
            states = {n: pickle.dumps(streams[n].source.state(), 5) for n in seeded}
            roots = {"": value, "streams": states, "unseeded": len(seeded) < len(done.drew)}
            if done.shown:
                roots["shown"] = done.shown
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
        found = self._scan(value, own=True)
        return found is not None and found.fp == before.fp

    def aside(self, call: Callable[[], Any]) -> None:
        """Make a call only for what it does to its library: nothing of it is seen, and it may fail."""
        begin = time.perf_counter()
        streams = [s for s in self.session.streams.values() if s.source.module() is not None]
        before = [(s, s.source.state(), s.seeded_from, s.looked) for s in streams]
        with self._apart(), self.session.recorder.quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                call()
            except Exception:  # as it did, or would have, when it was to be seen
                pass
        for stream, state, seeded_from, looked in before:
            stream.source.restore(state)
            stream.seeded_from, stream.looked = seeded_from, looked
        self.overhead += time.perf_counter() - begin

    # -- of the process --------------------------------------------------------------------------------------------
    def surroundings(self) -> tuple[tuple[int, int], dict[str, bytes]]:
        """Output so far and the hidden random streams."""
        with self._apart():
            streams = self.session.streams.items()
            images = {n: s.source.image() for n, s in streams if s.source.module() is not None}
        return self.session.recorder.mark(), images

    def _query(self, question: dict[str, Any]) -> dict[str, Any]:
        self.session.channel.send(question)
        return self.session.channel.receive()

    @contextmanager
    def _apart(self) -> Iterator[None]:
        """The kernel is at work, not the script."""
        session = self.session
        seen = session.observer.current
        try:
            session.signals.pause()
            session.observer.current = None
            yield
        finally:
            session.observer.current = seen
            session.signals.resume()


@functools.cache
def _function(place: str) -> Callable[[Recall], None]:
    """By module and name."""
    module, _, name = place.partition(":")
    found: Callable[[Recall], None] = getattr(importlib.import_module(module), name)
    return found


def _share(one: Scan, other: Scan) -> bool:
    if not one.mutable.isdisjoint(other.mutable):
        return True
    return any(s < y and x < e for s, e, _ in one.buffers for x, y, _ in other.buffers)


def _pattern(compiled: Any) -> Any:
    return getattr(compiled, "pattern", compiled)
