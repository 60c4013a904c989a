"""The source side of a minimum cut, by two exact max-flow solvers.

Capacities are integers >= 0 (nanoseconds in the planner); `None` is infinite. Of all minimum cuts the one with the
smallest source side is returned, which is unique: it is what the source still reaches in the residual graph.
`dinic` is plain Python, at its best below a few hundred vertices, and knows no largest capacity. `scipy` uses
`scipy.sparse.csgraph.maximum_flow`, whose capacities are 32-bit: it is called on the graph scaled down, then on what
that left over, until nothing is left (capacity scaling), so that its answer is exact as well.
Source: Y. Dinitz, 1970; capacity scaling after Edmonds and Karp, 1972.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Backend = Literal["auto", "dinic", "scipy"]
Edge = tuple[int, int, int | None]

SCIPY_FROM = 400  # vertices; below, importing scipy (about 150 ms) costs more than it saves
_INT32 = 2**30 - 1  # a residual capacity reaches twice this, and still fits
_INT64 = 2**60  # nanoseconds: 36 years


def source_side(vertices: int, edges: Sequence[Edge], source: int, sink: int, backend: Backend = "auto") -> set[int]:
    """The smallest source side of a minimum cut; ValueError where only an infinite edge could be cut."""
    finite = sum(cap for _, _, cap in edges if cap is not None)
    bound = finite + 1  # no minimum cut costs as much, so that this much is as good as infinite
    merged: dict[tuple[int, int], int] = {}
    for u, v, cap in edges:
        if cap != 0:
            merged[u, v] = min(bound, merged.get((u, v), 0) + (bound if cap is None else cap))
    capped = [(u, v, cap) for (u, v), cap in merged.items()]
    if backend == "auto":
        backend = "scipy" if vertices > SCIPY_FROM else "dinic"
    if backend == "scipy" and bound < _INT64:
        try:
            side = _scipy(vertices, capped, source, sink, bound)
        except ImportError:  # slower without, not wrong
            side = _dinic(vertices, capped, source, sink)
    else:
        side = _dinic(vertices, capped, source, sink)
    if sink in side or any(cap is None and u in side and v not in side for u, v, cap in edges):
        raise ValueError("every cut crosses an infinite edge")
    return side


def _dinic(vertices: int, edges: Sequence[tuple[int, int, int]], source: int, sink: int) -> set[int]:
    heads: list[list[int]] = [[] for _ in range(vertices)]  # arcs leaving a vertex; arc ^ 1 is its reverse
    target: list[int] = []
    left: list[int] = []
    for u, v, cap in edges:
        heads[u].append(len(target))
        heads[v].append(len(target) + 1)
        target += (v, u)
        left += (cap, 0)
    while True:
        level = _levels(heads, target, left, source)
        if level[sink] < 0:
            return {v for v in range(vertices) if level[v] >= 0}
        _blocking_flow(heads, target, left, level, source, sink)


def _levels(heads: list[list[int]], target: list[int], left: list[int], source: int) -> list[int]:
    level = [-1] * len(heads)
    level[source] = 0
    queue = [source]
    for u in queue:
        deeper = level[u] + 1
        for arc in heads[u]:
            v = target[arc]
            if level[v] < 0 and left[arc] > 0:
                level[v] = deeper
                queue.append(v)
    return level


def _blocking_flow(
    heads: list[list[int]], target: list[int], left: list[int], level: list[int], source: int, sink: int
) -> None:
    """Saturate every shortest path; depth-first with a current arc per vertex, no recursion (paths can be long)."""
    current = [0] * len(heads)
    path: list[int] = []
    u = source
    while True:
        if u == sink:
            flow = min(left[arc] for arc in path)
            first = len(path)
            for at in range(len(path) - 1, -1, -1):
                arc = path[at]
                left[arc] -= flow
                left[arc ^ 1] += flow
                if left[arc] == 0:
                    first = at
            u = target[path[first] ^ 1]
            del path[first:]
            continue
        arcs = heads[u]
        at, deeper = current[u], level[u] + 1
        while at < len(arcs) and not (left[arcs[at]] > 0 and level[target[arcs[at]]] == deeper):
            at += 1
        current[u] = at
        if at < len(arcs):
            path.append(arcs[at])
            u = target[arcs[at]]
        elif path:
            level[u] = -1  # a dead end for this phase
            u = target[path.pop() ^ 1]
        else:
            return


def _scipy(vertices: int, edges: Sequence[tuple[int, int, int]], source: int, sink: int, bound: int) -> set[int]:
    import numpy as np
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    shape = (vertices, vertices)
    table = np.array(edges, dtype=np.int64).reshape(-1, 3)
    left = csr_matrix((table[:, 2], (table[:, 0], table[:, 1])), shape=shape).tocoo()
    while True:  # each pass lowers `bound`, an excess of the flow still missing, by about 2**30 / edges
        unit = -(-bound // _INT32)
        units = (np.minimum(left.data, bound) // unit).astype(np.int32)
        scaled = csr_matrix((units, (left.row, left.col)), shape=shape)
        scaled.eliminate_zeros()
        flow = maximum_flow(scaled, source, sink).flow.astype(np.int64)
        left = (left.tocsr() - flow * unit).tocoo()
        wide = left.data >= unit
        links = csr_matrix((left.data[wide], (left.row[wide], left.col[wide])), shape=shape)
        side = np.zeros(vertices, dtype=bool)
        side[breadth_first_order(links, source, return_predecessors=False)] = True
        missing = int(left.data[side[left.row] & ~side[left.col]].sum())
        if missing == 0:
            return set(np.flatnonzero(side).tolist())
        bound = missing + 1
