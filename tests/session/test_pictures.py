"""Figures that a script leaves open can be looked at after each iteration; those it has saved are not doubled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from session.driver import Engine

pytest.importorskip("matplotlib")

DRAWS = """\
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
bias = 1
for power in (1, 2):
    plt.figure(figsize=(2, 1.5))
    plt.plot([x**power for x in range(9)])
plt.show()
print("bias", bias)
"""


def pictures(engine: Engine, since: int = 0) -> list[dict[str, Any]]:
    """What the iteration that ends after this told of pictures."""
    engine.finished(since)
    return [event["picture"] for event in engine.events[since:] if event["type"] == "picture_kept"]


def contents(told: list[dict[str, Any]]) -> list[bytes]:
    return [Path(picture["path"]).read_bytes() for picture in told]


@pytest.mark.slow
def test_open_figures_are_pictures_of_the_iteration(tmp_path: Path) -> None:
    with Engine(tmp_path, DRAWS) as engine:
        first = pictures(engine)
        drawn = contents(first)
        assert len(drawn) == 2 and drawn[0] != drawn[1] and all(data.startswith(b"\x89PNG") for data in drawn)
        assert len({picture["node"] for picture in first}) == 1
        at = engine.save("bias = 1", "bias = 2")
        assert pictures(engine, at) == first, "nothing was drawn again, and the pictures are the same"
        at = engine.save("x**power", "-(x**power)")
        again = contents(pictures(engine, at))
        assert len(again) == 2 and not set(again) & set(drawn)
        assert contents(first) == drawn, "those of a former iteration stay"


@pytest.mark.slow
def test_what_the_script_saved_or_closed_itself_is_not_told_twice(tmp_path: Path) -> None:
    with Engine(tmp_path, DRAWS.replace("plt.show()", "plt.savefig('last.png')\nplt.close(1)")) as engine:
        (told,) = pictures(engine)
        assert told["path"] == str(tmp_path / "last.png")
        at = engine.save("plt.close(1)", "plt.close('all')")
        (told,) = pictures(engine, at)
        assert told["path"] == str(tmp_path / "last.png")


@pytest.mark.slow
def test_drawing_that_fails_is_no_failure_of_the_run(tmp_path: Path) -> None:
    broken = "class Bad(plt.Line2D):\n    def draw(self, renderer):\n        print('drawn')\n        raise ValueError\n"
    text = DRAWS.replace("bias = 1\n", "bias = 1\n" + broken)
    text = text.replace("plt.show()", "_ = plt.gca().add_line(Bad([0, 1], [0, 1]))")
    with Engine(tmp_path, text) as engine:
        assert len(pictures(engine)) == 1
        assert engine.wait("iteration_finished")["status"] == "ok"
        assert not any(event["type"] == "output" and "drawn" in event["text"] for event in engine.events)


@pytest.mark.slow
def test_what_is_drawn_at_random_is_shown_as_it_was_drawn_last(tmp_path: Path) -> None:
    text = "import random\n" + DRAWS.replace("x**power for x in", "random.random() for x in")
    shown, text = text, text.replace("plt.show()\n", "")
    with Engine(tmp_path, text, "--manual", "--unseeded", "rerun") as engine:
        engine.wait("plan_ready")
        first = contents(pictures(engine, engine.send("run_now")))
        again = contents(pictures(engine, engine.send("run_now")))
        assert len(first) == len(again) == 2 and not set(first) & set(again)
        at = engine.save(text, shown)
        engine.wait("plan_ready", at)
        before = contents(pictures(engine, engine.send("run_now")))
        now = contents(pictures(engine, engine.send("run_now")))
        assert not set(now) & {*first, *again, *before}, "drawn again: what is shown, if anything, was drawn now"
