"""What calls of each name have taken so far in this process, and what it took to look at them: whether that pays."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

# a call below is not worth the book-keeping; tests and benchmarks ask for all of them
LEAST_SECONDS = float(os.environ.get("MLITER_CALLS_FROM", "0.02"))
TRIES = 4  # calls of one name that are looked at whatever they take
_DEAR = 0.2  # share of a call that a look may cost
_LONG_LOOK = 0.01  # seconds


class Tally:
    """Of one name. seconds: of its calls; looking: of what was read for them."""

    def __init__(self) -> None:
        self.calls = 0
        self.seconds = self.looking = 0.0

    def pays(self, tries: int) -> bool:
        return not LEAST_SECONDS or self.calls < tries or (
            self.seconds > LEAST_SECONDS / 4 * self.calls and self.looking < _DEAR * self.seconds
        )


class Tallies:
    """A call is named "RandomForestRegressor.predict": by the class of the object, its owner, and the method."""

    def __init__(self) -> None:
        self._by_name: dict[str, Tally] = {}
        self._reading: dict[str, float] = {}  # seconds it took to read what a fit has made, by its owner

    def of(self, name: str) -> Tally:
        return self._by_name.setdefault(name, Tally())

    def read(self, name: str, seconds: float) -> None:
        """What this call has made of its owner was read, in so many seconds."""
        self._reading[_owner(name)] = seconds

    def only_timed(self, name: str) -> bool:
        """Whether it is the first of its name, and its owner is known to take long to read: it may not pay at all."""
        return bool(LEAST_SECONDS) and self._reading.get(_owner(name), 0.0) > _LONG_LOOK and not self.of(name).calls

    def timed(self, name: str, call: Callable[[], Any]) -> Any:
        """Make a call that is not looked at, so that it is known whether the next one is to be."""
        begin = time.perf_counter()
        result = call()
        tally = self.of(name)
        tally.calls += 1
        tally.seconds += time.perf_counter() - begin
        tally.looking += self._reading.get(_owner(name), 0.0)
        return result


def _owner(name: str) -> str:
    return name.partition(".")[0]
