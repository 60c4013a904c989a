"""Whether what a statement saw of files is still so: asked of a process that has executed it and has waited since."""

from __future__ import annotations

from mliter_tui.kernel.folders import listing
from mliter_tui.kernel.looking import kind_itself, stat_key
from mliter_tui.kernel.observed import Observed, stat_of


def reads_hold(seen: Observed) -> bool:
    """Whether the files it read have not been touched."""
    return all(stat_of(path) == stat for path, (_, stat) in seen.reads.items())


def looks_hold(seen: Observed) -> bool:
    """Whether what it was told about files and folders, apart from their content, would be told again."""
    own = seen.writes | seen.made
    return (
        all(kind_itself(path) == kind for path, kind in seen.exists.items() if path not in own)
        and all(_stat(path, told) == told for path, told in seen.stats.items() if path not in own)
        and all(listing(asked, folder) == told for (asked, folder), told in seen.listings.items() if folder not in own)
    )


def _stat(path: str, told: str) -> str:
    try:
        return stat_key(path, "getsize" if told.startswith("size:") else "all")
    except OSError:
        return "-"
