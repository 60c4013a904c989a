"""The processes of one iteration: one that got ready meanwhile, one that runs nodes, a fresh one per restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mliter_tui.engine.kernel_process import KernelProcess
from mliter_tui.engine.launch import Input, Launched
from mliter_tui.engine.listening import Listener
from mliter_tui.engine.settings import Settings
from mliter_tui.errors import KernelDied


class Kernels:
    """`current` runs the nodes of this attempt, None until one must run. `skip`: bytes of output shown before it.
    `starting`: a process is getting ready.

    setup: gives what a kernel is told before its first node. spare: steps of what may be done while one is at work.
    primed: replies of nodes that `standby` has executed
    already.
    """

    def __init__(
        self, settings: Settings, text: str, folder: Path, setup: Callable[[], dict[str, Any]], spare: Iterator[None],
        standby: KernelProcess | None, primed: Mapping[int, dict[str, Any]],
    ) -> None:  # fmt: skip
        self.settings, self.text, self.folder, self.setup, self.spare = settings, text, folder, setup, spare
        self.standby, self.primed = standby, dict(primed)
        self.current: KernelProcess | None = None
        self.input: Input | None = None
        self.skip = (0, 0)
        self.starting = False

    def start(self, said: Callable[[set[int]], None], listener: Listener) -> KernelProcess:
        """The process that runs nodes. `said` is told the lines whose imports have printed already.

        A process that its imports ahead spoiled is thrown away; the next one does without. So is one that got ready
        for another version that begins with other imports. Raises KernelDied.
        """
        ahead = fresh = True
        while self.current is None:
            kernel, self.standby = self.standby, None
            if kernel is None:
                kernel = KernelProcess(Launched(not self.settings.show, self.input, self.settings.detached))
                kernel.begin(self.settings, self.text, self.folder, ahead)
            self.input = kernel.launched.input
            self.starting = True
            try:
                setup = self.setup()
                reply = kernel.ask({"command": "version", **setup} if self.primed else setup, spare=self.spare)
            except KernelDied:
                self.current = kernel
                kernel.show(self.skip, False, listener)  # at most a complaint of its own
                raise
            finally:
                self.starting = False
            if reply["spoiled"] or reply["stale"]:
                kernel.discard()
                self.primed.clear()
                ahead, fresh = fresh and not reply["spoiled"], False
                continue
            said(set(reply["spoke"]))
            kernel.show(self.skip, self.settings.show, listener)
            self.current = kernel
        return self.current

    def abandon(self) -> None:
        """End the one that runs nodes; what it has shown is not shown again."""
        if self.current is not None:
            self.skip = self.current.kill()
            self.current.launched.input.again()
        self.current = None
        self.primed.clear()

    def dismiss(self) -> None:
        """Let go of a process that got ready in vain, and of what no other will read."""
        if self.standby is not None:
            self.standby.launched.input.close()
            self.standby.discard()
            self.standby = None
        if self.input is not None:
            self.input.close()
