"""What is read of NumPy's legacy generator where it lies is what it says of itself."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.kernel import mersenne
from mliter_tui.kernel.mersenne import Reader, slow_image

STEPS: dict[str, Any] = {
    "uniform": lambda r: r.random_sample(), "normal": lambda r: r.standard_normal(), "seed": lambda r: r.seed(3),
    "words": lambda r: r.randint(10, size=630), "many": lambda r: r.normal(size=701),
    "shuffle": lambda r: r.permutation(40),
    "back": lambda r: r.set_state(np.random.RandomState(5).get_state()),
}  # fmt: skip


def test_it_is_read_in_memory_here() -> None:
    assert ctypes and mersenne._place_of_rest(np.random.RandomState) is not None


@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_every_state_is_read_as_it_is(seed: int, steps: list[str]) -> None:
    generator = np.random.RandomState(seed)
    reader = Reader(generator)
    assert reader._words and reader.image() == slow_image(generator)
    for step in steps:
        STEPS[step](generator)
        assert reader.image() == slow_image(generator)


def test_a_left_over_number_counts_though_nothing_is_drawn() -> None:
    generator = np.random.RandomState(0)
    reader = Reader(generator)
    generator.standard_normal()
    one, state = reader.image(), generator.get_state()
    generator.standard_normal()
    two = reader.image()
    generator.set_state(state)
    assert one != two and reader.image() == one


def test_another_bit_generator() -> None:
    generator = np.random.RandomState(np.random.PCG64(1))
    reader = Reader(generator)
    before = reader.image()
    generator.random_sample()
    assert before != reader.image() == slow_image(generator)


def test_a_generator_is_told_from_another_and_from_itself_with_other_bits() -> None:
    generator = np.random.RandomState(1)
    reader = Reader(generator)
    assert reader.is_of(generator) and not reader.is_of(np.random.RandomState(1))
    generator._bit_generator = np.random.MT19937(4)
    assert not reader.is_of(generator)


def test_where_it_cannot_be_found_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mersenne, "_place_of_rest", lambda kind: 16)
    generator = np.random.RandomState(1)
    generator.standard_normal()
    reader = Reader(generator)
    assert not reader._words and reader.image() == slow_image(generator)
