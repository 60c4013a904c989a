"""Output that could not be written: reported, and ended with, as python does at its end."""

from __future__ import annotations

import os
import sys

STATUS = 120


def unwritten(error: OSError) -> int:
    """Say it in python's words; the exit status."""
    encoding = sys.stdout.encoding if sys.stdout is not None else "utf-8"
    where = f"<_io.TextIOWrapper name='<stdout>' mode='w' encoding='{encoding}'>"
    try:
        os.write(2, f"Exception ignored in: {where}\n{type(error).__name__}: {error}\n".encode())
    except OSError:
        pass  # nobody reads that either
    return STATUS
