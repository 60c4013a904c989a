"""pyplot's hidden state (rule R8): which nodes touched figures or settings of matplotlib.

Figures are never compared by content. A node touched matplotlib if the set of open figures, the current one, the
settings, or the `stale` mark of an open figure changed while it ran.
"""

from __future__ import annotations

import sys
from typing import Any

from mliter_tui.kernel.identity import identity


def _managers() -> dict[int, Any]:
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    return dict(helpers.Gcf.figs) if helpers is not None else {}


class Watcher:
    """Frames a node: `begin` before it, `touched` after it."""

    def __init__(self) -> None:
        self._before: tuple[Any, ...] = ()
        self._stale: list[tuple[Any, bool]] = []

    def _state(self) -> tuple[Any, Any]:
        matplotlib = sys.modules.get("matplotlib")
        settings = dict.copy(getattr(matplotlib, "rcParams", {}))  # its own copy() may choose a backend
        return [(n, identity(m), len(m.canvas.figure.axes)) for n, m in _managers().items()], settings

    def begin(self) -> None:
        if "matplotlib" not in sys.modules:
            self._before, self._stale = (), []
            return
        self._before = self._state()
        self._stale = [(m.canvas.figure, m.canvas.figure._stale) for m in _managers().values()]
        for figure, _ in self._stale:
            figure._stale = False

    def touched(self) -> bool:
        if "matplotlib" not in sys.modules:
            return False
        changed = any(figure._stale for figure, _ in self._stale)
        for figure, stale in self._stale:
            figure._stale = figure._stale or stale
        if not self._before:  # imported by this node: touched if it also drew
            return bool(_managers())
        return changed or self._before != self._state()


def save_open(stem: str, more_than: int, seconds: float) -> list[str]:
    """Save the open figures as `stem`-N.png if there are more than so many; the files. None is begun after so long.

    For the end of a run only: drawing may call what the script has hung on its figures.
    """
    import time
    import warnings

    begin, found, managers = time.perf_counter(), [], sorted(_managers().items())
    if len(managers) <= more_than:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, manager in managers:
            if time.perf_counter() - begin > seconds:
                break
            path = f"{stem}-{number}.png"
            try:
                manager.canvas.figure.savefig(path)
            except Exception:  # of whatever kind, as the drawing may be the script's own: then there is no picture
                continue
            found.append(path)
    return found


def figure_digests() -> list[str]:
    """A hash of the pixels of every open figure, in order of their numbers (for `verify`)."""
    import hashlib
    import io

    found = []
    for number, manager in sorted(_managers().items()):
        data = io.BytesIO()
        manager.canvas.figure.savefig(data, format="raw", dpi=50)
        found.append(f"{number}:{hashlib.sha256(data.getvalue()).hexdigest()}")
    return found
