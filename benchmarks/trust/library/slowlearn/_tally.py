"""What has taken place, in memory shared with a file beside this one, where no tool sees it change.

The file has 256 pages, one for each process by its number, of 512 marks; a mark is 8 bytes of a digest of a call and
all it was given, so that whoever reads it can tell work that was done before from work that is new. Without the file
nothing is noted.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import pickle
from pathlib import Path

PAGES, MARKS = 256, 512
try:
    with open(Path(__file__).with_name("tally.bin"), "r+b") as _file:
        _memory: mmap.mmap | None = mmap.mmap(_file.fileno(), PAGES * MARKS * 8)
except OSError:
    _memory = None


def took_place(*what: object) -> None:
    """Notes a call; what it was given is told by content."""
    if _memory is None:
        return
    plain = [(each.dtype.str, each.shape, each.tobytes()) if hasattr(each, "tobytes") else each for each in what]
    mark = hashlib.blake2b(pickle.dumps(plain, 2), digest_size=8).digest()
    page = os.getpid() % PAGES * MARKS * 8
    for place in range(page, page + MARKS * 8, 8):
        if _memory[place:place + 8] == bytes(8):
            _memory[place:place + 8] = mark
            return
