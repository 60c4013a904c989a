"""Iterations as runs of MLflow: parameters, metrics with steps, tags, artifacts and times.

A run belongs to an iteration by its tags: the script, the number and when it began. So what was exported before is
brought up to date and not doubled: notes, stars, labels and new metrics; what a record says for good (parameters,
metrics, files) is written once. A run that the user deleted there stays so.
"""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mliter_tui import __version__, events
from mliter_tui.history import iterations
from mliter_tui.history.several import plain_name
from mliter_tui.history.tables import Told, seen_from, told
from mliter_tui.lean import dataclass
from mliter_tui.lookback.mlflow_store import ABOUT_FOLDERS, artifact_root, client_of, is_folder, is_local, shown
from mliter_tui.render.cells import clean
from mliter_tui.store import Store

SCRIPT, ITERATION, BEGAN, FILES = "mliter.script", "mliter.iteration", "mliter.began", "mliter.artifacts"
_STATUS = {"ok": "FINISHED", "failed": "FAILED", "cancelled": "KILLED"}
_LONGEST_KEY, _LONGEST_VALUE, _LONGEST_TAG = 240, 5900, 4900
_MOST_PARAMETERS = 400
_LARGEST_FILE = 100_000_000
"""Bytes; larger files of an iteration are not copied, their hash is in the table all the same."""


@dataclass
class Report:
    """What an export did. left: runs that were deleted there; large: files that were not copied."""

    uri: str
    experiment: str
    new: int = 0
    updated: int = 0
    left: int = 0
    large: int = 0
    remote: bool = False

    def in_json(self) -> dict[str, int]:
        """Counts."""
        return {"new": self.new, "updated": self.updated, "deleted_there": self.left, "files_not_copied": self.large}

    def text(self, script: str) -> str:
        """Sentences for people."""
        said = [f"{self.new} iterations of {script} are new in the MLflow experiment {clean(self.experiment)!r}, "
                f"{self.updated} were there and are up to date."]  # fmt: skip
        if self.left:
            said.append(f"{self.left} were deleted there and are left so.")
        if self.large:
            said.append(f"{self.large} files of over {_LARGEST_FILE // 1_000_000} MB were not copied.")
        if self.remote:
            said.append("The experiment's artifacts lie on another machine, which you did not name; none were copied.")
        if is_folder(self.uri):
            said.append(ABOUT_FOLDERS)
        elif is_local(self.uri):
            said.append(f"Look at them with: mlflow ui --backend-store-uri {shown(self.uri)}")
        return "\n".join(said)


def export(store: Store, script: str, uri: str, experiment: str, limit: int | None = None) -> Report:
    """Bring the last iterations of a script into an experiment of a tracking URI. Raises UsageError."""
    report = Report(uri, experiment)
    with client_of(uri) as client:
        place = client.get_experiment_by_name(experiment)
        if place is None:
            number = client.create_experiment(experiment, artifact_location=artifact_root(uri))
            place = client.get_experiment(number)
        report.remote = is_local(uri) and not is_local(place.artifact_location)
        known = _known(client, place.experiment_id, script)
        runs: dict[int, str] = {}
        for each in told(store, script, limit):
            past = each.past
            run = known.get((past.number, _began(each)))
            if run is not None and run.info.lifecycle_stage == "deleted":
                report.left += 1
                continue
            parent = runs.get(past.parent or 0, "")
            if run is None:
                start = int(past.info.when * 1000)
                run = client.create_run(place.experiment_id, start_time=start, run_name=_title(each))
                report.new += 1
            else:
                report.updated += 1
            runs[past.number] = run.info.run_id
            _Run(client, run, store, each, report).bring(parent)
    return report


def _known(client: Any, experiment: str, script: str) -> dict[tuple[int, str], Any]:
    """Runs that were exported before, by iteration and when that began."""
    quoted = script.replace("'", "''")
    found = {}
    token = None
    while True:
        page = client.search_runs([experiment], f"tags.`{SCRIPT}` = '{quoted}'", 3, 500, page_token=token)
        for run in page:
            number = run.data.tags.get(ITERATION, "")
            if number.isdigit():
                found[int(number), run.data.tags.get(BEGAN, "")] = run
        token = page.token
        if not token:
            return found


def _began(each: Told) -> str:
    return f"{each.past.info.when:.3f}"


def _title(each: Told) -> str:
    label = each.studied.label.text if each.studied is not None else ""
    words = [str(each.past.number), label, each.past.info.trigger]
    return clean(" ".join(filter(None, words)))[:120]


def metric_name(name: str) -> str:
    """A name as MLflow allows it: letters, digits, and _ - . space : /"""
    plain = re.sub(r"\s+", " ", re.sub(r"[^\w.\-/ :]+", " ", name)).strip(" ./")
    return plain[:_LONGEST_KEY] or "value"


