"""`mliter run`: one iteration of a script, output as under plain Python."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from mliter_tui.engine.kernel_process import KernelProcess
from mliter_tui.engine.reading import read_text
from mliter_tui.engine.settings import settings_of
from mliter_tui.errors import UsageError

if TYPE_CHECKING:
    from mliter_tui import events
    from mliter_tui.engine.again import Again
    from mliter_tui.engine.launch import Launched
    from mliter_tui.options import Options
    from mliter_tui.store import Store


class _NotPython(Exception):
    """The script's text does not compile."""


def run_command(options: Options, launched: Launched | None = None) -> int:
    """Run the script, in the process given; its exit status. Raises MliterError for what the user must mend."""
    if options.iteration is not None:
        return _run_again(options, launched)
    text = read_text(options.script)
    standby = KernelProcess(launched) if launched is not None else None
    if standby is not None:
        standby.begin(settings_of(options), text, options.cache_folder, _likely_edited(options))
    from mliter_tui.store import Store  # the rest is imported while the process above gets ready

    try:
        with Store.open(options.cache_folder, options.budget) as store:
            return _run(options, text, store, standby)
    except _NotPython:
        return _as_python(options)


def _run_again(options: Options, launched: Launched | None) -> int:
    """A past iteration, as it was."""
    from mliter_tui.engine.again import again
    from mliter_tui.store import Store

    if not options.cache_folder.exists():
        raise UsageError(f"No iteration of {options.script_name} is kept here; run it first, or name its cache.")
    with Store.open(options.cache_folder, options.budget) as store:
        past = again(options, store, os.path.abspath(options.script_name), settings_of(options))
        standby = KernelProcess(launched) if launched is not None else None
        if standby is not None:
            standby.begin(past.settings, past.text, options.cache_folder, False)
        try:
            return _run(options, past.text, store, standby, past)
        except _NotPython:
            raise UsageError(
                f"Iteration {past.past.number} is no program for this Python; run it under the version it had."
            ) from None


def _likely_edited(options: Options) -> bool:
    """Whether the script was saved since the last run began, so that something will probably be computed."""
    lock = options.cache_folder / "lock"  # its time is when the last run began
    try:
        edited = os.stat(options.script).st_mtime > os.stat(lock).st_mtime
        os.utime(lock)
    except OSError:
        return True
    return edited


def _as_python(options: Options) -> int:
    """A script that is not Python: let Python itself say so."""
    import subprocess

    return _leave(subprocess.run([sys.executable, str(options.script), *options.args]).returncode)


def _run(
    options: Options, text: str, store: Store, standby: KernelProcess | None, past: Again | None = None
) -> int:
    """Run this text; past: it is that of a past iteration, to be run as it was."""
    from mliter_tui import events
    from mliter_tui.engine import journal
    from mliter_tui.engine.interrupts import relay, sudden
    from mliter_tui.engine.iteration import Iteration
    from mliter_tui.engine.shown import Shown
    from mliter_tui.engine.story import Story
    from mliter_tui.engine.version import Version

    log = open(options.events, "a", encoding="utf-8") if options.events is not None else None  # noqa: SIM115
    progress = _progress(options)
    story = Story()

    def emit(event: events.Event) -> None:
        story.add(event)
        if log is not None:
            log.write(events.encode(event) + "\n")
        if isinstance(event, events.Note) and not options.quiet:
            if progress is not None:
                progress.running(None)
            print(f"mliter: {event.text}", file=sys.stderr)

    try:
        try:
            version = Version(past.settings if past is not None else settings_of(options), text, store)
        except SyntaxError as error:
            raise _NotPython from error
        listener = Shown(emit, story, options.events is not None, progress)
        iteration, script, begun = Iteration(version, listener, standby), version.script, time.time()
        number = store.last_iteration(version.path) + 1
        emit(events.IterationStarted(version.path, number, len(version.script.nodes)))
        relay(iteration)  # the script gets them too, and we must outlive it to record
        result = iteration.run()
        listener.ended()
        finished = journal.finished(number, result)
        emit(finished)
        told: list[str] = []
        repeated: int | None = None
        if past is not None:
            told = past.verdict(store, story, result.exit_status, iteration.env.files)
            version.content, repeated = past.content, past.past.number
        journal.record(iteration, script, finished, story, begun, again=repeated)
        if not options.quiet:
            for note in [*store.notes, *filter(None, [sudden(result.exit_status)]), *told]:
                print(f"mliter: {note}", file=sys.stderr)
            from mliter_tui.render.plain import summary_line

            print(summary_line(finished), file=sys.stderr)
    finally:
        if log is not None:
            log.close()
    return _leave(result.exit_status)


def _leave(status: int) -> int:
    """End as the script did, also by its signal."""
    from mliter_tui.engine.interrupts import end_by

    return status if status >= 0 else end_by(-status)


def _progress(options: Options) -> Any:
    if options.quiet or not sys.stderr.isatty():
        return None
    from mliter_tui.engine.progress import Progress

    return Progress()

