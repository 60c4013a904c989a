"""A comparison as one HTML page that needs no other file; all foreign text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from mliter_tui.history.comparison import Comparison
from mliter_tui.lookback.differing import heading, noticed, parts_of, spent
from mliter_tui.lookback.figures import STYLE as FIGURES
from mliter_tui.render.cells import clean
from mliter_tui.render.plain import line_range
from mliter_tui.wording import indented

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --add: #2a7f2a22; --cut: #b0303022; --bar: #4a78c0; --was: #9aa4b2; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
pre, code, td.code { font: 13px/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .5rem; border: 1px solid var(--line); border-radius: 4px; }
pre span { display: block; } pre.diff span { white-space: pre-wrap; overflow-wrap: anywhere; }
.add { background: var(--add); } .cut { background: var(--cut); } .at { opacity: .6; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top; }
td.number { text-align: right; white-space: nowrap; }
.bar { display: inline-block; height: .6rem; background: var(--bar); } .bar.was { background: var(--was); }
td.bars { width: 16rem; line-height: 1; }
"""
_WIDEST = 15.0
"""rem of the longest bar."""


def page(found: Comparison, figures: Sequence[str] = ()) -> str:
    """The whole page. figures: sections of HTML with the figures of both."""
    title = f"Iterations {found.before.number} and {found.after.number} of {clean(found.before.script)}"
    body = [f"<h1>{escape(title)}</h1>"]
    body += [f"<p><code>{escape(heading(past))}</code></p>" for past in (found.before, found.after)]
    for source in found.sources:
        kind = "" if source.kind == "changed" else f" ({source.kind})"
        body.append(f"<h2>{escape(clean(source.name) + kind)}</h2>{_diff(source.diff)}")
    sources = len(found.sources)
    for name, lines in list(parts_of(found))[sources:]:
        if name == "output":
            content = _diff(found.output)
        elif name == "times":
            content = _bars(found)
        else:
            content = _lines(lines)
        body.append(f"<h2>{escape(name.capitalize())}</h2>{content}")
    if figures:
        body.append(f"<h2>Figures</h2>{''.join(figures)}")
    if len(body) == 3:
        body.append("<p>Nothing differs that is known of both.</p>")
    if found.unknown:
        body.append(f"<p>Not kept, and so not compared: {escape(', '.join(found.unknown))}.</p>")
    return whole(title, body)


def whole(title: str, body: Iterable[str]) -> str:
    """A page of these parts, which are HTML."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}{FIGURES}</style>'
    inside = "\n".join(body)
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{inside}\n</body></html>\n'


def _diff(lines: Iterable[str]) -> str:
    kinds = {"+": "add", "-": "cut", "@": "at"}
    rows = (f'<span class="{kinds.get(line[:1], "")}">{escape(indented(line)) or "&nbsp;"}</span>' for line in lines)
    return f'<pre class="diff">{"".join(rows)}</pre>'


def _lines(lines: Iterable[str]) -> str:
    return f"<pre>{''.join(f'<span>{escape(line)}</span>' for line in lines)}</pre>"


def _bars(found: Comparison) -> str:
    times = noticed(found.times)
    longest = max(max(time.seconds_before, time.seconds_after) for time in times)
    rows = []
    for time in times:
        bars = "<br>".join(
            f'<span class="bar{kind}" style="width:{_WIDEST * seconds / longest:.2f}rem"></span>'
            for kind, seconds in ((" was", time.seconds_before), ("", time.seconds_after))
        )
        rows.append(
            f'<tr><td class="number">{escape(line_range(time.after or time.before or ()))}</td>'
            f'<td class="code">{escape(clean(time.label))}</td><td class="bars">{bars}</td>'
            f'<td class="number">{escape(spent(time.action_before, time.seconds_before))}</td>'
            f'<td class="number">{escape(spent(time.action_after, time.seconds_after))}</td></tr>'
        )
    head = "<tr><th>Lines</th><th>Statement</th><th></th><th>Before</th><th>After</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"
