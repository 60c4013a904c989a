"""Any number of iterations in one table: parameters keep their rows, metrics are compared with the first."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lab import Lab

from mliter_tui.history.several import plain_name
from mliter_tui.history.varying import NOT_GIVEN, rows_of
from mliter_tui.lookback.several import _fitting


def rows(*texts: str | None) -> dict[str, tuple[str | None, ...]]:
    found = rows_of([{"": text} if text is not None else None for text in texts])
    return {row.name: row.values for row in found if row.differs}


def test_a_parameter_is_one_row() -> None:
    assert rows("lr = 1\nn = 3", "lr = 2\nn = 3", "lr = 1\nn = 4") == {"lr": ("1", "2", "1"), "n": ("3", "3", "4")}


def test_a_default_is_told_from_a_call_that_is_not_there() -> None:
    found = rows("m = A(k=1)", "m = A()", "m = B(k=1)", "m = B(k=2)")
    assert found == {"A(k=)": ("1", NOT_GIVEN, None, None), "B(k=)": (None, None, "1", "2")}


def test_a_call_keeps_its_row_where_another_of_its_name_comes_before_it() -> None:
    found = rows("x = f(a=1)\ny = f(a=2)", "w = f(a=9)\nx = f(a=1)\ny = f(a=2)", "w = f(a=9)\nx = f(a=1)\ny = f(a=5)")
    assert found == {"f(a=) #2": ("2", "2", "5"), "f(a=) #3": (None, "9", "9")}


def test_one_that_is_no_python_or_not_known_is_left_out() -> None:
    assert rows("lr = 1", "lr = = 1", None, "lr = 2") == {"lr": ("1", None, None, "2")}


def test_modules_have_rows_of_their_own() -> None:
    found = rows_of([{"": "a = 1", "m": "def f(k=1): pass"}, {"": "a = 1", "m": "def f(k=2): pass"}, {"": "a = 1"}])
    assert [(row.name, row.values) for row in found if row.differs] == [("m: f(k=)", ("1", "2", None))]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("LogisticRegression(C=)", "LogisticRegression.C"), ("config['depth']", "config.depth"),
        ("range(argument 1)", "range.1"), ("features: scale(by=)", "features.scale.by"), ("lr", "lr"),
        ("--lr (default=)", "--lr.default"), ("f(a=) #2", "f.a.2"), ("c['a']['b']", "c.a.b"),
    ],
)  # fmt: skip
def test_names_that_other_tools_allow(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_columns_that_do_not_fit_stand_below_beside_the_first() -> None:
    assert list(_fitting([8, 8, 8, 8, 8], 30)) == [[0, 1, 2], [0, 3, 4]]
    assert list(_fitting([50, 50, 50], 20)) == [[0, 1], [0, 2]]


SERIES = """\
acc = {0}
folds = [{1}, {1} + 0.01, {1} + 0.02]
print("accuracy:", acc)
print("fold scores:", [round(fold, 3) for fold in folds])
with open("plot.svg", "w") as file:
    file.write("<svg xmlns='http://www.w3.org/2000/svg'><title>{0}</title></svg>")
with open("same.svg", "w") as file:
    file.write("<svg xmlns='http://www.w3.org/2000/svg'/>")
"""


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    base = tmp_path_factory.mktemp("three")
    (base / "project").mkdir()
    lab = Lab(base / "project", base / "state")
    for values in ((0.5, 0.5), (0.75, 0.9), (0.25, 0.5)):
        lab.write(SERIES.format(*values))
        lab.run()
    return lab


def test_the_table(three: Lab) -> None:
    lines = three("diff", "train.py", "1", "2", "3").stdout.splitlines()
    assert lines[0].split() == ["iteration", "1", "2", "3"]
    cells = {line.split()[0]: line.split() for line in lines if line}
    assert cells["acc"][1:] == ["0.5", "0.75", "0.25"]
    assert cells["accuracy"][1:] == ["0.5", "0.75", "0.25"]
    assert next(line.split() for line in lines if line.startswith("  against 1"))[2:] == ["better?", "worse?"]
    edited = next(line for line in lines if line.startswith("lines, against 1"))
    assert edited.split()[3:] == ["-", "+3", "-3", "+2", "-2"]


def test_the_table_in_json(three: Lab) -> None:
    told = json.loads(three("diff", "train.py", "3", "1", "last", "2", "--json").stdout)
    assert [run["iteration"] for run in told["iterations"]] == [3, 1, 2]  # each once, in the order they are named
    parameters = {row["name"]: row["values"] for row in told["parameters"]}
    assert parameters["acc"] == ["0.25", "0.5", "0.75"]
    folds = next(row for row in told["metrics"] if row["name"] == "fold scores")
    first, same, better = folds["values"]
    assert first["compared"] is None and first["interval"]["low"] < first["value"] < first["interval"]["high"]
    assert same["compared"]["verdict"] == "no real change" and better["compared"]["verdict"] == "better"


def test_the_table_as_a_page_with_figures(three: Lab) -> None:
    three("diff", "train.py", "1", "2", "3", "--html", "d.html")
    page = (three.folder / "d.html").read_text(encoding="utf-8")
    assert page.count("<img") == 4 and page.count("data:image/svg+xml;base64,") == 4  # plot three times, same once
    assert 'class="same"' in page and "<td>accuracy</td>" in page and "better?" in page


def test_figures_of_two_stand_side_by_side(three: Lab) -> None:
    three("diff", "train.py", "1", "2", "--html", "two.html")
    page = (three.folder / "two.html").read_text(encoding="utf-8")
    assert page.count("<img") == 3 and page.index("plot.svg</h3>") < page.index("same.svg</h3>")


def test_a_figure_that_is_gone_is_said_to_be(lab: Lab) -> None:
    """A file whose content is in the store no more, as one that made room."""
    for value in (0.5, 0.75):
        lab.write(SERIES.format(value, value))
        lab.run()
    with lab.store() as store:
        one = lab.past(store)[0]
        from mliter_tui.history.iterations import files_of

        name = files_of(store, one)[str(lab.folder / "plot.svg")]
        found = [path for path in Path(lab.folder / ".mliter").rglob(f"*{name[2:]}*") if path.is_file()]
    assert found
    for path in found:
        path.chmod(0o600)
        path.unlink()
    lab("diff", "train.py", "1", "2", "--html", "d.html")
    page = (lab.folder / "d.html").read_text(encoding="utf-8")
    assert "not kept any more" in page and page.count("<img") == 2


class Tags(HTMLParser):
    """The tags of a page; those that are open, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith("on") and name != "href"
            assert name != "src" or (value or "").startswith("data:image/")
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_foreign_text_is_text_in_the_table_and_on_the_page(lab: Lab) -> None:
    for value in ("<b>1</b>", "\\x1b[31mred", "<script>x</script>"):
        lab.write(f"mode = '{value}'\nprint('<i>\\x1b[2J accuracy:', len(mode) / 100)\n")
        lab.run()
    told = lab("diff", "train.py", "1", "2", "3").stdout
    assert "\x1b" not in told and "<b>1</b>" in told
    lab("diff", "train.py", "1", "2", "3", "--html", "d.html")
    page = Tags((lab.folder / "d.html").read_text(encoding="utf-8"))
    assert not page.open and not page.tags & {"script", "b", "i"}
    assert "<b>1</b>" in page.text and "\x1b" not in page.text
