"""Files that a library opens from C++: seen where they are given to it, or by their names."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from conftest import Project


def _table(project: Project, last: int) -> None:
    pq.write_table(pa.table({"x": [1, 2, last]}), project.folder / "t.parquet")


@pytest.mark.slow
def test_a_parquet_file_read_by_arrow_itself(project: Project) -> None:
    _table(project, 3)
    project.script("import pyarrow.parquet as pq\nprint(pq.read_table('t.parquet').to_pydict())\n")
    project.run()
    project.unchanged()
    _table(project, 4)
    assert b"4" in project.run().stdout


@pytest.mark.slow
def test_a_parquet_file_read_in_a_function(project: Project) -> None:
    _table(project, 3)
    text = "import pyarrow.parquet as pq\npath = 't.parquet'\ndef f(p):\n    return pq.read_table(p).num_rows\n"
    text += "print(f(path), pq.read_table(path)['x'].to_pylist())\n"
    project.script(text)
    project.run()
    _table(project, 5)
    assert b"5" in project.run().stdout


WRITTEN = """
import pandas as pd, pyarrow as pa, pyarrow.parquet as pq, pyarrow.csv
def table(n):
    return pa.table({"x": [n, 2]})
n = 1
pd.DataFrame({"x": [n, 2]}).to_parquet("a.parquet")
pq.write_table(table(n), "b.parquet")
pyarrow.csv.write_csv(table(n), "c.csv")
with open("d.csv", "wb") as f:
    pyarrow.csv.write_csv(table(n), f)
print("end", n)
"""


@pytest.mark.slow
def test_files_that_a_library_writes_from_cpp_are_results_too(project: Project) -> None:
    project.script(WRITTEN)
    project.run()
    project.script(WRITTEN.replace("n = 1", "n = 2"))
    project.run()
    project.script(WRITTEN)
    project.run()
    for name in ("a.parquet", "b.parquet", "c.csv"):
        (project.folder / name).unlink()
    assert project.run().computed == []


def test_an_error_in_such_a_function_is_shown_as_python_shows_it(project: Project) -> None:
    project.script("import pyarrow as pa, pyarrow.csv\npyarrow.csv.write_csv(pa.table({'x': [1]}), 'no/such/x.csv')\n")
    project.run(stderr=True)


READS = {
    "pandas": "import pandas as pd\nname = 'd'\nprint(pd.read_parquet(f'{name}.parquet').x.sum())\n",
    "pandas in a function": "import pandas as pd\ndef load(n):\n    return pd.read_parquet(n + '.parquet')\nx = load('d')\nprint(x.x.sum())\n",
    "arrow": "import pyarrow.parquet as pq\nname = 'd'\nt = pq.read_table(name + '.parquet')\nprint(t['x'].to_pylist())\n",
    "arrow csv": "import pyarrow.csv\nname = 'd'\nt = pyarrow.csv.read_csv(name + '.csv')\nprint(t['x'].to_pylist())\n",
    "dataset": "import pyarrow.dataset as ds\nname = 'd'\nd = ds.dataset(name)\nt = d.to_table()\nprint(t['x'].to_pylist())\n",
    "polars": "import polars as pl\nname = 'd'\nd = pl.read_csv(f'{name}.csv')\nprint(d['x'].to_list())\n",
    "lazy": "import polars as pl\nname = 'd'\nlazy = pl.scan_csv(f'{name}.csv')\nd = lazy.collect()\nprint(d['x'].to_list())\n",
    "pattern": "import polars as pl\nname = 'd'\nd = pl.read_csv(f'{name}*.csv')\nprint(d['x'].to_list())\n",
}


LONG = ("pandas in a function", "arrow csv", "dataset", "polars", "arrow", "pattern", "lazy")


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in LONG else []) for n in READS])
def test_files_that_a_library_reads_from_cpp_are_inputs_whatever_they_are_called(project: Project, name: str) -> None:
    if "polars" in READS[name]:
        pytest.importorskip("polars", reason="polars is not installed (pip install polars)")

    def data(*values: int) -> None:
        project.write("d.csv", "x\n" + "".join(f"{value}\n" for value in values))
        for file in ("d.parquet", "d/part.parquet"):
            (project.folder / "d").mkdir(exist_ok=True)
            pq.write_table(pa.table({"x": list(values)}), project.folder / file)

    data(1, 2)
    project.script(READS[name])
    project.run()
    assert project.run().computed == []
    data(1, 3)
    project.run()
    if name in ("pattern", "dataset"):
        project.write("d2.csv", "x\n7\n")
        pq.write_table(pa.table({"x": [7]}), project.folder / "d/more.parquet")
        project.run()
    data(1, 2)
    project.run()
