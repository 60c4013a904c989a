"""The trust table: edits that must come out right, under mliter and under its peers, each in an environment of its own.

    python benchmarks/trust.py [--tool NAME ...] [--case WORD ...] [--md FILE] [--json FILE] [--update FILE]

A case is a small project, run, changed, and run again. **right**: every run printed, wrote and returned what plain
python does in a fresh folder with the same history. **wasteful**: right, but costly calls were made again that were
made before with the same inputs. **stale**: something else came out, and no error said so. **error**: it stopped with
one where python does not. "-": the tool has no means for it. Costly calls are counted by the library that is called, in
memory that no tool takes for an input. mliter runs the plain script; the others a port of it (trust/peers), as a
competent user of each would write it. Environments are made by pip, when this command first needs them. --update: take
from a former --json what is not run now.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "trust"))

from cases import ARGUMENTS, CASES, FILES, Case, Inexpressible, Stage
from tools import TITLES, TOOLS, Environment, Run, Unavailable


@dataclass(frozen=True)
class Verdict:
    """One cell. units, least: costly calls made after the first run, and those that had to be."""

    word: str
    units: int | None = None
    least: int | None = None
    why: str = ""

    @property
    def cell(self) -> str:
        if self.word == "wasteful":
            return f"wasteful {self.units}:{self.least}"
        return f"**{self.word}**" if self.word in ("stale", "error") else self.word


UNKNOWN = Verdict("not run")


def play(case: Case, environment: Environment, folder: Path, plain: bool) -> list[Run | None]:
    """Every run of a case; None for one that is killed under plain python, where nothing is left of it."""
    tool = environment.tool
    stage = Stage(folder / "project", "python" if plain else tool.name, environment, ARGUMENTS[case.project])
    stage.lay(case.project, tool.port and not plain)
    if tool.begin and not plain:
        environment.run(tool.begin, stage.folder, {})
    words = ("python", "train.py", "{args}") if plain else tool.words
    runs: list[Run | None] = []
    for number, changes in enumerate(case.steps):
        for change in changes:
            change(stage)
        kill = case.kill if number == 0 else 0
        if kill and plain:
            runs.append(None)
            continue
        filled = tuple(word for each in words for word in (stage.arguments if each == "{args}" else (each,)))
        run = environment.run(filled, stage.folder, stage.variables, plain, kill)
        for name in FILES[case.project]:
            path = stage.folder / name
            run.files[name] = path.read_bytes() if path.exists() else None
        runs.append(run)
    return runs


def judge(case: Case, truth: list[Run | None], runs: list[Run | None]) -> Verdict:
    """What is to be said of a tool's runs beside those of plain python."""
    for number, (expected, run) in enumerate(zip(truth, runs)):
        if expected is None or run is None:
            continue
        tail = run.stderr.decode(errors="replace").strip()[-600:]
        if expected.status and run.status and expected.status != 3:
            continue  # both failed, as they should
        if run.status and not expected.status:
            return Verdict("error", why=f"run {number + 1}: exit status {run.status}: {tail}")
        if (run.stdout, run.status, run.files) != (expected.stdout, expected.status, expected.files):
            said, ought = ((each.stdout, each.status, each.files) for each in (run, expected))
            word = "stale" if number else "-"  # nothing is old in a first run: the tool cannot do what the script does
            return Verdict(word, why=f"run {number + 1}: {said}; python: {ought}; {tail}")
    known: set[bytes] = set(truth[0].units) if truth[0] is not None else set()
    least = units = 0
    for expected, run in zip(truth[1:], runs[1:]):
        assert expected is not None and run is not None
        least += len(set(expected.units) - known)
        known |= set(expected.units)
        units += len(run.units)
    least = least if case.least is None else case.least
    return Verdict("right" if units <= least else "wasteful", units, least)


Truths = dict[tuple[str, ...], list[Run | None]]


