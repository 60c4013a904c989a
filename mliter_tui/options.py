"""The options of one mliter command, as read from the command line; a leaf, standard library only.

Paths of the cache and of the event file are absolute, so that a script changing its folder does not move them. The
script's own name stays as typed: python shows it so in `sys.argv[0]` and in tracebacks.
"""

from __future__ import annotations

from pathlib import Path

from mliter_tui.lean import dataclass

DEFAULT_CACHE = ".mliter"
"""Cache folder where none is named: in the current folder, for every command, so that `run` and `cache` agree."""

POLICIES = ("auto", "helix", "always", "never")
STUDIED = ("break-even", "seconds-per-byte")
"""Policies that no run is offered; they are there to be compared with."""
UNSEEDED = ("reuse", "rerun")
UIS = ("auto", "tui", "plain", "json")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to export to, or import from. kind: "json", "csv" or "mlflow".

    place: an absolute path, "-" for stdout, or of mlflow a tracking URI.
    """

    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Options:
    """What one command was asked to do; a field that a command does not take has its default.

    script: the path as a Path; script_name: the same exactly as typed, what `sys.argv[0]` must be.
    args: the script's own arguments. cache: absolute folder, or None for `DEFAULT_CACHE` in the current folder.
    budget: bytes, at least 1, or None for the store's own limit. policy: one of POLICIES; unseeded: one of UNSEEDED.
    events: absolute file that JSON lines are appended to. json: print JSON instead of text.
    ui, manual, python, ascii: `watch` only; ui: one of UIS; python: the interpreter to run under, None for this one.
    port: `serve` only.
    line: `why` only, counted from 1. action: `cache` only, its subcommand. names: of `cache pin|unpin|evict|accept` and
    `demo`. pause: `demo` only, seconds between two edits, None for what is usual.
    numbers: iterations asked for, 0 for the last one; the script of such a command need not exist. text: of `note`,
    `label` and `metric`. iteration: `run` only, the past one to run, 0 for the last one. html: absolute file, of `diff`
    and `report`. speed: `replay` only, above 0, None for as fast as can be. limit: `history`, `report`, `export` and
    `whatif`. policies, budgets: of `whatif`, those named.
    by, of: `diff` only, a column and predictions by name. to, from_: of `export` and `import`. A number below 0, of
    `diff` and `show`, is an imported run's. The other switches are those of the command line.
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
    numbers: tuple[int, ...] = ()
    text: str = ""
    iteration: int | None = None
    html: Path | None = None
    speed: float | None = None
    step: bool = False
    source: bool = False
    remove: bool = False
    keep: bool = False
    undo: bool = False
    limit: int | None = None
    md: bool = False
    higher: bool = False
    lower: bool = False
    ignore: bool = False
    infer: bool = False
    main: bool = False
    policies: tuple[str, ...] = ()
    budgets: tuple[int, ...] = ()
    examples: bool = False
    by: str | None = None
    of: str | None = None
    to: Target | None = None
    from_: Target | None = None
    experiment: str | None = None
    headless: bool = False
    no_python: bool = False
    pause: float | None = None

    @property
    def cache_folder(self) -> Path:
        """The cache folder to use, absolute."""
        return self.cache if self.cache is not None else Path(DEFAULT_CACHE).absolute()
