"""Files that a library opens from C++: seen by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Project

def _table(project: Project, last: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"x": [1, 2, last]}), project.folder / "t.parquet")


def test_a_parquet_file_read_by_arrow_itself(project: Project) -> None:
    _table(project, 3)
    project.script("import pyarrow.parquet as pq\nprint(pq.read_table('t.parquet').to_pydict())\n")
    project.run()
    project.unchanged()
    _table(project, 4)
    assert b"4" in project.run().stdout


def test_a_parquet_file_read_in_a_function(project: Project) -> None:
    _table(project, 3)
    text = "import pyarrow.parquet as pq\npath = 't.parquet'\ndef f(p):\n    return pq.read_table(p).num_rows\n"
    text += "print(f(path), pq.read_table(path)['x'].to_pylist())\n"
    project.script(text)
    project.run()
    _table(project, 5)
    assert b"5" in project.run().stdout
