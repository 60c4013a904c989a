"""The writing of an iteration's record: a row, and those of its pieces that no earlier iteration has.

What is the same in most iterations is a piece by content, so that an unchanged one adds a row, its events and nothing
else. The store keeps pieces for good (`store/pieces` has the rule): an iteration may lose its values and files for
space, never its record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from xxhash import xxh3_128_hexdigest

from mliter_tui import events
from mliter_tui.facts import Edge, NodeInfo
from mliter_tui.history import iterations
from mliter_tui.history.git import git_state
from mliter_tui.history.iterations import VERSION_LINE, Module, Past, Story
from mliter_tui.history.surroundings import surroundings
from mliter_tui.history.trigger import causes, lines_changed, modules_changed, text_changed
from mliter_tui.lean import dataclass
from mliter_tui.store import Store

FORMAT = 2
_VERSION_READ = f'{{"v":{events.VERSION},"type":"version_read",'


@dataclass(frozen=True, slots=True)
class Draft:
    """An iteration that has ended, to be written down. `text`: the script as it was read, `content`: its file.

    nodes: code key and lines of each node of the version. read: makes its nodes and edges in full, asked only where no
    iteration has had them. story: its events; where VersionRead is not among them, it is put first. files: path ->
    content, as of `engine/written`; values: name -> fingerprint. again: the iteration it repeats.
    """

    script: str
    finished: events.IterationFinished
    begun: float
    text: str
    content: bytes
    nodes: Sequence[tuple[str, tuple[int, int]]]
    read: Callable[[], tuple[tuple[NodeInfo, ...], tuple[Edge, ...]]]
    args: tuple[str, ...] = ()
    modules: tuple[Module, ...] = ()
    story: Story = field(default_factory=list)
    files: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    again: int | None = None


def keep(store: Store, draft: Draft) -> int:
    """Keep an iteration; its number."""
    parent_number = draft.again or iterations.head(store, draft.script)
    parent = iterations.one_past(store, draft.script, parent_number) if parent_number else None
    what = draft.finished
    row: dict[str, Any] = {
        "format": FORMAT, "when": draft.begun, "status": what.status, "computed": what.computed,
        "loaded": what.loaded, "pruned": what.pruned, "seconds": what.seconds, "saved_seconds": what.saved_seconds,
        "compute_seconds": what.compute_seconds, "load_seconds": what.load_seconds, "exit_status": what.exit_status,
        "args": list(draft.args), "parent": parent.number if parent is not None else None,
    }  # fmt: skip
    if draft.again is not None:
        row["again"] = draft.again
    _keep_sources(store, draft, row)
    row["surroundings"] = _keep_json(store, surroundings())
    row["read"], shape = _keep_read(store, draft, parent)
    row["shape"] = shape
    row["changed"], row["trigger"] = _changed(store, draft, row, parent)
    if draft.files:
        row["files"] = _keep_json(store, dict(draft.files))
        row["blobs"] = _keep_json(store, sorted(set(draft.files.values())))
    if draft.values:
        row["values"] = _keep_json(store, dict(draft.values))
    if draft.story:
        row["story"] = store.keep_piece(_story(draft.story))
    with store.transaction():  # a row without its head would make the next iteration a branch
        number = store.add_iteration(draft.script, row)
        if draft.again is None:
            iterations.set_head(store, draft.script, number)
    store.commit()
    return number


def _keep_json(store: Store, data: Any) -> str:
    return store.keep_piece(json.dumps(data, separators=(",", ":")).encode("ascii"))


def _keep_text(store: Store, text: str, content: bytes) -> tuple[str, str]:
    """The pieces of a source, as it is read and as it is on disk; mostly one and the same."""
    return store.keep_piece(text.encode("utf-8", "surrogatepass")), store.keep_piece(content)


def _keep_sources(store: Store, draft: Draft, row: dict[str, Any]) -> None:
    row["text"], raw = _keep_text(store, draft.text, draft.content)
    if raw != row["text"]:
        row["content"] = raw
    modules = [(m.name, m.path, m.package, *_keep_text(store, m.text, m.content)) for m in draft.modules]
    row["modules"] = _keep_json(store, modules)
    git = git_state({draft.script: draft.content} | {m.path: m.content for m in draft.modules})
    if git is not None:
        row["git"] = {"commit": git.commit, "dirty": list(git.dirty) if git.dirty is not None else None}


def _keep_read(store: Store, draft: Draft, parent: Past | None) -> tuple[str, str]:
    """The piece of the version's nodes and edges, and by what it is seen to be that of the iteration before."""
    shape = xxh3_128_hexdigest(repr((draft.text, list(draft.nodes))).encode("utf-8", "surrogatepass"))
    if parent is not None and parent.shape == shape and "read" in parent.pieces:
        return parent.pieces["read"], shape
    nodes, edges = draft.read()
    read = events.VersionRead(draft.script, 0, "", nodes, edges)
    return store.keep_piece(events.encode(read).encode("ascii")), shape


def _changed(store: Store, draft: Draft, row: Mapping[str, Any], parent: Past | None) -> tuple[list[int], str]:
    """First lines of the nodes that are others than in the iteration it goes out from, and all that is, in words."""
    if parent is None:
        return [], "first run"
    lines: tuple[int, ...] = ()
    words = []
    if parent.pieces.get("text") != row["text"] and (before := iterations.text_of(store, parent)) is not None:
        read = iterations.read_of(store, parent)
        known = frozenset(node.key for node in read.nodes) if read is not None else frozenset[str]()
        lines = lines_changed(before, draft.text, known, draft.nodes)
        words.append(text_changed(lines, known, (key for key, _ in draft.nodes)))
    if parent.pieces.get("modules", row["modules"]) != row["modules"]:
        former = iterations.modules_of(store, parent) or ()
        words += modules_changed({m.path: m.content for m in former}, {m.path: m.content for m in draft.modules})
    if parent.args is not None and list(parent.args) != row["args"]:
        words.append("arguments")
    if not words and draft.finished.computed:
        words = causes(draft.story)
    return list(lines), ", ".join(words)


def _story(story: Iterable[tuple[float, str]]) -> bytes:
    rows = [[when, VERSION_LINE if line.startswith(_VERSION_READ) else line] for when, line in story]
    if all(line != VERSION_LINE for _, line in rows):
        rows.insert(0, [rows[0][0], VERSION_LINE])
    return json.dumps(rows, separators=(",", ":")).encode("ascii")
