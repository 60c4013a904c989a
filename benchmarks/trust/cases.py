"""The cases of the trust table: a project, and what is done before each of its runs.

A step is what is done before a run; the first step comes before the first run, so it sets the stage. Nothing is said
here of what should come out: that is what plain python does in a folder of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools import HERE, Environment


class Inexpressible(Exception):
    """A tool has no means for what a case does."""


@dataclass
class Stage:
    """The folder of a project as one tool, or plain python, has it, and what its next run is given."""

    folder: Path
    tool: str
    environment: Environment
    arguments: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)

    def lay(self, project: str, port: bool) -> None:
        """Put the project there: its modules and data, and its program or the tool's port of it."""
        shutil.copytree(HERE / "projects" / project, self.folder)
        if port:
            (self.folder / "train.py").unlink()
            shutil.copytree(HERE / "peers" / self.tool / project, self.folder, dirs_exist_ok=True)

    def texts(self) -> list[Path]:
        """The files of the project that a user edits."""
        return [p for p in self.folder.rglob("*") if p.suffix in (".py", ".yaml") and not hidden(p, self.folder)]


def hidden(path: Path, folder: Path) -> bool:
    """Whether a path is a tool's own."""
    parts = path.relative_to(folder).parts
    return any(part == "cache" or (part.startswith((".", "__")) and part != "__init__.py") for part in parts)


Change = Callable[[Stage], None]


def edit(old: str, new: str, **others: tuple[str, str] | None) -> Change:
    """Text in the one file that has it, indented as there; `others`: where a tool's port says it otherwise."""

    def change(stage: Stage) -> None:
        pair = others.get(stage.tool, (old, new))
        if pair is None:
            raise Inexpressible
        found = [path for path in stage.texts() if pair[0] in path.read_text()]
        if len(found) != 1 or found[0].read_text().count(pair[0]) != 1:
            raise SystemExit(f"{stage.tool}: {pair[0]!r} stands not once but in {[p.name for p in found]}")
        text = found[0].read_text()
        line = text[text.rfind("\n", 0, text.index(pair[0])) + 1:]
        margin = line[: len(line) - len(line.lstrip(" "))]
        found[0].write_text(text.replace(pair[0], pair[1].replace("\n", "\n" + margin)))

    return change


def write(name: str, text: str | None) -> Change:
    """A file with this text; None deletes it."""

    def change(stage: Stage) -> None:
        if text is None:
            (stage.folder / name).unlink()
        else:
            (stage.folder / name).write_text(text)

    return change


def replace(name: str, old: str, new: str, same_stat: bool = False) -> Change:
    """Text of a data file; with `same_stat` its size and its time of change are what they were."""

    def change(stage: Stage) -> None:
        path = stage.folder / name
        before = path.stat()
        assert path.read_text().count(old) == 1 and (not same_stat or len(old) == len(new))
        path.write_text(path.read_text().replace(old, new))
        if same_stat:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    return change


def argument(old: str, new: str) -> Change:
    """Another argument on the command line; for DVC it stands in the stage's command."""

    def change(stage: Stage) -> None:
        if stage.tool == "dvc":
            edit(f"fit.py {old}", f"fit.py {new}")(stage)
        stage.arguments = (new,)

    return change


def variable(name: str, value: str) -> Change:
    """Another environment variable; DVC knows of none."""

    def change(stage: Stage) -> None:
        if stage.tool == "dvc":
            raise Inexpressible
        stage.variables[name] = value

    return change


def upgrade(stage: Stage) -> None:
    """Another version of an installed package."""
    stage.environment.install("1.1")


def line_ends(stage: Stage) -> None:
    """The program's lines end as on Windows."""
    ported = {p.name for p in (HERE / "peers" / stage.tool / "reviews").glob("*.py")}
    for name in ported & {p.name for p in stage.folder.glob("*.py")} or {"train.py"}:
        path = stage.folder / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def not_for(*tools: str) -> Change:
    """Nothing, but these tools have no means for the case."""

    def change(stage: Stage) -> None:
        if stage.tool in tools:
            raise Inexpressible

    return change


@dataclass(frozen=True)
class Case:
    """One row of the table. kill: costly calls that have begun when the first run is killed, 0 for never. least: costly
    calls that have to be made after the first run, where plain python's runs do not tell."""

    name: str
    project: str
    steps: tuple[tuple[Change, ...], ...]
    kill: int = 0
    least: int | None = None


def _case(name: str, project: str, *changes: Change) -> Case:
    return Case(name, project, ((), changes))


