"""How a benchmark tells what it found: as text, Markdown or JSON, with the machine, the versions and the date.

`--md` prints Markdown; `--json` prints one object on one line, or with a name behind it writes that file.
"""

from __future__ import annotations

import json
import os
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

LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy")


def ways(parser: ArgumentParser) -> None:
    """The options that say how to tell it."""
    parser.add_argument("--md", action="store_true", help="print Markdown")
    parser.add_argument("--json", nargs="?", const="-", metavar="FILE", help="print JSON, or write it to FILE")


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


def tell(options: Namespace, blocks: Iterable[Block], data: dict[str, Any]) -> None:
    """Print the blocks, or the data, as was asked for."""
    where = about()
    if options.json is not None:
        text = json.dumps({"about": where, **data})
        if options.json == "-":
            print(text)
            return
        Path(options.json).write_text(text + "\n", "utf-8")
    packages = ", ".join(f"{name} {number}" for name, number in where["packages"].items())
    told = [*blocks, Paragraph(
        f"{where['date']}; mliter {where['mliter']}, Python {where['python']}, {packages}; {where['system']}, "
        f"{where['cores']} cores{', ' * bool(where['processor'])}{where['processor']}, "
        f"{where['memory_bytes'] / 2**30:.0f} GiB.", True,
    )]  # fmt: skip
    if options.md:
        print(markdown(told), end="")
    else:
        print_blocks(told, 120)
