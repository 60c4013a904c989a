"""Another version of an installed package is seen, however its installer left it, and the reason names it (rule R2)."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mliter_tui.engine.packages import Versions
from mliter_tui.store import Store

if TYPE_CHECKING:
    from conftest import Outcome, Project


SCRIPT = """\
squares = [sum(range(n % 900)) for n in range(20_000)]
import untouched
import toolbox
values = [toolbox.scale(v) for v in range(3)]
print(values, untouched.scale(sum(squares)))
"""
KEEP = ("--policy", "always")


def files_of(folder: Path, package: str, factor: int) -> list[Path]:
    """A package whose first file says nothing of its version."""
    place = folder / package
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("from .inner import scale\n")
    (place / "inner.py").write_text(f"def scale(value):\n    return value * {factor}\n")
    return sorted(place.glob("*.py"))


def install(folder: Path, package: str, factor: int, metadata: str) -> None:
    """As pip leaves it: files, and a list of them with their hashes; another version that was there goes."""
    for old in [folder / package, *folder.glob(f"{metadata.partition('-')[0]}-*")]:
        shutil.rmtree(old, ignore_errors=True)
    listed = files_of(folder, package, factor)
    (folder / metadata).mkdir()
    if metadata.endswith(".dist-info"):
        hashes = {path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest() for path in listed}
        lines = [f"{path},sha256={found},{(folder / path).stat().st_size}" for path, found in hashes.items()]
        lines += [f"{package}/__pycache__/inner.cpython-311.pyc,,", f"{metadata}/RECORD,,"]
        (folder / metadata / "RECORD").write_text("\n".join(lines) + "\n")
    else:
        (folder / metadata / "PKG-INFO").write_text("Metadata-Version: 1.1\n")


@pytest.fixture
def place(project: Project) -> Path:
    """Where packages are installed in an environment of the project's own, which has those of this one besides."""
    own = project.tmp / "own"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(own)], check=True)
    project.python = str(own / "bin" / "python")
    (packages,) = own.glob("lib/python*/site-packages")
    (packages / "more.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install(packages, "untouched", 5, "untouched-1.0.dist-info")
    project.script(SCRIPT)
    return packages


def headline(done: Outcome) -> tuple[str, str, str]:
    (found,) = [e["reason"] for e in done.events if e["type"] == "node_finished" and e["label"] == "import toolbox"]
    assert found["code"] == "ENVIRONMENT_CHANGED"
    return found["package"], found["before"], found["after"]


VERSIONS = {
    "called as it is imported": ("toolbox-1.0.dist-info", "toolbox-1.1.dist-info"),
    "called otherwise": ("tools_of_others-1.0.dist-info", "tools_of_others-1.1.dist-info"),
    "with no list of files": ("toolbox-1.0-py3.11.egg-info", "toolbox-1.1-py3.11.egg-info"),
}


@pytest.mark.parametrize("first, second", VERSIONS.values(), ids=VERSIONS)
def test_another_version_is_seen_and_named(project: Project, place: Path, first: str, second: str) -> None:
    install(place, "toolbox", 2, first)
    project.run(options=KEEP)
    project.unchanged()
    install(place, "toolbox", 3, second)
    done = project.run(options=KEEP)
    assert "values" in done.computed and headline(done) == ("toolbox", "1.0", "1.1")
    assert done.pruned == ["squares"]
    install(place, "toolbox", 2, first)
    assert "values" not in project.run(options=KEEP).computed


def test_the_same_version_built_anew_is_another_one(project: Project, place: Path) -> None:
    install(place, "toolbox", 2, "tools_of_others-1.0.dist-info")
    project.run()
    install(place, "toolbox", 3, "tools_of_others-1.0.dist-info")
    package, before, after = headline(project.run())
    assert package == "toolbox" and before != after and before.startswith("1.0 (") and after.startswith("1.0 (")


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "site-packages"
    monkeypatch.syspath_prepend(str(place))
    install(place, "toolbox", 2, "tools_of_others-1.0.dist-info")
    return place


def test_what_is_known_of_a_folder_holds_until_something_comes_into_it(tmp_path: Path, found: Path) -> None:

    def key(seconds: int, asked: str = "toolbox") -> str:
        os.utime(found, (seconds, seconds))
        with Store.open(tmp_path / "store") as store:
            return Versions(store).together(asked)

    first = key(1_000_000)
    record = found / "tools_of_others-1.0.dist-info" / "RECORD"
    kept = record.read_bytes()
    record.write_bytes(b"")
    assert key(1_000_000) == first  # nothing came or went: the list is not read again
    assert key(2_000_000) != first
    record.write_bytes(kept)
    assert key(3_000_000) == first
    assert key(3_000_000, "toolbox json") != first


def test_a_folder_into_which_something_came_but_now_is_read_again(tmp_path: Path, found: Path) -> None:
    record = found / "tools_of_others-1.0.dist-info" / "RECORD"
    whole = record.read_bytes()
    keys = []
    for text in (b"", whole):  # an installer writes it last
        record.write_bytes(text)
        with Store.open(tmp_path / "store") as store:
            keys.append(Versions(store).together("toolbox"))
    assert keys[0] != keys[1]
