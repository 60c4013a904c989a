"""What a user names to be set side by side: iterations, and runs imported from elsewhere (m1, m2, ...)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mliter_tui.errors import UsageError
from mliter_tui.history.imported import ImportedRun, imported
from mliter_tui.history.iterations import asked
from mliter_tui.history.several import Run, run_of
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.options import Options


def runs_named(options: Options, store: Store, script: str) -> list[Run]:
    """Those of the command line, each once, in its order; a number below 0 is an imported run's. Raises UsageError."""
    found: dict[str, Run] = {}
    for number in options.numbers:
        if number >= 0:
            run = run_of(store, asked(store, script, number, options.script_name))
        else:
            run = imported_run(options, store, script, -number).run()
        found.setdefault(run.name, run)
    if len(found) < 2:
        raise UsageError("Name two different ones to compare.")
    return list(found.values())


def imported_run(options: Options, store: Store, script: str, number: int) -> ImportedRun:
    """The imported run of a number. Raises UsageError where there is none."""
    found = next((run for run in imported(store, script) if run.number == number), None)
    if found is None:
        name = options.script_name
        raise UsageError(f"There is no imported run m{number} of {name}; mliter history {name} lists them.")
    return found
