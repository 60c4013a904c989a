"""A version of a script, and events of its run, to fill view models with."""

from collections.abc import Iterable, Sequence

from mliter_tui import events, reasons
from mliter_tui.facts import Edge, NodeInfo
from mliter_tui.view.iteration import IterationView, NodeView
from mliter_tui.view.model import View, apply

SCRIPT = "/w/train.py"
TEXT = """import numpy as np
C = 0.5
df = pd.read_csv("train.csv")
X = df.drop(columns="y")
y = df["y"]
clf = LogisticRegression(
    C=C,
).fit(X, y)
print(clf.score(X, y))
"""
NODES = (
    NodeInfo(0, "import numpy as np", (1, 1), "import", binds=("np",)),
    NodeInfo(1, "C", (2, 2), binds=("C",)),
    NodeInfo(2, "df", (3, 3), binds=("df",)),
    NodeInfo(3, "X", (4, 4), binds=("X",)),
    NodeInfo(4, "y", (5, 5), binds=("y",)),
    NodeInfo(5, "clf", (6, 8), binds=("clf",)),
    NodeInfo(6, "print(clf.score(X, y))", (9, 9)),
)
EDGES = (
    Edge(1, 5, ("C",)), Edge(2, 3, ("df",)), Edge(2, 4, ("df",)), Edge(3, 5, ("X",)), Edge(4, 5, ("y",)),
    Edge(3, 6, ("X",)), Edge(4, 6, ("y",)), Edge(5, 6, ("clf",)),
)  # fmt: skip
ACTIONS = ("prune", "compute", "prune", "load", "load", "compute", "compute")
WHY = {
    "prune": reasons.NotNeeded(), "load": reasons.LoadCheaper(2.0, 0.1), "compute": reasons.SourceChanged("", 2),
}  # fmt: skip


def read(iteration: int = 1, text: str = TEXT, changed: tuple[int, ...] = (2,)) -> events.VersionRead:
    return events.VersionRead(SCRIPT, iteration, text, NODES, EDGES, changed)


def plan(actions: Sequence[str] = ACTIONS, seconds: float = 2.0) -> events.PlanReady:
    states = tuple(
        events.NodeState(
            n.node, action, WHY[action], n.label, n.lines, 0.1 if action == "load" else seconds, seconds,  # type: ignore[arg-type]
            0.1 if action == "load" else None, 84_000_000 if action == "load" else None, "*" if n.node == 3 else "",
        )
        for n, action in zip(NODES, actions)
    )  # fmt: skip
    return events.PlanReady(states, 6.2)


def started(iteration: int = 1) -> events.IterationStarted:
    return events.IterationStarted(SCRIPT, iteration, len(NODES))


def begins(node: int) -> events.NodeStarted:
    return events.NodeStarted(node, NODES[node].lines, NODES[node].label)


def ends(node: int, seconds: float = 0.5, action: str = "") -> events.NodeFinished:
    action = action or ACTIONS[node]
    info = NODES[node]
    return events.NodeFinished(node, info.label, info.lines, action, seconds, WHY[action])  # type: ignore[arg-type]


def finished(iteration: int = 1, status: str = "ok") -> events.IterationFinished:
    return events.IterationFinished(iteration, status, 3, 2, 2, 4.1, 41.2, 0, 3.0, 0.2)  # type: ignore[arg-type]


def filled(*happened: events.Event, view: View | None = None, now: float = 100.0) -> View:
    """A view to which these events came, a second apart."""
    view = view if view is not None else View()
    for at, event in enumerate(happened):
        apply(view, event, now + at)
    return view


def halfway() -> IterationView:
    """`clf` has run for a second; what is before it is done, what is after it waits."""
    done = [event for node in range(5) for event in (begins(node), ends(node))]
    view = filled(read(), started(), plan(), *done)
    apply(view, begins(5), 200.0)
    return view.shown


def chain(count: int, edges: Iterable[tuple[int, int]]) -> IterationView:
    """Nodes v0, v1, … one a line, with these edges."""
    nodes = {n: NodeView(NodeInfo(n, f"v{n}", (n + 1, n + 1), binds=(f"v{n}",))) for n in range(count)}
    text = "".join(f"v{n} = f{n}()\n" for n in range(count))
    return IterationView(1, SCRIPT, text, nodes, tuple(Edge(a, b, (f"v{a}",)) for a, b in sorted(set(edges))))
