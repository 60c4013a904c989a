"""Reading a script into nodes, with what was read before at hand."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from mliter_tui.lean import dataclass
from mliter_tui.script.building import Builder, Place, Steps
from mliter_tui.script.labels import names_labels
from mliter_tui.script.nodes import Node, Script
from mliter_tui.script.spaces import Modules

_DEEP = 10_000  # frames, for expressions of hundreds of terms and chains of as many branches


@dataclass(frozen=True)
class _Read:
    """A script that was read, with its module's statements by their place. manner: how, as of `read_script`."""

    manner: tuple[str, bool, bool]
    modules: Mapping[str, tuple[str, bool]]
    numbered: tuple[dict[int, int], dict[int, int]]  # passes and closed calls, as of Steps
    script: Script
    places: dict[Place, Node]


def always(statement: str, call: str, before: int) -> bool:
    """Step into every call that can be."""
    return True


def never(whole: str, hints: tuple[str, str]) -> None:
    """Leave every loop one node."""


CALLS_ONLY = Steps(always, never)
NO_MODULES = Modules()
_READING_DOCSTRINGS = ("__doc__", "inspect", "click", "typer", "docopt", "fire", "help(", "doctest")


def keeps_docstrings(text: str, modules: Modules) -> bool:
    """Whether docstrings count, as somebody may read them."""
    others = (word in other for other in modules.texts for word in ("__doc__", "getdoc", "doctest"))
    return any(word in text.replace("description=__doc__", "") for word in _READING_DOCSTRINGS) or any(others)


def read_script(
    text: str, filename: str, modules: Modules = NO_MODULES, keep_docstrings: bool | None = None,
    steps: Steps = CALLS_ONLY,
) -> Script:  # fmt: skip
    """The nodes of a script. Raises SyntaxError as compile() does. `modules`: its local ones."""
    keep = keeps_docstrings(text, modules) if keep_docstrings is None else keep_docstrings
    manner, sources = (filename, keep, names_labels([text, *modules.texts])), modules.sources
    numbered = dict(steps.passes), dict(steps.closed)
    recent = [read for read in _recent if read.manner == manner]
    for read in recent:  # a session compares each version with the one before it
        same = read.script.text == text and read.modules == sources and read.numbered == numbered
        if same and as_asked(read.script, steps):
            return read.script
    compile(text, filename, "exec", dont_inherit=True)  # errors that only whole-file compilation finds
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEP))
    try:
        known = [(read.script.future, read.script.keep_docstrings, read.places) for read in recent]
        builder = Builder(text, filename, keep, steps, known, modules)
        script = builder.build()
    finally:
        sys.setrecursionlimit(limit)
    _recent.insert(0, _Read(manner, dict(sources), numbered, script, builder.places))
    del _recent[_REMEMBERED:]
    return script


_REMEMBERED = 4
_recent: list[_Read] = []


def as_asked(script: Script, steps: Steps) -> bool:
    """Whether what is to be taken apart of a script that was read before has been."""
    calls = all(steps.enter(*asked, before) == entered for asked, (before, entered) in script.asked.items())
    apart = {guard.asked for guard in script.guards if guard.code is not None}
    passes = all(steps.unroll(*asked) == passes for asked, passes in script.asked_passes.items())
    return calls and passes and not apart & steps.refused
