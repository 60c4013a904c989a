"""The nodes of a script as they were read last time: compiling a statement at a time takes a while for long scripts."""

from __future__ import annotations

import base64
import marshal
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from xxhash import xxh3_128_hexdigest

from mliter_tui.script.nodes import TAG, Node, Script, Unit, read_script
from mliter_tui.store import Store

_NODE = tuple(f.name for f in fields(Node))
_UNIT = tuple(f.name for f in fields(Unit))


def script_of(store: Store, text: str, filename: str, modules: Sequence[str] = ()) -> Script:
    """The nodes of this text, from the store where it has them; `modules` as for read_script.

    Raises SyntaxError as compile() does.
    """
    name = f"nodes of {filename}"
    key = xxh3_128_hexdigest(TAG + repr((text, list(modules))).encode("utf-8", "surrogatepass"))
    known = store.meta(name)
    if isinstance(known, dict) and known.get("text") == key:
        return _unpacked(marshal.loads(base64.b64decode(known["nodes"])), text, filename)
    script = read_script(text, filename, modules)
    packed = base64.b64encode(marshal.dumps(_packed(script))).decode()
    store.set_meta(name, {"text": key, "nodes": packed})
    return script


def _packed(script: Script) -> tuple[Any, ...]:
    nodes = []
    for node in script.nodes:
        values = {name: getattr(node, name) for name in _NODE}
        values["unit"] = tuple(getattr(node.unit, name) for name in _UNIT)
        nodes.append(tuple(values.values()))
    return tuple(nodes), script.future, script.frame_names, script.keep_docstrings


def _unpacked(packed: tuple[Any, ...], text: str, filename: str) -> Script:
    nodes, future, frame_names, keep_docstrings = packed
    read = []
    for values in nodes:
        named = dict(zip(_NODE, values, strict=True))
        read.append(Node(**{**named, "unit": Unit(*named["unit"])}))
    return Script(text, filename, tuple(read), future, frame_names, keep_docstrings)