def row(case: Case, environments: list[Environment], known: Truths) -> dict[str, Verdict]:
    """The verdicts on all tools; truth is had once for each set of versions it may depend on."""
    verdicts = {}
    for environment in environments:
        key = (case.name, *(environment.versions.get(package, "") for package in ("numpy", "pandas")))
        try:
            if key not in known:
                with tempfile.TemporaryDirectory() as scratch:
                    known[key] = play(case, environment, Path(scratch), True)
                restore(environment)
            with tempfile.TemporaryDirectory() as scratch:
                runs = play(case, environment, Path(scratch), False)
            verdicts[environment.tool.name] = judge(case, known[key], runs)
        except Inexpressible:
            verdicts[environment.tool.name] = Verdict("-")
        restore(environment)
    return verdicts


def restore(environment: Environment) -> None:
    """The library as it was before the case."""
    if environment.library != "1.0":
        environment.install("1.0")


def table(rows: dict[str, dict[str, Verdict]], names: list[str]) -> str:
    """Markdown: a row for each case, and how often each word fell."""
    lines = ["| changed between runs | " + " | ".join(TITLES[name] for name in names) + " |"]
    lines.append("| --- |" + " --- |" * len(names))
    for name, verdicts in rows.items():
        lines.append(f"| {name} | " + " | ".join(verdicts.get(tool, UNKNOWN).cell for tool in names) + " |")
    for word in ("right", "wasteful", "stale", "error", "-"):
        counts = [sum(v.get(tool, UNKNOWN).word == word for v in rows.values()) for tool in names]
        if any(counts):
            lines.append(f"| *{word if word != '-' else 'no means for it'}* | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines)


def former(file: Path) -> dict[str, dict[str, Verdict]]:
    """The verdicts in a file that --json has written."""
    cases = json.loads(file.read_text())["cases"]
    return {name: {tool: Verdict(**verdict) for tool, verdict in row.items()} for name, row in cases.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", action="append", choices=list(TOOLS), help="default: all")
    parser.add_argument("--case", action="append", help="only cases with this in their name")
    parser.add_argument("--md", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--update", type=Path, metavar="FILE")
    parser.add_argument("--environments", type=Path, default=Path.home() / ".cache" / "mliter-benchmarks" / "trust")
    parser.add_argument("--verbose", action="store_true", help="say what was wrong")
    options = parser.parse_args()
    environments = []
    for name in options.tool or TOOLS:
        try:
            environments.append(Environment(TOOLS[name], options.environments))
        except Unavailable as error:
            print(error, file=sys.stderr)
    names = [environment.tool.name for environment in environments]
    rows = former(options.update) if options.update else {}
    names += [name for name in TOOLS if name not in names and any(name in verdicts for verdicts in rows.values())]
    known: Truths = {}
    for case in CASES:
        if options.case and not any(word in case.name for word in options.case):
            continue
        verdicts = row(case, environments, known)
        rows.setdefault(case.name, {}).update(verdicts)
        cells = ", ".join(f"{tool} {verdict.cell}" for tool, verdict in verdicts.items())
        print(f"{case.name}: {cells}", file=sys.stderr, flush=True)
        for tool, verdict in verdicts.items():
            if options.verbose and verdict.why:
                print(f"    {tool}: {verdict.why}", file=sys.stderr, flush=True)
    text = table(rows, names)
    print(text)
    if options.md:
        options.md.write_text(text + "\n")
    if options.json:
        options.json.write_text(json.dumps(report(rows, environments), indent=1))
    return int(any(v["mliter"].word not in ("right", "wasteful") for v in rows.values() if "mliter" in v))


def report(rows: dict[str, dict[str, Verdict]], environments: list[Environment]) -> dict[str, object]:
    """All of it, with the machine, versions and date."""
    machine = {"system": platform.platform(), "machine": platform.machine(), "python": platform.python_version()}
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine,
        "versions": {e.tool.name: e.versions for e in environments},
        "cases": {name: {tool: vars(v) for tool, v in verdicts.items()} for name, verdicts in rows.items()},
    }


if __name__ == "__main__":
    sys.exit(main())
