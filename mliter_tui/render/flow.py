"""The Flow view as rows: state, line number, rails, source, and what each node took; one row at a time, when drawn.

    ›C▶*   31+│ ●    clf = LogisticRegression(C=0.5)…         ⟳ 1.2/2.1s
     ^^^   ^^^^^     the first line of the node, … where there is more    ^ now and the last time
     state, marks    line number, + where it was edited; rails

A `FlowLayout` is built once for a version of the script and the rows that are shown; states, times and marks are read
when a row is drawn, so that events cost nothing here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from mliter_tui.lean import dataclass
from mliter_tui.render.cells import clean, left, right, shorten, width
from mliter_tui.render.rails import CAP, RailRow, Rails, rails
from mliter_tui.render.source import highlighted, printable
from mliter_tui.render.spans import STATES, Row, Span, cut, fit
from mliter_tui.view.folding import ShownRow, ShownRows, shown_rows
from mliter_tui.view.iteration import GLYPHS, QUIET_KINDS, IterationView, Letter, NodeView
from mliter_tui.wording import in_file, seconds_text

_ASCII_GLYPHS: dict[Letter, str] = {"C": ">", "L": "=", "P": ".", "R": "@", "F": "x", "?": "o"}
_NOW, _LAST = 7, 7
_TIMES = _NOW + _LAST
_NARROW, _WITH_REASON = 60, 110
_PARTS = ("pass", "end", "rest")
_SHORTEST_SOURCE = 16


@dataclass(frozen=True, slots=True)
class Style:
    """How rows are drawn. marked: nodes that stand out while all others are dim (a slice); None for no slice.

    ascii: nothing but ASCII beside what the source itself holds. fold_key: what opens a fold.
    """

    ascii: bool = False
    marked: Container[int] | None = None
    fold_key: str = "z"


PLAIN = Style()
_NAMES = re.compile(r"(?:\w+\s*(?::[^=]*)?=(?!=)\s*)+")
_LITERAL = re.compile(r"(?:None|True|False)\b|set\(\)|[bBrRuUfF]{1,2}['\"]")


class FlowLayout:
    """What of the rows stays the same while a version runs. `rows` say which nodes they are."""

    def __init__(
        self, view: IterationView, rows: ShownRows | None = None, *, ascii: bool = False, cap: int = CAP
    ) -> None:
        self.view, self.rows, self.ascii = view, rows if rows is not None else shown_rows(view), ascii
        self.rails = self._rails(cap)
        self._line_cells = max((len(str(in_file(node.info.lines[0]))) for node in view.nodes.values()), default=1)
        self._changed = frozenset(view.changed)
        self._names = {edge.maker: edge.names for edge in reversed(view.edges)}
        self._sources: dict[int, tuple[Span, ...]] = {}

    def _rails(self, cap: int) -> Rails:
        shown = self.rows
        edges = []
        for edge in self.view.edges:
            maker, reader = shown.index_of(edge.maker), shown.index_of(edge.reader)
            if maker is not None and reader is not None and maker != reader:
                edges.append((maker, reader))
        hidden = [at for at, row in enumerate(shown.rows) if all(self._is_quiet(node) for node in row.nodes)]
        return rails(range(len(shown)), edges, hidden=hidden, cap=cap, ascii=self.ascii)

    def _is_quiet(self, number: int) -> bool:
        """Whether it makes what all may use and nobody has to follow: definitions, imports, constants."""
        info = self.view.nodes[number].info
        if info.kind in QUIET_KINDS:
            return True
        text = "\n".join(self.view.source[info.lines[0] - 1 : info.lines[1]]).strip()
        return info.depth == 0 and len(text) < 2000 and is_constant(text)

    def __len__(self) -> int:
        return len(self.rows)

    # -- one row -------------------------------------------------------------------------------------------------
    def row(self, index: int, cells: int, now: float, *, selected: bool = False, style: Style = PLAIN) -> Row:
        """Row `index`, exactly `cells` wide; `now`: the time, by which a running node's seconds are counted."""
        shown = self.rows.rows[index]
        rail = self.rails.rows[index]
        if shown.call or shown.loop:
            return self._row(self._whole(shown), shown, rail, cells, now, selected, style)
        if shown.folded:
            return self._fold(shown, rail, cells, selected, style)
        return self._row(self.view.nodes[shown.node], shown, rail, cells, now, selected, style)

    def _row(
        self, node: NodeView, shown: ShownRow, rail: RailRow, cells: int, now: float, selected: bool, style: Style
    ) -> Row:  # fmt: skip
        times = self._times(node, now) if cells >= _NARROW else self._time(node, now)
        times_cells = sum(width(span.text) for span in times)
        gutter = self._gutter(node, rail, selected)
        free = cells - sum(width(span.text) for span in gutter) - times_cells - 2
        reason = 0
        if cells >= _WITH_REASON:
            reason = min(48, max(24, free // 3))
        count = self._inside(shown) if shown.call or shown.loop else "0"
        inside = f" {'+' if self.ascii else '▸'}{count}" if count != "0" else ""
        source = self._source(node, rail, max(_SHORTEST_SOURCE, free - reason - (2 if reason else 0) - width(inside)))
        source = (*source, Span(inside, "dim"))
        why = (Span("  "), Span(self._why(node, reason), "note")) if reason else ()
        row = (*gutter, *source, *why, Span("  "), *times)
        if style.marked is not None and shown.node not in style.marked:
            row = tuple(Span(span.text, "dim") for span in row)
        return fit(row, cells)

    def _gutter(self, node: NodeView, rail: RailRow, selected: bool) -> tuple[Span, ...]:
        letter = node.letter
        glyph = (_ASCII_GLYPHS if self.ascii else GLYPHS)[letter]
        changed = node.info.lines[0] in self._changed
        pointer = (">" if self.ascii else "›") if selected else " "
        line = str(in_file(node.info.lines[0])).rjust(self._line_cells)
        return (
            Span(pointer, "selected"), Span(letter + glyph, STATES[letter]), Span(node.marks[:3].ljust(3), "mark"),
            Span(line, "changed" if changed else "dim"), Span("+" if changed else " ", "changed"),
            *self._rail(rail, letter),
        )  # fmt: skip

    def _rail(self, rail: RailRow, letter: Letter) -> tuple[Span, ...]:
        if rail.own is None:
            return (Span(rail.text, "rail"),)
        at = 2 * rail.own
        return Span(rail.text[:at], "rail"), Span(rail.text[at], STATES[letter]), Span(rail.text[at + 1 :], "rail")

    def _source(self, node: NodeView, rail: RailRow, cells: int) -> tuple[Span, ...]:
        """The first line, cut or filled to `cells`, with the values that are read without a lane at its end."""
        notes = self._notes(rail)
        notes_cells = min(width(notes), cells // 2)
        cells -= notes_cells
        number = node.info.node
        if number not in self._sources:
            self._sources[number] = self._first_line(node)
        spans = self._sources[number]
        total = sum(width(span.text) for span in spans)
        mark = "..." if self.ascii else "…"
        if node.info.lines[1] > node.info.lines[0] and total:
            space = "" if spans[-1].text[-1] in "([{," else " "
            spans, total = (*spans, Span(space + mark, "dim")), total + len(space + mark)
        if total > cells:
            spans = (*cut(spans, cells - len(mark)), Span(mark, "dim"))
        return (*fit(spans, cells), Span(shorten(notes, notes_cells, mark), "note"))

    def _first_line(self, node: NodeView) -> tuple[Span, ...]:
        """The line as it stands, but for spaces before it that all rows have; the label where the text is not known."""
        source, at = self.view.source, node.info.lines[0] - 1
        if node.info.file:
            source, at = [node.info.text], 0
        if not (0 <= at < len(source) and source[at].strip()):
            return (Span(printable("    " * node.info.depth + clean(node.info.label))),)
        if node.info.kind in _PARTS:  # not the same line again and again
            indent = source[at][: len(source[at]) - len(source[at].lstrip())].expandtabs(4)
            return (Span(f"{indent}  {node.info.label.partition(' of ')[0]}", "note"),)
        return highlighted(source[at].rstrip())

    def _notes(self, rail: RailRow) -> str:
        if not rail.notes:
            return ""
        names: list[str] = []
        for row in rail.notes:
            names += self._names.get(self.rows.rows[row].node, ())[:1]
        start, end = ("<", ">") if self.ascii else ("‹", "›")
        return " " + start + clean(", ".join(names)) + end

    def _why(self, node: NodeView, cells: int) -> str:
        text = node.reason.short() if node.reason is not None else ""
        if self.ascii:
            text = text.replace("→", "->").replace("←", "<-").replace("…", "...")
        return left(text, cells, "..." if self.ascii else "…")

    # -- times ---------------------------------------------------------------------------------------------------
    def _times(self, node: NodeView, now: float) -> tuple[Span, ...]:
        """What it takes now and took last, in two columns; one text for both while it runs."""
        if node.letter == "R":
            return self._progress(node, now, _TIMES)
        last = seconds_text(node.last) if node.last is not None else ""
        return *self._time(node, now), Span(right(last, _LAST), "dim")

    def _time(self, node: NodeView, now: float) -> tuple[Span, ...]:
        """What it takes now, in one column."""
        letter = node.letter
        if letter == "R":
            return self._progress(node, now, _NOW + 4)
        if node.failed or (node.seconds is not None and letter != "P"):
            text, style = seconds_text(node.seconds or 0.0), STATES[letter]
        elif letter == "P":
            text, style = (_ASCII_GLYPHS if self.ascii else GLYPHS)["P"], "prune"
        elif self.view.status == "running" and not node.done:
            text, style = "queued", "undecided"
        elif node.expected is not None:
            text, style = ("~" if self.ascii else "≈") + seconds_text(node.expected), STATES[letter]
        else:
            text, style = "", ""
        return (Span(right(text, _NOW), style),)

    def _progress(self, node: NodeView, now: float, cells: int) -> tuple[Span, ...]:
        """What it took until now, of what it was expected to take."""
        spent = max(0.0, now - (node.begun if node.begun is not None else now))
        glyph = (_ASCII_GLYPHS if self.ascii else GLYPHS)["R"]
        expected = node.expected if node.expected is not None else node.last
        text = f"{glyph} {_of(spent, expected)}" if expected is not None else f"{glyph} {_tenths(spent)}"
        return (Span(right(text, max(cells, width(text) + 1)), "running"),)

    # -- calls ---------------------------------------------------------------------------------------------------
    def _whole(self, shown: ShownRow) -> NodeView:
        """A call that was stepped into, as one node: what was done in it, and for how long."""
        nodes = [self.view.nodes[number] for number in shown.nodes]
        running = next((node for node in nodes if node.letter == "R"), None)
        letters = [node.letter for node in nodes]
        chosen = next(
            (nodes[letters.index(letter)] for letter in ("R", "F", "C", "?", "L") if letter in letters), nodes[-1]
        )  # fmt: skip
        finished = chosen.finished
        if finished is not None:
            finished = replace(finished, seconds=sum(node.seconds or 0.0 for node in nodes))
        plan = chosen.plan
        if plan is not None:
            computed = sum(node.expected or 0.0 for node in nodes if node.letter != "P")
            before = [node.last for node in nodes if node.last is not None]
            plan = replace(plan, seconds=computed, compute_seconds=sum(before) if before else None)
        begun = min((node.begun for node in nodes if node.begun is not None), default=None) if running else None
        info = replace(nodes[-1].info, lines=nodes[0].info.lines) if shown.call else nodes[0].info
        return replace(chosen, info=info, plan=plan, finished=finished, begun=begun)

    def _inside(self, shown: ShownRow) -> str:
        """How much there is in a call, loop or pass that is folded."""
        first = self.view.nodes[shown.nodes[0]].info
        if first.kind != "loop":
            return str(len(shown.nodes) - (2 if shown.call else 1))
        depth = first.calls.index(first.node) + 1
        nodes = [self.view.nodes[number] for number in shown.nodes if len(self.view.nodes[number].info.calls) > depth]
        begin = [node.info.node for node in nodes if node.info.kind in ("loop", "pass")]
        passes = {node.info.calls[depth] for node in nodes} & set(begin)
        body = [node for node in nodes if node.info.node not in begin and node.letter in "RCF"]
        computed = {node.info.calls[depth] for node in body} & passes
        some = f"{len(computed)} of " if 0 < len(computed) < len(passes) else ""
        rest = ", rest" if any(self.view.nodes[n].letter in "RCF" for n in shown.nodes if self._begins_rest(n)) else ""
        return f"{some}{len(passes)} pass{'es' * (len(passes) != 1)}{rest}"

    def _begins_rest(self, number: int) -> bool:
        return self.view.nodes[number].info.kind == "rest"

    # -- folds ---------------------------------------------------------------------------------------------------
    def _fold(self, shown: ShownRow, rail: RailRow, cells: int, selected: bool, style: Style) -> Row:
        pointer = (">" if self.ascii else "›") if selected else " "
        glyphs = _ASCII_GLYPHS if self.ascii else GLYPHS
        nodes = [self.view.nodes[number] for number in shown.nodes]
        letters = {node.letter for node in nodes}
        letter: Letter = "R" if "R" in letters else "C" if "C" in letters else "?" if "?" in letters else "P"
        space = " " * (self._line_cells + 4)
        text = f"{glyphs['P']} {', '.join(_folded(nodes))}, {style.fold_key} to unfold"
        row = (
            Span(pointer, "selected"), Span(letter + glyphs[letter], STATES[letter]), Span(space),
            *self._rail(rail, letter), Span(text, "dim"),
        )  # fmt: skip
        return fit(row, cells)


def _folded(nodes: Sequence[NodeView]) -> Iterator[str]:
    """What is in a fold: imports, with the seconds they took where they took any to speak of, and pruned lines."""
    imports = [node for node in nodes if node.letter != "P"]
    if imports:
        spent = sum(node.seconds or 0.0 for node in imports)
        took = f" {seconds_text(spent)}" if spent >= 0.05 else ""
        yield f"{len(imports)} import{'s' * (len(imports) != 1)}{took}"
    pruned = len(nodes) - len(imports)
    if pruned:
        yield f"{pruned} line{'s' * (pruned != 1)} pruned"


def _tenths(seconds: float) -> str:
    """As `seconds_text`, but no milliseconds: a number that grows keeps its unit."""
    return f"{seconds:.1f}s" if seconds < 0.0995 else seconds_text(seconds)


def _of(spent: float, expected: float) -> str:
    """1.2/2.1s; both units where they differ."""
    first, second = _tenths(spent), _tenths(expected)
    return f"{first[:-1] if first[-1] == second[-1] == 's' and 'm' not in first + second else first}/{second}"


def is_constant(text: str) -> bool:
    """Whether the source is names bound to literals and nothing else, or a docstring."""
    names = _NAMES.match(text)
    value = text[names.end() :] if names is not None else ""
    if value[:1].isalpha() and not _LITERAL.match(value):
        return False  # as most are, which need not be parsed to know
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if len(body) != 1:
        return False
    statement = body[0]
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Assign):
        return all(isinstance(t, ast.Name) for t in statement.targets) and _is_literal(statement.value)
    return isinstance(statement, ast.AnnAssign) and (statement.value is None or _is_literal(statement.value))


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