_ABOVE = "def unused(rows):\n    return rows\n\n\nclass Settings:"
_DECIDE, _WRONG, _BROKEN = "model.decide(rows)", "model.decided(rows)", "model.decide(rows}"
_REVIEWS = (
    _case("nothing", "reviews"),
    _case("a comment and blanks", "reviews", edit("WIDTH = 2.0", "# how wide they are spread\nWIDTH  =  2.0")),
    _case(
        "a new function above, lines move", "reviews",
        # under Hamilton a function is a node, unless its name says otherwise
        edit("class Settings:", _ABOVE, hamilton=("class Settings:", _ABOVE.replace("unused", "_unused"))),
    ),
    _case("ends of lines (CRLF)", "reviews", line_ends),
    _case("a comment in a local module", "reviews", edit("SHORTEST = 3", "# in letters\nSHORTEST = 3")),
    _case("the last line, a print", "reviews", edit("with words {sure", "by words {sure")),
    _case("a hyperparameter", "reviews", edit("TREES = 20", "TREES = 40")),
    Case(
        "a hyperparameter, and back again", "reviews",
        ((), (edit("TREES = 20", "TREES = 40"),), (edit("TREES = 40", "TREES = 20"),)),
    ),
    _case(
        "a seed", "reviews",
        edit(
            "np.random.seed(7)", "np.random.seed(8)", joblib=("seed=7)", "seed=8)"), redun=("seed=7)", "seed=8)"),
            hamilton=('"seed": 7', '"seed": 8'),
        ),
    ),
    _case("a helper in a local module", "reviews", edit('strip(".,!?")', 'strip(".,!?;")')),
    _case("a constant that a module's function reads", "reviews", edit("SHORTEST = 3", "SHORTEST = 5")),
    _case("a function of a package's submodule", "reviews", edit("1 / (1 + np.arange", "1 / (2 + np.arange")),
    _case("a function imported inside a function", "reviews", edit("axis=1)) + 1.0", "axis=1)) + 2.0")),
    _case("a base class in a local module", "reviews", edit("offset = 1.0", "offset = 3.0")),
    _case("an attribute of a class", "reviews", edit("power = 2", "power = 3")),
    _case("the body of a decorator", "reviews", edit("function(*args), 4)", "function(*args), 1)")),
    _case("a constant that is a default argument", "reviews", edit("WIDTH = 2.0", "WIDTH = 5.0")),
    _case("a lambda in a table", "reviews", edit("np.sqrt(np.abs(rows))", "np.cbrt(np.abs(rows))")),
    _case("a data file", "reviews", replace("parts/one.csv", "I laughed;", "I laughed and wept;")),
    _case("a data file, of the same size and time", "reviews", replace("parts/one.csv", "Stunning", "Charming", True)),
    _case("a file that a helper reads", "reviews", replace("stopwords.txt", "with", "with plot on")),
    _case("a file more in a folder", "reviews", write("parts/three.csv", "text,label\nOne more classic.,1\n")),
    _case("an environment variable", "reviews", variable("REVIEWS", "4")),
    _case("an argument", "reviews", argument("3", "4")),
    _case("the version of an installed package", "reviews", upgrade),
)  # fmt: skip
_ARRAYS = (
    Case("an array changed behind a view of it, unedited", "arrays", ((edit("prices[:3].copy()", "prices[:3]"),), ())),
    Case(
        "an object with two names changed, unedited", "arrays",
        ((edit("dict(shared)", "shared", marimo=("dict(mine)", "mine"), dvc=("dict(mine)", "mine")),), ()),
    ),
    Case(
        "a function comes to change its argument", "arrays",
        ((), (edit("    rows = adjusted(", "    rows += 1.0; rows = adjusted("),), ()),
    ),
    Case(
        "a function comes to change a global", "arrays",
        ((), (edit("    rows = adjusted(", "    SEEN.append(trees); rows = adjusted("),), ()),
    ),
    _case("a model more in a loop", "arrays", edit("in (10, 20):", "in (10, 20, 30):")),
    _case("a helper behind lru_cache", "arrays", edit("year / 100", "year / 50")),
)  # fmt: skip
_OUTPUTS = (
    _case("nothing; it writes, reads, overwrites, appends", "outputs"),
    _case("a written file is deleted", "outputs", write("scores.json", None)),
    _case("a written file is altered", "outputs", write("scores.json", "{}")),
    Case("an error, fixed", "outputs", ((edit(_DECIDE, _WRONG),), (edit(_WRONG, _DECIDE),))),
    Case("a syntax error, fixed", "outputs", ((), (edit(_DECIDE, _BROKEN),), (edit(_BROKEN, _DECIDE),))),
    Case("killed in the middle of a fit, run again", "outputs", ((), ()), kill=2, least=1),
    Case("an exit status, twice", "outputs", ((), (not_for("dvc"), edit("> 100", "> -100")), ())),
    Case(
        "what a costly step prints, unedited", "outputs",
        ((not_for("dvc"), edit("seed=3)", "seed=3, verbose=True)")), ()),
    ),
    _case("a file that is executed (exec)", "outputs", write("settings.txt", "SHIFT = 0.75\n")),
    _case("a helper from `import *`", "outputs", edit("rows - rows.mean()", "rows - rows.max()")),
)  # fmt: skip
CASES = (*_REVIEWS, *_ARRAYS, *_OUTPUTS)
FILES = {"reviews": (), "arrays": (), "outputs": ("scores.json", "runs.log")}
"""Of each project the files that it writes for its user."""
ARGUMENTS = {"reviews": ("3",), "arrays": (), "outputs": ()}
