"""Where the nodes of a small graph go when it is drawn in layers from left to right.

Layers by the longest path; a value that goes past layers has a place in each of them, so that its line meets no node.
Within a layer the order that crosses fewest lines, found by barycentres; rows as near to the neighbours' as they can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from mliter_tui.lean import dataclass

_SWEEPS = 6


@dataclass
class Item:
    """What has a row in a layer: a node, or the line of the value of `node` that passes by. above, below: neighbours
    in the layers before and after, as places in `Layers.items`."""

    node: int
    layer: int
    passing: bool = False
    row: int = 0
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)


@dataclass
class Layers:
    """The items, and for each layer the places of its items from top to bottom."""

    items: list[Item]
    order: list[list[int]]


def layered(nodes: Sequence[int], edges: Iterable[tuple[int, int]]) -> Layers:
    """Nodes in program order, edges from maker to reader; rows begin at 0.

    Edges that go up in program order, and those with an end that is not among the nodes, are left out.
    """
    among = {node: at for at, node in enumerate(nodes)}
    known = sorted({(m, r) for m, r in edges if m in among and r in among and among[m] < among[r]})
    depth = _depths(nodes, known)
    items = [Item(node, depth[node]) for node in nodes]
    passing: dict[tuple[int, int], int] = {}
    for maker, reader in sorted(known, key=lambda edge: depth[edge[1]]):
        last = among[maker]
        for layer in range(depth[maker] + 1, depth[reader]):
            if (maker, layer) not in passing:
                passing[maker, layer] = len(items)
                items.append(Item(maker, layer, True))
                _join(items, last, passing[maker, layer])
            last = passing[maker, layer]
        _join(items, last, among[reader])
    order: list[list[int]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for at in sorted(range(len(items)), key=lambda at: (among[items[at].node], items[at].passing)):
        order[items[at].layer].append(at)
    layers = Layers(items, _ordered(items, order))
    _placed(layers)
    return layers


def _join(items: list[Item], maker: int, reader: int) -> None:
    items[maker].below.append(reader)
    items[reader].above.append(maker)


def _depths(nodes: Sequence[int], edges: list[tuple[int, int]]) -> dict[int, int]:
    """The layer of each node: after all it reads, and one that reads nothing stands just before its first reader."""
    above: dict[int, list[int]] = {node: [] for node in nodes}
    below: dict[int, list[int]] = {node: [] for node in nodes}
    for maker, reader in edges:
        above[reader].append(maker)
        below[maker].append(reader)
    depth: dict[int, int] = {}
    for node in nodes:
        depth[node] = max((depth[maker] + 1 for maker in above[node]), default=0)
    for node in nodes:
        if not above[node] and below[node]:
            depth[node] = min(depth[reader] for reader in below[node]) - 1
    return depth


def _ordered(items: list[Item], order: list[list[int]]) -> list[list[int]]:
    best, fewest = [list(layer) for layer in order], _crossings(items, order)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        place = _places(order)
        for layer in order if down else reversed(order):
            centre = {}
            for at in layer:
                near = items[at].above if down else items[at].below
                centre[at] = sum(place[other] for other in near) / len(near) if near else place[at]
            layer.sort(key=lambda at: centre[at])
            place.update((at, i) for i, at in enumerate(layer))
        crossings = _crossings(items, order)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in order], crossings
    return best


def _places(order: list[list[int]]) -> dict[int, float]:
    return {at: float(i) for layer in order for i, at in enumerate(layer)}


def _crossings(items: list[Item], order: list[list[int]]) -> int:
    """How many pairs of lines cross."""
    place, found = _places(order), 0
    for layer in order:
        lines = sorted((place[at], place[other]) for at in layer for other in items[at].below)
        found += sum(a[0] < b[0] and a[1] > b[1] for i, a in enumerate(lines) for b in lines[i + 1 :])
    return found


def _placed(layers: Layers) -> None:
    """Rows: as near to the neighbours' as can be, in order; a row no item is in is left out."""
    items = layers.items
    for layer in layers.order:
        for i, at in enumerate(layer):
            items[at].row = i
    best, shortest = [item.row for item in items], _length(items)
    for sweep in range(2 * _SWEEPS):
        down = sweep % 2 == 0
        for layer in layers.order if down else reversed(layers.order):
            wanted = []
            for at in layer:
                near = items[at].above if down else items[at].below
                if sweep >= _SWEEPS or not near:
                    near = items[at].above + items[at].below
                wanted.append([(items[other].row, _weight(items[at], items[other])) for other in near])
            rows = _apart([near or [(items[at].row, 1)] for at, near in zip(layer, wanted)])
            for at, row in zip(layer, rows):
                items[at].row = row
        if (length := _length(items)) < shortest:
            best, shortest = [item.row for item in items], length
    closed_up = {row: i for i, row in enumerate(sorted(set(best)))}
    for item, row in zip(items, best):
        item.row = closed_up[row]


def _weight(one: Item, other: Item) -> int:
    """How much a line between them should be straight: a long one has no reason to bend on its way."""
    return (1, 2, 8)[one.passing + other.passing]


def _length(items: list[Item]) -> int:
    """What the lines go up and down, and one more for each bend."""
    bends = [(abs(item.row - items[at].row), _weight(item, items[at])) for item in items for at in item.below]
    return sum((far + 1) * weight for far, weight in bends if far)


def _apart(wanted: list[list[tuple[int, int]]]) -> list[int]:
    """Different rows in this order, whose weighted distance to what each wants is least: neighbours that come too near
    form a block, whose place is the median of what its members want (pool adjacent violators)."""
    blocks: list[tuple[int, int, list[tuple[int, int]]]] = []  # place less offset, members, what they want
    for i, rows in enumerate(wanted):
        want = [(row - i, weight) for row, weight in rows]
        place, members = _median(want), 1
        while blocks and blocks[-1][0] > place:
            _, others, theirs = blocks.pop()
            want, members = theirs + want, others + members
            place = _median(want)
        blocks.append((place, members, want))
    places = [place for place, members, _ in blocks for _ in range(members)]
    return [place + i for i, place in enumerate(places)]


def _median(wanted: list[tuple[int, int]]) -> int:
    """The lower weighted median."""
    half, passed = sum(weight for _, weight in wanted) / 2, 0
    for row, weight in sorted(wanted):
        passed += weight
        if passed >= half:
            return row
    return 0
