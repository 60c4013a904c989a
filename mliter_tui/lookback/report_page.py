"""The report as one HTML page that needs no other file and no network; all foreign text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from mliter_tui.history.noise import interval
from mliter_tui.history.study import PUBLISHED, Study
from mliter_tui.kinds import KINDS, WORDS
from mliter_tui.lookback.document import Block, Heading, Paragraph, Table
from mliter_tui.lookback.plots import course, foretold, shares
from mliter_tui.lookback.report import blocks
from mliter_tui.render.cells import clean

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bar: #4a78c0; --was: #9aa4b2; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
table { border-collapse: collapse; font-size: .9rem; } tr:nth-child(even) td { background: #8881; }
td, th { padding: .2rem .9rem .2rem 0; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
.faint { opacity: .7; font-size: .85rem; }
svg { width: 100%; max-width: 640px; height: auto; display: block; margin: .8rem 0; font: 13px system-ui, sans-serif; }
svg text { fill: currentColor; } svg .small { font-size: 11px; } svg .grid { stroke: var(--line); fill: none; }
svg .line { stroke: var(--was); fill: none; stroke-width: 1.5; } svg .dot, svg .here { fill: var(--bar); }
svg .span { stroke: var(--bar); stroke-width: 1.5; } svg .pub { fill: var(--was); }
"""


def page(study: Study) -> str:
    """The whole page."""
    parts: list[str] = []
    title = ""
    for at, block in enumerate(blocks(study)):
        if at == 0 and isinstance(block, Heading):
            title = clean(block.text)
        parts.append(block_html(block, at == 0))
        parts += _plots(study, block)
    return page_of(title, parts)


def page_of(title: str, parts: Iterable[str]) -> str:
    """A page of these parts, which are HTML."""
    head = f'<meta charset="utf-8"><title>{escape(clean(title))}</title><style>{_STYLE}</style>'
    inside = "\n".join(part for part in parts if part)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{inside}\n</body></html>\n'


def _plots(study: Study, block: Block) -> Iterator[str]:
    """What goes under a heading."""
    if not isinstance(block, Heading):
        return
    if block.text == "Kinds of change":
        published = dict[str, int](zip(KINDS, PUBLISHED["all"]))
        rows = [(WORDS[each.kind], each.share, published[each.kind] / 100) for each in study.of_kinds()]
        yield shares("Share of each kind of change, here and as published", rows)
    elif block.text == "Iterations":
        points = []
        name = ""
        for row in study.rows:
            metric = study.main_of(row)
            if metric is not None:
                name = metric.name
                found = interval(metric)
                span = (found.low, found.high) if found is not None else None
                points.append((row.number, metric.value, span, row.label.letter))
        if len(points) > 1:
            yield course(f"{clean(name)} by iteration, with the letter of its label", points)
    elif block.text == "Predicted times":
        yield foretold("Seconds that plans foretold, and what they took", study.calibration())


def block_html(block: Block, first: bool = False) -> str:
    """A block as HTML; first: the heading of the page."""
    if isinstance(block, Heading):
        level = 1 if first else 2
        return f"<h{level}>{escape(clean(block.text))}</h{level}>"
    if isinstance(block, Paragraph):
        faint = ' class="faint"' if block.faint else ""
        return f"<p{faint}>{escape(clean(block.text))}</p>"
    return _table(block)


def _table(table: Table) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        kinds = [' class="number"' if i in table.right else "" for i in range(len(cells))]
        return "<tr>" + "".join(f"<{tag}{k}>{escape(clean(c))}</{tag}>" for k, c in zip(kinds, cells)) + "</tr>"

    return "<table>" + row(table.header, "th") + "".join(row(cells, "td") for cells in table.rows) + "</table>"
