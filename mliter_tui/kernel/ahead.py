"""Imports ahead: the import statements a script begins with, carried out while the coordinator still plans.

Only what cannot make a difference is done early: the imports at the very start, in their order, up to the first
statement that is something else or that names a module of the user's own. What each was seen to do is kept here and
becomes part of what its node did when that node runs. An import that fails spoils the process: it is thrown away and a
fresh one does without.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from types import CodeType
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel import garbage
from mliter_tui.kernel.observed import LOCAL, Observed
from mliter_tui.kernel.streams import Change
from mliter_tui.lean import dataclass

if TYPE_CHECKING:  # session imports this module
    from mliter_tui.kernel.session import Session

_WAITED = 1.0  # seconds
_SYNTAX_TREE = 0x400  # ast.PyCF_ONLY_AST, without importing ast


@dataclass
class Done:
    """What one import did. code: the statement's. events: as of capture. seconds: wall."""

    code: CodeType
    observed: Observed
    events: list[tuple[str, bytes]]
    streams: dict[str, Change]
    modules: set[str]
    seconds: float


class Ahead:
    """The imports done early, by the line they begin in.

    spoiled: one failed, or could not be done early. stale: the script now begins with others, or what they read has
    changed; another process that imports ahead would do.
    """

    def __init__(self) -> None:
        self.done: dict[int, Done] = {}
        self.spoiled = self.stale = False
        self.interrupt: KeyboardInterrupt | None = None  # ctrl-c: the first node that runs raises it
        self._all = 0  # imports done, those of nodes that have run included
        self._ended = time.monotonic()

    def run(self, session: Session, text: str, script: str) -> None:
        with garbage.none_sought():
            self._run(session, text, script)

    def _run(self, session: Session, text: str, script: str) -> None:
        for line, code in _leading(text, script):
            for stream in session.streams.values():
                stream.begin()
            modules = set(sys.modules)
            session.recorder.begin()
            session.observer.begin()
            begin = time.perf_counter()
            try:
                session.signals.resume()
                exec(code, {"__name__": "__main__", "__builtins__": __builtins__, "__file__": script})
                session.signals.pause()
            except KeyboardInterrupt as interrupt:
                self.interrupt = interrupt
            except BaseException:  # whatever it is, it will be raised again, and shown, by the node itself
                self.spoiled = True
            session.signals.pause()
            seconds = time.perf_counter() - begin
            observed, events = session.observer.end(), session.recorder.end()
            changes = {name: c for name, s in session.streams.items() if (c := s.change()) is not None}
            self.spoiled |= observed.moved
            if self.spoiled or self.interrupt is not None:
                return
            self._all, self._ended = self._all + 1, time.monotonic()
            self.done[line] = Done(code, observed, events, changes, set(sys.modules) - modules, seconds)

    def follow(self, text: str, script: str) -> None:
        """The script's text is another one than that the imports were taken from; the first ones may have been used."""
        done = list(self.done.values())
        leading = list(_leading(text, script))[self._all - len(done) :]
        moved = {line: each for (line, code), each in zip(leading, done) if _same(code, each.code)}
        if len(moved) < len(done):
            self.stale = True
        else:
            self.done = moved

    def still_holds(self, waiting: bool) -> None:
        """Look again at what was seen: files may have changed. waiting: the process was not begun to serve at once."""
        from mliter_tui.kernel.holding import looks_hold, reads_hold

        waited = time.monotonic() - self._ended > _WAITED
        for done in self.done.values():
            seen = done.observed
            self.stale |= not reads_hold(seen) or (waiting and not looks_hold(seen))
            self.stale |= waited and bool(seen.outside - LOCAL)  # what was said then may not be said now

    def spoke(self) -> list[int]:
        """Lines whose imports printed something."""
        return [line for line, done in self.done.items() if any(channel != "f" for channel, _ in done.events)]


def merge(into: Observed, earlier: Observed) -> None:
    """Add what was observed before; where both looked, the first look counts."""
    for f in fields(Observed):
        mine, theirs = getattr(into, f.name), getattr(earlier, f.name)
        if isinstance(mine, dict):
            mine.update(theirs)
        elif isinstance(mine, set):
            mine |= theirs
        else:
            setattr(into, f.name, mine or theirs)


def _same(one: CodeType, other: CodeType) -> bool:
    """Whether two statements are the same, wherever they stand."""
    return (one.co_code, one.co_names, one.co_consts) == (other.co_code, other.co_names, other.co_consts)


def _leading(text: str, script: str) -> Iterator[tuple[int, CodeType]]:
    """(first line, code) of each leading import of installed modules."""
    import _ast

    try:
        tree: Any = compile(text, script, "exec", _SYNTAX_TREE, True)
    except (SyntaxError, ValueError):
        return
    last = 0
    beside = os.path.dirname(os.path.realpath(script))
    folders = [beside, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    folders += [p for p in sys.path if not p.startswith((sys.prefix, sys.base_prefix))]  # of packages being edited
    for s in tree.body:
        if isinstance(s, _ast.Expr) and isinstance(s.value, _ast.Constant):
            continue
        if isinstance(s, _ast.ImportFrom) and s.module == "__future__":
            continue
        if isinstance(s, _ast.Import):
            tops = [a.name.partition(".")[0] for a in s.names]
        elif isinstance(s, _ast.ImportFrom) and not s.level and s.module and all(a.name != "*" for a in s.names):
            tops = [s.module.partition(".")[0]]
        else:
            return
        own = (os.path.join(folder, top) for folder in folders for top in tops)
        if s.lineno == last or any(os.path.exists(place) or os.path.exists(place + ".py") for place in own):
            return
        last = s.lineno
        yield last, compile(_ast.Module([s], []), script, "exec", 0, True)
