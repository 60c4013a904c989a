"""`mliter report`: what the iterations of a script taught, as text, Markdown, JSON or a page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mliter_tui.engine.predictions import of_pairs
from mliter_tui.errors import UsageError
from mliter_tui.history.study import study
from mliter_tui.lookback.opening import opened, say_json, width, write_page

if TYPE_CHECKING:
    from mliter_tui.options import Options


def report_command(options: Options) -> int:
    """0; raises UsageError where the script was never run, or the page cannot be written."""
    with opened(options) as (store, script):
        found = study(store, script, options.limit, partial(of_pairs, store))
    if not found.rows:
        name = options.script_name
        raise UsageError(f"No iteration of {name} is kept here; run it first, or name its cache with --cache.")
    if options.html is not None:
        from mliter_tui.lookback.report_page import page

        write_page(options.html, page(found))
        print(f"{options.html} is the report on {len(found.rows)} iterations of {options.script_name}.")
    elif options.json:
        from mliter_tui.lookback.report import in_json

        say_json(in_json(found))
    else:
        from mliter_tui.lookback.document import markdown, print_blocks
        from mliter_tui.lookback.report import blocks

        if options.md:
            print(markdown(blocks(found)), end="")
        else:
            print_blocks(blocks(found), width())
    return 0
