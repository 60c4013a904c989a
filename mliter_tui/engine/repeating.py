"""An exact repeat, seen before it runs: a version that an earlier iteration had, and nothing that it reads is new."""

from __future__ import annotations

from mliter_tui.engine.forecast import Forecast
from mliter_tui.engine.version import Version
from mliter_tui.history.tried import Tried, tried


def repeated(version: Version, forecast: Forecast) -> Tried | None:
    """The iteration that this one would repeat; None where it would not."""
    if not forecast.found or any(found.trace is None for found in forecast.found.values()):
        return None
    return tried(version.store, version.path, version.text, version.local, version.settings.args)
