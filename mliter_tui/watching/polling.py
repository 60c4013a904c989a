"""Rounds of stat over the paths that cannot be heard, at a pace that their own cost sets."""

from __future__ import annotations

import time

from mliter_tui.watching.looks import Key, Look, glance

_SHARE = 20  # a round may take this part of the time
_SLOWEST = 10.0


class Rounds:
    """Paths to look at by stat every `pace` seconds; more seldom where a round takes more than a twentieth of that."""

    def __init__(self, pace: float) -> None:
        self.next = 0.0  # of the monotonic clock
        self._pace = pace
        self._cost = 0.0
        self._keys: dict[str, tuple[str, Key]] = {}

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __contains__(self, path: object) -> bool:
        return path in self._keys

    def replace(self, looks: dict[str, Look]) -> None:
        """The paths from now on, with what was last seen of them."""
        if not self._keys:
            self.next = 0.0
        known = self._keys
        self._keys = {path: known.get(path) or (look.kind, look.key) for path, look in looks.items()}

    def paths(self) -> list[str]:
        return list(self._keys)

    def go(self) -> list[str]:
        """Look at all; the paths whose stat is another than a round before."""
        start = time.monotonic()
        found = []
        for path, before in self._keys.items():
            look = glance(path)
            if (look.kind, look.key) != before:
                self._keys[path] = look.kind, look.key  # an existing key: the dict keeps its size
                found.append(path)
        end = time.monotonic()
        self._cost = end - start
        self.next = end + self.wait(self._pace)
        return found

    def hasten(self, pace: float) -> None:
        """The next round soon: something is being written."""
        self.next = min(self.next, time.monotonic() + self.wait(pace))

    def wait(self, pace: float) -> float:
        return max(pace, min(self._cost * _SHARE, _SLOWEST))
