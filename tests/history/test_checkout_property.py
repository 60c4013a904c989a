"""Whatever is edited, run, checked out and taken back: nothing that was ever in the script's file is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mliter_tui import events
from mliter_tui.errors import UsageError
from mliter_tui.history import checkout, iterations
from mliter_tui.history.checkout import UnsavedWork
from mliter_tui.history.iterations import Module
from mliter_tui.history.recording import Draft, keep
from mliter_tui.store import Store

TEXTS = st.sampled_from(["a = 1\n", "a = 2\n", "a = 3\n", ""])


class Desk(RuleBasedStateMachine):
    """A script and a module of a user who edits, runs, goes back and returns; runs are only written down."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = Path(self.scratch.name)
        self.store = Store.open(self.folder / ".mliter")
        self.paths = [self.folder / "train.py", self.folder / "helper.py"]
        self.seen: set[tuple[Path, bytes]] = set()
        for path in self.paths:
            self.save(path, "a = 0\n")
        self.runs()

    def teardown(self) -> None:
        self.store.close()
        self.scratch.cleanup()

    def save(self, path: Path, text: str) -> None:
        path.write_text(text)
        self.seen.add((path, text.encode()))

    @rule(which=st.integers(0, 1), text=TEXTS)
    def edits(self, which: int, text: str) -> None:
        before = self.paths[which]
        if before.exists():  # an edit of the user's own is his to make
            self.seen.discard((before, before.read_bytes())) if not self.kept(before, before.read_bytes()) else None
        self.save(self.paths[which], text)

    @rule()
    def runs(self) -> None:
        script, helper = self.paths
        if not (script.exists() and helper.exists()):
            return
        text, inner = script.read_text(), helper.read_text()
        end = events.IterationFinished(self.store.last_iteration(str(script)) + 1, "ok", 0, 0, 1, 0.1, 0.0, 0)
        module = Module("helper", str(helper), False, inner, inner.encode())
        keep(self.store, Draft(
            str(script), end, 1.0, text, text.encode(), [], lambda: ((), ()), modules=(module,)
        ))  # fmt: skip

    @rule(number=st.integers(1, 6), aside=st.booleans())
    def goes_back(self, number: int, aside: bool) -> None:
        past = iterations.one_past(self.store, str(self.paths[0]), number)
        if past is None:
            return
        before = [path.read_bytes() if path.exists() else None for path in self.paths]
        try:
            checkout.checkout(self.store, past, aside)
        except UnsavedWork:
            assert not aside
            assert before == [path.read_bytes() if path.exists() else None for path in self.paths]
        else:
            modules = iterations.modules_of(self.store, past) or ()
            assert self.paths[0].read_bytes() == iterations.content_of(self.store, past)
            assert self.paths[1].read_bytes() == modules[0].content
            assert iterations.head(self.store, str(self.paths[0])) == number

    @rule(aside=st.booleans())
    def returns(self, aside: bool) -> None:
        try:
            checkout.undo(self.store, str(self.paths[0]), aside)
        except UsageError:
            pass

    @precondition(lambda self: self.paths[1].exists())
    @rule()
    def throws_the_module_away(self) -> None:
        self.seen.discard((self.paths[1], self.paths[1].read_bytes()))
        self.paths[1].unlink()

    def kept(self, path: Path, content: bytes) -> bool:
        """In an iteration, or in a copy beside."""
        for past in iterations.all_past(self.store, str(self.paths[0])):
            texts = [iterations.content_of(self.store, past)]
            texts += [module.content for module in iterations.modules_of(self.store, past) or ()]
            if content in texts:
                return True
        return any(copy.read_bytes() == content for copy in self.folder.glob(f"{path.name}.kept-*"))

    @invariant()
    def nothing_is_lost(self) -> None:
        for path, content in self.seen:
            assert (path.exists() and path.read_bytes() == content) or self.kept(path, content), (path, content)


TestDesk = Desk.TestCase
TestDesk.settings = settings(
    max_examples=30, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
