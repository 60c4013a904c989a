"""Opening what a command needs: the script's text, the store, an iteration that has not run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mliter_tui import events
from mliter_tui.engine.iteration import Iteration
from mliter_tui.engine.reading import read_text
from mliter_tui.engine.settings import settings_of
from mliter_tui.errors import ScriptSyntaxError
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.options import Options


def nothing(event: events.Event) -> None:
    """A listener that does not listen."""


@contextmanager
def opened(options: Options) -> Iterator[tuple[Iteration, Store]]:
    """An iteration of the script as it is now, for commands that look and do not run it."""
    text = read_text(options.script)
    with Store.open(options.cache_folder, options.budget) as store:
        try:
            iteration = Iteration(settings_of(options), text, store, nothing)
        except SyntaxError as e:
            raise ScriptSyntaxError(options.script_name, e.lineno or 1, e.msg) from None
        yield iteration, store
