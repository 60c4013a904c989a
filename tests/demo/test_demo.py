"""`mliter demo` as a whole: a real engine, real saves, plain Python beside it, and the app in a terminal."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tui.terminal import Terminal

Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scratch folders are made, and homes that have to stay empty."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    return scratch


def test_without_a_screen_all_edits_run_and_are_right(mliter: Call, folder: Path, place: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    done = mliter("demo", str(folder), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [row["verdict"] for row in told["rows"]] == ["same"] * 4
    assert [row["what"] for row in told["rows"]][1] == "another factor"
    assert all(row["seconds"] > 0 and row["python"] > 0 for row in told["rows"])
    assert told["rows"][3]["computed"] == 0  # an earlier version: all is known
    assert told["right"] and told["machine"] and told["date"]
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert list(place.iterdir()) == []
    assert list((place.parent / "home").iterdir()) == []


def test_the_table_and_what_is_kept(mliter: Call, folder: Path, place: Path) -> None:
    done = mliter("demo", str(folder), "--headless", "--keep", "--no-python")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2  a change of the module" in done.stdout
    (kept,) = place.iterdir()
    assert f"Kept: {kept}" in done.stdout
    assert (kept / "words" / "total.txt").read_text() == "36\n"  # without what only the missing package needs
    assert (kept / "words" / ".mliter" / "catalog.sqlite").is_file()


def test_in_a_pipe_there_is_no_app(mliter: Call, folder: Path, place: Path) -> None:
    done = mliter("demo", str(folder), "--no-python")
    assert done.returncode == 0
    assert "3  back" in done.stdout


@pytest.mark.parametrize("words", [["cifar"], ["census", "mnist"], ["--fast"], ["--pause", "-1"]])
def test_words_that_make_no_sense(mliter: Call, words: list[str]) -> None:
    done = mliter("demo", *words)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


class Demo(Terminal):
    """`mliter demo` on a terminal."""

    command = "demo"


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_a_sitting(folder: Path, place: Path, columns: int, rows: int) -> None:
    app = Demo(folder.parent, columns, rows, str(folder), "--pause", "600")
    app.wait("words 0/3", "next: another factor", "two is too few", "python", "E next now", "P pause", "iter 1")
    app.wait("in ")  # plain python has ended
    app.press("E")
    app.wait("words 1/3", "iter 2", "next: a change of the module", "it is only a helper")
    app.press("P")
    app.wait("P go on")
    app.press("jp")  # the keys of the app work meanwhile
    app.wait("inned")
    app.press("4")
    app.wait("History")
    app.press("1E")
    app.wait("words 2/3", "iter 3", "next: back")
    app.press("?")
    app.wait("the demo", "the next edit now")
    app.press("\x1b")
    app.gone("the demo")
    app.press("E")
    app.wait("What each edit took", "together", "same")  # by itself, at the end
    app.press("\x1b")
    app.gone("What each edit took")
    assert app.quit() == 0
    printed = app.raw.decode(errors="replace")
    assert printed.count("a change of the module") > 1
    assert "The folder it was played in is gone" in printed
    assert list(place.iterdir()) == []


def test_leaving_early_leaves_nothing_running(folder: Path, place: Path) -> None:
    (folder / "train.py").write_text((folder / "train.py").read_text() + "import time; time.sleep(1000)\n")
    app = Demo(folder.parent, 80, 24, str(folder))
    app.wait("words 0/3", "iter 1", "running")
    app.press("q")
    app.wait("A run is going")
    assert app.quit() == 0
    assert list(place.iterdir()) == []
    processes = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(place) not in processes


def test_a_demo_that_is_killed_leaves_no_folder(folder: Path, place: Path) -> None:
    """As when its terminal is closed."""
    app = Demo(folder.parent, 80, 24, str(folder), "--pause", "600")
    app.wait("words 0/3", "iter 1")
    assert list(place.iterdir())
    app.child.kill(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while list(place.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_help_says_what_it_is(mliter: Call) -> None:
    done = mliter("demo", "--help")
    assert "census|genomics|ie|mnist" in done.stdout
    assert "--headless" in done.stdout
