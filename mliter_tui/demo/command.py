"""`mliter demo`: plays a series of real edits, in the app or without a screen."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import IO

from mliter_tui.demo.player import Player
from mliter_tui.demo.rows import Rows
from mliter_tui.demo.scratch import Scratch, scratch
from mliter_tui.demo.series import SCRIPT, found
from mliter_tui.grammar import DEMOS
from mliter_tui.options import Options
from mliter_tui.session.command import chosen_ui
from mliter_tui.session.process import complain, end, start
from mliter_tui.wording import one_line, seconds_text


def demo_command(options: Options) -> int:
    """Play; 0, or 1 where an output was other than that of plain Python. Raises UsageError for an unknown series."""
    series = found(options.names[0] if options.names else DEMOS[0])
    headless = options.headless or options.json or not _screen()
    with scratch(series, options.keep) as the:
        engine_options = Options("watch", Path(SCRIPT), SCRIPT, cache=the.work / ".mliter", ui="json")
        with tempfile.TemporaryFile() as complaints:
            rows = _headless(options, engine_options, the, complaints) if headless else _app(
                options, engine_options, the, complaints
            )
    if options.json:
        print(json.dumps({**rows.to_json(), "folder": str(the.folder) if options.keep else None}, indent=1))
    elif rows.rows:
        width = shutil.get_terminal_size((100, 24)).columns
        print("\n".join([*([""] if headless else []), *rows.lines(width, options.ascii)]))
        print(f"Kept: {the.folder}" if options.keep else "The folder it was played in is gone; --keep leaves it.")
    return 0 if rows.right else 1


def _screen() -> bool:
    """Whether the app can be shown here."""
    return chosen_ui(Options("watch")) == "tui"


def _headless(options: Options, engine_options: Options, the: Scratch, complaints: IO[bytes]) -> Rows:
    from mliter_tui.demo.headless import play

    player = Player(the, pause=0.0 if options.pause is None else options.pause, python=not options.no_python)
    if not options.json:
        print(f"{the.series.title} {the.series.edits} edits, played in {the.folder}\n")
        print(f"{'mliter':>8} {'' if options.no_python else 'python':>8}   {'edit':>2}", flush=True)
    engine = start(engine_options, complaints)
    try:
        play(engine, player, lambda row: None if options.json else print(
            f"{seconds_text(row.seconds):>8} {seconds_text(row.python) if row.python is not None else '':>8}  "
            f"{row.number:2} {one_line(row.what)}", flush=True,
        ))  # fmt: skip
    finally:
        player.close()
        if end(engine):
            complain(complaints)
    return player.rows


def _app(options: Options, engine_options: Options, the: Scratch, complaints: IO[bytes]) -> Rows:
    player = Player(the, pause=5.0 if options.pause is None else options.pause, python=not options.no_python)
    engine = start(engine_options, complaints)
    assert engine.stdin is not None and engine.stdout is not None
    from mliter_tui.tui.demo_app import show_demo  # while the engine gets ready

    try:
        show_demo(engine.stdout.fileno(), engine.stdin.fileno(), player, script=SCRIPT, ascii=options.ascii,
                  memory=the.state / "app.json")  # fmt: skip
    finally:
        player.close()
        failed = end(engine)
    if failed:
        complain(complaints)
    return player.rows
