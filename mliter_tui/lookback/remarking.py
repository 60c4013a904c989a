"""`mliter note` and `mliter star`: what the user has to say of an iteration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mliter_tui.history.iterations import Past, Remark, set_remark
from mliter_tui.lookback.opening import named, opened, say_json
from mliter_tui.render.cells import clean

if TYPE_CHECKING:
    from mliter_tui.options import Options


def note_command(options: Options) -> int:
    """Keep a note in the place of the one before, or take it away."""
    note = "" if options.remove else " ".join(options.text.split())

    def noted(past: Past) -> tuple[Remark, str]:
        done = f"Noted of iteration {past.number}: {clean(note)}"
        return replace(past.remark, note=note), done if note else f"Iteration {past.number} has no note now."

    return _remark(options, noted)


def star_command(options: Options) -> int:
    """Mark an iteration, or take the mark away."""

    def starred(past: Past) -> tuple[Remark, str]:
        word = "no star now" if options.remove else "a star"
        return replace(past.remark, star=not options.remove), f"Iteration {past.number} has {word}."

    return _remark(options, starred)


def _remark(options: Options, change: Callable[[Past], tuple[Remark, str]]) -> int:
    with opened(options) as (store, script):
        past = named(options, store, script)
        remark, done = change(past)
        set_remark(store, past, remark)
        store.commit()
        if options.json:
            say_json({"script": script, "iteration": past.number, "note": remark.note, "star": remark.star})
        else:
            print(done)
    return 0
