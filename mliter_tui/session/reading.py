"""A version of the script as an event: its text, its nodes, and the names that go between them."""

from __future__ import annotations

from mliter_tui.engine.forecast import Forecast
from mliter_tui.engine.telling import nodes_and_edges
from mliter_tui.engine.version import Version
from mliter_tui.events import VersionRead
from mliter_tui.reasons import FirstRun


def version_read(version: Version, forecast: Forecast, iteration: int) -> VersionRead:
    """What a screen shows of a version before it runs; `iteration`: the number it will have."""
    nodes, edges = nodes_and_edges(version.script)
    changed = tuple(_changed(version, forecast)) if iteration > 1 else ()
    return VersionRead(version.path, iteration, version.text, nodes, edges, changed)


def _changed(version: Version, forecast: Forecast) -> list[int]:
    """First lines of nodes that were edited or added since the last iteration."""
    edited = version.lookup.changes()
    return [
        node.lines[0]
        for node in version.script.nodes
        if node.id in edited or ((found := forecast.found.get(node.id)) and isinstance(found.reason, FirstRun))
    ]
