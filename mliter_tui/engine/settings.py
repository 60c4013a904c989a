"""How to run a script: what the command line said of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mliter_tui.history.iterations import Module
    from mliter_tui.options import Options


class Settings(NamedTuple):
    """How to run. finals: every name's last value is wanted. show: output goes to our own stdout and stderr.

    detached: the script's process is the leader of a group of its own, which no terminal's signals reach, and writes
    what it prints at once. recorded: local modules as they were in a past iteration, instead of those on disk.
    """

    script: Path
    script_name: str
    args: tuple[str, ...] = ()
    policy: str = "auto"
    rerun_unseeded: bool = False
    finals: bool = False
    show: bool = True
    detached: bool = False
    recorded: tuple[Module, ...] | None = None


def settings_of(options: Options, **more: Any) -> Settings:
    return Settings(
        script=options.script, script_name=options.script_name or str(options.script), args=options.args,
        policy=options.policy, rerun_unseeded=options.unseeded == "rerun", **more,
    )  # fmt: skip
