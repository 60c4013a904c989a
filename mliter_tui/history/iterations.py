"""Past iterations of a script as they were kept, and what their records hold.

A record is a row in the store's catalog (numbers, names of pieces) and pieces, by content (`store/pieces`): the text,
local modules, surroundings, nodes, events, final values, files. Rows of the first format have a text and perhaps
events, as blobs, and none of the rest; all that is not known reads as None or as empty. Notes and stars are the user's,
and can be set at any time; they stand beside the rows.

The iterations of a script are a tree: `parent` is the one that the text goes out from, the last run or the one that was
checked out. `again`: a repetition of that iteration (`mliter run --iteration`), which no later one goes out from.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from typing import Any

from mliter_tui import events
from mliter_tui.errors import JournalError, UsageError
from mliter_tui.facts import IterationInfo
from mliter_tui.history.git import GitState
from mliter_tui.lean import dataclass
from mliter_tui.script.spaces import Modules
from mliter_tui.store import Store

Story = list[tuple[float, str]]
"""Events, encoded, and when each was."""
VERSION_LINE = ""
"""Stands in a kept story for the event VersionRead, whose parts are kept apart."""


@dataclass(frozen=True, slots=True)
class Module:
    """A local module as it was. `text` is decoded; `content` is what was in the file. path: absolute."""

    name: str
    path: str
    package: bool
    text: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Remark:
    """What the user said of an iteration."""

    note: str = ""
    star: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """One iteration in a row. `info` has its numbers; `pieces` the names of what is kept of it, by what it is.

    changed: first lines of the statements that are others than in its parent. shape: equal where text and nodes are.
    """

    script: str
    info: IterationInfo
    parent: int | None = None
    again: int | None = None
    args: tuple[str, ...] | None = None
    git: GitState | None = None
    changed: tuple[int, ...] = ()
    remark: Remark = Remark()
    shape: str = ""
    pieces: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return self.info.iteration


def all_past(store: Store, script: str, limit: int | None = None) -> list[Past]:
    """The last iterations of a script (its absolute path), oldest first."""
    remarks = store.metas(remark_name(script))
    rows = reversed(store.iterations(script, limit))
    return [_past(script, row, _remark(remarks.get(_digits(row["id"])))) for row in rows]


def one_past(store: Store, script: str, number: int) -> Past | None:
    """One iteration; None where there is none of that number."""
    row = store.iteration(script, number)
    remark = _remark(store.meta(remark_name(script) + _digits(number)))
    return _past(script, row, remark) if row is not None else None


def asked(store: Store, script: str, number: int, name: str) -> Past:
    """The iteration a user names; 0 is the last one. `name`: the script as typed. Raises UsageError."""
    last = store.last_iteration(script)
    found = one_past(store, script, number or last) if last else None
    if found is not None:
        return found
    if not last:
        raise UsageError(f"No iteration of {name} is kept here; run it first, or name its cache with --cache.")
    raise UsageError(f"There is no iteration {number} of {name}; there are 1 to {last}, see mliter history {name}")


def _digits(number: int) -> str:
    return f"{number:09}"


def remark_name(script: str) -> str:
    """The start of the names under which remarks on a script's iterations are kept."""
    return f"remark on {script} "


def set_remark(store: Store, past: Past, remark: Remark) -> None:
    """Keep what the user says of an iteration in place of what he said."""
    store.set_meta(
        remark_name(past.script) + _digits(past.number), {"note": remark.note, "star": remark.star}
    )


def _remark(kept: Any) -> Remark:
    if not isinstance(kept, dict):
        return Remark()
    return Remark(str(kept.get("note", "")), bool(kept.get("star", False)))


def _past(script: str, row: dict[str, Any], remark: Remark) -> Past:
    info = IterationInfo(
        row["id"], row["when"], row["status"], row["computed"], row["loaded"], row["pruned"], row["seconds"],
        row["saved_seconds"], row.get("compute_seconds", 0.0), row.get("load_seconds", 0.0), row["exit_status"],
        row.get("trigger", ""), remark.star, remark.note,
    )  # fmt: skip
    pieces = {kind: row[kind] for kind in _PIECES if isinstance(row.get(kind), str)}
    git = row.get("git")
    dirty = git["dirty"] if git is not None else None
    return Past(
        script, info, row.get("parent", row["id"] - 1 or None), row.get("again"),
        tuple(row["args"]) if "args" in row else None,
        GitState(git["commit"], tuple(dirty) if dirty is not None else None) if git is not None else None,
        tuple(row.get("changed", ())), remark, row.get("shape", ""), pieces,
    )  # fmt: skip


