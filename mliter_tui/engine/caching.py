"""`mliter cache`: list, pin, unpin, evict, accept, gc, check."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from mliter_tui.engine.journal import labels
from mliter_tui.errors import UsageError
from mliter_tui.render.plain import cache_table, human_bytes
from mliter_tui.store import Artifact, CheckReport, GcReport, Store

if TYPE_CHECKING:
    from mliter_tui.options import Options


def cache_command(options: Options) -> int:
    if not options.cache_folder.exists():
        return _no_folder(options)
    with Store.open(options.cache_folder, options.budget) as store:
        action = {"ls": _ls, "gc": _gc, "check": _check, "accept": _accept}.get(options.action, _steer)
        status = action(options, store)
        store.commit()
        for note in store.notes:
            print(f"mliter: {note}", file=sys.stderr)
    return status


def _no_folder(options: Options) -> int:
    """There is no store, and looking at it is no reason to make one."""
    if options.names:
        raise UsageError(f"Nothing is kept in {options.cache_folder}, so nothing there is named {options.names[0]}.")
    none: dict[str, dict[str, Any]] = {
        "ls": {"used_bytes": 0, "budget_bytes": options.budget, "values": []},
        "gc": _fields(GcReport()), "check": _fields(CheckReport(full=True)),
    }  # fmt: skip
    _say(options, f"Nothing is kept in {options.cache_folder}.", none[options.action])
    return 0


def _fields(report: GcReport | CheckReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in report.__slots__}


def _say(options: Options, text: str, data: dict[str, Any]) -> None:
    print(json.dumps({"v": 1, **data}) if options.json else text)


def _row(a: Artifact) -> dict[str, Any]:
    return {
        "key": a.fp[:12], "name": a.label, "bytes": a.nbytes, "load_seconds": a.load_seconds,
        "compute_seconds": a.compute_seconds, "used": a.used, "pinned": bool(a.pinned),
    }  # fmt: skip


def _ls(options: Options, store: Store) -> int:
    rows = sorted((_row(a) for a in store.artifacts()), key=lambda r: -r["bytes"])
    if options.json:
        _say(options, "", {"used_bytes": store.used_bytes(), "budget_bytes": store.budget, "values": rows})
    else:
        sys.stdout.write(cache_table(rows, store.used_bytes(), store.budget))  # type: ignore[arg-type]
    return 0


def _chosen(options: Options, store: Store) -> list[Artifact]:
    everything = store.artifacts()
    chosen: list[Artifact] = []
    for name in options.names:
        found = [
            a for a in everything
            if len(name) >= 6 and a.fp.startswith(name) or name in [part.strip() for part in a.label.split(",")]
        ]  # fmt: skip
        if not found:
            raise UsageError(f"No kept value is named {name}; `mliter cache ls` shows keys and names.")
        chosen += [a for a in found if a not in chosen]
    return chosen


def _steer(options: Options, store: Store) -> int:
    chosen = _chosen(options, store)
    freed = 0
    for a in chosen:
        if options.action == "pin":
            store.pin(a.fp)
        elif options.action == "unpin":
            store.unpin(a.fp)
        else:
            freed += store.evict(a.fp)
    names = ", ".join(dict.fromkeys(a.label for a in chosen))
    done = {"pin": "Pinned", "unpin": "Unpinned", "evict": "Evicted"}[options.action]
    tail = f"; {human_bytes(freed)} freed" if options.action == "evict" else ""
    _say(options, f"{done} {names} ({len(chosen)}){tail}.", {"keys": [a.fp for a in chosen], "freed_bytes": freed})
    return 0


def _accept(options: Options, store: Store) -> int:
    """Nodes that talk to the outside or ask for the time are replayed from now on, not run again."""
    latest: dict[str, str] = {}
    for script in store.scripts():
        latest.update(labels(store, script))
    keys = []
    for name in options.names:
        found = [key for label, key in latest.items() if name == label or name in [p.strip() for p in label.split(",")]]
        if not found:
            raise UsageError(f"No statement of the last runs is called {name}; `mliter plan SCRIPT` shows their names.")
        keys += found
    for key in keys:
        store.accept(key, "accepted by the user")
    _say(options, f"Accepted: {', '.join(options.names)} will be replayed instead of run.", {"keys": keys})
    return 0


def _gc(options: Options, store: Store) -> int:
    data = _fields(store.gc())
    _say(options, "  ".join(f"{k.replace('_', ' ')}: {v}" for k, v in data.items()), data)
    return 0


def _check(options: Options, store: Store) -> int:
    data = _fields(store.check(True))
    _say(options, "  ".join(f"{k.replace('_', ' ')}: {v}" for k, v in data.items()), data)
    return 0
