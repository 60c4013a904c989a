"""One iteration in a thread of its own: told as it goes, to be stopped at any time, in the end in the journal."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable, Iterable

from mliter_tui import events
from mliter_tui.engine import journal
from mliter_tui.engine.interrupts import sudden
from mliter_tui.engine.iteration import Iteration
from mliter_tui.engine.kernel_process import KernelProcess
from mliter_tui.engine.listening import Emit, Listener, Rows
from mliter_tui.engine.pictures import PICTURES
from mliter_tui.engine.priming import NOTHING_PRIMED, Primed
from mliter_tui.engine.result import Result
from mliter_tui.engine.story import Story
from mliter_tui.engine.telling import loop_unrolled
from mliter_tui.engine.transcript import Transcript
from mliter_tui.engine.version import Version
from mliter_tui.errors import MliterError
from mliter_tui.facts import Picture
from mliter_tui.script.nodes import Node


class Teller(Listener):
    """Passes everything on, and remembers it as the iteration's story."""

    takes_output = wants_figures = True
    wants_plans = False  # it was told before the run

    def __init__(self, emit: Emit, beginning: Iterable[events.Event]) -> None:
        super().__init__(self.told)
        self._emit = emit
        self.transcript = Transcript(self.told)
        self.story = Story(beginning)
        self.computed: set[int] = set()

    def told(self, event: events.Event) -> None:
        self._emit(event)
        if isinstance(event, events.NodeFinished) and event.action == "compute":
            self.computed.add(event.node)
        self.story.add(event)

    def idle(self) -> None:
        self.story.settle()

    def begins(self) -> None:
        self.transcript.begin()

    def runs(self, node: Node | None) -> None:
        if node is not None:
            self.transcript.node = node.id

    def unrolled(self, version: Version, head: int, end: int) -> None:
        self.told(loop_unrolled(version.script, head, end))

    def printed(self, node: Node, rows: Rows) -> None:
        self.transcript.over(node.id, rows)

    def wrote(self, node: Node, paths: list[str]) -> None:
        self._pictures(node, {path: "" for path in paths if path.lower().endswith(PICTURES)})

    def drew(self, node: Node, pictures: dict[str, str]) -> None:
        self._pictures(node, pictures)

    def _pictures(self, node: Node, pictures: dict[str, str]) -> None:
        for path, title in pictures.items():
            nbytes = os.path.getsize(path) if os.path.exists(path) else 0
            self.told(events.PictureKept(Picture(path, nbytes, node.id, title)))

    def grew(self, fd: int, offset: int, data: bytes) -> None:
        self.transcript.grew(fd, offset, data)


class Run:
    """An iteration that runs. beginning: events that belong to its story and were told before it began.

    standby: a waiting process and what it has executed already. ended: called from the run's thread, last of all.
    """

    def __init__(
        self, version: Version, number: int, beginning: Iterable[events.Event], emit: Emit,
        standby: tuple[KernelProcess, Primed] | None, ended: Callable[[Run], None],
    ) -> None:  # fmt: skip
        self.version, self.number = version, number
        self._teller = Teller(emit, beginning)
        self._as_read = version.script
        process, primed = standby if standby is not None else (None, NOTHING_PRIMED)
        self.iteration = Iteration(version, self._teller, process, primed.replies)
        self._report = ended
        self.begun = time.time()
        self.ended: float | None = None
        self.computed: list[str] = []  # code keys
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def node(self) -> Node | None:
        """The node that runs now, or ran last."""
        return self.iteration.at

    def stop(self) -> None:
        """End before the next node."""
        self.iteration.stop()

    def cancel(self) -> None:
        """End now."""
        self.iteration.cancel()

    def join(self, seconds: float) -> bool:
        """Wait for its end; whether it came."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        tell = self._teller.told
        tell(events.IterationStarted(self.version.path, self.number, len(self.version.script.nodes)))
        begin = time.perf_counter()
        try:
            result = self.iteration.run()
        except MliterError as error:
            result = Result(status="failed", exit_status=error.exit_status, seconds=time.perf_counter() - begin)
            tell(events.Note(str(error)))
        except Exception:  # a fault of mliter's own must not end the session, nor be hidden
            result = Result(status="failed", exit_status=1, seconds=time.perf_counter() - begin)
            tell(events.Note(f"mliter itself failed; please report this: {traceback.format_exc()}"))
        self.computed = [node.key for node in self.version.script.nodes if node.id in self._teller.computed]
        if result.status != "cancelled" and (why := sudden(result.exit_status)):
            tell(events.Note(why))
        self.ended = time.time()
        finished = journal.finished(self.number, result)
        tell(finished)
        journal.record(self.iteration, self._as_read, finished, self._teller.story, self.begun)
        self._report(self)
