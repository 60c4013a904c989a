"""The script's files while an iteration goes on: as the nodes so far left them, and put back if it starts over."""

from __future__ import annotations

from collections.abc import Mapping

from mliter_tui.engine.evidence import Evidence
from mliter_tui.engine.rollback import contents, put_back
from mliter_tui.engine.written import is_there, put_in_place
from mliter_tui.store import Store


class Files:
    """before: contents ahead of this iteration's first change to each. open: those the kernel has open to write."""

    def __init__(self, store: Store, evidence: Evidence) -> None:
        self.store, self.evidence = store, evidence
        self.before: dict[str, bytes | None] = {}
        self.begin()

    def begin(self) -> None:
        """Another walk over the nodes, in a process that has none open."""
        self.open: set[str] = set()
        self._placed: set[str] = set()

    def saw(self, before: Mapping[str, bytes | None], open_now: list[str]) -> None:
        """What the kernel tells after a node."""
        self.before = {**before, **self.before}
        self.open = set(open_now)

    def in_place(self, files: Mapping[str, str]) -> list[str]:
        """Make files what they would be at this point; the paths that are so now and were not, or not known to be.

        Raises Gone where the store lacks one.
        """
        closed = {path: content for path, content in files.items() if path not in self.open}
        wanted = {p: c for p, c in closed.items() if not is_there(p, c, self.evidence.content(p))}
        if wanted:
            self.before = {**contents(p for p in wanted if p not in self.before), **self.before}
            put_in_place(wanted, self.store)
        if closed:
            self.evidence.forget_files()
        known, self._placed = self._placed, closed.keys() | self._placed
        return sorted({*wanted, *(self._placed - known)})

    def roll_back(self) -> None:
        """As if nothing had run."""
        put_back(self.before)
        self.evidence.forget_files()
