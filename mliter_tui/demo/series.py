"""A series of edits of one script, as a folder holds it: a script, what it reads, and series.toml.

Each `[[iteration]]` says what the edit is and why one would make it, and holds it in one of three forms: `edit`, pairs
of a text that stands once in the version before and what takes its place (`modules` has the same for files beside the
script); `back`, the number of a version that comes again; or, where the folder has 00.py, 01.py, ..., a whole file.
A folder that is not of this form raises SeriesError, which names the file and the iteration.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mliter_tui.errors import UsageError
from mliter_tui.grammar import DEMOS
from mliter_tui.lean import dataclass

SCRIPT = "train.py"


class SeriesError(UsageError):
    """A folder that is no series, or one with an edit that does not fit."""


@dataclass(frozen=True, slots=True)
class Version:
    """One save: all files that may change, by name. kind, letter: as `mliter label` has them. mark: what is special
    of it ("start", "end", "comment", "revert", "module"), "" for nothing.

    changed: the files that this save writes.
    """

    files: Mapping[str, str]
    changed: tuple[str, ...]
    what: str
    why: str = ""
    kind: str = ""
    letter: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """All saves of a sitting, the first of which is the script as one found it. data: files that are only read.

    notes: sentences on what was left out of the scripts here, and why.
    """

    name: str
    title: str
    folder: Path
    versions: tuple[Version, ...]
    data: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def edits(self) -> int:
        return len(self.versions) - 1


def found(name: str) -> Series:
    """A series that comes with mliter, else that of a folder."""
    return shipped(name) if name in DEMOS else read(Path(name).resolve())


def shipped(name: str) -> Series:
    """A series that comes with mliter. Raises UsageError where there is none of this name."""
    if name not in DEMOS:
        raise UsageError(f"There is no demo {name!r}; there are {', '.join(DEMOS)}.")
    package = Path(__file__).resolve().parents[1]
    for root in (package / "demos", package.parent / "demos"):  # installed, and in a checkout
        if (root / name / "series.toml").is_file():
            return read(root / name)
    raise UsageError(f"The files of the demo {name} are not here; install mliter again.")


def read(folder: Path, missing: Sequence[str] | None = None, edits: Path | None = None) -> Series:
    """The series of a folder. missing: packages taken for not installed; None looks. edits: the folder with the
    series.toml and the data, where the script in `folder` is another one that the same edits fit."""
    try:
        told = tomllib.loads(((edits or folder) / "series.toml").read_text("utf-8"))
        rows: list[dict[str, Any]] = told["iteration"]
        whole = (folder / "00.py").is_file()
        modules: dict[str, str] = told.get("modules", {})
        if not isinstance(modules, dict):
            modules = {name: name for name in modules}
        first = {SCRIPT: _text(folder / ("00.py" if whole else SCRIPT))}
        first |= {name: _text((edits or folder) / file) for name, file in modules.items()}
        notes = []
        for package, without in told.get("without", {}).items():
            if package in missing if missing is not None else find_spec(package) is None:
                first[SCRIPT] = replaced(first[SCRIPT], without["edit"])
                notes.append(str(without["note"]))
        versions: list[Version] = []
        for number, row in enumerate(rows):
            files = _whole(folder, number, row, versions) if whole else _edited(row, versions)
            versions.append(_version(row, {**first, **files} if not versions else files, versions))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SeriesError(f"{folder} is no series of edits: {_told(error)}") from None
    return Series(
        folder.name, told.get("title", folder.name), edits or folder, tuple(versions), tuple(told.get("data", ())),
        tuple(notes),
    )  # fmt: skip


def replaced(text: str, pairs: Sequence[Sequence[str]]) -> str:
    """The text with the first of each pair, which stands there once, replaced by the second. Raises ValueError."""
    for old, new in pairs:
        count = text.count(old)
        if count != 1:
            raise ValueError(f"{old!r} stands in it {count} times, not once")
        text = text.replace(old, new)
    return text


def _told(error: Exception) -> str:
    return f"there is no {error}" if isinstance(error, KeyError) else str(error)


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _version(row: Mapping[str, Any], files: dict[str, str], before: Sequence[Version]) -> Version:
    was = before[-1].files if before else {}
    changed = tuple(name for name, text in files.items() if was.get(name) != text)
    return Version(files, changed, str(row["what"]), str(row.get("why", "")), str(row["kind"]), str(row["letter"]),
                   str(row.get("mark", "")))  # fmt: skip


def _edited(row: Mapping[str, Any], before: Sequence[Version]) -> dict[str, str]:
    if not before:
        return {}
    if "back" in row:
        return dict(before[int(row["back"])].files)
    files = dict(before[-1].files)
    for name, pairs in {SCRIPT: row.get("edit", ()), **row.get("modules", {})}.items():
        try:
            files[name] = replaced(files[name], pairs)
        except ValueError as error:
            raise ValueError(f"iteration {len(before)}, {name}: {error}") from None
    return files


def _whole(folder: Path, number: int, row: Mapping[str, Any], before: Sequence[Version]) -> dict[str, str]:
    files = dict(before[-1].files) if before else {}
    files[SCRIPT] = _text(folder / f"{number:02}.py")
    files |= {name: _text(folder / file) for name, file in row.get("files", {}).items()}
    return files
