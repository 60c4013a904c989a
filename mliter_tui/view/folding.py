"""Which rows the flow shows: one per node; a filter hides some, calls and runs of pruned ones are folded into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import field

from mliter_tui.lean import dataclass
from mliter_tui.view.iteration import IterationView, NodeView

SHORTEST_FOLD = 3
"""Pruned nodes one after another that are worth a fold."""
_OF_LOOPS = ("loop", "pass")


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the flow: one node, or a fold of several; `nodes` are their numbers, in program order.

    call: the fold is a call that was stepped into, from the node that enters it to the one that leaves it; loop: it is
    a loop that is taken pass by pass, or one of its passes.
    """

    nodes: tuple[int, ...]
    folded: bool = False
    call: bool = False
    loop: bool = False

    @property
    def node(self) -> int:
        """The node of the row; the first one of a fold, the one that leaves a call."""
        return self.nodes[-1] if self.call else self.nodes[0]


@dataclass(frozen=True)
class ShownRows:
    """The rows in their order. hidden: how many nodes the filter hides."""

    rows: tuple[ShownRow, ...] = ()
    hidden: int = 0
    _at: dict[int, int] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.rows)

    def node_at(self, index: int) -> int | None:
        """The node of a row; of a fold its first; None outside the rows."""
        return self.rows[index].node if 0 <= index < len(self.rows) else None

    def index_of(self, node: int | None) -> int | None:
        """The row that shows a node, if only in a fold; None where the filter hides it."""
        return self._at.get(node) if node is not None else None

    def nearest(self, node: int | None) -> int:
        """The row of a node, or where it is hidden the one before it; 0 where there is none."""
        if node is None:
            return 0
        if (index := self._at.get(node)) is not None:
            return index
        return self._at[max(before)] if (before := [n for n in self._at if n < node]) else 0


def _foldable(view: IterationView, node: NodeView) -> bool:
    """Whether nobody misses it: it is pruned, or an import that nobody edited and that did not fail."""
    if node.letter == "P":
        return True
    return node.info.kind == "import" and not node.failed and node.info.lines[0] not in view.changed


def shown_rows(
    view: IterationView,
    accepts: Callable[[NodeView, list[str]], bool] | None = None,
    fold: bool = False,
    unfolded: Container[int] = (),
) -> ShownRows:
    """The rows of an iteration. accepts: a filter, see `view.filters`; with one, nothing is folded.

    fold: calls that were stepped into, and runs of imports and pruned nodes, become one row each, but those that hold a
    node in `unfolded`.
    """
    lines = view.source
    there = [number for number, node in view.nodes.items() if node.info.kind != "rest" or node.plan or node.begun]
    shown = [number for number in there if accepts is None or accepts(view.nodes[number], lines)]
    if not fold or accepts is not None:
        return _numbered([ShownRow((number,)) for number in shown], len(there) - len(shown))
    rows: list[ShownRow] = []
    run: list[tuple[int, ...]] = []

    def end_of_run() -> None:
        whole = tuple(number for group in run for number in group)
        if len(run) >= SHORTEST_FOLD and not any(number in unfolded for number in whole):
            rows.append(ShownRow(whole, True))
        else:
            rows.extend(_whole(view, group) for group in run)
        run.clear()

    for group in _calls(view, shown, unfolded):
        if not all(_foldable(view, view.nodes[number]) for number in group):
            end_of_run()
            rows.append(_whole(view, group))
        else:
            run.append(group)
    end_of_run()
    return _numbered(rows, 0)


def _whole(view: IterationView, group: tuple[int, ...]) -> ShownRow:
    """A row for one node, or for a call, loop or pass."""
    loop = view.nodes[group[0]].info.kind in _OF_LOOPS
    return ShownRow(group, len(group) > 1, len(group) > 1 and not loop, len(group) > 1 and loop)


def _numbered(rows: list[ShownRow], hidden: int) -> ShownRows:
    at = {number: index for index, row in enumerate(rows) for number in row.nodes}
    return ShownRows(tuple(rows), hidden, at)


def _calls(view: IterationView, shown: list[int], unfolded: Container[int]) -> Iterator[tuple[int, ...]]:
    """The nodes one by one, those of a call, loop or pass together; not of a call that most of the script stands in."""
    lines = {(call, node.info.lines) for node in view.nodes.values() for call in node.info.calls}
    sizes = Counter(call for call, _ in lines if view.nodes[call].info.kind not in _OF_LOOPS)
    whole = len({node.info.lines for node in view.nodes.values()})
    wide = {call for call, size in sizes.items() if 2 * size > whole}
    folds: dict[int, list[int]] = {}
    for number in shown:
        for call in view.nodes[number].info.calls:
            folds.setdefault(call, []).append(number)
    done = -1
    for number in shown:
        if number <= done:
            continue
        for call in view.nodes[number].info.calls:
            group = folds[call]
            if call not in wide and not any(each in unfolded for each in group):
                done = group[-1]
                yield tuple(group)
                break
        else:
            yield (number,)
