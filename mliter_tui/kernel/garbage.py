"""Garbage collection while libraries are imported ahead: what they make stays, so that looking through it is in vain.

It takes a tenth of the time of an import, as the collector goes through all there is whenever a quarter more has come.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def none_sought() -> Iterator[None]:
    """Nothing of the user's is there yet: what comes is not looked through, neither now nor later."""
    usual = gc.get_threshold()
    gc.set_threshold(0)
    try:
        yield
    finally:
        if gc.get_threshold()[0] == 0:  # else a library wants it otherwise
            gc.set_threshold(*usual)
        gc.freeze()