_PIECES = ("text", "content", "modules", "surroundings", "read", "story", "files", "values")


def content(store: Store, name: str | None) -> bytes | None:
    """The bytes of a piece; of the first format's rows these are blobs. None where they are lost, or never were."""
    if name is None:
        return None
    data = store.piece(name)
    return data if data is not None else store.blob(name)


def _json(store: Store, past: Past, kind: str) -> Any:
    data = content(store, past.pieces.get(kind))
    return json.loads(data) if data is not None else None


def text_of(store: Store, past: Past) -> str | None:
    """The script as it was read."""
    data = content(store, past.pieces.get("text"))
    return data.decode("utf-8", "surrogatepass") if data is not None else None


def content_of(store: Store, past: Past) -> bytes | None:
    """The bytes of the script's file."""
    return content(store, past.pieces.get("content", past.pieces.get("text")))


def modules_of(store: Store, past: Past) -> tuple[Module, ...] | None:
    """Its local modules as they were; None where that is not known."""
    rows = _json(store, past, "modules")
    if rows is None:
        return None
    found = []
    for name, path, package, text, raw in rows:
        decoded, data = content(store, text), content(store, raw)
        if decoded is None or data is None:
            return None
        found.append(Module(name, path, package, decoded.decode("utf-8", "surrogatepass"), data))
    return tuple(found)


def readable(modules: Iterable[Module]) -> Modules:
    """Local modules as a script is read with them."""
    known = tuple(modules)
    return Modules({m.name: (m.text, m.package) for m in known}, {m.name: m.path for m in known})


def surroundings_of(store: Store, past: Past) -> dict[str, Any]:
    """As of `history/surroundings`; empty where it is not known."""
    return _json(store, past, "surroundings") or {}


def files_of(store: Store, past: Past) -> dict[str, str]:
    """Files it left, by absolute path: the hash of the content, or as of `engine/written`."""
    return _json(store, past, "files") or {}


def values_of(store: Store, past: Past) -> dict[str, str]:
    """Fingerprints of what the script's names were bound to in the end; the store's artifacts go by these."""
    return _json(store, past, "values") or {}


def read_of(store: Store, past: Past) -> events.VersionRead | None:
    """The version that ran, with its nodes and edges; None where it is not known."""
    data, text = content(store, past.pieces.get("read")), text_of(store, past)
    if data is None or text is None:
        return None
    event = events.decode(data.decode("ascii"))
    if not isinstance(event, events.VersionRead):
        return None
    return replace(event, iteration=past.number, text=text, changed=past.changed)


def story_of(store: Store, past: Past) -> Story:
    """Its events, encoded, and when each was; none where they were not kept."""
    data = content(store, past.pieces.get("story"))
    if data is None:
        return []
    try:
        rows = json.loads(data)
    except ValueError:  # of the first format, which was compressed before it was kept
        rows = json.loads(zlib.decompress(data))
    read = read_of(store, past)
    version = events.encode(read) if read is not None else None
    told = ((float(when), str(line) if line != VERSION_LINE else version) for when, line in rows)
    return [(when, line) for when, line in told if line is not None]


def events_of(story: Iterable[tuple[float, str]]) -> list[events.Event]:
    """The events of a story; lines that cannot be read are left out."""
    found = []
    for _, line in story:
        try:
            found.append(events.decode(line))
        except JournalError:
            continue
    return found


def output_of(told: Sequence[events.Event], channel: events.Channel = "stdout") -> str:
    """What the script printed, as far as it was kept."""
    return "".join(event.text for event in told if isinstance(event, events.Output) and event.channel == channel)


def head(store: Store, script: str) -> int | None:
    """The iteration that the next one goes out from; None before the first."""
    kept = store.meta(f"head of {script}")
    return int(kept) if isinstance(kept, int) else store.last_iteration(script) or None


def set_head(store: Store, script: str, number: int | None) -> None:
    """The next iteration goes out from this one; None: from the last."""
    store.set_meta(f"head of {script}", number)
