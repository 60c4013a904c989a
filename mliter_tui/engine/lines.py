"""Numbers of lines that a node's output or values may hold: what the numbered lines hold must stay where it is.

Output that names a line ("train.py:31: UserWarning") holds as long as that line has the same text; where the node's own
line is named, the node must still begin there: an equal statement elsewhere would name another. Where numbers are asked
for in other ways ("%(lineno)d", f_lineno), all lines with code, up to the node's last, must keep their numbers. Where
the text itself is asked for (`inspect.getsource`), all of it must stay, comments too.
"""

from __future__ import annotations

import os
import re
from functools import cache, cached_property

from mliter_tui.engine.environment import digest
from mliter_tui.engine.sources import LocalModules
from mliter_tui.script.nodes import Node
from mliter_tui.wording import in_file

Events = list[tuple[str, bytes]]
EVERYWHERE = "*"


class Lines:
    """The lines of the script, and of the local modules it imports."""

    def __init__(self, script: str, text: str, local: LocalModules) -> None:
        self.script, self.name = text.splitlines(), os.path.basename(script)
        self.texts = {name: source for name, (source, _) in local.sources.items()}
        self.files: dict[bytes, list[str]] = {self.name.encode(): [""]}
        for name, path in local.paths.items():
            self.files.setdefault(os.path.basename(path).encode(), []).append(name)
        self.of = cache(lambda module: self.texts[module].splitlines() if module else self.script)

    def now(self, place: str) -> str:
        """What stands in line "12", or line "helpers:12" of a module; of "*", all that stands anywhere."""
        if place == EVERYWHERE:
            return self._all
        module, _, number = place.rpartition(":")
        if module and module not in self.texts:
            return "-"
        lines = self.of(module)
        file = "" if module else self.name
        return digest(file, lines[int(number) - 1]) if 0 < int(number) <= len(lines) else "-"

    def named(self, events: Events) -> dict[str, str]:
        """Lines that output names, and what stands there."""
        found: set[str] = set()
        for data in (data for channel, data in events if channel != "f"):
            for file, modules in self.files.items():
                if file in data:
                    for number in re.findall(re.escape(file) + rb'(?::|", line )(\d{1,9})', data):
                        found |= {f"{module}:{int(number)}" if module else str(int(number)) for module in modules}
        return {place: now for place in sorted(found) if (now := self.now(place)) != "-"}

    def place(self, node: Node, named: dict[str, str], asked: bool) -> str:
        """What a trace of this node demands of where the node is: "" for nothing, its first line, or all numbers."""
        if asked:
            return self._numbers(node)
        begin, end = map(in_file, node.lines)
        module = f"{node.module}:" if node.module else ""
        return str(begin) if any(f"{module}{n}" in named for n in range(begin, end + 1)) else ""

    def holds(self, node: Node, place: str) -> bool:
        """Whether the node is where a trace demands it to be."""
        return not place or place == (self._numbers(node) if place.startswith("#") else str(in_file(node.lines[0])))

    def _numbers(self, node: Node) -> str:
        lines = tuple(map(in_file, node.lines))
        return "#" + digest(str(lines), str(_with_code(self.of(node.module)[: lines[1]])), self._of_modules)

    @cached_property
    def _all(self) -> str:
        return digest(*self.script, *(line for name in sorted(self.texts) for line in (name, *self.of(name))))

    @cached_property
    def _of_modules(self) -> str:
        return digest(*(f"{name} {_with_code(self.of(name))}" for name in sorted(self.texts)))


def _with_code(lines: list[str]) -> list[int]:
    return [i for i, line in enumerate(lines) if (word := line.strip()) and not word.startswith("#")]
