"""A user of one's own for each test, stores in his folder, and objects as the kernel writes them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mliter_tui.store import Store, digest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of this test's user."""
    state = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    return state


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the store is."""
    return tmp_path / "project" / ".mliter"


@pytest.fixture
def opened(folder: Path) -> Iterator[Callable[..., Store]]:
    """`opened(budget)`: a store on `folder`, closed after the test."""
    stores: list[Store] = []

    def call(budget: int | None = None, where: Path = folder) -> Store:
        stores.append(Store.open(where, budget))
        return stores[-1]

    yield call
    for store in stores:
        store.close()


@pytest.fixture
def written() -> Callable[..., dict[str, Any]]:
    """`written(store, pickle, *buffers)`: writes objects as a kernel does (unless there) and returns their manifest."""

    def write(folder: Path, data: bytes) -> list[Any]:
        name = digest(data)
        path = folder / "objects" / name[:2] / name[2:]
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return [name, len(data)]

    def call(store: Store, pickle: bytes, *buffers: bytes) -> dict[str, Any]:
        rows = [write(store.folder, data) for data in buffers]
        name, size = write(store.folder, pickle)
        return {"pickle": name, "buffers": rows, "bytes": size + sum(r[1] for r in rows), "digest": "00"}

    return call


@pytest.fixture
def keep(written: Callable[..., dict[str, Any]]) -> Callable[..., bool]:
    """`keep(store, fp, *data, seconds=…)`: an artifact of these objects."""

    def call(store: Store, fp: str, pickle: bytes, *buffers: bytes, seconds: float = 1.0) -> bool:
        manifest = written(store, pickle, *buffers)
        return store.add_artifact(fp, manifest, load_seconds=0.0, compute_seconds=seconds, label=fp)

    return call


@pytest.fixture
def on_disk() -> Callable[[Store], int]:
    """Bytes of all files below a store's objects folder."""
    return lambda store: sum(p.stat().st_size for p in (store.folder / "objects").rglob("*") if p.is_file())


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """`python(code, *words)`: a process that runs the code with `Store`, `folder` and `words` at hand."""

    def start(code: str, folder: Path, *words: str) -> "subprocess.Popen[str]":
        head = "import os, sys, time\nfrom pathlib import Path\nfrom mliter_tui.store import Store, digest\n"
        head += "folder, words = Path(sys.argv[1]), sys.argv[2:]\n"
        return subprocess.Popen(
            [sys.executable, "-c", head + code, str(folder), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy(),
        )  # fmt: skip

    return start
