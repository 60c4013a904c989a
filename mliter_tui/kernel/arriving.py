"""Modules of libraries that are seen to as soon as they have been imported, before anybody has their names."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Mapping
from typing import Any


class Arrivals:
    """One in `sys.meta_path` that finds nothing itself. wanted: what is called with a module, by its name."""

    def __init__(self, wanted: Mapping[str, Callable[[Any], None]]) -> None:
        self._wanted = dict(wanted)
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The specification that the others find, with a loader that has the module seen to in the end."""
        see_to = self._wanted.pop(name, None)
        if see_to is None:
            return None
        spec = importlib.util.find_spec(name) if path is None else importlib.machinery.PathFinder.find_spec(name, path)
        loader: Any = spec.loader if spec is not None else None
        if loader is None or not hasattr(loader, "exec_module"):
            return None

        def execute(module: Any) -> None:
            del loader.exec_module
            loader.exec_module(module)
            see_to(module)

        try:
            loader.exec_module = execute
        except AttributeError:
            return None
        return spec
