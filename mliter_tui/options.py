"""The options of one mliter command, as read from the command line; a leaf, standard library only.

Paths of the cache and of the event file are absolute, so that a script changing its folder does not move them. The
script's own name stays as typed: python shows it so in `sys.argv[0]` and in tracebacks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DEFAULT_CACHE = ".mliter"
"""Cache folder where none is named: in the current folder, for every command, so that `run` and `cache` agree."""

POLICIES = ("auto", "helix", "always", "never")
UNSEEDED = ("reuse", "rerun")
UIS = ("auto", "tui", "plain", "json")
LARGEST_BUDGET = 2**63 - 1

_SIZE = re.compile(r"([0-9]+)(?:\.([0-9]+))?\s*(?:([kmgtp])(i?))?b?", re.IGNORECASE | re.ASCII)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


@dataclass(frozen=True, slots=True)
class Options:
    """What one command was asked to do; a field that a command does not take has its default.

    script: the path as a Path; script_name: the same exactly as typed, what `sys.argv[0]` must be.
    args: the script's own arguments. cache: absolute folder, or None for `DEFAULT_CACHE` in the current folder.
    budget: bytes, at least 1, or None for the store's own limit. policy: one of POLICIES; unseeded: one of UNSEEDED.
    events: absolute file that JSON lines are appended to. json: print JSON instead of text.
    ui, manual, python, ascii: `watch` only; ui: one of UIS; python: the interpreter to run under, None for this one.
    port: `serve` only.
    line: `why` only, counted from 1. action: `cache` only, its subcommand. names: `cache pin|unpin|evict|accept` only.
    """

    command: str
    script: Path = Path()
    script_name: str = ""
    args: tuple[str, ...] = ()
    cache: Path | None = None
    budget: int | None = None
    policy: str = "auto"
    quiet: bool = False
    events: Path | None = None
    unseeded: str = "reuse"
    json: bool = False
    ui: str = "auto"
    manual: bool = False
    python: Path | None = None
    ascii: bool = False
    port: int = 8000
    line: int | None = None
    action: str = ""
    names: tuple[str, ...] = ()

    @property
    def cache_folder(self) -> Path:
        """The cache folder to use, absolute."""
        return self.cache if self.cache is not None else Path(DEFAULT_CACHE).absolute()


def parse_size(text: str) -> int:
    """Bytes meant by a size such as 2GB, 1.5 GiB, 500m or 4096; units of 1000, with an i of 1024.

    Raises ValueError with the rest of a sentence ("must be ...") for anything else, for 0 and for over 8 EiB.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"must be a size such as 500MB or 2GB, not {text!r}")
    whole, part, unit, binary = (group or "" for group in match.groups())
    if len(whole) + len(part) > 30:
        raise ValueError("must be below 8 EiB")
    factor = (1024 if binary else 1000) ** _POWERS[unit.lower()]
    size: int = int(whole + part) * factor // 10 ** len(part)
    if size < 1:
        raise ValueError("must be above 0; to keep nothing, use --policy never")
    if size > LARGEST_BUDGET:
        raise ValueError("must be below 8 EiB")
    return size
