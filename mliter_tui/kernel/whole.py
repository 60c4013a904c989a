"""A script run whole, as plain Python runs it, and what its names are bound to in the end (for `mliter verify`).

Nothing of nodes is involved: every statement of the module, one after the other. It is what the node-by-node run is
measured against. Statements are compiled one by one, as those of nodes are: the compiler writes calls of an imported
module's functions in another way where it sees the import, and the code of functions is compared, too.
"""

from __future__ import annotations
import __future__

import ast
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel.figures import figure_digests

if TYPE_CHECKING:  # session imports this module
    from mliter_tui.kernel.session import Session


def run_whole(session: Session) -> dict[str, Any]:
    """Execute the script; the files it wrote, and what they held before."""
    codes, flags = [], 0
    for i, s in enumerate(ast.parse(session.text, session.script).body):
        if i and isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant):
            continue  # compiled alone, a string would become the module's docstring
        if isinstance(s, ast.ImportFrom) and s.module == "__future__":
            for alias in s.names:
                flags |= getattr(__future__, alias.name).compiler_flag
        codes.append(compile(ast.Module([s], []), session.script, "exec", flags, True))
    session.observer.begin()
    try:
        session.signals.resume()
        for code in codes:
            exec(code, vars(session.main))
    except BaseException as error:  # the script's own, shown as Python would when the process ends
        session.error = error
    session.signals.pause()
    seen = session.observer.end()
    session.recorder.end()
    return {"writes": sorted(seen.writes), "before": seen.before}


def values(session: Session) -> dict[str, Any]:
    """Fingerprints of all values that have content to be compared, and digests of the open figures."""
    live, found = session.live, {}
    for name, value in live.bound().items():
        if not isinstance(value, ModuleType):
            scan = live.rescan(name, "whole")
            found[name] = scan.fp if scan.exact and not scan.opaque else ""
    return {"values": found, "figures": figure_digests()}
