"""What the commands that look back share: the store, the script they are about, JSON, and times as people read them."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mliter_tui.errors import UsageError
from mliter_tui.history.iterations import Past, asked
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.options import Options


@contextmanager
def opened(options: Options) -> Iterator[tuple[Store, str]]:
    """The store, and the script by which iterations are found in it. Raises UsageError where there are none."""
    script = os.path.abspath(options.script_name)
    if not options.cache_folder.exists():  # looking is no reason to make one
        raise UsageError(
            f"No iteration of {options.script_name} is kept here; run it first, or name its cache with --cache."
        )
    with Store.open(options.cache_folder, options.budget) as store:
        yield store, script
        for note in store.notes:
            print(f"mliter: {note}", file=sys.stderr)


def named(options: Options, store: Store, script: str, which: int = 0) -> Past:
    """The iteration the user named as the first (or a later) one; the last one where he named none."""
    number = options.numbers[which] if which < len(options.numbers) else 0
    return asked(store, script, number, options.script_name)


def write_page(path: Path, page: str) -> None:
    """A page into a file. Raises UsageError where it cannot be written."""
    try:
        path.write_text(page, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); name another file.") from None


def say_json(data: dict[str, Any]) -> None:
    """One JSON object on one line, as all commands print it."""
    print(json.dumps({"v": 1, **data}))


def width() -> int:
    """Cells of a line: of the terminal, or more than anybody needs where there is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):
        return 500


def when_text(when: float, seconds: bool = False) -> str:
    """Local date and time."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M", time.localtime(when))
    except (OverflowError, ValueError, OSError):  # a time stamp no calendar has
        return "?"


def facts(past: Past) -> dict[str, Any]:
    """An iteration's row in types JSON has."""
    info = past.info
    return {
        "iteration": past.number, "when": info.when, "parent": past.parent, "again": past.again,
        "status": info.status, "exit_status": info.exit_status, "changed": info.trigger, "lines": list(past.changed),
        "computed": info.computed, "loaded": info.loaded, "pruned": info.pruned, "seconds": info.seconds,
        "saved_seconds": info.saved_seconds, "compute_seconds": info.compute_seconds,
        "load_seconds": info.load_seconds, "arguments": list(past.args) if past.args is not None else None,
        "git": {"commit": past.git.commit, "dirty": past.git.dirty} if past.git is not None else None,
        "star": past.remark.star, "note": past.remark.note,
    }  # fmt: skip
