"""Whether a version was tried before: the iteration that had its texts, modules and arguments; what that brought."""

from __future__ import annotations

from collections.abc import Sequence

from mliter_tui.history import iterations
from mliter_tui.history.corrections import main_told, metrics_said
from mliter_tui.history.iterations import Module, Past
from mliter_tui.history.metrics import Metric, of_story
from mliter_tui.history.study import main_metric
from mliter_tui.lean import dataclass
from mliter_tui.store import Store
from mliter_tui.store.objects import digest

LOOKED_AT = 300
"""Iterations, the last ones: a plan is to be there at once."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The last iteration of the same version. metric: the one to look at, None where it printed none."""

    past: Past
    metric: Metric | None

    @property
    def text(self) -> str:
        """One sentence to the user."""
        brought = f": {self.metric.name} {self.metric.text}" if self.metric is not None else ""
        note = f" ({self.past.remark.note})" if self.past.remark.note else ""
        return f"You tried this in iteration {self.past.number}{brought}{note}."


def tried(store: Store, script: str, text: str, modules: Sequence[Module], args: Sequence[str]) -> Tried | None:
    """The last iteration of this version that ran to its end; None where there is none, or nothing changed since."""
    name = digest(text.encode("utf-8", "surrogatepass"))
    now = {module.name: module.text for module in modules}
    at = iterations.head(store, script)
    for past in reversed(iterations.all_past(store, script, LOOKED_AT)):
        if past.pieces.get("text") != name or past.args != tuple(args) or past.info.status != "ok":
            continue
        then = iterations.modules_of(store, past)
        if then is None or {module.name: module.text for module in then} != now:
            continue
        return None if past.number == at else Tried(past, _metric(store, script, past))
    return None


def _metric(store: Store, script: str, past: Past) -> Metric | None:
    found = of_story(iterations.story_of(store, past), metrics_said(store, script))
    for key in (main_told(store, script), main_metric([found])):
        metric = next((metric for metric in found if metric.key == key), None)
        if metric is not None:
            return metric
    return None
