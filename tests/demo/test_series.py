"""Series of edits: how a folder is read, and that those which ship hold what they say."""

import ast
import tomllib
from pathlib import Path

import pytest

from mliter_tui.demo.series import SCRIPT, Series, SeriesError, read, shipped
from mliter_tui.errors import UsageError
from mliter_tui.grammar import DEMOS
from mliter_tui.history.labels import label


def test_edits_go_out_from_the_version_before(series: Series) -> None:
    texts = [version.files[SCRIPT] for version in series.versions]
    assert ["factor = 3" in text for text in texts] == [False, True, True, True]
    assert [version.changed for version in series.versions[1:]] == [(SCRIPT,), ("helper.py",), ("helper.py",)]
    assert "20 * x" in series.versions[2].files["helper.py"]
    assert series.versions[3].files == series.versions[1].files
    assert series.edits == 3


def test_a_package_that_is_missing_takes_its_lines_out_of_all_versions(folder: Path) -> None:
    there, missing = read(folder, missing=()), read(folder, missing=("no_such_package_at_all",))
    assert not any("!= 'x'" in version.files[SCRIPT] for version in there.versions)
    assert all("!= 'x'" in version.files[SCRIPT] for version in missing.versions)
    assert (there.notes, missing.notes) == ((), ("without it there is no x",))


def test_whole_files_are_read_too(folder: Path) -> None:
    (folder / SCRIPT).unlink()
    for number in range(3):
        (folder / f"0{number}.py").write_text(f"print({number})\n")
    (folder / "helper.02.py").write_text("other")
    (folder / "series.toml").write_text('[modules]\n"helper.py" = "helper.py"\n' + "".join(
        f'[[iteration]]\nkind = "li"\nletter = "H"\nwhat = "{number}"\n' for number in range(3)
    ) + 'files = {"helper.py" = "helper.02.py"}\n')
    versions = read(folder).versions
    assert [version.files[SCRIPT] for version in versions] == ["print(0)\n", "print(1)\n", "print(2)\n"]
    assert [version.files["helper.py"] == "other" for version in versions] == [False, False, True]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('["factor = 2"', '["factor = 7"', "iteration 1, train.py: 'factor = 7' stands in it 0 times"),
        ('["factor = 2"', '["word"', "iteration 1, train.py: 'word' stands in it 6 times"),
        ('what = "back"', "", "there is no 'what'"),
        ("back = 1", "back = ", "Invalid value"),
        ('["helper.py"]', '["other.py"]', "other.py"),
    ],
)
def test_what_does_not_fit_is_told(folder: Path, old: str, new: str, told: str) -> None:
    path = folder / "series.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(SeriesError, match="is no series of edits") as error:
        read(folder)
    assert told in str(error.value)


def test_an_unknown_demo_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="census, genomics, ie, mnist"):
        shipped("cifar")


@pytest.mark.parametrize("name", DEMOS)
def test_series_that_ship(name: str) -> None:
    """Ten edits, each of which changes something and can be read; short enough to be shown; under 2 MB of data."""
    series = shipped(name)
    assert series.edits == 10
    for version in series.versions[1:]:
        assert version.changed
        assert 10 <= len(version.what) <= 46, version.what
        assert 10 <= len(version.why) <= 62, version.why
    for version in series.versions:
        for text in version.files.values():
            ast.parse(text)
            assert max(map(len, text.splitlines())) <= 120
    assert {version.mark for version in series.versions} >= {"start", "end", "comment", "revert"}
    assert sum((series.folder / file).stat().st_size for file in series.data) < 2_000_000


@pytest.mark.parametrize("name", DEMOS)
def test_edits_that_change_comments_only_change_no_code(name: str) -> None:
    before, *rest = shipped(name).versions
    for version in rest:
        same = [_code(version.files[file]) == _code(text) for file, text in before.files.items()]
        assert all(same) == (version.mark == "comment"), version.what
        before = version


def _code(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        match body:
            case [ast.Expr(ast.Constant()), *_]:
                del body[0]
    return ast.dump(tree)


@pytest.mark.parametrize("name", DEMOS)
def test_labels_are_about_those_that_are_told_by_the_source(name: str) -> None:
    """Of a search that takes the place of one fit, people and the source may say another letter."""
    before = None
    wrong = []
    for version in shipped(name).versions:
        after = {"" if file == SCRIPT else file: text for file, text in version.files.items()}
        told = label(before, after)
        if (told.kind, told.letter) != (version.kind, version.letter):
            wrong.append(f"{version.what}: {version.kind} {version.letter}, told {told.kind} {told.letter}")
        assert told.kind == version.kind, version.what
        before = after
    assert len(wrong) <= 1, wrong


def test_all_that_a_demo_needs_ships_in_the_wheel(root: Path) -> None:
    """And what tells where its data are from, and by which licence."""
    targets = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    ships = targets["wheel"]["force-include"]
    needed = set()
    for name in DEMOS:
        series = shipped(name)
        files = ["README.md", "series.toml", *series.versions[0].files, *series.data]
        needed |= {f"demos/{name}/{file}" for file in files}
        assert "CC BY" in (series.folder / "README.md").read_text()
    assert set(ships) == needed
    assert {target for source, target in ships.items() if target != f"mliter_tui/{source}"} == set()
    assert all((root / source).is_file() for source in ships)
