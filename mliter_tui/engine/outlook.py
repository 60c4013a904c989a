"""What imports were seen to read of the user's: variables, settings files. A package is as it is by it (rules R2, R8).

Each statement that reaches packages notes the outlook it had. It holds as long as no part of that is another one now:
imports that come or go before it change nothing else, as what they read is then in one of the two only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mliter_tui.store import Store

Outlook = Mapping[str, str]
"""An observation as JSON, ["env", "MPLBACKEND"] say, and its value."""

_OF_THE_USER = frozenset({"file", "exists", "stat", "env", "argv", "cwd", "terminal"})


def seen_by(observations: Iterable[list[str]]) -> dict[str, str]:
    """The part of a statement's observations that is an outlook."""
    return {
        json.dumps([kind, what]): value
        for kind, what, value in observations
        if kind in _OF_THE_USER or kind.startswith("list:")
    }


class Outlooks:
    """Keeps outlooks in the store, each once, and compares them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: dict[int, tuple[Outlook, str]] = {}  # by identity: an outlook is never changed, only replaced
        self._kept: dict[str, Outlook | None] = {}
        self._compared: dict[tuple[str, int], tuple[Outlook, list[str] | None]] = {}

    def key(self, outlook: Outlook) -> str:
        """What names it in a trace, "" where there is nothing in it."""
        if not outlook:
            return ""
        if id(outlook) not in self._keys:
            data = json.dumps(sorted(outlook.items())).encode()
            self._keys[id(outlook)] = outlook, self._store.put_blob(data)
        return self._keys[id(outlook)][1]

    def changed(self, key: str, now: Outlook) -> list[str] | None:
        """[kind, what, value then, value now] of something that is another one now; None where all holds."""
        if not key:
            return None
        if (key, id(now)) not in self._compared:
            self._compared[key, id(now)] = now, self._change(key, now)
        return self._compared[key, id(now)][1]

    def _change(self, key: str, now: Outlook) -> list[str] | None:
        then = self._then(key)
        if then is None:
            return ["lost", "what imports had read", "", ""]
        for seen, value in then.items():
            if now.get(seen, value) != value:
                kind, what = json.loads(seen)
                return [kind, what, value, now[seen]]
        return None

    def _then(self, key: str) -> Outlook | None:
        if key not in self._kept:
            data = self._store.blob(key)
            found: Any = dict(json.loads(data)) if data is not None else None
            self._kept[key] = found
        return self._kept[key]
