"""`mliter import`: runs of an MLflow store beside the iterations of a script, to be looked at and compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mliter_tui.errors import UsageError
from mliter_tui.history.imported import MOST_STEPS, ImportedRun, forget, imported, keep
from mliter_tui.lookback.mlflow_store import client_of, shown
from mliter_tui.lookback.opening import opened, say_json
from mliter_tui.lookback.to_mlflow import SCRIPT
from mliter_tui.render.cells import clean

if TYPE_CHECKING:
    from mliter_tui.options import Options

_STATUS = {"FINISHED": "ok", "FAILED": "failed", "KILLED": "cancelled"}
_TAGS = ("mlflow.source.name", "mlflow.source.git.commit", "mlflow.user", "mlflow.note.content")


def import_command(options: Options) -> int:
    """0; raises UsageError where there is no store, no such experiment or nothing in it."""
    with opened(options) as (store, script):
        if options.remove:
            wanted = [run for run in imported(store, script) if options.from_ is None or run.source == shown(
                options.from_.place) and options.experiment in (None, run.experiment)]  # fmt: skip
            forget(store, script, wanted)
            if options.json:
                say_json({"script": script, "removed": [run.label for run in wanted]})
            else:
                print(f"{len(wanted)} imported runs of {options.script_name} are dropped.")
            return 0
        assert options.from_ is not None  # the command line sees to it
        uri = options.from_.place
        own = 0
        runs = []
        with client_of(uri, must_exist=True) as client:
            for experiment in _experiments(client, options.experiment, uri):
                for run in _runs(client, experiment.experiment_id):
                    if run.data.tags.get(SCRIPT) == script:
                        own += 1
                    else:
                        runs.append(_read(client, run, experiment.name, shown(uri)))
        runs.sort(key=lambda run: run.begun or 0.0)
        new, again = keep(store, script, runs)
        last = max((run.number for run in imported(store, script)), default=0)
    if options.json:
        say_json({"script": script, "uri": shown(uri), "new": new, "updated": again, "own": own})
        return 0
    name = options.script_name
    print(f"{new} runs are new beside the iterations of {name}, {again} were known and are up to date."
          + f" {own} are iterations of it themselves, and left out." * bool(own))  # fmt: skip
    if runs:
        print(f"mliter history {name} lists them; mliter diff {name} last m{last} compares.")
    return 0


def _experiments(client: Any, name: str | None, uri: str) -> list[Any]:
    found: list[Any] = list(client.search_experiments())
    if name is None:
        return found
    wanted = [each for each in found if each.name == name]
    if not wanted:
        names = ", ".join(clean(each.name) for each in found[:8])
        raise UsageError(f"There is no experiment {name!r} in {shown(uri)}; there are {names or 'none'}.")
    return wanted


def _runs(client: Any, experiment: str) -> Iterator[Any]:
    token = None
    while True:
        page = client.search_runs([experiment], max_results=500, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _read(client: Any, run: Any, experiment: str, source: str) -> ImportedRun:
    info, data = run.info, run.data
    metrics = {}
    for name in data.metrics:
        history = sorted(client.get_metric_history(info.run_id, name), key=lambda each: (each.step, each.timestamp))
        metrics[str(name)] = tuple(float(each.value) for each in history[-MOST_STEPS:])
    return ImportedRun(
        source, experiment, info.run_id, info.run_name or "", _STATUS.get(info.status, "running"),
        info.start_time / 1000 if info.start_time else None, info.end_time / 1000 if info.end_time else None,
        {str(k): str(v) for k, v in data.params.items()}, metrics,
        {name: data.tags[name] for name in _TAGS if name in data.tags},
    )  # fmt: skip
