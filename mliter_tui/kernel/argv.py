"""The script's arguments, noting when they are looked at."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class Arguments(list[str]):
    """sys.argv that notes being read, the script's own name too; pickles and copies as a plain list."""

    seen: Callable[[], None] = staticmethod(lambda: None)

    def __reduce__(self) -> Any:
        return list, (list(self),)

    __hash__ = None


def _noting(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def read(self: Arguments, *args: Any, **kwargs: Any) -> Any:
        Arguments.seen()
        return original(self, *args, **kwargs)

    return read


for _name in (
    "__getitem__", "__iter__", "__len__", "__repr__", "__contains__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__",
    "__ge__", "__add__", "__mul__", "__rmul__", "__reversed__", "copy", "pop", "count", "index", "sort", "remove",
):  # fmt: skip
    setattr(Arguments, _name, _noting(getattr(list, _name)))
