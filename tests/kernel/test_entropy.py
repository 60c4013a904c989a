"""Generators made without a seed are told by the code that makes them, whatever version of Python compiled it."""

from __future__ import annotations

import pytest

from mliter_tui.kernel.entropy import unseeded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rng = np.random.default_rng()", True),
        ("rng = np.random.default_rng(None)", True),
        ("rng = np.random.default_rng(3)", False),
        ("rng = np.random.RandomState(SEED)", False),
        ("f = lambda: random.Random()", True),
        ("a.b.c.d.e.f.default_rng = g.h(); np.random.RandomState", False),
        ("def f():\n    rng = RandomState()", True),
    ],
)
def test_a_generator_without_a_seed_is_found(text: str, found: bool) -> None:
    assert unseeded([compile(text, "train.py", "exec")]) is found
