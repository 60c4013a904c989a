"""Which iterations repeat others: exactly, or with another seed and nothing else."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from mliter_tui.history.edits import Version
from mliter_tui.history.metrics import Metric, match
from mliter_tui.history.roles import SEEDS


class _Seedless(ast.NodeTransformer):
    """Puts 0 in the place of every number that is given to something called a seed, and takes docstrings out."""

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.generic_visit(node)
        if node.arg and SEEDS.match(node.arg):
            node.value = _zero(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if SEEDS.match(name) or name in ("default_rng", "RandomState", "Random"):
            node.args = [_zero(arg) for arg in node.args]
        words = [str(arg.value).lstrip("-") for arg in node.args if isinstance(arg, ast.Constant)]
        if name == "add_argument" and any(SEEDS.match(word) for word in words):
            for keyword in node.keywords:
                keyword.value = _zero(keyword.value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        if all(SEEDS.match(getattr(target, "id", getattr(target, "attr", ""))) for target in node.targets):
            node.value = _zero(node.value)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if SEEDS.match(getattr(node.target, "id", "")) and node.value is not None:
            node.value = _zero(node.value)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return ast.Pass()
        self.generic_visit(node)
        return node


def _zero(node: ast.expr) -> ast.expr:
    return ast.Constant(0) if isinstance(node, ast.Constant) and isinstance(node.value, int) else node


def seedless(version: Version, args: Sequence[str] = ()) -> str:
    """Equal for versions that differ by seeds, comments and layout alone."""
    parts = [json.dumps(_without_seeds(args))]
    for name, text in sorted(version.items()):
        try:
            parts.append(f"{name}\n{ast.dump(_Seedless().visit(ast.parse(text)))}")
        except (SyntaxError, ValueError, RecursionError):
            parts.append(f"{name}\n{text}")
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _without_seeds(args: Sequence[str]) -> list[str]:
    """A script's arguments, those that name a seed without their value."""
    found: list[str] = []
    seed = False
    for arg in args:
        name, _, value = arg.partition("=")
        named = arg.startswith("-") and SEEDS.match(name.lstrip("-").replace("-", "_")) is not None
        found.append("" if seed else name if named and value else arg)
        seed = named and not value
    return found


def of_metric(metric: Metric, fellows: Iterable[Sequence[Metric]]) -> list[float]:
    """The values of a metric in iterations that differ by a seed alone; its own first."""
    values = [metric.value]
    for others in fellows:
        values += [old.value for old, new in match(others, [metric]) if old is not None and new is not None]
    return values


def groups(keys: Mapping[int, str]) -> dict[int, tuple[int, ...]]:
    """For each iteration those with the same key, itself among them, by number."""
    by_key: dict[str, list[int]] = {}
    for number, key in keys.items():
        by_key.setdefault(key, []).append(number)
    return {number: tuple(by_key[key]) for number, key in keys.items()}
