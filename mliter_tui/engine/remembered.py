"""The nodes of a script as they were read last time: compiling a statement at a time takes a while for long scripts."""

from __future__ import annotations

import base64
import marshal
from dataclasses import fields
from typing import Any

from xxhash import xxh3_128_hexdigest

from mliter_tui.script.branches import Branch
from mliter_tui.script.building import Steps
from mliter_tui.script.frames import Frame
from mliter_tui.script.guards import Guard
from mliter_tui.script.loops import Loop
from mliter_tui.script.nodes import TAG, Node, Script, Unit
from mliter_tui.script.reading import CALLS_ONLY, NO_MODULES, as_asked, read_script
from mliter_tui.script.spaces import Modules
from mliter_tui.store import Store

_NODE = tuple(f.name for f in fields(Node))
_UNIT = tuple(f.name for f in fields(Unit))
_FRAME = tuple(f.name for f in fields(Frame))
_LOOP = tuple(f.name for f in fields(Loop))
_BRANCH = tuple(f.name for f in fields(Branch))
_GUARD = tuple(f.name for f in fields(Guard))


def script_of(
    store: Store, text: str, filename: str, modules: Modules = NO_MODULES, steps: Steps = CALLS_ONLY
) -> Script:
    """The nodes of this text, from the store where it has them; `modules` and `steps` as for read_script.

    Raises SyntaxError as compile() does.
    """
    name = f"nodes of {filename}"
    key = xxh3_128_hexdigest(TAG + repr((text, sorted(modules.sources.items()))).encode("utf-8", "surrogatepass"))
    known = store.meta(name)
    if isinstance(known, dict) and known.get("text") == key:
        script = _unpacked(marshal.loads(base64.b64decode(known["nodes"])), text, filename)
        if as_asked(script, steps):
            return script
    script = read_script(text, filename, modules, steps=steps)
    packed = base64.b64encode(marshal.dumps(_packed(script))).decode()
    store.set_meta(name, {"text": key, "nodes": packed})
    return script


def _packed(script: Script) -> tuple[Any, ...]:
    nodes = []
    for node in script.nodes:
        values = {name: getattr(node, name) for name in _NODE}
        values["unit"] = tuple(getattr(node.unit, name) for name in _UNIT)
        nodes.append(tuple(values.values()))
    frames = tuple(tuple(getattr(frame, name) for name in _FRAME) for frame in script.frames)
    loops = tuple(tuple(getattr(loop, name) for name in _LOOP) for loop in script.loops)
    branches = tuple(tuple(getattr(branch, name) for name in _BRANCH) for branch in script.branches)
    guards = tuple(tuple(getattr(guard, name) for name in _GUARD) for guard in script.guards)
    return (
        tuple(nodes), script.future, script.keep_docstrings, frames, script.whole, script.asked, loops,
        script.asked_passes, branches, script.files, guards,
    )  # fmt: skip


def _unpacked(packed: tuple[Any, ...], text: str, filename: str) -> Script:
    nodes, future, keep_docstrings, frames, whole, asked, loops, asked_passes, branches, files, guards = packed
    read = []
    for values in nodes:
        named = dict(zip(_NODE, values, strict=True))
        read.append(Node(**{**named, "unit": Unit(*named["unit"])}))
    entered = tuple(Frame(*values) for values in frames)
    unrolled = tuple(Loop(*values) for values in loops)
    return Script(
        text, filename, tuple(read), future, keep_docstrings, entered, whole, asked, unrolled, asked_passes,
        tuple(Branch(*values) for values in branches), files, tuple(Guard(*values) for values in guards),
    )
