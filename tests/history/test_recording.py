"""What is kept of an iteration, what it costs, and that it is kept for good."""

import json
import os
import sqlite3
from pathlib import Path

from lab import Lab

from mliter_tui import events
from mliter_tui.history import iterations
from mliter_tui.store import Store

LIMIT = 20_000
"""Bytes of disk that an unchanged iteration may take."""


def test_sources_arguments_and_surroundings_are_kept_as_they_were(played: Lab, of_played: Store) -> None:
    first, second, third, fourth, fifth = played.past(of_played)
    assert "C = 1.0" in (iterations.text_of(of_played, first) or "")
    assert "C = 0.5" in (iterations.text_of(of_played, second) or "")
    modules = [iterations.modules_of(of_played, each) for each in (second, third)]
    assert [m[0].name for m in modules if m] == ["features", "features"]
    assert [("by=10" in m[0].text, "by=20" in m[0].text) for m in modules if m] == [(True, False), (False, True)]
    assert [each.args for each in (fourth, fifth)] == [(), ("a", "b")]
    around = iterations.surroundings_of(of_played, first)
    assert around["python"].startswith("3.") and "pytest" in around["packages"] and around["host"]
    assert (first.git, first.parent, fifth.parent) == (None, None, 4)


def test_what_changed_is_said_in_words(played: Lab, of_played: Store) -> None:
    told = [each.info.trigger for each in played.past(of_played)]
    assert told == ["first run", "line 3", "features.py", "", "comments or layout, arguments"]
    assert [each.changed for each in played.past(of_played)][1] == (3,)


def test_run_keeps_its_story_with_the_output(played: Lab, of_played: Store) -> None:
    for past in played.past(of_played):
        told = iterations.events_of(iterations.story_of(of_played, past))
        assert isinstance(told[0], events.VersionRead) and told[0].iteration == past.number
        assert told[0].text == iterations.text_of(of_played, past) and told[0].nodes and told[0].edges
        assert isinstance(told[-1], events.IterationFinished) and told[-1].iteration == past.number
        assert iterations.output_of(told).startswith("value: ")
    assert iterations.output_of(told) == "value: 10.0 ['a', 'b']\n"


def test_files_and_values_are_kept_by_content(played: Lab, of_played: Store) -> None:
    past = played.past(of_played)
    out = str(played.folder / "out.txt")
    contents = [iterations.files_of(of_played, each)[out] for each in past]
    assert contents[0] != contents[1] != contents[2] == contents[3]
    assert of_played.blob(contents[0]) == b"10.0" and of_played.blob(contents[1]) == b"5.0"
    values = [iterations.values_of(of_played, each) for each in past]
    assert values[0]["C"] != values[1]["C"] == values[2]["C"] and values[2] == values[3]


def test_what_is_equal_is_kept_once(played: Lab, of_played: Store) -> None:
    third, fourth = played.past(of_played)[2:4]
    different = {kind for kind, name in fourth.pieces.items() if third.pieces[kind] != name}
    assert different == {"story"}


def test_a_traceback_is_part_of_the_story(lab: Lab) -> None:
    lab.write("print('before')\nraise ValueError('no good')\n")
    lab.run(status=1)
    with lab.store() as store:
        (past,) = lab.past(store)
        told = iterations.events_of(iterations.story_of(store, past))
    assert (past.info.status, past.info.exit_status) == ("failed", 1)
    assert iterations.output_of(told) == "before\n"
    assert iterations.output_of(told, "stderr").splitlines()[-1] == "ValueError: no good"


def test_output_of_exit_handlers_is_part_of_the_story(lab: Lab) -> None:
    lab.write("import atexit\natexit.register(print, 'last words')\nprint('first words')\n")
    printed = lab.run()
    with lab.store() as store:
        told = iterations.events_of(iterations.story_of(store, lab.past(store)[0]))
    assert iterations.output_of(told) == printed == "first words\nlast words\n"


