"""The whole of `mliter watch`, as a person uses it: the command in a real terminal, an editor beside it."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from tui.terminal import Terminal

TEXT = """\
import time

def load(rows):
    time.sleep(0.3)
    return list(range(rows))

def fit(data, strength):
    time.sleep(0.4)
    return [x * strength for x in data]

table = load(50_000)
strength = 2
model = fit(table, strength)
score = sum(model) / len(model)
print("score", score)
"""


def edit(script: Path, old: str, new: str) -> None:
    text = script.read_text()
    assert old in text
    fresh = script.with_suffix(".tmp")
    fresh.write_text(text.replace(old, new))
    os.replace(fresh, script)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(TEXT)
    return path


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (200, 60)])
def test_a_sitting(script: Path, columns: int, rows: int) -> None:
    app = Terminal(script.parent, columns, rows, "train.py")
    app.wait("train.py", "iter 1", "watching", "model")
    edit(script, "strength = 2", "strength = 3")
    app.wait("iter 2", "watching", "source changed", "saved" if columns >= 100 else "(-")
    if columns < 100:
        app.press("\r")
    app.wait("- strength = 2", "+ strength = 3")
    if columns < 100:
        app.press("\x1b")
        app.wait("1 Flow")  # a key that came at once behind it would be another with alt
    app.press("jp")  # the node below: the model
    app.wait("Pinned model")
    app.press("3")
    app.wait("table", "policy auto")
    app.press("x")
    app.wait("frees", "longer")
    app.press("x")
    app.wait("Evicted")
    app.press("u")
    app.wait("Undone: Evicted")
    app.press("1")
    edit(script, "/ len(model)", "/ 0")
    app.wait("iter 3", "ZeroDivisionError")
    edit(script, "/ 0", "/ len(table)")
    app.wait("iter 4", "watching")
    app.gone("ZeroDivisionError")
    app.press("[")
    app.wait("REPLAY 3/4")
    app.press("[")
    app.wait("REPLAY 2/4")
    app.press("p")
    assert "Unpinned" not in app.text
    app.press("L")
    app.wait("LIVE")
    assert app.quit() == 0
    assert b"mliter: iteration 4: " in app.raw and b"Traceback" not in app.raw.split(b"\x1b[?1049l")[-1]


@pytest.mark.slow
def test_what_iterations_taught(script: Path) -> None:
    app = Terminal(script.parent, 120, 40, "train.py")
    app.wait("iter 1", "watching", "score")
    edit(script, "strength = 2", "strength = 3")
    app.wait("iter 2", "watching", "saved")
    app.press("4")
    app.wait("outcome", "score", "better?", "iters")
    app.press("K")
    app.wait("Iteration 2: what was it for?", "enter keeps")
    app.press("2m\r")
    app.wait("li M*")
    app.press("b")
    app.wait("metric", "higher", "enter looks at it")
    app.press("-")
    app.wait("lower *")
    app.press("q")
    app.wait("worse?")
    app.press("mjd")
    app.wait("Iterations 1 and 2", "strength  2 -> 3", "worse?", "- strength = 2")
    app.press("q6")
    app.wait("score by iteration", "lower is better", "What the changes were for")
    edit(script, "strength = 3", "strength = 2")
    app.wait("You tried this in iteration 1: score", "iter 3", "3 iterations")
    app.press("4")
    app.wait("as in 1", "You tried this in iteration 1")
    assert app.quit() == 0


def test_an_edit_is_accepted(script: Path) -> None:
    app = Terminal(script.parent, 100, 30, "--manual", "train.py")
    app.wait("manual", "score")
    app.press("r")
    app.wait("iter 1", "manual", "score 49999")
    edit(script, "fit(table, strength)", "fit(table,strength * 1)")
    app.wait("iter 2", "source changed")
    app.press("A")
    app.wait("keeps what it had before this change", "A again")
    app.press("A")
    app.wait("does not matter; its values are kept")
    app.press("r")
    app.wait("iter 2", "C 0", "manual")
    assert app.quit() == 0


@pytest.mark.slow
def test_a_mistake_in_the_text_leaves_the_last_good_version(script: Path) -> None:
    app = Terminal(script.parent, 120, 40, "train.py")
    app.wait("iter 1", "watching")
    edit(script, "strength = 2", "strength = (2")
    app.wait("was never closed", "model = fit")
    edit(script, "strength = (2", "strength = 4")
    app.wait("iter 2", "watching")
    app.gone("was never closed")
    assert app.quit() == 0


def scripts_that_misbehave() -> dict[str, str]:
    return {
        "killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
        "escapes": "print('\\x1b[2J\\x1b[31mred\\x07 \\x9b5m end of it')\n",
        "stdin": "print(repr(input()))\n",
        "terminal": "with open('/dev/tty', 'w') as t:\n    t.write('straight to the terminal')\n",
    }


@pytest.mark.parametrize("kind", scripts_that_misbehave())
def test_a_script_that_misbehaves_leaves_the_app_whole(script: Path, kind: str) -> None:
    script.write_text(scripts_that_misbehave()[kind])
    app = Terminal(script.parent, 100, 30, "train.py")
    app.wait("iter 1", "Flow", "watching")
    assert "straight to the terminal" not in app.text
    script.write_text("print('all is well')\n")
    app.wait("iter 2", "all is well")
    assert "Flow" in app.text and app.text.count("╭") >= 3
    assert app.quit() == 0


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back_and_ends_the_script(script: Path, kind: signal.Signals) -> None:
    script.write_text("import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(120)\n")
    app = Terminal(script.parent, 100, 30, "train.py")
    app.wait("time.sleep(120)", "running", "⟳")
    while not (script.parent / "pid").exists() or not (script.parent / "pid").read_text():
        app.wait("running")
        time.sleep(0.05)
    pid = int((script.parent / "pid").read_text())
    app.child.kill(kind)
    app.end()
    assert b"\x1b[?1049l" in app.raw
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            break
        app._pump(0.1)
    assert not Path(f"/proc/{pid}").exists()


def test_an_engine_that_cannot_work_says_so(script: Path) -> None:
    (script.parent / "data").mkdir()
    (script.parent / "data" / "mine.txt").write_text("precious")
    app = Terminal(script.parent, 100, 30, "--cache", "data", "train.py")
    app.wait("ended")
    app.quit()
    assert b"holds other things than a store" in app.raw
    assert (script.parent / "data" / "mine.txt").read_text() == "precious"


@pytest.mark.slow
def test_the_demo(tmp_path: Path, root: Path) -> None:
    shutil.copytree(root / "demos" / "census", tmp_path / "census", ignore=shutil.ignore_patterns(".*"))
    script = tmp_path / "census" / "train.py"
    app = Terminal(script.parent, 120, 40, "train.py")
    app.wait("iter 1", "watching", "wrote calibration.png")
    edit(script, "n_estimators=80", "n_estimators=40")
    app.wait("iter 2", "watching", "source changed", "n_estimators=40")
    assert app.quit() == 0
