"""Events: one line each, the shape other programs rely on, and what is done with lines of other versions."""

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui import events
from mliter_tui.errors import JournalError
from mliter_tui.events import (
    VERSION,
    Event,
    IterationFinished,
    IterationStarted,
    NodeFinished,
    NodeStarted,
    NodeState,
    Note,
    Output,
    PlanReady,
    Unrecognized,
    ValueKept,
    ValueNotKept,
    decode,
    decode_all,
    encode,
)
from mliter_tui.facts import CacheEntry, Calls, Edge, IterationInfo, NodeInfo, Picture, Search, ValueInfo
from mliter_tui.lessons import KindLesson, Lesson, MetricLesson, Part
from mliter_tui.reasons import FirstRun, Kept, LoadCheaper, NotStored, SourceChanged, UpstreamChanged

EVENTS: list[Event] = [
    IterationStarted("train.py", 12, 30),
    PlanReady((NodeState(3, "compute", SourceChanged("+ x", 3), "clf", (31, 33), 2.1),), 2.1),
    PlanReady((NodeState(3, "load", Kept("auto")), NodeState(4, "prune", FirstRun())), 0.0),
    NodeStarted(3, (31, 33), "clf"),
    Output(3, "stdout", "ROC 0.91\n\x1b[1mé\udc80\u2028"),
    Output(None, "stderr", ""),
    NodeFinished(3, "clf", (31, 33), "compute", 2.0, UpstreamChanged("Z", ("Z",), ("clf", "Z"), SourceChanged())),
    ValueKept(3, ("clf",), 14_000_000, 0.01, Kept("auto", load_seconds=math.inf)),
    ValueNotKept(4, ("df", "X"), None, NotStored("never")),
    Note("The disk is full."),
    IterationFinished(12, "failed", 3, 9, 18, 4.1, 41.2, 1),
    IterationFinished(12, "cancelled", 0, 0, 0, 0.0, 0.0),
    events.SessionState("/w/train.py", "running", True, "auto", 10, 100),
    events.Saved(("/w/train.py", "/w/data.csv"), 1.5),
    events.VersionRead(
        "/w/train.py", 3, "x = 1\ny = x\n",
        (NodeInfo(0, "x", (1, 1), binds=("x",), key="k"), NodeInfo(1, "y", (2, 2), depth=1)),
        (Edge(0, 1, ("x",)),), (2,),
    ),
    events.LoopUnrolled(
        4, 4000, (NodeInfo(5, "pass 1 of for k in ks:", (3, 3), "pass", 1, ("k",), "k", (4, 5)),), (Edge(4, 5, ("k",)),)
    ),
    events.NotReached((4, 5)),
    events.VersionBroken(2, "invalid syntax", "y ="),
    events.PictureKept(Picture("/w/roc.png", 1000, 4)),
    events.CallsMade(4, (Calls("SVC.fit", 2, 1, 0.001, 0.5),)),
    events.CallsMade(
        4, (), (Search("SVC: score of a split", ("C",), (("1",), ("2",)), 2, "LC..", (0.1, 0.2, 0.0, 0.0), (0.9,) * 4),)
    ),
    events.SearchWent(4, (Search("SVC: score of a split", (), ((),), 2),), ((0, 0, 1, "C", 0.5, 0.25),)),
    events.MetricTold(4, "accuracy", 0.87),
    events.MetricTold(None, "loss", float("inf")),
    events.Steered("evict", "Evicted X.", 1.5, (1,), ("ab",), True),
    events.Refused("There is no node 9."),
    events.Weighed('{"v":1,"type":"evict"}', "frees 84 MB", 4.8, 84_000_000),
    events.Explained(3, "compute", FirstRun(), ("clf", "Z"), (ValueInfo("clf", "ab", True, 3, reason=Kept("auto")),)),
    events.Explained(3, "prune", FirstRun(), (), (ValueInfo("clf"),)),
    events.Previewed(3, "df", "DataFrame 3 x 2", "a b", (1.0, math.nan)),
    events.CacheListed((CacheEntry("ab", "df", 10, 0.1, math.inf, 1.5, True),), 10, 100),
    events.HistoryListed((IterationInfo(1, 1.5, "ok", 1, 2, 3, 4.0, 5.0, trigger="line 3"),)),
    events.Recalled(1, ('{"v":1}',), (1.5,)),
    events.TriedBefore(7, "You tried this in iteration 7: accuracy 0.871."),
    events.StudyMade(
        2,
        (Lesson(2, 1, "li", "H", "line 9", True, ("+ C",), "o", "0.9", 0.9, 0.8, 1.0, "better", 0.1, 2.0, 0.5, 1.5),),
        "acc", "acc", "higher", 2, 3.0, 1.0, 0.1,
        (KindLesson("li", 1, 1.0, 0.41, 2.0, 1.0, 0.5, "+0.1", "-"),), (("H", 1),), (("li", "li", 1),),
        (MetricLesson("acc", "acc", "0.9", "higher", True, "", True, False, "0.8 to 1.0", 9),),
        ("a.",), ("b.",), ("c.",),
    ),
    events.Compared((1, 2), (Part("metrics", ("acc 0.8 → 0.9",)),)),
    events.Compared((1, 2, 3), (), ("iteration", "1", "2", "3"), (("acc", "0.8", "0.9", "-"),)),
]  # fmt: skip


