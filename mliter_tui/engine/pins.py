"""Nodes whose values the user wants kept: in every iteration, whatever the policy and the budget say.

A pin is on a node, by the label that names what it makes, so that it holds for the next version of the value, too; the
version before it is then let go. It is written to the store and holds for `mliter run` as for `mliter watch`.
"""

from __future__ import annotations

from collections.abc import Iterable

from mliter_tui.store import Store


class Pins:
    """The pins on one script; one object serves all versions in a session. Changes are written at once."""

    def __init__(self, store: Store, script: str) -> None:
        self._store, self._name = store, f"pins of {script}"
        known = store.meta(self._name)
        self._kept: dict[str, list[str]] = known if isinstance(known, dict) else {}

    def __contains__(self, label: str) -> bool:
        return label in self._kept

    def add(self, label: str, keys: Iterable[str]) -> None:
        """Pin a node, and those of its values that are kept now."""
        self._kept[label] = [key for key in keys if self._store.pin(key)]
        self._write()

    def remove(self, label: str) -> None:
        """Let the budget evict what this node makes again."""
        for key in self._kept.pop(label, ()):
            self._store.unpin(key)
        self._write()

    def kept(self, label: str, key: str) -> None:
        """A pinned node's value is in the store: this version is pinned now, the one before it no longer."""
        if key in self._kept[label] or not self._store.pin(key):
            return
        artifact = self._store.artifact(key)
        names = artifact.label if artifact is not None else ""
        for old in self._kept[label]:
            former = self._store.artifact(old)
            if former is None or former.label == names:
                self._store.unpin(old)
        self._kept[label] = [k for k in self._kept[label] if k != key and self._is_pinned(k)] + [key]
        self._write()

    def _is_pinned(self, key: str) -> bool:
        artifact = self._store.artifact(key)
        return artifact is not None and artifact.pinned

    def _write(self) -> None:
        self._store.set_meta(self._name, self._kept)
        self._store.commit()
