"""A journal of the first format, which kept texts and stories as blobs, and of `mliter run` no story: it is still read.

`first_format.json` was written by the mliter of that time: two iterations of `watch`, one of `run`.
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mliter_tui import events
from mliter_tui.engine import journal
from mliter_tui.history import iterations
from mliter_tui.store import Store

KEPT: dict[str, Any] = json.loads((Path(__file__).parent / "first_format.json").read_text())
SCRIPT = KEPT["script"]
Mliter = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path, state: Path) -> Path:
    """The store as it was, under the key it was made with."""
    (state / "mliter").mkdir(parents=True)
    (state / "mliter" / "key").write_bytes(bytes.fromhex(KEPT["key"]))
    os.chmod(state / "mliter" / "key", 0o600)
    folder = tmp_path / "old"
    (folder / "objects").mkdir(parents=True, mode=0o700)
    (folder / "mark").write_text(KEPT["mark"])
    for name, data in KEPT["objects"].items():
        (folder / "objects" / name).parent.mkdir(exist_ok=True)
        (folder / "objects" / name).write_bytes(bytes.fromhex(data))
    con = sqlite3.connect(folder / "catalog.sqlite")
    con.executescript("\n".join(KEPT["sql"]))
    con.execute(f"PRAGMA user_version={KEPT['user_version']}")
    con.commit()
    con.close()
    return folder


def test_its_iterations_are_listed(folder: Path) -> None:
    with Store.open(folder) as store:
        past = iterations.all_past(store, SCRIPT)
        assert [(p.number, p.parent, p.info.status, p.info.trigger) for p in past] == [
            (1, None, "ok", "first run"), (2, 1, "ok", "line 2"), (3, 2, "ok", ""),
        ]  # fmt: skip
        assert iterations.text_of(store, past[1]) == "a = 2\nb = a * 4\nprint('b', b)\n"
        assert [each.iteration for each in journal.past(store, SCRIPT, 2)] == [2, 3]
        assert store.notes == []


def test_its_stories_are_told_again(folder: Path) -> None:
    with Store.open(folder) as store:
        past = iterations.all_past(store, SCRIPT)
        told = iterations.events_of(iterations.story_of(store, past[1]))
        assert isinstance(told[0], events.VersionRead) and isinstance(told[-1], events.IterationFinished)
        assert iterations.output_of(told) == "b 8\n"
        assert journal.story(store, SCRIPT, 3) == []  # of `run`, which kept none


@pytest.mark.slow
def test_commands_read_it(folder: Path, mliter: Mliter) -> None:
    def call(*words: str, status: int = 0) -> str:
        done = mliter(*words, "--cache", str(folder))
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    assert [line.split()[0] for line in call("history", SCRIPT).splitlines()[1:3]] == ["1", "2"]
    assert "b 8" in call("replay", SCRIPT, "2")
    assert "no events were kept" in call("replay", SCRIPT, "3", status=2)
    difference = call("diff", SCRIPT, "1", "2")
    assert "-b = a * 3" in difference and "-b 6" in difference
    assert "the local modules of iteration 1 and 2" in difference
    assert "2 iterations" in call("whatif", SCRIPT)
    assert "first run" in call("show", SCRIPT, "1")
    assert call("show", SCRIPT, "1", "--source") == "a = 2\nb = a * 3\nprint('b', b)\n"


def test_it_goes_on_from_there(folder: Path, tmp_path: Path) -> None:
    """A run of this version, with an unchanged script, adds to it; what was kept then is still good."""
    with Store.open(folder) as store:
        text = iterations.text_of(store, iterations.all_past(store, SCRIPT)[0]) or ""
    script = tmp_path / "train.py"
    script.write_text(text)
    words = [sys.executable, "-m", "mliter_tui", "run", "--cache", str(folder), str(script)]
    subprocess.run(words, check=True, capture_output=True)
    with Store.open(folder) as store:
        assert [each.number for each in iterations.all_past(store, str(script))] == [1]
        assert len(iterations.all_past(store, SCRIPT)) == 3
