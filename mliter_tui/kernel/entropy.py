"""Generators made without a seed: `np.random.default_rng()`, `random.Random()` in the code that a node reaches."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterable
from types import CodeType

from mliter_tui.codekey import instructions

_MAKERS = frozenset({"default_rng", "Random", "RandomState", "SeedSequence", "PCG64", "MT19937", "Philox", "SFC64"})
_BETWEEN = frozenset({"CACHE", "PUSH_NULL", "PRECALL", "NOP"})


def unseeded(codes: Iterable[CodeType]) -> bool:
    """Whether one of them is made, in any of these pieces of code and those nested in them."""
    todo = list(codes)
    while todo:
        code = todo.pop()
        todo += [c for c in code.co_consts if isinstance(c, CodeType)]
        if not _MAKERS.isdisjoint(code.co_names) and _makes(code):
            return True
    return False


def _makes(code: CodeType) -> bool:
    name, given = "", 0
    for op, argument in instructions(code):
        kind = dis.opname[op]
        if kind in _BETWEEN:
            continue
        if kind == "CALL" and name in _MAKERS and argument == given:
            return True
        if kind == "LOAD_CONST" and name and code.co_consts[argument] is None:
            given = 1
        elif kind in ("LOAD_NAME", "LOAD_METHOD"):
            name, given = code.co_names[argument], 0
        elif kind in ("LOAD_GLOBAL", "LOAD_ATTR"):
            name, given = code.co_names[argument >> _SHIFTS[kind]], 0
        else:
            name, given = "", 0
    return False


# the lowest bit says something else; by the version, as the table of names still has LOAD_METHOD since 3.12
_SHIFTS = {"LOAD_GLOBAL": 1, "LOAD_ATTR": int(sys.version_info >= (3, 12))}
