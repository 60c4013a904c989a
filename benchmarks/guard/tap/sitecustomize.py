"""What the guard puts into every process of a run: a count of the bytes hashed, and a clock that only sleeping moves.

The clock makes costs, and with them all that is decided by costs, the same in every run: a statement of a script takes
what it sleeps, and each look at the clock a microsecond. Counts go to shared memory, a slot for each process.
"""

import mmap
import os
import struct
import threading
import time

import xxhash

_SLOTS = 1024
_STEP = 1e-6
_path = os.environ.get("MLITER_GUARD_TALLY")


class _Clock:
    now = 0.0


def _perf_counter():
    _Clock.now += _STEP
    return _Clock.now


def _sleep(seconds, really=time.sleep):
    if threading.current_thread() is threading.main_thread():
        _Clock.now += seconds
    really(min(seconds, 0.001))


def _size(data):
    return len(data.encode()) if isinstance(data, str) else memoryview(data).nbytes


def _counting(memory):
    """Hash functions in the place of xxhash's own, which count."""
    plain, at_once = xxhash.xxh3_128, xxhash.xxh3_128_hexdigest

    def count(data):
        place = os.getpid() % _SLOTS * 8
        (known,) = struct.unpack_from("<Q", memory, place)
        struct.pack_into("<Q", memory, place, known + _size(data))

    class Counting:
        def __init__(self, data=b""):
            count(data)
            self._inner = plain(data)
            self.digest, self.hexdigest, self.intdigest = (
                self._inner.digest, self._inner.hexdigest, self._inner.intdigest
            )  # fmt: skip

        def update(self, data):
            count(data)
            self._inner.update(data)

    def hexdigest(data):
        count(data)
        return at_once(data)

    return Counting, hexdigest


if _path:
    with open(_path, "r+b") as _file:
        xxhash.xxh3_128, xxhash.xxh3_128_hexdigest = _counting(mmap.mmap(_file.fileno(), _SLOTS * 8))
    time.perf_counter, time.sleep = _perf_counter, _sleep
