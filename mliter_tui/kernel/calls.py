"""A call of a library while it is made: what shows of it beside its result, and where it stands in a search."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from mliter_tui.kernel.observed import Observed, absorb
from mliter_tui.kernel.warned import Noted, Warned, give_again

if TYPE_CHECKING:
    from mliter_tui.kernel.capture import Recorder
    from mliter_tui.kernel.recall import Recall

MACHINE = ("LOKY_MAX_CPU_COUNT", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables of the environment that libraries ask for again and again; every call is known by them, too."""
Shown = tuple[str, Any]
"""Something printed, as of `kernel.capture`, or ("w", a warning)."""
Place = tuple[int, ...]
"""Which search of the node, which candidate of it and which split, each counted from 0; () for none."""


class Done(NamedTuple):
    """A call that was made: its result, what it took, and whether nothing but the result shows of it.

    drew: names of the hidden streams it has drawn from. shown: what it printed through Python, and its warnings.
    """

    result: Any
    seconds: float
    pure: bool
    drew: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()


class Running:
    """A call from where it begins. `over`, which has to come, ends the watch; `done` tells what was seen."""

    def __init__(
        self, recall: Recall, name: str, in_workers: bool, prints: bool, place: Place
    ) -> None:
        self._recall, self._name, self._in_workers, self._prints = recall, name, in_workers, prints
        self._place = place
        self._session = session = recall.session
        self._outer, self._inner = session.observer.current, Observed()
        self._mark, self._images = recall.surroundings()
        self._saved, self._overhead, self._begin = recall.saved, recall.overhead, time.perf_counter()
        self._held = recall.let_go()
        self._shown: list[Shown] = []
        self._noted = Noted(self._warns)
        session.observer.current = self._inner
        recall.watching += 1

    def over(self) -> None:
        self._recall.watching -= 1
        self._noted.over()
        self._session.observer.current = self._outer
        self._recall.hold(self._held)
        if self._outer is not None:
            absorb(self._outer, self._inner)

    def done(self, result: Any) -> Done:
        """What came of it, told as made."""
        recall = self._recall
        seconds = time.perf_counter() - self._begin - (recall.overhead - self._overhead) + recall.saved - self._saved
        if self._name:
            recall.made(self._name, seconds, self._place)
        mark, states = recall.surroundings()
        self._shown += self._since(mark)
        drew = tuple(name for name, image in states.items() if self._images.get(name) != image)
        return Done(result, seconds, self._pure(), drew, tuple(self._shown))

    def pure(self) -> bool:
        """Whether nothing but results shows of it so far."""
        self._shown += self._since(self._session.recorder.mark())
        return self._pure()

    def _pure(self) -> bool:
        foreign = any(each[0] in "OE" or (not self._prints and each[0] != "w") for each in self._shown)
        for name in MACHINE:
            self._inner.environment.pop(name, None)
        for path in sys.path:  # an import had a look there
            if self._inner.reads.get(path, ("", 0))[1] is None:
                del self._inner.reads[path]
        return not self._noted.lost and not foreign and (self._in_workers or self._inner == Observed())

    def _since(self, mark: tuple[int, int]) -> list[Shown]:
        rows: list[Shown] = [] if mark == self._mark else [*self._session.recorder.since(self._mark)]
        self._mark = mark
        return rows

    def _warns(self, warned: Warned, give: Callable[[], None]) -> None:
        """It warns; what that prints by itself is no output of its own."""
        self._shown += self._since(self._session.recorder.mark())
        self._shown.append(("w", warned))
        give()
        self._mark = self._session.recorder.mark()


def show_again(shown: tuple[Shown, ...], recorder: Recorder) -> None:
    """What a call printed and warned of, at this point of the script's output."""
    for each in shown:
        if each[0] == "w":
            give_again(each[1])
        else:
            recorder.mark()  # what was printed before comes before it
            recorder.replay([each])