def test_the_bytes_of_files_are_kept_not_only_their_text(lab: Lab) -> None:
    lab.script.write_bytes("# -*- coding: latin-1 -*-\r\nimport features\r\nprint('\xe9')\r\n".encode("latin-1"))
    lab.module.write_bytes(b"def scale(x):\r\n    return x\r\n")
    lab.run()
    with lab.store() as store:
        (past,) = lab.past(store)
        assert iterations.content_of(store, past) == lab.script.read_bytes()
        modules = iterations.modules_of(store, past)
        assert modules is not None and modules[0].content == lab.module.read_bytes()
        assert (iterations.text_of(store, past) or "").splitlines()[2] == "print('é')"


def test_an_unchanged_iteration_takes_little_disk(lab: Lab) -> None:
    statements = [f"value_{i} = len('word {i}') + {i}" for i in range(190)]
    lab.write("\n".join([*statements, *(f"print(value_{i})" for i in range(9)), ""]))
    lab.run()
    lab.run()
    before = _size(lab.folder)
    for _ in range(4):
        lab.run()
    assert (_size(lab.folder) - before) / 4 < LIMIT


def _size(folder: Path) -> int:
    con = sqlite3.connect(folder / ".mliter" / "catalog.sqlite")
    con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = con.execute("PRAGMA page_count").fetchone()[0] - con.execute("PRAGMA freelist_count").fetchone()[0]
    size = int(con.execute("PRAGMA page_size").fetchone()[0])
    con.close()
    objects = sum(path.stat().st_size for path in (folder / ".mliter" / "objects").rglob("*") if path.is_file())
    return int(pages) * size + objects


def test_a_record_is_never_lost_for_space(lab: Lab) -> None:
    """A budget that has no room for anything, and a collection of all that can go."""
    lab("run", "--quiet", "--budget", "1", "train.py", "x")
    with lab.store(budget=1) as store:
        store.gc(now=True)
        assert store.used_bytes() == 0
        (past,) = lab.past(store)
        assert iterations.content_of(store, past) == lab.script.read_bytes()
        assert iterations.modules_of(store, past) and iterations.surroundings_of(store, past)
        assert iterations.output_of(iterations.events_of(iterations.story_of(store, past))) == "value: 10.0 ['x']\n"
    assert lab("run", "--iteration", "1", "train.py").stdout == "value: 10.0 ['x']\n"


def test_files_of_iterations_stay_in_a_collection(lab: Lab) -> None:
    """Also where no trace names them any more."""
    lab.run()
    lab.edit("C = 1.0", "C = 2.0")
    lab.run()
    con = sqlite3.connect(lab.folder / ".mliter" / "catalog.sqlite")
    with con:
        con.execute("DELETE FROM trace")
    con.close()
    with lab.store() as store:
        store.gc(now=True)
        out = str(lab.folder / "out.txt")
        assert [store.blob(iterations.files_of(store, each)[out]) for each in lab.past(store)] == [b"10.0", b"20.0"]


def test_an_altered_piece_is_none(lab: Lab) -> None:
    lab.run()
    con = sqlite3.connect(lab.folder / ".mliter" / "catalog.sqlite")
    with con:
        con.execute("UPDATE piece SET packed = x'00'")
    con.close()
    with lab.store() as store:
        (past,) = lab.past(store)
        assert iterations.text_of(store, past) is None and iterations.story_of(store, past) == []
    assert "are damaged" in lab("checkout", "train.py", "1", status=2).stderr


def test_events_of_run_are_written_as_before(lab: Lab) -> None:
    """What only the story needs, output and versions, is not in the file of --events."""
    lab("run", "--quiet", "--events", "log.jsonl", "train.py")
    types = {json.loads(line)["type"] for line in (lab.folder / "log.jsonl").read_text().splitlines()}
    assert {"plan_ready", "node_finished", "iteration_finished"} <= types
    assert types.isdisjoint({"output", "version_read"})
    assert os.path.exists(lab.folder / "out.txt")
