"""What stands behind a line that is asked for: of the script, or of a local module (`mliter why features.py:12`).

A module is no script of its own: it is told of as part of the one that was run last and has it among its modules.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mliter_tui.engine.forecast import Forecast
from mliter_tui.engine.lookup import Trace
from mliter_tui.engine.opening import opened
from mliter_tui.engine.version import Version
from mliter_tui.errors import ScriptError, ScriptSyntaxError, UsageError
from mliter_tui.history.iterations import Past, all_past
from mliter_tui.script.definitions import bound_by
from mliter_tui.script.nodes import Node
from mliter_tui.store import Store
from mliter_tui.wording import in_file

if TYPE_CHECKING:
    from mliter_tui.options import Options


@contextmanager
def behind(options: Options) -> Iterator[tuple[Version, str]]:
    """The script that is asked about as it is now, and the name of its module that was meant, "" for the script."""
    asked = os.path.realpath(options.script)
    with Store.open(options.cache_folder, options.budget) as store:
        ran = _ran(store)
    for script in ran if str(options.script.absolute()) not in ran else {}:
        args = options.args or ran[script].args or ()
        chosen = replace(options, script=Path(script), script_name=os.path.relpath(script), args=args)
        with ExitStack() as stack:
            try:
                version, _ = stack.enter_context(opened(chosen))
            except ScriptError:  # another script's trouble is not what is asked about
                continue
            module = next((m for m, path in version.sources.paths.items() if os.path.realpath(path) == asked), "")
            if module:
                yield version, module
                return
    with opened(options) as (version, _):
        yield version, ""


def _ran(store: Store) -> dict[str, Past]:
    """The last iteration of each script that is still there, by the script's path, the newest first."""
    last = [past for script in store.scripts() for past in all_past(store, script, 1) if os.path.isfile(script)]
    return {past.script: past for past in sorted(last, key=lambda past: -past.info.when)}


def at_line(version: Version, forecast: Forecast, module: str, line: int, name: str) -> tuple[list[Node], str]:
    """The nodes of a line; and, where it is in a definition of a module that is not taken apart, of what: then those
    that depend on it.

    name: the file, as the user has it. Raises UsageError where nobody has to do with the line.
    """
    there = [n for n in version.script.nodes if n.id in forecast.found and n.module == module]
    there = [n for n in there if in_file(n.lines[0]) <= line <= in_file(n.lines[1])]
    if there:
        return [n for n in there if n.inner or n.kind != "def"] or there, ""
    bound = _bound(version.sources.sources[module][0], line, name) if module else set()
    if not bound:
        raise UsageError(f"Line {line} of {name} belongs to no statement; choose another.")
    known = [(n, version.lookup.traces(n.key)[:1]) for n in version.script.nodes if n.id in forecast.found]
    using = [n for n, last in known if (n.kind != "import" or n.binds & bound) and _depends(last, module, bound)]
    what = ", ".join(sorted(bound))
    if not using:
        raise UsageError(f"Line {line} of {name} is {what}, which no statement of {version.path} is known to use.")
    return using, what


def _depends(last: list[Trace], module: str, names: set[str]) -> bool:
    """Whether a node has, when it ran last, read one of these names of a module, or depended on all of the module."""
    places = {("module", module), ("definition", f"{module}:*"), *(("definition", f"{module}:{n}") for n in names)}
    read = {place for trace in last for place in ((kind, what) for kind, what, *_ in trace["obs"])}
    inputs = {name for trace in last for name in trace["inputs"]}
    return not (read.isdisjoint(places) and inputs.isdisjoint(f"mod:{module}:{name}" for name in names))


def _bound(text: str, line: int, name: str) -> set[str]:
    """What the statement of a module that holds a line binds. Raises ScriptSyntaxError where it is broken."""
    try:
        body = ast.parse(text).body
    except SyntaxError as e:
        raise ScriptSyntaxError(name, e.lineno or 1, e.msg) from None
    for s in body:
        first = min([s.lineno, *(d.lineno for d in getattr(s, "decorator_list", ()))])
        if first <= line <= (s.end_lineno or s.lineno):
            return bound_by(s)
    return set()
