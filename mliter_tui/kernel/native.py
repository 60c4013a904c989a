"""Files that libraries open from C++ without Python seeing it: Arrow, Polars, HDF5, DuckDB and the like.

Where a node reaches such a library, every existing file that a string or path among its constants and inputs names is
taken to be read. That may be one file too many; it is never one too few for a path written out or held in a variable.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from types import CodeType, FunctionType
from typing import Any

from mliter_tui.kernel.probing import is_a, module_of

_LIBRARIES = frozenset(
    "pyarrow polars h5py tables duckdb cv2 netCDF4 pyogrio rasterio xgboost lightgbm vaex torch safetensors".split()
)


def _library(value: Any) -> bool:
    return any(module_of(owner).partition(".")[0] in _LIBRARIES for owner in (value, type(value)))


def _constants(code: CodeType) -> Iterator[Any]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _constants(constant)
        elif isinstance(constant, (tuple, frozenset)):
            yield from constant
        else:
            yield constant


def named_files(code: CodeType | None, needed: Iterable[Any]) -> list[str]:
    """Paths of files a node may have had read behind Python's back, as given."""
    values = list(needed)
    if not any(name in sys.modules for name in _LIBRARIES) or not any(_library(v) for v in values):
        return []
    candidates: list[Any] = list(_constants(code)) if code is not None else []
    for value in values:
        if is_a(value, FunctionType) and value.__module__ == "__main__":
            candidates += list(_constants(value.__code__))
        elif is_a(value, str, bytes, PurePath):
            candidates.append(value)
        elif is_a(value, list, tuple, set) and len(value) < 10_000:
            candidates += list(value)
        elif is_a(value, dict) and len(value) < 10_000:
            candidates += list(value.values())
        elif type(value).__name__ == "Namespace" and hasattr(value, "__dict__"):
            candidates += list(vars(value).values())
    found = {os.fspath(c) for c in candidates if isinstance(c, (str, PurePath)) and 0 < len(str(c)) < 4096}
    return sorted(str(p) for p in found if "\0" not in str(p) and os.path.isfile(p))
