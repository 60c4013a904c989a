"""Local modules as they were in a past iteration: imported from what was recorded, whatever there is on disk.

They have the names, paths and lines that they had. Other processes that import them (workers started anew) see those
on disk.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, TracebackType
from typing import Any

Source = tuple[str, str, bool]
"""Path, text, and whether it is a package."""


def show_error(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
    """As `sys.__excepthook__`, which takes the lines of a traceback from what is on disk."""
    import traceback

    if error.__cause__ is not None or error.__context__ is not None or isinstance(error, BaseExceptionGroup):
        traceback.print_exception(kind, error, tb)
        return
    if tb is not None and not isinstance(error, SyntaxError):
        print("Traceback (most recent call last):", file=sys.stderr)
        traceback.print_tb(tb)
    sys.__excepthook__(kind, error.with_traceback(None), None)  # what it was; with "Did you mean"


class _Loader(SourceFileLoader):
    """Of one module. There is no bytecode of it to be read or left behind."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text

    def get_source(self, fullname: str) -> str:
        return self.text

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = compile(self.text, self.path, "exec", dont_inherit=True)
        return code

    def get_data(self, path: str) -> bytes:
        return self.text.encode("utf-8", "surrogatepass") if path == self.path else super().get_data(path)


class Recorded:
    """A finder for `sys.meta_path`, in front of all others. modules: by name."""

    def __init__(self, modules: Mapping[str, Source]) -> None:
        self.modules = modules

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """The module, if it is one of these."""
        if name not in self.modules:
            return None
        file, text, package = self.modules[name]
        spec = ModuleSpec(name, _Loader(name, file, text), origin=file, is_package=package)
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [os.path.dirname(file)]
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        return spec
