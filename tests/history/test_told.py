"""`mliter.metric`: harmless under plain python, recorded by mliter, and told again for what is skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mliter
from mliter_tui import events
from mliter_tui.engine.transcript import Transcript
from mliter_tui.history import iterations, metrics
from mliter_tui.store import Store

SCRIPT = """\
import mliter
data = list(range(10))
score = mliter.metric("score", sum(data) / 100)
for epoch in range(3):
    mliter.metric("loss", 1 / (epoch + 1))
mliter.metric("seen", len(data))
print("done", score)
"""
ROOT = str(Path(__file__).resolve().parents[2])


def run(folder: Path, *words: str) -> str:
    env = {**os.environ, "PYTHONPATH": ROOT}
    done = subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def told(folder: Path) -> list[dict[str, float]]:
    with Store.open(folder / ".mliter", None) as store:
        past = iterations.all_past(store, str(folder / "train.py"))
        found = [metrics.of_story(iterations.story_of(store, each)) for each in past]
    return [{metric.name: metric.value for metric in each} for each in found]


def test_recorded_and_told_again_where_nothing_runs(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    plain = run(tmp_path, "train.py")
    assert plain == "done 0.45\n"
    for text in (SCRIPT, SCRIPT, SCRIPT.replace("sum(data)", "max(data)")):
        script.write_text(text)
        out = run(tmp_path, "-m", "mliter_tui", "run", "--quiet", "train.py")
        assert out == run(tmp_path, "train.py")
    first, again, edited = told(tmp_path)
    assert first == again == {"score": 0.45, "loss": pytest.approx(1 / 3), "seen": 10.0}
    assert edited == {**first, "score": 0.09}


def test_a_value_is_given_back_and_what_is_no_number_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    value = 12345.5
    assert mliter.metric("x", value) is value
    with pytest.raises(TypeError):
        mliter.metric("x", None)  # type: ignore[type-var]
    assert capsys.readouterr() == ("", "")


def test_a_walk_that_begins_again_tells_nothing_twice() -> None:
    told: list[events.Event] = []
    transcript = Transcript(told.append)
    rows = [("o", b"x"), ("m", b'["loss", 0.5]\n["loss", 0.4]\n')]
    for _ in range(2):
        transcript.begin()
        transcript.over(1, rows)
    transcript.over(2, [("m", b'["loss", "nan"]\n')])
    assert [event.value for event in told if isinstance(event, events.MetricTold)][:2] == [0.5, 0.4]
    assert len(told) == 4


def test_numbers_json_has_no_word_for(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import mliter\nmliter.metric('x', float('inf'))\nmliter.metric('y', -1e-300)\n")
    run(tmp_path, "-m", "mliter_tui", "run", "--quiet", "train.py")
    assert told(tmp_path) == [{"x": float("inf"), "y": -1e-300}]
