"""How a benchmark tells what it found: as text, Markdown or JSON, with the machine, the versions and the date.

`--md` prints Markdown; `--json` prints one object on one line, or with a name behind it writes that file. `--readme`
puts it into the README, between the marks `<!-- NAME: begin -->` and `<!-- NAME: end -->`, so that no table there is
typed.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mliter_tui import __version__
from mliter_tui.lookback.document import Block, Paragraph, markdown, print_blocks

README = Path(__file__).resolve().parents[1] / "README.md"
LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy")


def ways(parser: ArgumentParser) -> None:
    """The options that say how to tell it."""
    parser.add_argument("--md", action="store_true", help="print Markdown")
    parser.add_argument("--json", nargs="?", const="-", metavar="FILE", help="print JSON, or write it to FILE")


def readme(parser: ArgumentParser) -> None:
    """The option that puts it into the README."""
    parser.add_argument("--readme", nargs="?", type=Path, const=README, metavar="FILE",
                        help="replace the table in the README, or in another file with its marks")  # fmt: skip


def marked(path: Path, name: str) -> tuple[str, str]:
    """The text before and behind what stands between the marks, the marks with them. Raises ValueError, which says what
    is wrong, where they do not stand there once and in this order; to be asked before anything is measured."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    text = path.read_text("utf-8")
    found = re.findall(rf"<!-- {name}: (begin|end) -->", text)
    if found != ["begin", "end"]:
        raise ValueError(f"{path.name} needs {begin} and {end} once each, in this order.")
    return text[: text.index(begin) + len(begin)], text[text.index(end) :]


def put(path: Path, name: str, lines: Iterable[str]) -> None:
    """Replace what stands between the marks."""
    before, behind = marked(path, name)
    path.write_text("\n".join([before, *lines, behind]), "utf-8")


def about() -> dict[str, Any]:
    """Where and when this is measured."""
    system = os.uname()
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()), "mliter": __version__,
        "python": ".".join(map(str, sys.version_info[:3])),
        "packages": {name: found for name in LIBRARIES if (found := _version(name))},
        "system": f"{system.sysname} {system.machine}", "processor": _processor(), "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    }  # fmt: skip


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def where(measured: dict[str, Any]) -> str:
    """One sentence of what `about` found."""
    packages = ", ".join(f"{name} {number}" for name, number in measured["packages"].items())
    return (
        f"{measured['date']}; mliter {measured['mliter']}, Python {measured['python']}, {packages}; "
        f"{measured['system']}, {measured['cores']} cores{', ' * bool(measured['processor'])}{measured['processor']}, "
        f"{measured['memory_bytes'] / 2**30:.0f} GiB."
    )


def tell(options: Namespace, blocks: Iterable[Block], data: dict[str, Any]) -> None:
    """Print the blocks, or the data, as was asked for."""
    measured = about()
    if options.json is not None:
        text = json.dumps({"about": measured, **data})
        if options.json == "-":
            print(text)
            return
        Path(options.json).write_text(text + "\n", "utf-8")
    told = [*blocks, Paragraph(where(measured), True)]
    if options.md:
        print(markdown(told), end="")
    else:
        print_blocks(told, 120)
