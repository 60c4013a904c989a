"""What is read out of an iteration's events is read once, as long as the code that reads it is the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import Lab

from mliter_tui.history import gleaned, iterations
from mliter_tui.history.gleaned import Gleaned, unread
from mliter_tui.history.metrics import of_story
from mliter_tui.store import Store


@pytest.fixture
def past(lab: Lab) -> tuple[Path, str]:
    lab.script.write_text("print('accuracy: 0.87')\nprint('loss: 0.5')\n")
    lab.run()
    return lab.script.parent / ".mliter", str(lab.script)


def test_it_is_what_the_events_say_read_or_remembered(past: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, script = past
    with Store.open(folder) as store:
        (each,) = iterations.all_past(store, script)
        first = Gleaned(store)
        assert unread(store, [each]) == 1
        assert list(first.metrics(each, {})) == of_story(iterations.story_of(store, each))
        first.remember()
        assert unread(store, [each]) == 0
    monkeypatch.setattr(iterations, "story_of", lambda *_: pytest.fail("it was read again"))
    with Store.open(folder) as store:
        (each,) = iterations.all_past(store, script)
        kept = Gleaned(store)
        assert kept.metrics(each, {}) == first.metrics(each, {})
        assert kept.predicted(each) == first.predicted(each)
        assert [m.name for m in kept.metrics(each, {"accuracy": "ignore"})] == ["loss"], "corrections hold at once"


def test_other_code_reads_anew(past: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, script = past
    with Store.open(folder) as store:
        (each,) = iterations.all_past(store, script)
        first = Gleaned(store)
        first.metrics(each, {})
        first.remember()
        monkeypatch.setattr(gleaned, "_rules", lambda: "others")
        assert unread(store, [each]) == 1
        monkeypatch.setattr(gleaned, "of_story", lambda story: [])
        assert Gleaned(store).metrics(each, {}) == ()
