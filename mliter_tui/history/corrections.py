"""What the user said of labels and metrics, kept beside the iterations: it overrules what was inferred."""

from __future__ import annotations

from mliter_tui.history.labels import Label
from mliter_tui.history.metrics import Correction
from mliter_tui.kinds import KINDS, LETTERS
from mliter_tui.store import Store

_SAID = ("higher", "lower", "ignore")


def set_label(store: Store, script: str, number: int, label: Label | None) -> None:
    """Keep the label of an iteration; None takes it back."""
    said = [label.kind, label.letter] if label is not None else None
    store.set_meta(f"label on {script} {number:09}", said)


def labels_said(store: Store, script: str) -> dict[int, Label]:
    """What the user said iterations were for, by their numbers."""
    kept = store.metas(f"label on {script} ")
    return {int(digits): label for digits, said in kept.items() if (label := _label(said)) is not None}


def _label(said: object) -> Label | None:
    if not (isinstance(said, list) and len(said) == 2 and said[0] in KINDS and said[1] in LETTERS):
        return None
    return Label(said[0], said[1], ("you said so",), by_hand=True)


def set_metric(store: Store, script: str, key: str, said: Correction | None) -> None:
    """Keep which way of a metric is better, or that it is to be ignored; None takes it back."""
    found: dict[str, Correction] = {**metrics_said(store, script)}
    found.pop(key, None)
    if said is not None:
        found[key] = said
    store.set_meta(f"metrics of {script}", found)


def set_main(store: Store, script: str, key: str | None) -> None:
    """Keep which metric is the one to look at; None takes it back."""
    store.set_meta(f"main metric of {script}", key)


def main_said(store: Store, script: str) -> str:
    """The key of the metric that the user looks at; "" where he did not say."""
    kept = store.meta(f"main metric of {script}")
    return kept if isinstance(kept, str) else ""


def main_told(store: Store, script: str) -> str:
    """The key of the metric to look at as the user said it, else as the last study told it; "" where neither did."""
    kept = store.meta(f"main metric told of {script}")
    return main_said(store, script) or (kept if isinstance(kept, str) else "")


def remember_main(store: Store, script: str, key: str) -> None:
    """Keep what a study of all iterations tells to be the metric to look at."""
    if store.meta(f"main metric told of {script}") != key:
        store.set_meta(f"main metric told of {script}", key)
        store.commit()


def metrics_said(store: Store, script: str) -> dict[str, Correction]:
    """What the user said of metrics, by key."""
    kept = store.meta(f"metrics of {script}")
    if not isinstance(kept, dict):
        return {}
    return {str(key): said for key, said in kept.items() if said in _SAID}
