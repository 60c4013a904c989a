"""The diff of two scripts: concrete edits as people make them, and properties that hold for any two."""

import ast
import builtins
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mliter_tui.workflow.diff import Diff, NodeKey, diff
from mliter_tui.workflow.matching import align
from mliter_tui.workflow.reaching import Through

SCRIPT = """\
import pandas as pd
df = pd.read_csv("train.csv")
df["x"] = df["a"] * 2
X = df.drop(columns="y")
y = df["y"]
scaler = StandardScaler().fit(X)
Z = scaler.transform(X)
clf = LogisticRegression(C=1.0).fit(Z, y)
print(clf.score(Z, y))
"""


def keys(source: str) -> list[NodeKey]:
    """Nodes of a flat script, by syntax alone: the key is the unparsed statement."""
    nodes = []
    for statement in ast.parse(source).body:
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        binds = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        binds |= {alias.asname or alias.name for node in ast.walk(statement) for alias in getattr(node, "names", [])}
        for node in ast.walk(statement):
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
                binds.add(node.value.id)
        reads = {node.id for node in names if isinstance(node.ctx, ast.Load)} - set(dir(builtins))
        text = ast.get_source_segment(source, statement) or ""
        nodes.append(NodeKey(ast.unparse(statement), text, text.split("=")[0], frozenset(reads), frozenset(binds)))
    return nodes


def classes(difference: Diff) -> dict[str, list[tuple[int | None, int | None]]]:
    found: dict[str, list[tuple[int | None, int | None]]] = {}
    for change in difference.changes:
        if change.kind != "unchanged":
            found.setdefault(change.kind, []).append((change.old, change.new))
    return found


def edit(before: str, after: str) -> Diff:
    assert before in SCRIPT
    return diff(keys(SCRIPT), keys(SCRIPT.replace(before, after)))


def names(difference: Diff) -> dict[int, tuple[str, ...]]:
    return {at: tuple(through.name for through in all_of) for at, all_of in difference.affected.items()}


def test_an_edit_in_place_affects_what_is_below() -> None:
    difference = edit("StandardScaler", "MinMaxScaler")
    assert classes(difference) == {"edited": [(5, 5)]}
    assert names(difference) == {6: ("scaler",), 7: ("Z",), 8: ("Z", "clf")}
    assert difference.affected[7] == (Through("Z", 6),)
    assert difference.trail(7) == [7, 6, 5]
    assert difference.trail(0) == [0]


def test_layout_and_comments_are_no_difference() -> None:
    difference = diff(keys(SCRIPT), keys("# new\n\n" + SCRIPT.replace(" = ", "  =  ").replace("\n", "  # why\n")))
    assert difference.empty and not difference.affected


def test_a_mutator_added_and_removed_again() -> None:
    line = 'df["b"] = 0\n'
    longer = SCRIPT.replace("X = df", line + "X = df")
    added = diff(keys(SCRIPT), keys(longer))
    assert classes(added) == {"added": [(None, 3)]}
    assert names(added)[4] == ("df",) and added.trail(4) == [4, 3]
    removed = diff(keys(longer), keys(SCRIPT))
    assert classes(removed) == {"removed": [(3, None)]}
    assert names(removed)[3] == ("df",) and removed.affected[3] == (Through("df", 2),)
    assert removed.trail(3) == [3, 2]


def test_swapping_independent_statements_moves_one_and_affects_nothing() -> None:
    a, b = 'X = df.drop(columns="y")\n', 'y = df["y"]\n'
    difference = edit(a + b, b + a)
    assert list(classes(difference)) == ["moved"] and len(difference.of("moved")) == 1
    assert not difference.affected


def test_moving_past_a_mutator_affects_the_moved_one() -> None:
    a, b = 'df["x"] = df["a"] * 2\n', 'X = df.drop(columns="y")\n'
    difference = edit(a + b, b + a)
    at = 2  # X reads the frame before its column
    assert names(difference)[at] == ("df",)
    assert 3 not in difference.affected  # the mutator itself reads the same frame


def test_renamed_variable_is_an_edit_by_likeness() -> None:
    difference = edit("clf = Log", "model = Log")
    assert (7, 7) in classes(difference)["edited"]
    assert names(difference)[8] == ("clf",)  # it still reads the old name, which nothing makes now
    assert difference.affected[8] == (Through("clf", None),)


def test_same_name_bound_by_other_code_is_an_edit() -> None:
    assert classes(edit("LogisticRegression(C=1.0)", "make_pipeline(PCA(20), SVC())")) == {"edited": [(7, 7)]}


def test_unlike_statements_are_added_and_removed() -> None:
    difference = edit("print(clf.score(Z, y))", "joblib.dump(scaler, 'out.pkl')")
    assert classes(difference) == {"added": [(None, 8)], "removed": [(8, None)]}


def test_edited_and_moved_at_once_is_an_edit() -> None:
    line = "scaler = StandardScaler().fit(X)\n"
    moved = SCRIPT.replace(line, "").replace("print", line.replace("()", "(copy=False)") + "print")
    assert (5, 7) in classes(diff(keys(SCRIPT), keys(moved)))["edited"]


