"""More than two iterations side by side, in rows of text: what of them is not the same, the metrics, and the times."""

from __future__ import annotations

from collections.abc import Sequence

from mliter_tui.history import iterations, noise
from mliter_tui.history.corrections import metrics_said
from mliter_tui.history.iterations import Past
from mliter_tui.history.metrics import Metric, match, of_story
from mliter_tui.history.parameters import changed_parameters
from mliter_tui.lookback.opening import when_text
from mliter_tui.render.plain import human_seconds
from mliter_tui.store import Store

Cells = tuple[str, ...]


def rows_abreast(store: Store, pasts: Sequence[Past]) -> tuple[Cells, tuple[Cells, ...]]:
    """The header, and a row for each thing; the first iteration is what the others are held against."""
    infos = [past.info for past in pasts]
    rows: list[Cells] = [
        ("when", *(when_text(info.when) for info in infos)),
        ("changed", *(info.trigger or "-" for info in infos)),
        ("C L P", *(f"{info.computed} {info.loaded} {info.pruned}" for info in infos)),
        ("took", *(human_seconds(info.seconds) for info in infos)),
    ]
    if any(info.status != "ok" for info in infos):
        rows.append(("status", *(info.status for info in infos)))
    rows += _metrics(store, pasts)
    rows += _parameters(store, pasts)
    if any(past.remark.note for past in pasts):
        rows.append(("note", *(past.remark.note for past in pasts)))
    return ("iteration", *(str(past.number) for past in pasts)), tuple(rows)


def _metrics(store: Store, pasts: Sequence[Past]) -> list[Cells]:
    """Each metric of the last one that has any, and under it how it stands to the first."""
    said = metrics_said(store, pasts[0].script)
    found = [of_story(iterations.story_of(store, past), said) for past in pasts]
    last = next((each for each in reversed(found) if each), [])
    matched = [{id(new): old for old, new in match(each, last) if old is not None and new is not None}
               for each in found]  # fmt: skip
    rows: list[Cells] = []
    for metric in last:
        own = [each.get(id(metric)) for each in matched]
        rows.append((metric.name, *(each.text if each is not None else "-" for each in own)))
        first = next(each for each in own if each is not None)
        words = tuple(_against(first, each) for each in own)
        if metric.measures and any(words):
            rows.append(("", *words))
    return rows


def _against(first: Metric, metric: Metric | None) -> str:
    if metric is None or metric is first:
        return ""
    return "the same" if metric.value == first.value else noise.compare(first, metric).word


def _parameters(store: Store, pasts: Sequence[Past]) -> list[Cells]:
    """Parameters of the script that are others in any of them than in the first."""
    texts = [iterations.text_of(store, past) or "" for past in pasts]
    rows: dict[str, list[str]] = {}
    for at, text in enumerate(texts[1:], 1):
        for change in changed_parameters(texts[0], text):
            row = rows.setdefault(change.name, [change.before or "-", *[""] * (len(texts) - 1)])
            row[at] = change.after or "-"
    return [(name, row[0], *(cell or row[0] for cell in row[1:])) for name, row in rows.items()]
