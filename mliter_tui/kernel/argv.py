"""The script's arguments, noting when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


class Arguments(list[str]):
    """sys.argv that notes being read; pickles and copies as a plain list."""

    seen: Callable[[], None] = staticmethod(lambda: None)

    def __getitem__(self, i: Any) -> Any:
        if i != 0:
            Arguments.seen()
        return super().__getitem__(i)

    def __iter__(self) -> Iterator[str]:
        Arguments.seen()
        return super().__iter__()

    def __len__(self) -> int:
        Arguments.seen()
        return super().__len__()

    def __reduce__(self) -> Any:
        return list, (list(self),)

    def __repr__(self) -> str:
        Arguments.seen()
        return super().__repr__()

    def __contains__(self, item: object) -> bool:
        Arguments.seen()
        return super().__contains__(item)

    def __eq__(self, other: object) -> bool:
        Arguments.seen()
        return super().__eq__(other)

    __hash__ = None

    def copy(self) -> list[str]:
        Arguments.seen()
        return super().copy()

    def __add__(self, other: Any) -> Any:
        Arguments.seen()
        return super().__add__(other)
