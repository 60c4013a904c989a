"""What is done while a kernel imports and nothing else is to be done: what is asked for once the first node is over."""

from __future__ import annotations

from collections.abc import Iterator

from mliter_tui import events, reasons
from mliter_tui.codekey import imported_names
from mliter_tui.deferred import make_ready
from mliter_tui.engine.version import Version
from mliter_tui.facts import Calls, Edge, NodeInfo

_SOON = (
    events.NodeStarted, events.NodeFinished, events.ValueKept, events.ValueNotKept, events.CallsMade,
    events.IterationFinished, reasons.Kept, reasons.NotStored, reasons.UpstreamChanged, Calls, NodeInfo, Edge,
)  # fmt: skip


def steps(version: Version) -> Iterator[None]:
    """Short steps, in the order in which they will be needed."""
    for kind in _SOON:
        make_ready(kind)
        yield
    done: set[str] = set()
    for node in version.script.nodes:
        names = imported_names(node.unit.code) if node.kind == "import" and node.unit.code is not None else ()
        for package in sorted({name.partition(":")[0].partition(".")[0] for name in names} - done):
            done.add(package)
            if version.evidence.may_be_installed(package):
                version.evidence.versions.key(package)
            yield
