"""The folder a demo plays in: the script and its data for mliter, and the same once more for plain Python.

Nothing is written anywhere else: the user's key and the app's settings are kept in it, too. It goes at the end unless
it is to be kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mliter_tui.demo.series import SCRIPT, Series
from mliter_tui.lean import dataclass

_NOT_WRITTEN = {".mliter", "__pycache__"}


@dataclass(frozen=True)
class Scratch:
    """work: where mliter runs; plain: where Python runs; state: what would be in the user's own folders."""

    folder: Path
    series: Series

    @property
    def work(self) -> Path:
        return self.folder / self.series.name

    @property
    def plain(self) -> Path:
        return self.folder / "plain" / self.series.name

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def script(self) -> Path:
        return self.work / SCRIPT

    def set_up(self) -> None:
        """The first version and the data, in both folders."""
        for place in (self.work, self.plain):
            place.mkdir(parents=True)
            for name in self.series.data:
                shutil.copyfile(self.series.folder / name, place / name)
        for name, text in self.series.versions[0].files.items():
            (self.work / name).write_text(text, "utf-8")

    def sources(self) -> dict[str, bytes]:
        """The script and its modules as they are now."""
        names = self.series.versions[0].files
        return {name: (self.work / name).read_bytes() for name in names if (self.work / name).is_file()}

    def begin_plain(self, sources: Mapping[str, bytes]) -> None:
        """The folder of plain Python with these sources, and nothing that an earlier run wrote."""
        given = {*sources, *self.series.data}
        for path in list(written(self.plain, given)):
            (self.plain / path).unlink()
        for name, data in sources.items():
            (self.plain / name).write_bytes(data)

    def differing(self, sources: Mapping[str, bytes]) -> list[str]:
        """Files that plain Python wrote and that are others, or not there, where mliter ran."""
        wrong = []
        for name in sorted(written(self.plain, {*sources, *self.series.data})):
            other = self.work / name
            if not other.is_file() or other.read_bytes() != (self.plain / name).read_bytes():
                wrong.append(str(name))
        return wrong


def saved(path: Path, text: str) -> None:
    """Save a file as editors do: a new one takes the place of the old, in one step."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, "utf-8")
    os.replace(fresh, path)


def written(folder: Path, given: set[str]) -> Iterator[Path]:
    """Files below a folder, relative to it, but for those that were given and what Python and mliter keep there."""
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _NOT_WRITTEN]
        for name in names:
            path = Path(root, name).relative_to(folder)
            if str(path) not in given:
                yield path


@contextmanager
def scratch(series: Series, keep: bool) -> Iterator[Scratch]:
    """A scratch folder with the series in it, which is the current folder meanwhile."""
    before = Path.cwd()
    folder = Path(tempfile.mkdtemp(prefix="mliter-demo-")).resolve()
    the = Scratch(folder, series)
    cleaner = None if keep else _cleaner(folder)
    state = os.environ.get("XDG_STATE_HOME")
    try:
        the.set_up()
        the.state.mkdir()
        os.environ["XDG_STATE_HOME"] = str(the.state)
        os.chdir(the.work)
        yield the
    finally:
        os.chdir(before)
        os.environ.pop("XDG_STATE_HOME")
        if state is not None:
            os.environ["XDG_STATE_HOME"] = state
        if cleaner is not None:
            shutil.rmtree(folder, ignore_errors=True)
            cleaner.communicate()


_CLEAN = """
import os, shutil, sys, time
sys.stdin.read()
for _ in range(20):
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    if not os.path.exists(sys.argv[1]):
        break
    time.sleep(0.5)
"""


def _cleaner(folder: Path) -> subprocess.Popen[bytes]:
    """A process that removes the folder once this one has ended, however it did: by a kill, or with its terminal.

    It tries for some seconds, as the engine may be about to end itself.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _CLEAN, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True, cwd="/",
    )  # fmt: skip
