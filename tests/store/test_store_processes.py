"""Several processes on one folder, and processes that are killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mliter_tui.store import Store

Opened = Callable[..., Store]
Python = Callable[..., "subprocess.Popen[str]"]


def _end(*processes: "subprocess.Popen[str]") -> list[str]:
    outs = [process.communicate(timeout=60) for process in processes]
    assert [(p.returncode, err) for p, (_, err) in zip(processes, outs, strict=True)] == [(0, "")] * len(processes)
    return [out for out, _ in outs]


def test_two_processes_make_one_store_at_once(opened: Opened, folder: Path, python: Python) -> None:
    for turn in range(3):
        where = folder.with_name(f".mliter{turn}")
        code = (
            "s = Store.open(folder); s.add_trace(words[0], 'i', {}); s.close(); print(s.key.hex(), s.notes, s.writable)"
        )
        outs = _end(*(python(code, where, str(n)) for n in range(3)))
        assert len(set(outs)) == 1
        assert outs[0].endswith(" [] True\n")
        store = opened(where=where)
        assert [len(store.traces(str(n))) for n in range(3)] == [1, 1, 1]


WRITER = """
s = Store.open(folder, 400_000)
for n in range(150):
    data = os.urandom(2000)
    name = s.put_blob(b'%d' % (n % 50))
    s.add_trace('code%d' % n, words[0], {'n': n, 'blobs': [name]})
    s.learn_cost('code', 1.0)
    path = folder / 'objects' / digest(data)[:2] / digest(data)[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    if s.make_room(2000, float(n)):
        s.add_artifact(words[0] + str(n), {'pickle': digest(data), 'buffers': []}, load_seconds=0.0,
                       compute_seconds=float(n), label=str(n))
    else:
        path.unlink()
    s.touch([words[0] + str(n - 1)])
    assert s.used_bytes() <= 400_000, s.used_bytes()
    if n % 10 == 0:
        s.commit()
    if n % 40 == 0:
        s.gc()
s.add_iteration('train.py', {})
s.close()
assert s.notes == [], s.notes
"""


def test_two_processes_write_at_once(opened: Opened, folder: Path, python: Python) -> None:
    _end(python(WRITER, folder, "a"), python(WRITER, folder, "b"))
    store = opened(400_000)
    assert [len(store.traces(f"code{n}")) for n in range(150)] == [2] * 150
    assert all(store.blob(name) for n in range(150) for t in store.traces(f"code{n}") for name in t["blobs"])
    assert [i["id"] for i in store.iterations("train.py")] == [2, 1]
    assert 390_000 < store.used_bytes() <= 400_000
    assert store.check(full=True).damaged == ()
    on_disk = sum(p.stat().st_size for p in (folder / "objects").rglob("*") if p.is_file())
    assert on_disk == store.used_bytes()


ENDLESS = """
s = Store.open(folder)
n = 0
while True:
    n += 1
    name = s.put_blob(b'output of %d' % n * 100)
    s.add_trace('code%d' % n, 'i', {'n': n, 'blobs': [name]})
    data = os.urandom(200_000)
    h = digest(data)
    s._objects.write(h, data)
    s.add_artifact('fp%d' % n, {'pickle': h, 'buffers': []}, load_seconds=0.0, compute_seconds=1.0, label='x')
    if n % 3 == 0:
        s.commit()
        print(n, flush=True)
    if n % 10 == 0:
        s.gc(now=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_kill_minus_nine_loses_only_what_was_not_committed(opened: Opened, folder: Path, python: Python) -> None:
    for turn in range(4):
        process = python(ENDLESS, folder)
        assert process.stdout is not None
        for _ in range(3 + 4 * turn):
            committed = int(process.stdout.readline())
        time.sleep(0.007 * turn)
        os.kill(process.pid, signal.SIGKILL)
        committed = max([committed, *map(int, process.communicate()[0].split())])
        store = opened()
        assert store.notes == []
        assert store.writable
        for n in range(1, committed + 1):
            (trace,) = store.traces(f"code{n}")
            assert store.blob(trace["blobs"][0]) == b"output of %d" % n * 100
        assert store.check(full=True).damaged == ()
        store.gc(now=True)
        on_disk = sum(p.stat().st_size for p in (folder / "objects").rglob("*") if p.is_file())
        assert on_disk == store.used_bytes()
        store.close()


def test_a_locked_catalog_delays_what_is_learnt(opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened()
    store._catalog._con.execute("PRAGMA busy_timeout=50")  # type: ignore[union-attr]
    other = sqlite3.connect(folder / "catalog.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.add_trace("code", "a", {"n": 1})
    with store.transaction():
        store.add_trace("code", "b", {"n": 2})
    store.commit()
    assert store.traces("code") == []
    assert not store.holds(store.put_blob(b"x"))
    assert store.add_iteration("train.py", {}) == 1
    assert store.writable
    assert len(store.notes) == 1
    assert "Another run holds" in store.notes[0]
    other.execute("ROLLBACK")
    other.close()
    store.commit()
    assert [t["n"] for t in store.traces("code")] == [2, 1]
    assert [t["n"] for t in opened().traces("code")] == [2, 1]


@pytest.mark.skipif(sys.platform == "win32", reason="needs file size limits")
def test_a_write_that_fails_raises_nothing(folder: Path, python: Python) -> None:
    """A limit on the size of files fails writes as a full disk does, without needing one."""
    code = """
import resource, signal
s = Store.open(folder)
s.add_trace('early', 'i', {'n': 1}); s.commit()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = max(p.stat().st_size for p in folder.iterdir()) + 20_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
big = s.put_blob(os.urandom(2 * limit))
assert s.blob(big) is None and s.used_bytes() == 0 and s.writable
for n in range(100):
    s.add_trace('code', str(n), {'n': n, 'x': 'x' * 5000})
    s.commit()
assert not s.writable
s.add_iteration('t', {}); s.learn_cost('c', 1.0); s.set_meta('m', 1); s.accept('c', 'n'); s.touch(['f']); s.gc()
assert [t['n'] for t in s.traces('early')] == [1]
print(len(s.notes), list((folder / 'objects').rglob('.new*')))
s.close()
"""
    assert _end(python(code, folder)) == ["2 []\n"]
    with Store.open(folder) as store:
        assert store.writable
        assert store.notes == []
        assert [t["n"] for t in store.traces("early")] == [1]
