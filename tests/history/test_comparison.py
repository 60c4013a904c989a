"""Two iterations compared: what differs is found, and named; what does not is not."""

import json

import pytest
from lab import Lab

from mliter_tui.history import iterations
from mliter_tui.history.comparison import Changed, Comparison, compare
from mliter_tui.history.structure import structure
from mliter_tui.store import Store


@pytest.fixture
def between(played: Lab, of_played: Store):  # type: ignore[no-untyped-def]
    """`between(a, b)`: those two iterations of the project compared."""

    def call(a: int, b: int) -> Comparison:
        past = played.past(of_played)
        return compare(of_played, past[a - 1], past[b - 1])

    return call


@pytest.mark.slow
def test_an_edited_constant(between) -> None:  # type: ignore[no-untyped-def]
    found = between(1, 2)
    assert [(s.name, s.kind) for s in found.sources] == [("train.py", "changed")]
    assert {line for line in found.sources[0].diff if line[0] in "+-"} == {"-C = 1.0", "+C = 0.5"}
    assert [(p.name, p.before, p.after, p.line) for p in found.parameters] == [("C", "1.0", "0.5", 3)]
    nodes = {(n.kind, n.label): n.through for n in found.nodes}
    assert nodes[("edited", "C")] == () and nodes[("affected", "value")] == ("C",)
    assert ("affected", "other") not in nodes and ("affected", "words") not in nodes
    assert [line for line in found.output if line[0] in "+-"] == ["-value: 10.0 []", "+value: 5.0 []"]
    assert [(f.path.rpartition("/")[2], f.kept_before, f.kept_after) for f in found.files] == [("out.txt", True, True)]
    assert found.surroundings == () and found.unknown == ()


def test_an_edited_definition_of_a_module_reaches_only_who_calls_it(between) -> None:  # type: ignore[no-untyped-def]
    found = between(2, 3)
    assert [s.name for s in found.sources] == ["features.py"]
    assert [(p.name, p.before, p.after) for p in found.parameters] == [("features: scale(by=)", "10", "20")]
    nodes = {n.label: n.through for n in found.nodes}
    assert nodes["value"] == ("features.scale",) and "other" not in nodes
    assert {n.kind for n in found.nodes} == {"affected"}


def test_times_are_those_of_the_journal(between) -> None:  # type: ignore[no-untyped-def]
    times = {t.label: (t.action_before, t.action_after) for t in between(1, 2).times}
    assert times["C"] == ("C", "C") and times["other"][1] in ("C", "P")
    assert {t.action_after for t in between(3, 4).times} == {"P"}
    assert all(t.seconds_after == 0 for t in between(3, 4).times)


def test_arguments_and_comments_are_no_change_of_statements(between) -> None:  # type: ignore[no-untyped-def]
    found = between(4, 5)
    assert found.surroundings == (Changed("arguments", "", "a b"),)
    assert found.nodes == () and found.parameters == () and len(found.sources) == 1


def test_nothing_differs_between_equal_ones(between) -> None:  # type: ignore[no-untyped-def]
    found = between(3, 4)
    assert not any((found.sources, found.nodes, found.parameters, found.output, found.files, found.surroundings))


def test_backwards_is_the_reverse(between) -> None:  # type: ignore[no-untyped-def]
    there, back = between(1, 2), between(2, 1)
    assert [(p.before, p.after) for p in back.parameters] == [(p.after, p.before) for p in there.parameters]


def test_packages_and_hosts_that_differ_are_named(played: Lab, of_played: Store) -> None:
    script = "/elsewhere/train.py"
    row = of_played.iteration(str(played.script), 1)
    assert row is not None
    around = iterations.surroundings_of(of_played, played.past(of_played)[0])
    moved = {**around, "host": "elsewhere", "packages": {**around["packages"], "numpy": "0.1", "added": "2"}}
    for each in (around, moved):
        of_played.add_iteration(script, {**row, "surroundings": of_played.keep_piece(json.dumps(each).encode())})
    changes = compare(of_played, *iterations.all_past(of_played, script)).surroundings
    found = {change.name: (change.before, change.after) for change in changes}
    assert found == {
        "host": (around["host"], "elsewhere"), "numpy": (around["packages"]["numpy"], "0.1"), "added": (None, "2"),
    }  # fmt: skip


def test_numbers_that_were_printed_are_compared(played: Lab, of_played: Store) -> None:
    one, other = played.past(of_played)[:2]
    (metric,) = compare(of_played, one, other).metrics
    assert (metric.name, metric.before, metric.after) == ("value", 10.0, 5.0)
    assert metric.verdict == "not to be told"
    assert metric.text == "10.0 → 5.0 (-5.0)"


def kinds(before: str, after: str) -> list[tuple[str, str]]:
    found = structure(before, after, "/x/train.py")
    assert found is not None
    return [(change.kind, change.label) for change in found.changes]


def test_statements_added_removed_and_moved() -> None:
    assert kinds("a = 1\nb = a\n", "a = 1\nc = 2\nb = a\n") == [("added", "c")]
    assert kinds("a = 1\nc = 2\nb = a\n", "a = 1\nb = a\n") == [("removed", "c")]
    assert ("moved", "c") in kinds("c = f(1)\na = 1\nb = a\n", "a = 1\nb = a\nc = f(1)\n")


def test_a_removed_statement_affects_who_read_what_it_made() -> None:
    assert kinds("a = 1\na = a + 1\nb = a\n", "a = 1\nb = a\n") == [("removed", "a"), ("affected", "b")]


def test_statements_of_functions_are_compared_one_by_one() -> None:
    text = "def main():\n    a = load()\n    b = fit(a, {n})\n    return b\n\n\nmain()\n"
    found = kinds(text.replace("{n}", "1"), text.replace("{n}", "2"))
    assert ("edited", "b") in found and ("edited", "a") not in found and ("affected", "a") not in found


def test_what_is_not_python_has_no_structure() -> None:
    assert structure("a = 1\n", "a = = 1\n", "/x/train.py") is None
