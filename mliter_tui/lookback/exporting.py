"""`mliter export`: the iterations of a script for other tools, as JSON, as CSV or as runs of MLflow."""

from __future__ import annotations

import csv
import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mliter_tui import __version__
from mliter_tui.errors import UsageError
from mliter_tui.history.iterations import asked
from mliter_tui.history.tables import TABLES, VERSION, Rows, tables
from mliter_tui.lookback.opening import opened, say_json
from mliter_tui.records import plain_json

if TYPE_CHECKING:
    from mliter_tui.options import Options


def export_command(options: Options) -> int:
    """0; raises UsageError where there is nothing to export, or the place cannot be written."""
    target = options.to
    with opened(options) as (store, script):
        asked(store, script, 0, options.script_name)
        if target is not None and target.kind == "mlflow":
            from mliter_tui.lookback.to_mlflow import export

            experiment = options.experiment or Path(script).stem
            report = export(store, script, target.place, experiment, options.limit)
            if options.json:
                say_json({"script": script, "uri": target.place, "experiment": experiment, **report.in_json()})
            else:
                print(report.text(options.script_name))
            return 0
        rows = tables(store, script, options.limit)
        try:
            if target is None or target.place == "-":
                write_json(sys.stdout, rows, script)
            elif target.kind == "json":
                with open(target.place, "w", encoding="ascii") as file:
                    write_json(file, rows, script)
                print(f"{target.place} has the iterations of {options.script_name}.")
            else:
                counts = write_csv(Path(target.place), rows)
                count, name = counts["iterations"], options.script_name
                print(f"{target.place} has {count} iterations of {name}; columns.csv says what each column is.")
        except OSError as error:
            if target is None or target.place == "-":
                raise
            raise UsageError(f"{target.place} cannot be written ({error.strerror}); name another place.") from None
    return 0


def write_json(file: IO[str], rows: Rows, script: str) -> None:
    """One object of JSON: all tables, each a list of rows. Numbers JSON has no word for are written "inf", "nan"."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for name, row in rows:
        found[name].append(row)
    head = {"v": 1, "tables": VERSION, "mliter": __version__, "script": script, "exported": time.time()}
    json.dump(plain_json({**head, **found}), file, allow_nan=False)
    file.write("\n")


def write_csv(folder: Path, rows: Rows) -> dict[str, int]:
    """A file for each table in a folder, which is made, and columns.csv with what each column is; counts of rows.

    Lists are JSON in their cell; what is not known is an empty one. Files are UTF-8, with CRLF as RFC 4180 has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(TABLES, 0)
    with ExitStack() as files:
        writers = {}
        for name, columns in TABLES.items():
            path = folder / f"{name}.csv"
            file = files.enter_context(open(path, "w", encoding="utf-8", errors="backslashreplace", newline=""))
            writers[name] = csv.writer(file)
            writers[name].writerow(columns)
        for name, row in rows:
            writers[name].writerow(map(_cell, row.values()))
            counts[name] += 1
    with open(folder / "columns.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("table", "column", "meaning", "version"))
        for name, columns in TABLES.items():
            writer.writerows((name, column, meaning, VERSION) for column, meaning in columns.items())
    return counts


def _cell(value: Any) -> Any:
    """A value as a cell: floats exact, lists as JSON, zero bytes (which CSV cannot hold) replaced."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return json.dumps(list(value))
    if isinstance(value, float):
        return repr(value)
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value
