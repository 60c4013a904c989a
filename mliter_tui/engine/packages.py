"""Versions of installed packages (rule R2), as cheap to check as a few stat calls."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from typing import Any

from mliter_tui.store import Store


class Versions:
    """Version keys of top-level packages; the map from package to distribution is kept until site-packages changes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.cache: dict[str, str] = {}
        self._distributions: dict[str, list[str]] | None = None

    def _site_key(self) -> list[Any]:
        return [[p, os.stat(p).st_mtime_ns] for p in sys.path if p.endswith("-packages") and os.path.isdir(p)]

    def distributions(self) -> dict[str, list[str]]:
        if self._distributions is None:
            key = self._site_key()
            kept = self.store.meta("distributions")
            if kept is not None and kept[0] == key:
                self._distributions = kept[1]
            else:
                from importlib.metadata import packages_distributions, version

                found: dict[str, list[str]] = {}
                known: dict[str, str] = {}
                for package, names in packages_distributions().items():
                    for name in names:
                        if name not in known:
                            known[name] = version(name)
                    found[package] = sorted({f"{n}=={known[n]}" for n in names})
                self._distributions = found
                self.store.set_meta("distributions", [key, found])
        return self._distributions

    def key(self, package: str) -> str:
        """Changes when another version of the package is installed."""
        if package not in self.cache:
            spec = importlib.machinery.PathFinder.find_spec(package)
            stamp = ""
            if spec is not None and spec.origin and os.path.exists(spec.origin):
                s = os.stat(spec.origin)
                stamp = f"{s.st_size}:{s.st_mtime_ns}"
            self.cache[package] = " ".join([*self.distributions().get(package, [package]), stamp])
        return self.cache[package]
