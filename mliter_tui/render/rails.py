"""The rail graph: a workflow drawn beside its own source lines, one row per node, in program order.

A lane is a value still needed below. At a node's row, if an input dies here (nobody below reads it) the node takes the
leftmost dying lane, else the first free lane, else a new one. Read along a lane downwards: `●` a node whose value goes
on below, `◦` one whose value nobody below reads, `│` a value passing by, `├ ┤ ┼` an input that goes on, `╰ ╯ ┴` an
input that ends, `─` the bridge from the inputs to the node. A lane that leads down into `●` or `◦` is an input too.

At most `cap` lanes are drawn: where more would be needed, the longest-lived, least-used value becomes a note at the
rows that read it. Edges that go up, and those with an end that is not a row, are not drawn. O(rows x lanes + edges).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mliter_tui.lean import dataclass

CAP = 12
_ASCII = str.maketrans("●◦│─├┤┼╰╯┴", "*o|-+++'''")


@dataclass(frozen=True, slots=True)
class RailRow:
    """One row. text: two cells per lane; own: the lane of the node, None where it has none.

    lanes: whose value is in each lane at this row, coming from above or beginning here; None where it is free.
    notes: nodes whose values are read here without a lane. folded: its own value has no lane, only notes.
    """

    text: str
    own: int | None
    lanes: tuple[int | None, ...]
    notes: tuple[int, ...] = ()
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Rails:
    """All rows, of equal width: `width` cells."""

    rows: tuple[RailRow, ...]
    width: int


def rails(
    nodes: Sequence[int], edges: Iterable[tuple[int, int]], *, hidden: Iterable[int] = (), cap: int = CAP,
    ascii: bool = False,
) -> Rails:  # fmt: skip
    """The graph of `nodes`, given in the order of their rows, and `edges` from maker to reader.

    hidden: nodes that get no lane and no dot. cap: how many lanes there are at most, at least 1.
    """
    place = {node: row for row, node in enumerate(nodes)}
    without = {place[node] for node in hidden if node in place}
    readers: list[list[int]] = [[] for _ in nodes]
    for pair in sorted({(place.get(maker, -1), place.get(reader, -1)) for maker, reader in edges}):
        maker, reader = pair
        if 0 <= maker < reader and maker not in without and reader not in without:
            readers[maker].append(reader)
    folded = _folded(readers, without, max(1, cap))
    drawn = [[] if row in folded else found for row, found in enumerate(readers)]
    rows, lanes = _laid(nodes, drawn, without)
    notes: dict[int, list[int]] = {}
    for row in sorted(folded):
        for reader in readers[row]:
            notes.setdefault(reader, []).append(nodes[row])
    done = []
    for at, (own, held, text) in enumerate(rows):
        text, free = text.ljust(2 * lanes), (None,) * (lanes - len(held))
        shown = text.translate(_ASCII) if ascii else text
        done.append(RailRow(shown, own, held + free, tuple(notes.get(at, ())), at in folded))
    return Rails(tuple(done), 2 * lanes)


def _folded(readers: list[list[int]], without: set[int], cap: int) -> set[int]:
    """Rows whose values get no lane, so that never more than `cap` lanes are taken."""
    folded: set[int] = set()
    live: set[int] = set()
    for row, found in enumerate(readers):
        if row in without:
            continue
        while True:
            dying = sum(readers[maker][-1] == row for maker in live)
            if len(live) + (dying == 0) <= cap:
                break
            # a long life and few uses; of equals the older one
            worst = max(live, key=lambda m: ((readers[m][-1] - m) / len(readers[m]), -m))
            live.discard(worst)
            folded.add(worst)
        live = {maker for maker in live if readers[maker][-1] > row}
        if found:
            live.add(row)
    return folded


_Laid = tuple[int | None, tuple[int | None, ...], str]


def _laid(nodes: Sequence[int], readers: list[list[int]], without: set[int]) -> tuple[list[_Laid], int]:
    """Each row's own lane, what its lanes hold and its text, and how many lanes there are."""
    inputs: list[list[int]] = [[] for _ in nodes]
    for maker, found in enumerate(readers):
        for reader in found:
            inputs[reader].append(maker)
    lanes: list[int | None] = []  # the node whose value is in each
    at: dict[int, int] = {}
    rows: list[_Laid] = []
    for row in range(len(nodes)):
        if row in without:
            rows.append((None, tuple(lanes), "".join(["  " if maker is None else "│ " for maker in lanes])))
            continue
        coming = {at[maker]: readers[maker][-1] > row for maker in inputs[row]}
        dying = [lane for lane, goes_on in coming.items() if not goes_on]
        own = min(dying) if dying else next((lane for lane, maker in enumerate(lanes) if maker is None), len(lanes))
        if own == len(lanes):
            lanes.append(None)
        text = _drawn(lanes, coming, own, bool(readers[row]))
        shown = list(lanes)
        for lane in dying:
            lanes[lane] = None
        if readers[row]:
            lanes[own], at[row] = nodes[row], own
        shown[own] = nodes[row]
        rows.append((own, tuple(shown), text))
    return rows, len(lanes)


def _drawn(lanes: list[int | None], coming: dict[int, bool], own: int, goes_on: bool) -> str:
    """One row; coming: the lanes of its inputs, and whether each goes on."""
    text = ["  " if maker is None else "│ " for maker in lanes]
    first, last = min(own, *coming, own), max(own, *coming, own)
    for lane in range(first, last):
        text[lane] = "──" if lanes[lane] is None else "│─"
    bridge = " " if first == last else "─"
    for lane, input_goes_on in coming.items():
        glyphs = "├╰" if lane == first else "┤╯" if lane == last else "┼┴"
        text[lane] = (glyphs[0] if input_goes_on else glyphs[1]) + (bridge if lane < last else " ")
    text[own] = ("●" if goes_on else "◦") + (bridge if own < last else " ")
    return "".join(text)
