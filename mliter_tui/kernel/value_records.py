"""What the coordinator is told of a value: its fingerprint and all that decides what may be done with it."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from xxhash import xxh3_128_hexdigest

from mliter_tui.hidden import lasts
from mliter_tui.kernel.fingerprint import Scan
from mliter_tui.kernel.live import Live, is_plain
from mliter_tui.kernel.probing import count, is_a


def is_named(value: Any) -> bool:
    """Whether a pickle of it is no more than its name: what it holds by now, as a class a list, is not in there."""
    return is_a(value, type, ModuleType, FunctionType, BuiltinFunctionType)


def record(found: Scan, value: Any, name: str, live: Live, was: Any = None) -> dict[str, Any]:
    """What the coordinator keeps about a value. was: what the name stood for: `anew` if that was a definition."""
    module = value.__name__ if is_a(value, ModuleType) else ""
    storable = found.storable and not is_named(value) and not lasts(name)
    return {
        "fp": found.fp, "exact": found.exact, "storable": storable, "size": found.size, "objects": found.objects,
        "native": found.native,
        "refs": sorted(found.refs), "requires": sorted(found.requires), "opaque": bool(found.opaque),
        "imports": sorted(found.imports),
        "plain": is_plain(value) and not found.packages and not found.refs and not found.imports,
        # a local module that another refers to is followed where definitions are
        "module": module if not (name.startswith("mod:") and live.is_local_module(module)) else "",
        "items": count(value),
        "anew": is_named(was) and was is not value,
    }  # fmt: skip


def groups(live: Live, names: set[str], lineage: str) -> list[dict[str, Any]]:
    """What the engine is told of values that several names share, these among them (rule R6)."""
    found: dict[frozenset[str], dict[str, Any]] = {}
    for name in names:
        whole = live.sharing.groups.get(name, frozenset())
        if len(whole) > 1 and whole not in found:
            joint = live.joint(whole, lineage)
            kept = joint.storable and joint.exact and not any(is_named(live.get(n)) or lasts(n) for n in whole)
            fp = joint.fp
            if not whole.isdisjoint(live.addressed):  # they are others in each process
                kept, fp = False, xxh3_128_hexdigest(f"addresses {lineage} {sorted(whole)}".encode())
            found[whole] = {
                "names": sorted(whole), "fp": fp, "storable": kept,
                "size": joint.size, "objects": joint.objects, "requires": sorted(joint.requires),
            }  # fmt: skip
    return list(found.values())
