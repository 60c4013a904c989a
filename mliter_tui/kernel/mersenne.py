"""The state of NumPy's legacy generator, read where it lies in memory.

`RandomState.get_state` copies the 624 words of a Mersenne Twister one by one, which takes a tenth of a millisecond; a
kernel looks at them around each node and each call that it watches. Where the rest of the state lies is found by
trying it out on a generator of our own, and believed only if all that is read agrees with `get_state`.
"""

from __future__ import annotations

import functools
import struct
import sys
from typing import Any

_WORDS = 624 * 4  # bytes; behind them the position, an int
_REST = struct.Struct("@id")  # whether there is a second normal number left over, and that


class Reader:
    """What reads a generator's state; made once for each."""

    def __init__(self, generator: Any) -> None:
        self.generator, self._bits = generator, generator._bit_generator
        self._words = self._rest = 0
        place = _place_of_rest(type(generator))  # type: ignore[arg-type]
        if place is not None and type(self._bits).__name__ == "MT19937":
            self._words = int(self._bits.ctypes.state_address)
            self._rest = id(generator) + place  # an address, which `identity` is not
            if self.image() != slow_image(generator):
                self._words = 0

    def is_of(self, generator: Any) -> bool:
        return self.generator is generator and self._bits is generator._bit_generator

    def image(self) -> bytes:
        """The same bytes for the same state, and for no other."""
        if not self._words:
            return slow_image(self.generator)
        at = sys.modules["ctypes"].string_at
        memory = at(self._words, _WORDS + 4)
        rest = _REST.unpack(at(self._rest, _REST.size))
        position = int.from_bytes(memory[_WORDS:], sys.byteorder, signed=True)
        return bytes(memory[:_WORDS]) + repr((position, *rest)).encode()


def slow_image(generator: Any) -> bytes:
    found = generator.get_state(legacy=False)
    state = found["state"]
    if "key" not in state:  # another bit generator was put in place
        return repr(found).encode()
    words: bytes = state["key"].tobytes()
    return words + repr((state["pos"], found["has_gauss"], found["gauss"])).encode()


@functools.cache
def _place_of_rest(kind: type) -> int | None:
    """Where in a generator of this type the left over number is; None where that cannot be told, or there is none."""
    if kind.__name__ != "RandomState" or "ctypes" not in sys.modules:
        return None
    own = kind(20_180_827)
    own.standard_normal()
    found = own.get_state(legacy=False)
    size, read = kind.__basicsize__, sys.modules["ctypes"].string_at
    memory = read(id(own), size)
    places = [at for at in range(0, size - _REST.size + 1, 4) if _REST.unpack_from(memory, at) == (1, found["gauss"])]
    own.standard_normal()
    memory, found = read(id(own), size), own.get_state(legacy=False)
    now = found["has_gauss"], found["gauss"]
    places = [at for at in places if _REST.unpack_from(memory, at) == now]
    return places[0] if len(places) == 1 else None