class _Run:
    """One run and its iteration."""

    def __init__(self, client: Any, run: Any, store: Store, each: Told, report: Report) -> None:
        self.client, self.run, self.store, self.each, self.report = client, run, store, each, report
        self.id, self.past = run.info.run_id, each.past

    def bring(self, parent: str) -> None:
        """Bring the run up to date. parent: the run of the iteration it goes out from, "" where there is none."""
        from mlflow.entities import Metric, Param, RunTag

        there = self.run.data
        tags = dict(self._tags(parent))
        gone = [name for name in ("mlflow.note.content", "mliter.star") if name in there.tags and name not in tags]
        new = [RunTag(k, v[:_LONGEST_TAG]) for k, v in tags.items() if there.tags.get(k) != v[:_LONGEST_TAG]]
        params = [Param(k, v) for k, v in self._parameters().items() if k not in there.params]
        values = [Metric(*row) for row in self._values() if row[0] not in there.metrics]
        for at in range(0, max(len(values), len(params), len(new)), 100):
            size = slice(at, at + 100)
            self.client.log_batch(self.id, values[size], params[size], new[size])
        for name in gone:
            self.client.delete_tag(self.id, name)
        if FILES not in there.tags and not self.report.remote:
            self._files()
            self.client.set_tag(self.id, FILES, __version__)
        status = _STATUS.get(self.past.info.status, "FINISHED")
        ended = int((self.past.info.when + self.past.info.seconds) * 1000)
        if (self.run.info.status, self.run.info.end_time) != (status, ended):
            self.client.set_terminated(self.id, status, ended)

    def _tags(self, parent: str) -> Iterator[tuple[str, str]]:
        past, row = self.past, self.each.studied
        info, remark, around = past.info, past.remark, iterations.surroundings_of(self.store, past)
        yield SCRIPT, past.script
        yield ITERATION, str(past.number)
        yield BEGAN, _began(self.each)
        yield "mlflow.runName", _title(self.each)
        yield "mlflow.source.name", past.script
        yield "mlflow.source.type", "LOCAL"
        yield from (("mliter.parent", str(past.parent)), ("mliter.parent_run", parent)) if past.parent else ()
        if past.again:
            yield "mliter.repeats", str(past.again)
        if remark.note:
            yield "mlflow.note.content", remark.note
        if remark.star:
            yield "mliter.star", "true"
        if row is not None:
            yield "mliter.kind", row.label.kind or "none"
            yield "mliter.letter", row.label.letter
            yield "mliter.why", "; ".join(row.label.why)
        yield "mliter.changed", info.trigger
        if past.args:
            yield "mliter.arguments", json.dumps(past.args)
        if past.git is not None and past.git.commit:
            yield "mlflow.source.git.commit", past.git.commit
            yield "mliter.git_dirty", json.dumps(past.git.dirty)
        for name in ("python", "platform", "host"):
            if around.get(name):
                yield f"mliter.{name}", str(around[name])
        yield "mliter.version", __version__

    def _parameters(self) -> dict[str, str]:
        """Those that vary first, where there are very many."""
        found: dict[str, str] = {}
        for name, value, _, _ in sorted(self.each.parameters, key=lambda each: not each[3])[:_MOST_PARAMETERS]:
            found.setdefault(metric_name(plain_name(name)), value[:_LONGEST_VALUE])
        return found

    def _values(self) -> Iterator[tuple[str, float, int, int]]:
        """(name, value, when in milliseconds, step): a course by its epochs, folds as a course of their own."""
        info = self.past.info
        when = int((info.when + info.seconds) * 1000)
        for metric in self.each.metrics:
            name = metric_name(metric.name)
            if metric.series:
                yield from ((name, value, when, step) for step, value in enumerate(metric.series, 1))
            else:
                yield name, metric.value, when, 0
            for step, value in enumerate(metric.folds, 1):
                yield metric_name(f"{name}/folds"), value, when, step
        numbers = {
            "seconds": info.seconds, "saved_seconds": info.saved_seconds, "computed": info.computed,
            "loaded": info.loaded, "pruned": info.pruned,
        }  # fmt: skip
        for name, number in numbers.items():
            if math.isfinite(number):
                yield f"mliter/{name}", float(number), when, 0

    def _files(self) -> None:
        """Script and modules as they were, output, written files that are still kept, figures that were left open."""
        with tempfile.TemporaryDirectory(prefix="mliter-") as folder:
            self._sources(Path(folder) / "source")
            heard = iterations.events_of(self.each.story)
            for channel in ("stdout", "stderr"):
                text = iterations.output_of(heard, channel)
                if text:
                    _write(Path(folder) / f"{channel}.txt", text.encode("utf-8", "backslashreplace"))
            around = iterations.surroundings_of(self.store, self.past)
            _write(Path(folder) / "surroundings.json", json.dumps(around, indent=1).encode())
            self._written(Path(folder) / "files")
            for event in heard:
                if isinstance(event, events.PictureKept) and event.picture.title and os.path.exists(event.picture.path):
                    data = Path(event.picture.path).read_bytes()
                    _write(Path(folder) / "figures" / f"{metric_name(event.picture.title)}.png", data)
            self.client.log_artifacts(self.id, folder)

    def _sources(self, folder: Path) -> None:
        content = iterations.content_of(self.store, self.past)
        if content is not None:
            _write(folder / os.path.basename(self.past.script), content)
        for module in iterations.modules_of(self.store, self.past) or ():
            _write(folder / seen_from(self.past.script, module.path), module.content)

    def _written(self, folder: Path) -> None:
        for path, content in iterations.files_of(self.store, self.past).items():
            if content in ("-", "dir") or content.startswith("link:") or not self.store.holds(content):
                continue
            place = folder / seen_from(self.past.script, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            if self.store.restore_file(content, place) and place.stat().st_size > _LARGEST_FILE:
                place.unlink()
                self.report.large += 1


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
