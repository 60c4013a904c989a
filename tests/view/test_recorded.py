"""A real run and its recording: the view and the plain lines say what the engine did."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from mliter_tui import events
from mliter_tui.render.flow import FlowLayout
from mliter_tui.render.lines import plain_line
from mliter_tui.render.spans import row_text
from mliter_tui.view.model import View, apply

Mliter = Callable[..., subprocess.CompletedProcess[str]]
SCRIPT = "import math\nx = [n * n for n in range(9)]\nprint('squares', sum(x))\ny = math.sqrt({root})\nprint(y)\n"


def run(mliter: Mliter, folder: Path, root: int) -> tuple[View, list[str]]:
    """The view and the lines of one run with another square root."""
    (folder / "script.py").write_text(SCRIPT.format(root=root))
    recording = folder / f"{root}.jsonl"
    mliter("run", "--events", str(recording), "script.py")
    view, lines = View(), []
    for at, event in enumerate(events.decode_all(recording.read_text().splitlines())):
        apply(view, event, float(at))
        lines += (plain_line(event, view) or "").splitlines()
    return view, lines


def by_label(view: View) -> dict[str, str]:
    return {node.info.label: node.letter for node in view.shown.nodes.values()}


def test_an_edit_and_a_failure(mliter: Mliter, tmp_path: Path) -> None:
    first, lines = run(mliter, tmp_path, 16)
    assert set(by_label(first).values()) == {"C"}
    assert sum("first run" in line for line in lines) == 5
    second, lines = run(mliter, tmp_path, 25)
    letters = by_label(second)
    assert (letters["x"], letters["y"], letters["print(y)"]) == ("P", "C", "C")
    assert any(line.startswith("iter 2  C y (4)  source changed") for line in lines)
    assert lines[-1].startswith("mliter: iteration 2: ")
    third, lines = run(mliter, tmp_path, -1)
    assert (by_label(third)["y"], third.shown.status) == ("F", "failed")
    assert any(line.startswith("iter 3  F y (4)  failed") for line in lines)
    layout = FlowLayout(third.shown)
    rows = [row_text(layout.row(index, 78, 0.0)) for index in range(len(layout))]
    assert any(row.startswith(" F✗") and " y " in row for row in rows)
