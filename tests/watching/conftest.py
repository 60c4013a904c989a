"""Watchers on real files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from watched import Watched


@pytest.fixture(params=["heard", "polled"])
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watched]:
    """Both ways to notice a change: events, and polling."""
    made = Watched(tmp_path, True if request.param == "polled" else None)
    yield made
    made.watcher.stop()
    assert made.watcher.failure is None


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Watched]:
    """A watcher by events."""
    made = Watched(tmp_path, None)
    yield made
    made.watcher.stop()
    assert made.watcher.failure is None
