"""Any number of iterations in one table, as a page that needs no other file; all foreign text is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from mliter_tui.history.several import MetricRow, Several
from mliter_tui.lookback.page import whole
from mliter_tui.lookback.several import Line, Part, parts_of
from mliter_tui.render.cells import clean

_STYLE = """<style>
table.several { font-size: .9rem; width: 100%; }
.several td, .several th { text-align: right; border-bottom: 1px solid var(--line); padding: .2rem .6rem; }
.several th:first-child, .several td:first-child { text-align: left; }
.several tr.part td { font-weight: 600; padding-top: 1.2rem; } .several tr.sub td { opacity: .75; border-bottom: 0; }
.several td.other { font-weight: 600; } .scroll { overflow-x: auto; }
</style>"""


def page(table: Several, figures: Sequence[str] = ()) -> str:
    """The whole page. figures: sections of HTML with the figures of all."""
    names = ", ".join(run.name for run in table.runs)
    title = f"Iterations {names} of {clean(table.script)}"
    heads = "".join(f"<th>{escape(clean(run.name))}</th>" for run in table.runs)
    rows = "".join(row for part in parts_of(table) for row in _rows(part, len(table.runs)))
    body = [
        _STYLE, f"<h1>{escape(title)}</h1>",
        f'<div class="scroll"><table class="several"><tr><th>iteration</th>{heads}</tr>{rows}</table></div>',
    ]  # fmt: skip
    evidence = list(_evidence(table))
    if evidence:
        body.append(f"<h2>What the verdicts rest on</h2>{''.join(evidence)}")
    if figures:
        body.append(f"<h2>Figures</h2>{''.join(figures)}")
    return whole(title, body)


def _rows(part: Part, count: int) -> Iterator[str]:
    if part.title:
        yield f'<tr class="part"><td colspan="{count + 1}">{escape(part.title)}</td></tr>'
    for line in part.lines:
        yield _row(line, bool(part.title))


def _row(line: Line, weighed: bool) -> str:
    """A row; values that are others than the first are of more weight."""
    kind = ' class="sub"' if line.kind == "sub" else ""
    cells = []
    for cell in line.cells:
        other = ' class="other"' if weighed and line.kind == "" and cell != line.cells[0] else ""
        cells.append(f"<td{other}>{escape(clean(cell))}</td>")
    indent = "&emsp;" if line.kind == "sub" else ""
    return f"<tr{kind}><td>{indent}{escape(clean(line.name))}</td>{''.join(cells)}</tr>"


def _evidence(table: Several) -> Iterator[str]:
    for row in table.metrics:
        told = list(_told(row, [run.name for run in table.runs])) if row.measures and row.differs else []
        if told:
            yield f"<p>{escape(clean(row.name))}</p><ul>{''.join(told)}</ul>"


def _told(row: MetricRow, names: Sequence[str]) -> Iterator[str]:
    for name, cell in zip(names, row.cells):
        if cell is not None and cell.compared is not None and cell.compared.difference:
            text = f"{name}: {cell.compared.text}. {' '.join(cell.compared.evidence)}"
            yield f"<li>{escape(clean(text))}</li>"
