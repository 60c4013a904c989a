"""Values shown on demand, loaded from the store by a process of their own that never disturbs the run."""

from __future__ import annotations

from mliter_tui.engine.listening import Emit
from mliter_tui.errors import UsageError
from mliter_tui.session.planning import Planned
from mliter_tui.store import Store


class Previews:
    def __init__(self, store: Store, emit: Emit) -> None:
        self._store, self._emit = store, emit

    def ask(self, desk: Planned, node: int, name: str) -> None:
        raise UsageError("No preview yet.")

    def close(self) -> None:
        pass
