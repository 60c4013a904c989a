"""Versions of installed packages (rule R2), as cheap to check as a few stat calls, and which of them are others now."""

from __future__ import annotations

import importlib.machinery
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mliter_tui.distributions import distributions, folders_of_packages, name_and_version
from mliter_tui.engine.environment import digest
from mliter_tui.store import Store

_VERSION_FILES = ("version.py", "_version.py")
_VERSION = re.compile(rb"""^(?:__version__|version|VERSION)\s*(?::\s*str\s*)?=\s*["']([^"'\n]+)["']""", re.MULTILINE)


class Versions:
    """Keys that change when another version of a package is installed.

    A key holds the names of the distributions that the package's files are of ("scikit_learn-1.9.1.dist-info" for
    sklearn) and what their lists of files say of these, as every installer leaves them; the content of the package's
    first file, which people edit where it lies, and of its version files.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.cache: dict[str, str] = {}
        self._together: dict[str, str] = {}
        self._folders: list[_Folder] | None = None

    def key(self, package: str) -> str:
        """Of one package, by the name it is imported by."""
        if package not in self.cache:
            parts = [part for listed in self._listed(package) for part in listed]
            for file in _first_files(package):
                if os.path.isfile(file):
                    parts.append(self.store.hash_file(Path(file)))
            self.cache[package] = " ".join(parts)
        return self.cache[package]

    def together(self, packages: str) -> str:
        """Of several with spaces between their names, as short as that of one."""
        if packages not in self._together:
            self._together[packages] = digest(*(f"{each}={self.key(each)}" for each in packages.split()))
            for folder in self._folders or ():
                folder.keep()
        return self._together[packages]

    def noted(self, packages: str) -> str:
        """The same; and which versions they are can be told by it from now on."""
        key = self.together(packages)
        if self.store.meta(_NOTED + key) is None:
            self.store.set_meta(_NOTED + key, self._versions(packages))
        return key

    def difference(self, packages: str, key: str) -> tuple[str, str, str]:
        """Which of several packages are others than they were by an earlier key: names, versions then, versions now."""
        then, now = self.store.meta(_NOTED + key) or {}, self._versions(packages)
        others = [each for each in now if each in then and then[each] != now[each]]
        if not others:
            return "an installed package", key[:_SHOWN], self.together(packages)[:_SHOWN]
        named = [_versions_of(then[each], now[each]) for each in others[:_MOST_NAMED]]
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        names = ", ".join(others[:_MOST_NAMED]) + more
        return names, ", ".join(before for before, _ in named), ", ".join(after for _, after in named)

    def _versions(self, packages: str) -> dict[str, list[str]]:
        """By name: the version that people know, "" for none, and a key."""
        return {each: [self._version(each), digest(self.key(each))[:_SHOWN]] for each in packages.split()}

    def _version(self, package: str) -> str:
        named = sorted({name_and_version(distribution)[1] for distribution, _ in self._listed(package)} - {""})
        if named:
            return " and ".join(named[:_MOST_NAMED])
        for file in _first_files(package):
            try:
                found = _VERSION.search(Path(file).read_bytes())
            except OSError:
                continue
            if found is not None:
                return found[1].decode("utf-8", "replace")
        return ""

    def _listed(self, package: str) -> Iterator[list[str]]:
        if self._folders is None:
            self._folders = [_Folder(self.store, folder) for folder in folders_of_packages(sys.path)]
        for folder in self._folders:
            yield from folder.of(package)


_NOTED = "versions:"
_MOST_NAMED = 3
_SHOWN = 8
_PYC = b"__pycache__"
_SETTLED = 60 * 10**9  # nanoseconds: something may be written into a folder that came but now, by an installer at work


class _Folder:
    """A folder of installed packages. What is found in it is kept until something comes into it or leaves it."""

    def __init__(self, store: Store, path: str) -> None:
        self._store, self._path, self._name = store, path, f"installed:{path}"
        state = os.stat(path)
        self._state = [state.st_ino, state.st_mtime_ns]
        kept = store.meta(self._name)
        self._known: dict[str, list[list[str]]] = kept["packages"] if kept and kept["state"] == self._state else {}
        self._lists: dict[str, bytes] = {}
        self._names: list[str] | None = None
        self._new = False
        self._settled = time.time_ns() - state.st_mtime_ns > _SETTLED

    def of(self, package: str) -> list[list[str]]:
        """The distributions that a package's files are of, and a key of what their lists of files say of them."""
        if package not in self._known:
            self._known[package] = self._look(package)
            self._new = self._settled
        return self._known[package]

    def keep(self) -> None:
        """Keep what was found; what was read for it is let go."""
        self._lists.clear()
        if self._new:
            self._store.set_meta(self._name, {"state": self._state, "packages": self._known})
            self._new = False

    def _look(self, package: str) -> list[list[str]]:
        if self._names is None:
            self._names = distributions(self._path)
        start = _plain(package) + "_"
        called = [name for name in self._names if _plain(name).startswith(start)]
        found = [[name, files] for name in called if (files := self._files(name, package))]
        if not found:  # it is called otherwise, or no list of files tells
            found = [[name, files] for name in self._names if (files := self._files(name, package))]
        return found or [[name, ""] for name in called]

    def _files(self, distribution: str, package: str) -> str:
        """A key of the lines about a package in a distribution's list of files; "" where there are none."""
        if distribution not in self._lists:
            try:
                self._lists[distribution] = b"\n" + Path(self._path, distribution, "RECORD").read_bytes()
            except OSError:
                self._lists[distribution] = b""
        text, name = self._lists[distribution], os.fsencode(package)
        at = text.find(b"\n" + name)
        while at >= 0 and text[at + 1 + len(name) : at + 2 + len(name)] not in (b"/", b"."):
            at = text.find(b"\n" + name, at + 1)
        if at < 0:
            return ""
        lines = text[at:].splitlines()
        own = sorted({line for line in lines if line.startswith((name + b"/", name + b".")) and _PYC not in line})
        return digest(b"\n".join(own).decode("utf-8", "surrogateescape"))


def _first_files(package: str) -> list[str]:
    """Where a package begins, and where its version may be."""
    spec = importlib.machinery.PathFinder.find_spec(package)
    origin = spec.origin if spec is not None and spec.origin else ""
    folder, name = os.path.split(origin)
    return [origin, *(os.path.join(folder, n) for n in _VERSION_FILES)] if name == "__init__.py" else [origin]


def _versions_of(then: Iterable[Any], now: Iterable[Any]) -> tuple[str, str]:
    """What tells two versions apart: their names, or where these are one, keys of what is in them."""
    (before, old), (after, new) = then, now
    if before != after:
        return before, after
    return (f"{before} ({old})", f"{after} ({new})") if before else (old, new)


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
