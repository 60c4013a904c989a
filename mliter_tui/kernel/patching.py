"""Code that sets something in a library: an attribute of its modules or classes (`np.x = 1`), wherever it stands.

Such a value belongs to no name of the script, and whatever reaches the library may depend on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType, ModuleType
from typing import Any

from mliter_tui.codekey import names_of
from mliter_tui.kernel.live import Live, names_of_module
from mliter_tui.kernel.probing import is_a, module_of

_FOLLOWED = frozenset({"os", "sys"})  # the environment, streams and paths are observed by themselves


def patches(codes: Iterable[CodeType], live: Live) -> bool:
    """Whether any of this code of the user's does."""
    roots = {root for code in codes for root in names_of(code).stores}
    homes = [vars(live.main), *map(names_of_module, live.definitions)] if roots else []
    return any(root in home and _foreign(home[root], live) for root in roots for home in homes)


def mocks(codes: Iterable[CodeType]) -> bool:
    """Whether it may set something for a while only, as `unittest.mock.patch` does."""
    return any("patch" in names_of(code).attributes | names_of(code).reads for code in codes)


def _foreign(value: Any, live: Live) -> bool:
    if is_a(value, ModuleType):
        return value.__name__ not in _FOLLOWED and not live.is_local_module(value.__name__)
    return is_a(value, type) and (home := module_of(value)) != "__main__" and not live.is_local_module(home)
