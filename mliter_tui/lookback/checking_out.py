"""`mliter checkout`: back to an iteration, and back from there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mliter_tui.history.checkout import Done, checkout, undo
from mliter_tui.lookback.opening import named, opened, say_json
from mliter_tui.render.cells import clean

if TYPE_CHECKING:
    from mliter_tui.options import Options

_NAMED = 3


def checkout_command(options: Options) -> int:
    """0; raises UsageError where work that is in no iteration would be lost, or files cannot be written."""
    with opened(options) as (store, script):
        done = undo(store, script, options.keep) if options.undo else checkout(
            store, named(options, store, script), options.keep
        )  # fmt: skip
    if options.json:
        say_json({
            "script": script, "changed": list(done.changed), "copies": dict(done.copies), "head": done.head
        })  # fmt: skip
        return 0
    for path, aside in done.copies:
        print(f"{clean(_near(path))} as it was is now {clean(_near(aside))}.")
    print(_sentence(options, done))
    return 0


def _sentence(options: Options, done: Done) -> str:
    names = [clean(_near(path)) for path in done.changed[:_NAMED]]
    if len(done.changed) > _NAMED:
        names.append(f"{len(done.changed) - _NAMED} more")
    which = ", ".join(names[:-1]) + (" and " if names[:-1] else "") + names[-1] if names else "Nothing"
    verb = "are" if len(done.changed) > 1 else "is"
    from_there = f" The next run goes out from iteration {done.head}."
    if options.undo:
        done_text = f"{which} {verb} as before the checkout." if names else "No file had to be changed."
        return done_text + (from_there if done.head else "")
    back = f" `mliter checkout {options.script_name} --undo` takes it back."
    if not names:
        return f"All files are as in iteration {done.head} already.{from_there}{back}"
    return f"{which} {verb} as in iteration {done.head}.{from_there}{back}"


def _near(path: str) -> str:
    return os.path.relpath(path)
