"""Opening what a command needs: the script's text, the store, the version of the script that this is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mliter_tui.engine.reading import read_text
from mliter_tui.engine.settings import settings_of
from mliter_tui.engine.version import Version
from mliter_tui.errors import ScriptSyntaxError
from mliter_tui.store import Store

if TYPE_CHECKING:
    from mliter_tui.options import Options


@contextmanager
def opened(options: Options) -> Iterator[tuple[Version, Store]]:
    """The script as it is now, for commands that look and do not run it."""
    text = read_text(options.script)
    with Store.open(options.cache_folder, options.budget) as store:
        try:
            version = Version(settings_of(options), text, store)
        except SyntaxError as e:
            raise ScriptSyntaxError(options.script_name, e.lineno or 1, e.msg) from None
        yield version, store
