"""Files that libraries open from C++ without Python seeing it: Arrow, Polars, HDF5, DuckDB and the like.

Where a node reaches such a library, every existing file that a string or path among its constants and inputs names is
taken to be read. That may be one file too many; it is never one too few for a path written out or held in a variable.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

_LIBRARIES = frozenset("pyarrow polars h5py tables duckdb cv2 netCDF4 pyogrio rasterio xgboost lightgbm vaex".split())


def _library(value: Any) -> bool:
    if isinstance(value, ModuleType):  # whose own __getattr__ may do anything
        return value.__name__.partition(".")[0] in _LIBRARIES
    named = isinstance(value, (type, FunctionType, BuiltinFunctionType))
    for owner in (value, type(value)) if named else (type(value),):
        name = getattr(owner, "__module__", None) or getattr(owner, "__name__", None)
        if isinstance(name, str) and name.partition(".")[0] in _LIBRARIES:
            return True
    return False


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
    if not any(_library(v) for v in values):
        return []
    candidates: list[Any] = list(_constants(code)) if code is not None else []
    for value in values:
        if isinstance(value, FunctionType) and value.__module__ == "__main__":
            candidates += list(_constants(value.__code__))
        elif isinstance(value, (str, bytes, PurePath)):
            candidates.append(value)
        elif isinstance(value, (list, tuple, set)) and len(value) < 10_000:
            candidates += list(value)
        elif isinstance(value, dict) and len(value) < 10_000:
            candidates += list(value.values())
        elif hasattr(value, "__dict__") and type(value).__name__ == "Namespace":
            candidates += list(vars(value).values())
    found = {os.fspath(c) for c in candidates if isinstance(c, (str, PurePath)) and 0 < len(str(c)) < 4096}
    return sorted(str(p) for p in found if "\0" not in str(p) and os.path.isfile(p))
