"""Which rows the flow shows: one per node; a filter hides some, runs of pruned ones are folded into one."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field

from mliter_tui.view.iteration import IterationView, NodeView

SHORTEST_FOLD = 3
"""Pruned nodes one after another that are worth a fold."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the flow: one node, or a fold of several; `nodes` are their numbers, in program order."""

    nodes: tuple[int, ...]
    folded: bool = False

    @property
    def node(self) -> int:
        """The node of the row; the first one of a fold."""
        return self.nodes[0]


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

    fold: runs of imports and pruned nodes become one row, but those that hold a node in `unfolded`.
    """
    lines = view.source
    shown = [number for number, node in view.nodes.items() if accepts is None or accepts(node, lines)]
    rows: list[ShownRow] = []
    run: list[int] = []

    def end_of_run() -> None:
        if len(run) >= SHORTEST_FOLD and not any(number in unfolded for number in run):
            rows.append(ShownRow(tuple(run), True))
        else:
            rows.extend(ShownRow((number,)) for number in run)
        run.clear()

    for number in shown:
        if fold and accepts is None and _foldable(view, view.nodes[number]):
            run.append(number)
            continue
        end_of_run()
        rows.append(ShownRow((number,)))
    end_of_run()
    at = {number: index for index, row in enumerate(rows) for number in row.nodes}
    return ShownRows(tuple(rows), len(view.nodes) - len(shown), at)