def test_every_type_of_event_is_among_them() -> None:
    assert {type(event) for event in EVENTS} == set(events.TYPES.values())


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_comes_back_from_one_ascii_line(event: Event) -> None:
    line = encode(event)
    assert line.isascii() and len(line.splitlines()) == 1
    assert repr(decode(line)) == repr(decode(line + "\r\n")) == repr(event)  # nan is not equal to itself


@given(st.text(st.characters(), max_size=40))
def test_any_text_survives(text: str) -> None:
    assert decode(encode(Output(1, "stdout", text))) == Output(1, "stdout", text)


def test_the_documented_shape() -> None:
    finished = NodeFinished(3, "clf", (31, 33), "load", 0.2, LoadCheaper(2.1, 0.2))
    assert json.loads(encode(finished)) == {
        "v": 1,
        "type": "node_finished",
        "node": 3,
        "label": "clf",
        "lines": [31, 33],
        "action": "load",
        "seconds": 0.2,
        "reason": {"code": "LOAD_CHEAPER", "compute_seconds": 2.1, "load_seconds": 0.2},
    }
    assert json.loads(encode(IterationFinished(12, "ok", 3, 9, 18, 4.1, 41.2, 0))) == {
        "v": 1,
        "type": "iteration_finished",
        "iteration": 12,
        "status": "ok",
        "computed": 3,
        "loaded": 9,
        "pruned": 18,
        "seconds": 4.1,
        "saved_seconds": 41.2,
        "exit_status": 0,
        "compute_seconds": 0.0,
        "load_seconds": 0.0,
    }


@pytest.mark.parametrize(
    "line", ['{"v": 1, "type": "from_the_future", "x":  [1]}', f'{{"type":"note","v":{VERSION + 1},"text":7}}']
)
def test_other_versions_are_kept_as_they_are(line: str) -> None:
    event = decode(line + "\n")
    assert isinstance(event, Unrecognized)
    assert encode(event) == line and decode(encode(event)) == event


def test_calls_of_earlier_versions_have_no_searches() -> None:
    calls = '{"name":"SVC.fit","loaded":2,"computed":1,"load_seconds":0.001,"compute_seconds":0.5}'
    event = decode('{"v":1,"type":"calls_made","node":4,"calls":[' + calls + "]}")
    assert event == events.CallsMade(4, (Calls("SVC.fit", 2, 1, 0.001, 0.5),))


def test_fields_of_later_versions_are_passed_over() -> None:
    assert decode('{"v":1,"type":"note","text":"hello","colour":"red"}') == Note("hello")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[1]",
        "7",
        "{}",
        '{"v":1}',
        '{"v":true,"type":"note","text":""}',
        '{"v":1,"type":"note"}',
        '{"v":1,"type":"note","text":7}',
        '{"v":1,"type":"output","node":1,"channel":"stdin","text":""}',
        '{"v":1,"type":"node_started","node":1,"lines":[1],"label":""}',
        '{"v":1,"type":"node_started","node":1.0,"lines":[1,2],"label":""}',
        "[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(JournalError, match="take it out of the file"):
        decode(line)


def test_half_a_line_is_forgiven_at_the_end_only() -> None:
    lines = [encode(event) for event in EVENTS]
    assert list(decode_all([*lines, "", lines[0][:30]])) == EVENTS
    with pytest.raises(JournalError):
        list(decode_all([lines[0], lines[1][:30], lines[2]]))


def test_leaves_import_the_standard_library_only() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import mliter_tui.events, mliter_tui.plan.policies, mliter_tui.plan.mincut\n"
        "import mliter_tui.workflow.dag, mliter_tui.workflow.diff\n"
        "tops = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(tops - set(sys.stdlib_module_names) - {'mliter_tui'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
