"""A user of one's own, and a small project that was run several times."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import Lab

from mliter_tui.store import Store


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of this test's user."""
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture
def lab(tmp_path: Path, state: Path) -> Lab:
    """A project nothing was run of yet."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Lab(folder, state)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Five iterations: as it is; C edited; the module's `scale` edited; unchanged; with arguments, and a comment."""
    base = tmp_path_factory.mktemp("played")
    folder = base / "project"
    folder.mkdir()
    lab = Lab(folder, base / "state")
    lab.run()
    lab.edit("C = 1.0", "C = 0.5")
    lab.run()
    lab.edit("by=10", "by=20", lab.module)
    lab.run()
    lab.run()
    lab.edit("import sys\n", "import sys  # for its arguments\n")
    lab.run("a", "b")
    yield lab


@pytest.fixture
def of_played(played: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store of that project."""
    monkeypatch.setenv("XDG_STATE_HOME", played.environment["XDG_STATE_HOME"])
    with played.store() as store:
        yield store
