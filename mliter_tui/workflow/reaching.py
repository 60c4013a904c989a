"""Which definitions reach a node, compared between two versions of a script: what an edit affects, and through what.

Each binding of a name is a version of it; a node that is the same code and reads the same versions makes the same ones.
A binding that need not happen or is partial (`if c: x = 1`, `x[0] = 1`) lets the version before through: it counts as
a read. A node that depends on another version of any name it reads is affected, and what it binds is new in turn.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from mliter_tui.lean import dataclass

Version = tuple[str, int]  # ("old", position) for what both versions of the script have, else ("new", position)


class Node(Protocol):
    """What reaching definitions look at."""

    @property
    def source(self) -> str: ...
    @property
    def reads(self) -> frozenset[str]: ...
    @property
    def binds(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Through:
    """One name by which a change reaches a node; `by` is the position of its maker now, None where nothing makes it."""

    name: str
    by: int | None


def affected_nodes(old: Sequence[Node], new: Sequence[Node], same: Mapping[int, int]) -> dict[int, tuple[Through, ...]]:
    """By position in `new`; `same` maps new positions to the old positions of nodes with the same code."""
    reached: list[dict[str, Version]] = []  # per old node, the versions of what it depends on
    latest: dict[str, Version] = {}
    for i, node in enumerate(old):
        reached.append(_inputs(node, latest))
        latest.update(dict.fromkeys(node.binds, ("old", i)))
    affected: dict[int, tuple[Through, ...]] = {}
    latest = {}
    maker: dict[str, int] = {}
    for j, node in enumerate(new):
        version: Version = ("new", j)
        if j in same:
            now, then = _inputs(node, latest), reached[same[j]]
            names = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
            if names:
                affected[j] = tuple(Through(name, maker.get(name)) for name in names)
            else:
                version = ("old", same[j])
        latest.update(dict.fromkeys(node.binds, version))
        maker.update(dict.fromkeys(node.binds, j))
    return affected


def _inputs(node: Node, latest: Mapping[str, Version]) -> dict[str, Version]:
    found = {name: latest[name] for name in node.reads if name in latest}
    again = [name for name in node.binds - node.reads if name in latest]
    if again:
        surely = _surely_bound(node.source)
        found.update((name, latest[name]) for name in again if name not in surely)
    return found


@lru_cache(maxsize=4096)
def _surely_bound(source: str) -> frozenset[str]:
    """The names a statement binds whatever happens, short of an exception; on doubt none."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):  # a fragment, or no Python at all
        return frozenset()
    names: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.Assign):
            names.update(name for target in statement.targets for name in _targets(target))
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            names.update(_targets(statement.target))
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            names.update((each.asname or each.name.partition(".")[0]) for each in statement.names)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(statement.name)
    return frozenset(names)


def _targets(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Tuple | ast.List):
        return [name for each in target.elts for name in _targets(each)]
    if isinstance(target, ast.Starred):
        return _targets(target.value)
    return [target.id] if isinstance(target, ast.Name) else []
