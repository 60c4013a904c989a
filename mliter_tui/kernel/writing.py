"""Writing values to the store, in the kernel, while they are as the node that has just run left them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel.artifacts import dump
from mliter_tui.kernel.sharing import survives

if TYPE_CHECKING:  # session imports this module
    from mliter_tui.kernel.session import Session


def keep(session: Session, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """Write values to the store's object files; a value that turns out not to be picklable is reported, not raised."""
    reply: dict[str, Any] = {}
    for job in jobs:
        begin = time.perf_counter()
        roots = {n if job["joint"] else "": session.live.get(n) for n in job["names"]}
        scans = [s for n in job["names"] if (s := session.live.scans.get(n)) is not None]  # read a moment ago
        every = len(scans) == len(job["names"])
        if job["joint"] and not (every and survives(scans)) and not session.live.storable(job["names"], ""):
            reply[job["fp"]] = {"why": "what these names share would be lost"}
            continue
        native = every and all(found.native for found in scans)
        try:
            with session.recorder.quiet():
                manifest = dump(roots, session.folder, session.key, native)
        except Exception as e:  # any class may fail in its own __reduce__: the value is then recomputed when needed
            reply[job["fp"]] = {"why": f"{type(e).__name__}: {e}"}
            continue
        reply[job["fp"]] = {"manifest": manifest, "seconds": time.perf_counter() - begin}
    return reply