def test_other_code_elsewhere_that_binds_the_name_is_no_edit() -> None:
    line = "scaler = StandardScaler().fit(X)\n"
    moved = SCRIPT.replace(line, "") + "scaler = None\n"
    assert classes(diff(keys(SCRIPT), keys(moved))) == {"added": [(None, 8)], "removed": [(5, None)]}


@given(st.permutations(range(7)))
def test_as_few_as_possible_have_moved(order: list[int]) -> None:
    """Of distinct statements the largest set that keeps its order stays; every subset is tried."""
    rising = [0]
    for bits in range(2**7):
        chosen = [each for at, each in enumerate(order) if bits >> at & 1]
        rising.append(len(chosen) if chosen == sorted(chosen) else 0)
    pairs = align([str(n) for n in range(7)], [str(n) for n in order])
    assert all(order[j] == i for i, j in pairs)
    assert pairs == sorted(pairs) and all(before[1] < after[1] for before, after in pairwise(pairs))
    assert len(pairs) == max(rising)


def test_rebinding_shields_what_is_below() -> None:
    old, new = "a = 1\na = 2\nb = a\n", "a = 5\na = 2\nb = a\n"
    assert not diff(keys(old), keys(new)).affected


@pytest.mark.parametrize("second", ["if c: a = 2", "a[0] = 2", "for a in c: pass", "(c and (a := 2))"])
def test_a_binding_that_may_not_happen_shields_nothing(second: str) -> None:
    difference = diff(keys(f"a = 1\n{second}\nb = a\n"), keys(f"a = 5\n{second}\nb = a\n"))
    assert names(difference) == {1: ("a",), 2: ("a",)}


def test_duplicates_are_matched_one_by_one() -> None:
    old = "log()\na = 1\nlog()\nb = 2\nlog()\n"
    assert classes(diff(keys(old), keys(old.replace("a = 1\nlog()\n", "a = 1\n")))) == {"removed": [(2, None)]}
    assert classes(diff(keys(old), keys("log()\n" + old)))["added"] in ([(None, 0)], [(None, 1)])
    assert len(classes(diff(keys("log()\n" * 500), keys("log()\n" * 400)))["removed"]) == 100


def test_duplicates_without_anchor_in_a_large_gap() -> None:
    old = ["p", "q", "q"] * 200
    new = ["q", "p", "p", "q"] * 150
    pairs = align(old, new)
    assert len(pairs) > 100
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))
    assert all(old[i] == new[j] for i, j in pairs)


def test_from_nothing_and_to_nothing() -> None:
    assert {change.kind for change in diff([], keys(SCRIPT)).changes} == {"added"}
    assert {change.kind for change in diff(keys(SCRIPT), []).changes} == {"removed"}
    assert diff([], []).empty


STATEMENTS = [
    *SCRIPT.splitlines(),
    "a = b",
    "b = a",
    "a = 1",
    "a = 2",
    "if a: b = 1",
    "a[0] = b",
    "log(a)",
    "log(b)",
    "log()",
]
PROGRAMS = st.lists(st.sampled_from(STATEMENTS), max_size=14).map(lambda lines: keys("\n".join(lines)))


@settings(max_examples=300, deadline=None)
@given(PROGRAMS, PROGRAMS)
def test_any_two_programs(old: list[NodeKey], new: list[NodeKey]) -> None:
    difference = diff(old, new)
    assert difference.apply(old) == [node.key for node in new]
    assert sorted(c.old for c in difference.changes if c.old is not None) == list(range(len(old)))
    assert sorted(c.new for c in difference.changes if c.new is not None) == list(range(len(new)))
    for change in difference.changes:
        same = change.before is not None and change.after is not None and change.before.key == change.after.key
        assert same == (change.kind in ("unchanged", "moved"))
        assert (change.old is None) == (change.kind == "added") and (change.new is None) == (change.kind == "removed")
    kept = [(c.old, c.new) for c in difference.of("unchanged")]
    assert kept == sorted(kept)
    touched = {c.new for c in difference.changes if c.kind in ("edited", "added")}
    assert not touched & difference.affected.keys()
    for at in difference.affected:
        assert difference.trail(at)[0] == at
    left = {c.before.key for c in difference.of("removed") if c.before is not None}
    assert not left & {c.after.key for c in difference.of("added") if c.after is not None}  # else it had moved


@settings(max_examples=300, deadline=None)
@given(PROGRAMS, PROGRAMS)
def test_what_is_not_affected_computes_the_same(old: list[NodeKey], new: list[NodeKey]) -> None:
    """An interpreter of its own: each node's results are a term over its key and the terms it reads."""
    before, after = _terms(old), _terms(new)
    difference = diff(old, new)
    for kind in ("unchanged", "moved"):
        for change in difference.of(kind):
            assert change.old is not None and change.new is not None
            if change.new not in difference.affected:
                assert before[change.old] == after[change.new]


def _terms(nodes: list[NodeKey]) -> list[int]:
    latest: dict[str, int] = {}
    terms = []
    for node in nodes:
        tree = ast.parse(node.source).body[0]
        whole = isinstance(tree, ast.Assign) and isinstance(tree.targets[0], ast.Name) or isinstance(tree, ast.Import)
        reads = sorted(node.reads if whole else node.reads | node.binds)
        terms.append(hash((node.key, tuple((name, latest.get(name)) for name in reads))))
        latest.update((name, hash((terms[-1], name))) for name in node.binds)
    return terms
