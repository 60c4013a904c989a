"""Iterators are known by what is still to come out of them."""

from __future__ import annotations

import itertools
import pickle
import sys
from collections.abc import Iterator

import pytest
from kernel.surroundings import fp, look


def turned(times: int, items: str = "abc") -> Iterator[str]:
    found = itertools.cycle(list(items))
    for _ in range(times):
        next(found)
    return found


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from 3.12 on a cycle cannot be pickled")
@pytest.mark.parametrize("times", range(9))
@pytest.mark.parametrize("more", range(5))
def test_a_cycle_that_was_loaded_is_as_one_that_was_not(times: int, more: int) -> None:
    loaded = pickle.loads(pickle.dumps(turned(times)))
    for _ in range(more):
        next(loaded)
    if times > 3:  # before that, it still fills its memory out of what it was made of
        assert fp(loaded) == fp(turned(times + more))
        assert fp(loaded) == fp(turned(times + more + 3)) != fp(turned(times + more + 1))
    assert fp(loaded) != fp(turned(times + more, "abd")) and fp(loaded) != fp(turned(times + more, "abcabc"))
    assert look(loaded).wild
