"""Versions of installed packages (rule R2), as cheap to check as a few stat calls."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from pathlib import Path

from mliter_tui.store import Store


class Versions:
    """Keys that change when another version of a package is installed.

    A key holds the content hash of the package's first file (where `__version__` lives or is imported, and which every
    installer rewrites), of its version files, and the names of distributions called like it ("numpy-2.4.6.dist-info").
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.cache: dict[str, str] = {}
        self._installed: list[tuple[str, str]] | None = None

    def _distributions(self, package: str) -> list[str]:
        if self._installed is None:
            self._installed = [
                (_plain(name), name) for p in sys.path if p.endswith("-packages") and os.path.isdir(p)
                for name in os.listdir(p) if name.endswith((".dist-info", ".egg-info"))
            ]  # fmt: skip
        start = _plain(package + "-")
        return sorted(name for plain, name in self._installed if plain.startswith(start))

    def key(self, package: str) -> str:
        if package not in self.cache:
            spec = importlib.machinery.PathFinder.find_spec(package)
            parts = self._distributions(package)
            origin = spec.origin if spec is not None and spec.origin else ""
            files = [origin]
            if os.path.basename(origin) == "__init__.py":
                files += [os.path.join(os.path.dirname(origin), n) for n in ("version.py", "_version.py")]
            for file in files:
                if os.path.isfile(file):
                    parts.append(self.store.hash_file(Path(file)))
            self.cache[package] = " ".join(parts)
        return self.cache[package]


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
