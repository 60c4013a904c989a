"""Values shown on demand, loaded from the store by a process of their own that never disturbs the run."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from typing import Any

from mliter_tui import events
from mliter_tui.engine.forecast import artifact_key
from mliter_tui.engine.listening import Emit
from mliter_tui.errors import UsageError
from mliter_tui.script.nodes import shown
from mliter_tui.session.planning import Planned
from mliter_tui.session.process import boot
from mliter_tui.store import Artifact, Store

_PATIENCE_SECONDS = 30.0


class Previews:
    """At most one at a time: a new request ends the one before it."""

    def __init__(self, store: Store, emit: Emit) -> None:
        self._store, self._emit = store, emit
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, desk: Planned, number: int, name: str) -> None:
        """Show a value that a node makes: an event `Previewed`, later. Raises UsageError where there is none."""
        chosen, artifact = self._value(desk, number, name)
        self.close()
        request = {
            "folder": str(self._store.folder), "key": base64.b64encode(self._store.key).decode(),
            "manifest": artifact.manifest, "name": chosen, "modules": sorted(desk.version.table),
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-c", boot("mliter_tui.kernel.preview")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        told = (self._process, number, shown(chosen), json.dumps(request).encode())
        threading.Thread(target=self._answer, args=told, daemon=True).start()

    def _value(self, desk: Planned, number: int, name: str) -> tuple[str, Artifact]:
        node = desk.version.script.by_number.get(number)
        if node is None:
            raise UsageError(f"There is no node {number} in this version.")
        found = desk.forecast.found.get(number)
        if found is None or found.trace is None:
            raise UsageError(f"{node.label} has no value yet; it can be shown once it has run.")
        env = desk.before(number)
        env.apply(found.trace)
        made = [n for n in dict.fromkeys([*sorted(node.binds), *found.trace["outputs"]]) if n in env.records]
        wanted = [n for n in made if not name or name == shown(n)]
        for each in wanted:
            key = artifact_key(env, each)
            artifact = self._store.artifact(key) if key is not None else None
            if artifact is not None:
                return each, artifact
        what = name or ", ".join(shown(n) for n in made) or node.label
        raise UsageError(f"{what} is not kept, so it cannot be shown; pin it, and it can be after the next run.")

    def _answer(self, process: subprocess.Popen[bytes], number: int, name: str, request: bytes) -> None:
        try:
            out, _ = process.communicate(request, _PATIENCE_SECONDS)
            told: dict[str, Any] = json.loads(out)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            process.kill()
            if process is self._process:  # else another value was asked for meanwhile
                self._emit(events.Refused(f"{name} could not be shown; the process that loads it ended or took long."))
            return
        self._emit(events.Previewed(number, name, told["title"], told["text"], tuple(told["numbers"])))

    def close(self) -> None:
        """End the process that may be at work."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
