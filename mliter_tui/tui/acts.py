"""All acts, in the order help and the palette list them."""

from __future__ import annotations

from mliter_tui.tui import comparing, looks, moving, opening, remarks, steering, travel
from mliter_tui.tui.graph_view import ACTS as GRAPH
from mliter_tui.tui.keys import Act

ACTS: list[Act] = [
    *moving.ACTS, *opening.ACTS, *steering.ACTS, *travel.ACTS, *comparing.ACTS, *remarks.ACTS, *GRAPH, *looks.ACTS,
]  # fmt: skip
BY_NAME = {act.name: act for act in ACTS}
