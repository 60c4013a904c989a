"""What iterations taught, told by a real engine: studies, comparisons, corrections of labels and metrics."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from session.driver import Engine

SCRIPT = """\
C = 1.0
seen = 100
print("loss:", round(0.5 / C, 3))
print("accuracy:", round(C * 0.8, 3))
print("seen", seen)
"""


def ready(engine: Engine) -> None:
    engine.finished()
    at = engine.save("C = 1.0", "C = 1.1")
    engine.finished(at)


def study(engine: Engine, at: int) -> dict[str, object]:
    return engine.wait("study_made", at)


def test_a_study_is_told_when_asked_and_after_each_iteration(tmp_path: Path) -> None:
    with Engine(tmp_path, SCRIPT) as engine:
        ready(engine)
        assert not engine.of("study_made"), "nobody asked"
        told = study(engine, engine.send("study", limit=1))
        assert told["iterations"] == 2 and told["metric"] == "accuracy" and told["direction"] == "higher"
        (lesson,) = told["lessons"]
        assert (lesson["iteration"], lesson["parent"], lesson["metric"]) == (2, 1, "0.88")
        assert lesson["verdict"] == "better?" and lesson["changed"] == "line 1: C = 1.0 → 1.1"
        at = engine.save("C = 1.1", "C = 0.9")
        engine.finished(at)
        again = engine.wait("study_made", at)
        assert again["iterations"] == 3 and again["lessons"][0]["verdict"] == "worse?"


def test_a_label_is_corrected_and_taken_back(tmp_path: Path) -> None:
    with Engine(tmp_path, SCRIPT) as engine:
        ready(engine)
        before = study(engine, engine.send("study"))["lessons"][1]
        lesson = study(engine, engine.send("set_label", iteration=2, label="dpr p"))["lessons"][1]
        assert (lesson["kind"], lesson["letter"], lesson["by_hand"]) == ("dpr", "P", True)
        kept = mliter(tmp_path, "label", "train.py", "2")
        assert "dpr P" in kept and "you said so" in kept, "the same that mliter label keeps"
        back = study(engine, engine.send("set_label", iteration=2, label=""))["lessons"][1]
        assert (back["kind"], back["letter"], back["by_hand"]) == (before["kind"], before["letter"], False)
        at = engine.send("set_label", iteration=2, label="nonsense")
        assert engine.wait("refused", at)["text"].startswith("A label is a kind, dpr, li or ppr, and a letter:")
        at = engine.send("set_label", iteration=9, label="li H")
        assert "no iteration 9" in engine.wait("refused", at)["text"]


def test_the_main_metric_and_its_direction_are_corrected(tmp_path: Path) -> None:
    with Engine(tmp_path, SCRIPT) as engine:
        ready(engine)
        study(engine, engine.send("study"))
        told = study(engine, engine.send("set_metric", name="loss", main=True))
        assert told["metric"] == "loss" and told["best"] == 2 and told["lessons"][1]["verdict"] == "better?"
        told = study(engine, engine.send("set_metric", name="loss", said="higher"))
        assert told["best"] == 1 and told["lessons"][1]["verdict"] == "worse?"
        assert "higher *" in mliter(tmp_path, "metric", "train.py")
        told = study(engine, engine.send("set_metric", name="loss", said="ignore"))
        assert [m["said"] for m in told["metrics"] if m["key"] == "loss"] == ["ignore"]
        told = study(engine, engine.send("set_metric", name="loss", said="infer"))
        assert told["metric"] == "accuracy", "what was said of it is gone, that it is the main one too"
        at = engine.send("set_metric", name="losses of all", said="lower")
        assert "No metric is called" in engine.wait("refused", at)["text"]
        at = engine.send("set_metric", name="loss", said="up")
        assert "you can say higher, lower, ignore or infer" in engine.wait("refused", at)["text"]


def test_iterations_are_compared(tmp_path: Path) -> None:
    with Engine(tmp_path, SCRIPT) as engine:
        ready(engine)
        told = engine.wait("compared", engine.send("compare", iterations=[1, 2]))
        parts = {part["title"]: part["lines"] for part in told["parts"]}
        assert parts["metrics"][1].startswith("accuracy  0.8 → 0.88, better?")
        assert parts["parameters"] == ["C  1.0 -> 1.1  (line 1)"] and "+accuracy: 0.88" in parts["output"]
        at = engine.save("C = 1.1", "C = 0.9")
        engine.finished(at)
        told = engine.wait("compared", engine.send("compare", iterations=[1, 2, 3]))
        rows = {row[0].partition(" (")[0]: row[1:] for row in told["rows"]}
        assert told["header"] == ["iteration", "1", "2", "3"]
        assert rows["accuracy"] == ["0.8", "0.88", "0.72"] and rows["C"] == ["1.0", "1.1", "0.9"]
        at = engine.send("compare", iterations=[1])
        assert "from two to" in engine.wait("refused", at)["text"]
        at = engine.send("compare", iterations=[1, 77])
        assert "no iteration 77" in engine.wait("refused", at)["text"]


def test_plain_text_says_what_each_iteration_brought(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "mliter_tui", "watch", "--ui", "plain", "train.py"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        lines = lines_until(process, "iter 1  dpr S")
        assert lines[-1] == "iter 1  dpr S  accuracy 0.8"
        script.write_text(SCRIPT.replace("C = 1.0", "C = 1.1"))
        assert lines_until(process, "better?")[-1].endswith("accuracy 0.88, better?")
        script.write_text(SCRIPT)
        lines = lines_until(process, "as in 1")
        assert "note: You tried this in iteration 1: accuracy 0.8." in lines
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def lines_until(process: subprocess.Popen[str], words: str) -> list[str]:
    found: list[str] = []
    deadline = time.monotonic() + 60
    assert process.stdout is not None
    while time.monotonic() < deadline:
        found.append(process.stdout.readline().rstrip("\n"))
        if words in found[-1]:
            return found
    raise AssertionError("\n".join(found))


def mliter(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "mliter_tui", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True).stdout
