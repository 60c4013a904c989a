"""The difference of two versions statement by statement: what was added, removed, edited, moved, and what that affects.

Read from the texts, with every call stepped into and every loop whole, so that how far a run took things apart makes no
difference. A statement is affected when it is the same itself, but a changed one, or a changed definition of a local
module, reaches what it reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from mliter_tui.history.iterations import Module, readable
from mliter_tui.lean import dataclass
from mliter_tui.script.definitions import Definitions
from mliter_tui.script.nodes import Node, Script, shown
from mliter_tui.script.reading import read_script
from mliter_tui.wording import in_file
from mliter_tui.workflow.dag import DagNode, build, descendants
from mliter_tui.workflow.diff import Diff, NodeKey, diff

Lines = tuple[int, int]
Kind = Literal["edited", "added", "removed", "moved", "affected"]


@dataclass(frozen=True, slots=True)
class NodeChange:
    """A statement that is not what it was. lines: where it stands in each version, None where it does not.

    through: names by which a change reaches an affected one.
    """

    kind: Kind
    label: str
    before: Lines | None
    after: Lines | None
    through: tuple[str, ...] = ()


@dataclass(frozen=True)
class Structure:
    """Two versions and their difference. pairs: lines of a statement before -> after, of those that are in both."""

    before: Script
    after: Script
    changes: tuple[NodeChange, ...]
    edited: tuple[tuple[Node, Node], ...]
    pairs: Mapping[Lines, Lines]


def structure(
    before: str, after: str, script: str, modules_before: Sequence[Module] = (), modules_after: Sequence[Module] = ()
) -> Structure | None:
    """Of two texts of a script, with their local modules; None where one is not Python."""
    try:
        old = read_script(before, script, readable(modules_before))
        new = read_script(after, script, readable(modules_after))
    except SyntaxError:
        return None
    found = diff(_keys(old), _keys(new))
    changes = []
    edited: list[tuple[Node, Node]] = []
    pairs: dict[Lines, Lines] = {}
    for change in found.changes:
        one = old.nodes[change.old] if change.old is not None else None
        other = new.nodes[change.new] if change.new is not None else None
        if one is not None and other is not None:
            pairs.setdefault(one.lines, other.lines)
            if change.kind == "edited":
                edited.append((one, other))
        node = other or one
        if change.kind != "unchanged" and node is not None:
            changes.append(NodeChange(change.kind, _label(node), _lines(one), _lines(other)))
    changed_names = _through_modules(new, modules_before, modules_after)
    changes += _affected(old, new, found, changed_names)
    return Structure(old, new, tuple(dict.fromkeys(changes)), tuple(edited), pairs)


def _keys(script: Script) -> list[NodeKey]:
    return [NodeKey(n.key, n.source, n.label, n.reads, n.binds) for n in script.nodes]


def _lines(node: Node | None) -> Lines | None:
    return (in_file(node.lines[0]), in_file(node.lines[1])) if node is not None else None


def _label(node: Node) -> str:
    return f"{node.module}: {node.label}" if node.module else node.label


def _affected(old: Script, new: Script, found: Diff, by_modules: Mapping[int, tuple[str, ...]]) -> list[NodeChange]:
    """Statements that are the same but are reached. by_modules: position -> names of changed definitions it reaches."""
    same = {change.new: change.old for change in found.changes if change.kind in ("unchanged", "moved")}
    reached = {at: tuple(shown(t.name) for t in through) for at, through in found.affected.items()}
    for at, names in by_modules.items():
        reached[at] = (*names, *reached.get(at, ()))
    graph = build([DagNode(at, n.label, tuple(n.reads), tuple(n.binds | n.guess)) for at, n in enumerate(new.nodes)])
    for at in sorted(descendants(graph, by_modules)):
        carried = {name for maker in graph.pred[at] if maker in reached for name in graph.edges[maker, at]["names"]}
        reached.setdefault(at, tuple(sorted(map(shown, carried))))
    changes = []
    for at in sorted(reached):
        if at in same:
            node, was = new.nodes[at], same[at]
            before = _lines(old.nodes[was]) if was is not None else None
            through = tuple(dict.fromkeys(reached[at]))
            changes.append(NodeChange("affected", _label(node), before, _lines(node), through))
    return changes


def _through_modules(
    script: Script, before: Sequence[Module], after: Sequence[Module]
) -> dict[int, tuple[str, ...]]:
    """By position: the definitions of local modules a node reaches by name that are others now."""
    old, new = _definitions(before), _definitions(after)
    places_of = {(module, name) for table in (old, new) for module, row in table.items() for name in row}
    changed = {(m, name) for m, name in places_of if old.get(m, {}).get(name) != new.get(m, {}).get(name)}
    if not changed:
        return {}
    places: dict[str, list[tuple[str, str]]] = {}
    found: dict[int, tuple[str, ...]] = {}
    for at, node in enumerate(script.nodes):
        if node.kind == "import":
            _bind(node, places, new.keys() | old.keys())
            continue
        names = []
        for name in sorted(node.reads & places.keys()):
            chains = [chain.split(".")[1] for chain in node.chains if chain.startswith(name + ".")]
            for module, what in places[name]:
                # a module itself: only what is looked up in it counts, where that is known
                wanted = chains if what == "*" and chains and name not in node.bare else [what]
                names += [f"{module}.{each}".removesuffix(".*") for each in wanted if (module, each) in changed]
        if names:
            found[at] = tuple(dict.fromkeys(names))
    return found


def _definitions(modules: Sequence[Module]) -> dict[str, dict[str, str]]:
    """Key of everything a definition does, by module and name; "*" is the module as a whole."""
    table = Definitions({m.name: (m.text, m.package) for m in modules}, False).table()
    return {module: {name: key for name, (key, _) in row.items()} for module, row in table.items()}


def _bind(node: Node, places: dict[str, list[tuple[str, str]]], modules: set[str]) -> None:
    """What the names of an import stand for, of local modules."""
    import ast

    for each in _imports(node.source):
        if isinstance(each, ast.Import):
            for alias in each.names:
                if alias.name in modules:
                    places[alias.asname or alias.name.partition(".")[0]] = [(alias.name, "*")]
        elif isinstance(each, ast.ImportFrom) and each.module in modules:
            for alias in each.names:
                inner = f"{each.module}.{alias.name}"
                place = (inner, "*") if inner in modules else (str(each.module), alias.name)
                places[alias.asname or alias.name] = [place]


@cache
def _imports(source: str) -> tuple[object, ...]:
    import ast
    import textwrap

    try:
        return tuple(ast.walk(ast.parse(textwrap.dedent(source))))
    except SyntaxError:
        return ()
