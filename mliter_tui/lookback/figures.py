"""Figures of iterations side by side, inside of a page: those they wrote and those they left open, where still kept.

A figure stands in the page itself, as an image: what is in an SVG runs no script there. Equal ones are shown once, and
small; of what is no longer kept the page says so.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Sequence
from html import escape

from mliter_tui import events
from mliter_tui.engine.pictures import PICTURES
from mliter_tui.history import iterations
from mliter_tui.history.iterations import Past
from mliter_tui.lean import dataclass
from mliter_tui.render.cells import clean
from mliter_tui.store import Store

LARGEST = 4_000_000
"""Bytes of a figure that stands in a page; all together six times that."""
_TYPES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml", ".gif": "image/gif",
    ".webp": "image/webp",
}  # fmt: skip
STYLE = """
.figures { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; flex: 1 1 20rem; max-width: 40rem; }
figure img { max-width: 100%; background: white; border: 1px solid var(--line); border-radius: 4px; }
figure.same { flex: 0 1 14rem; } figcaption { font-size: .85rem; }
.gone { border: 1px dashed var(--line); border-radius: 4px; padding: 2rem 1rem; text-align: center; opacity: .7; }
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture. content: equal for equal ones; data: None where it is no longer kept, or too large."""

    name: str
    content: str
    data: bytes | None
    why: str = ""


def figures_of(store: Store, past: Past) -> dict[str, Figure]:
    """The figures of an iteration by name: the file as seen from the script's folder, or the title of an open one."""
    folder, found = os.path.dirname(past.script), {}
    for path, content in sorted(iterations.files_of(store, past).items()):
        kind = os.path.splitext(path)[1].lower()
        if kind in PICTURES and content not in ("-", "dir") and not content.startswith("link:"):
            name = os.path.relpath(path, folder)
            data = store.blob(content) if kind in _TYPES else None
            why = "not kept any more" if kind in _TYPES else f"a {kind[1:].upper()}, which a page cannot show"
            found[name] = Figure(name, content, data, why)
    for event in iterations.events_of(iterations.story_of(store, past)):
        if isinstance(event, events.PictureKept) and event.picture.title:
            found[event.picture.title] = _left_open(event.picture.title, event.picture.path)
    return found


def _left_open(title: str, path: str) -> Figure:
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError:
        return Figure(title, path, None, "not kept any more")
    return Figure(title, _digest(data), data)


def _digest(data: bytes) -> str:
    """Names a content."""
    from hashlib import blake2b

    return blake2b(data, digest_size=16).hexdigest()


def sections(store: Store, pasts: Sequence[Past]) -> Iterator[str]:
    """HTML of all figures of these iterations, those that differ first."""
    known = [figures_of(store, past) for past in pasts]
    names = sorted({name for each in known for name in each}, key=lambda name: (_same(known, name), name))
    left = 6 * LARGEST
    for name in names:
        same = _same(known, name)
        shown = list(zip(pasts, known))[: 1 if same else None]
        parts = []
        for past, each in shown:
            figure = each.get(name)
            size = len(figure.data) if figure is not None and figure.data is not None else 0
            fits = size <= min(LARGEST, left)
            left -= size if fits else 0
            which = "the same in all of them" if same else f"iteration {past.number}"
            parts.append(_html(figure, which, fits, same))
        yield f'<h3>{escape(clean(name))}</h3><div class="figures">{"".join(parts)}</div>'


def _same(known: Sequence[dict[str, Figure]], name: str) -> bool:
    return all(name in each for each in known) and len({each[name].content for each in known}) == 1


def _html(figure: Figure | None, which: str, fits: bool, same: bool) -> str:
    if figure is None or figure.data is None or not fits:
        why = "not there" if figure is None else figure.why if figure.data is None else "too large for a page"
        inside = f'<div class="gone">{escape(why)}</div>'
    else:
        coded = base64.b64encode(figure.data).decode("ascii")
        mime = _TYPES.get(os.path.splitext(figure.name)[1].lower(), "image/png")
        inside = f'<img alt="{escape(clean(figure.name))}, {escape(which)}" src="data:{mime};base64,{coded}">'
    kind = ' class="same"' if same else ""
    return f"<figure{kind}>{inside}<figcaption>{escape(which)}</figcaption></figure>"
