"""Whether the standard streams are terminals, as the script sees it: those of whoever runs mliter count."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mliter_tui.kernel.capture import Recorder
    from mliter_tui.kernel.observe import Observer


def watch(observer: Observer, recorder: Recorder) -> None:
    """Have os.isatty, and the streams' own isatty, tell."""
    isatty = os.isatty

    def note(fd: int, answer: bool) -> None:
        if observer.current is not None:
            observer.current.terminals[str(fd)] = "yes" if answer else "no"

    def seen_isatty(fd: int, /) -> bool:
        answer = recorder.tty[fd - 1] if fd in (1, 2) else isatty(fd)
        if fd in (0, 1, 2):
            note(fd, answer)
        return answer

    os.isatty = seen_isatty
    recorder.asked = note
