"""Checkout: the script and its local modules made what they were in an iteration, and that taken back.

Only files that the iteration has a record of are written; all others, and git, are left alone. A file is *safe* to
overwrite where its content is that of some iteration, or of a checkout that can be taken back: it can be had again.
What is not safe is work of the user's: it is refused, or copied beside the file first. All files are prepared before
the first is replaced, each at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mliter_tui.errors import UsageError
from mliter_tui.history import iterations
from mliter_tui.history.iterations import Past
from mliter_tui.lean import dataclass
from mliter_tui.store import Store, digest

MOST_UNDONE = 50
"""Checkouts that can be taken back, one after another."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a checkout did. changed: files that were written or taken away; copies: file -> where it was put aside.

    head: the iteration that the next one goes out from.
    """

    changed: tuple[str, ...]
    copies: tuple[tuple[str, str], ...]
    head: int | None


class UnsavedWork(UsageError):
    """Files with content that is in no iteration; `paths` are absolute."""

    def __init__(self, message: str, paths: tuple[str, ...]) -> None:
        super().__init__(message)
        self.paths = paths


def checkout(store: Store, past: Past, keep: bool = False) -> Done:
    """Go back to an iteration. Raises UnsavedWork, unless it is to be kept; UsageError where that cannot be done."""
    script = iterations.content_of(store, past)
    modules = iterations.modules_of(store, past)
    if script is None or (modules is None and "modules" in past.pieces):
        raise UsageError(f"The sources of iteration {past.number} are damaged; choose another one.")
    wanted = {past.script: script, **{m.path: m.content for m in modules or ()}}
    former = iterations.head(store, past.script)
    steps = _steps(store, past.script)
    done = _replace(store, past.script, wanted, keep, steps)
    iterations.set_head(store, past.script, past.number)
    steps.append({"head": former, "to": past.number, "files": done.before})
    store.set_meta(_name(past.script), steps[-MOST_UNDONE:])
    store.commit()
    return Done(done.changed, done.copies, past.number)


def undo(store: Store, script: str, keep: bool = False) -> Done:
    """Take the last checkout back. Raises UsageError where there is none, or as `checkout` does."""
    steps = _steps(store, script)
    if not steps:
        raise UsageError("There is no checkout to take back.")
    step = steps.pop()
    wanted: dict[str, bytes | None] = {}
    for path, (before, _) in step["files"].items():
        wanted[path] = store.piece(before) if before is not None else None
        if before is not None and wanted[path] is None:
            raise UsageError("What was there before the last checkout is damaged; it cannot be taken back.")
    done = _replace(store, script, wanted, keep, steps)  # what only this step has will be gone with it
    iterations.set_head(store, script, step["head"])
    store.set_meta(_name(script), steps)
    store.commit()
    return Done(done.changed, done.copies, step["head"])


def _name(script: str) -> str:
    return f"checkouts of {script}"


def _steps(store: Store, script: str) -> list[dict[str, Any]]:
    kept = store.meta(_name(script))
    return kept if isinstance(kept, list) else []


@dataclass(frozen=True, slots=True)
class _Replaced:
    """before: path -> hashes of what was there and what is there now, None for nothing."""

    changed: tuple[str, ...]
    copies: tuple[tuple[str, str], ...]
    before: dict[str, tuple[str | None, str | None]]


def _replace(
    store: Store, script: str, wanted: Mapping[str, bytes | None], keep: bool, steps: Sequence[Mapping[str, Any]]
) -> _Replaced:  # fmt: skip
    """Give files this content; None takes one away. steps: the checkouts that can be taken back now and afterwards."""
    there = {path: _content(path) for path in wanted}
    changed = tuple(path for path in wanted if there[path] != wanted[path])
    safe = _safe(store, script, steps)
    work = tuple(path for path in changed if (data := there[path]) is not None and not _is_kept(store, data, safe))
    if work and not keep:
        names = ", ".join(os.path.basename(path) for path in work)
        be = "has changes that are" if len(work) == 1 else "have changes that are"
        raise UnsavedWork(
            f"{names} {be} in no iteration; run the script first, or put a copy aside with --keep.", work
        )
    before: dict[str, tuple[str | None, str | None]] = {}
    for path in changed:
        was, will = there[path], wanted[path]
        before[path] = (
            store.keep_piece(was) if was is not None else None, store.keep_piece(will) if will is not None else None
        )  # fmt: skip
    store.commit()
    copies = [(path, _copy(path, there[path] or b"")) for path in work]
    _write({path: wanted[path] for path in changed})
    return _Replaced(changed, tuple(copies), before)


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); nothing was changed.") from None


def _is_kept(store: Store, data: bytes, safe: set[str]) -> bool:
    """Looked at, as texts of the first format may have gone for space."""
    name = digest(data)
    return name in safe and iterations.content(store, name) is not None


def _safe(store: Store, script: str, steps: Iterable[Mapping[str, Any]]) -> set[str]:
    """Hashes of contents that some iteration has, or a checkout that can be taken back."""
    found: set[str] = set()
    lists: set[str] = set()
    for past in iterations.all_past(store, script):
        found.update(past.pieces[kind] for kind in ("text", "content") if kind in past.pieces)
        if (modules := past.pieces.get("modules")) is not None and modules not in lists:
            lists.add(modules)
            found.update(digest(module.content) for module in iterations.modules_of(store, past) or ())
    for step in steps:
        found.update(each for pair in step["files"].values() for each in pair if each is not None)
    return found


def _copy(path: str, content: bytes) -> str:
    number = 1
    while True:
        aside = f"{path}.kept-{number}"
        try:
            with open(aside, "xb") as file:
                file.write(content)
            return aside
        except FileExistsError:
            number += 1
        except OSError as error:
            raise UsageError(f"{aside} cannot be written ({error.strerror}); nothing was changed.") from None


def _write(wanted: Mapping[str, bytes | None]) -> None:
    """All prepared first, so that a disk that is full or a folder that is closed changes nothing."""
    ready: list[tuple[str, str]] = []
    try:
        for path, content in wanted.items():
            if content is not None:
                ready.append((_prepared(os.path.realpath(path), content), os.path.realpath(path)))
        for fresh, target in ready:
            os.replace(fresh, target)
        for path in (path for path, content in wanted.items() if content is None):
            os.unlink(path)
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be written ({error.strerror}); see to it and try again.") from None
    finally:
        _remove(fresh for fresh, _ in ready)


def _prepared(target: str, content: bytes) -> str:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    fresh = os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.{os.getpid()}.mliter")
    with open(fresh, "wb") as file:
        file.write(content)
    if os.path.exists(target):
        if not os.access(target, os.W_OK):  # a read-only file is meant to stay as it is
            os.unlink(fresh)
            raise PermissionError(13, "it is read-only", target)
        os.chmod(fresh, os.stat(target).st_mode & 0o7777)
    return fresh


def _remove(paths: Iterable[str]) -> None:
    for path in paths:
        try:
            os.unlink(path)
        except OSError:
            continue  # it took its place
