"""Series of edits under mliter, plain Python, an oracle and other tools: time, memory, disk, and whether all was right.

    python benchmarks/series.py [NAME ...] [--tool run,watch,oracle,joblib] [--md FILE] [--json FILE] [--readme]

NAME is a demo, or a folder with a series (or with folders that are): series.toml and train.py with edits, or 00.py,
01.py, ... All demos where none is named. For each series and tool: an empty folder and an empty cache; each version
is saved over the one before, and the tools run it, one after the other. `run` is `mliter run`, a new process each time;
`watch` is one `mliter watch` that sees the saves. Standard output, exit status and every file that a cold run of plain
Python writes have to be the same bytes; nothing is normalised. Peers are run where they are installed (--python) and
where somebody has written the series for them (benchmarks/peers); what is left out is told. `--readme` puts the first
table and what is wrong or left out into the README. `oracle` is explained in oracle.py. Scripts run on one thread, for
steady times.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import results as telling
from series_tools import ROOT, TOOLS, Run, Setting, installed

from mliter_tui.demo.series import Series, SeriesError, read, shipped
from mliter_tui.errors import UsageError
from mliter_tui.grammar import DEMOS

PACKAGES = (*telling.LIBRARIES, "matplotlib")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
KINDS = ("dpr", "li", "ppr")
PICKLES = (".joblib", ".pkl", ".pickle")
LOADS_EQUAL = "import sys, joblib as j; sys.exit(j.hash(j.load(sys.argv[1])) != j.hash(j.load(sys.argv[2])))"


@dataclass
class Played:
    """All runs of a series under one tool, or why there are none."""

    series: Series
    tool: str
    runs: list[Run]
    skipped: str = ""

    def total(self, what: str, kind: str = "") -> float:
        """CPU or wall seconds; of a kind, those of its edits, the first version apart."""
        chosen = [run for number, (run, version) in enumerate(zip(self.runs, self.series.versions))
                  if not kind or (number and version.kind == kind)]  # fmt: skip
        return sum(getattr(run, what) for run in chosen)

    @property
    def right(self) -> int:
        return sum(not run.wrong for run in self.runs)


def named(names: Iterable[str]) -> Iterator[Series]:
    for name in names:
        folder = Path(name).resolve()
        if name in DEMOS:
            yield shipped(name)
        elif (folder / "series.toml").is_file():
            yield read(folder)
        else:
            inside = sorted(path.parent for path in folder.glob("*/series.toml"))
            if not inside:
                raise UsageError(f"{name} is neither a demo nor a folder with series; demos are {', '.join(DEMOS)}.")
            yield from map(read, inside)


def play(series: Series, names: Sequence[str], setting: Setting, repeat: int) -> list[Played]:
    """Play it so often, each time from nothing; seconds are medians, and what was wrong once is wrong.

    The tools take turns with each version, as the machine may be faster now and slower later.
    """
    variants = {name: TOOLS[name].variant(series, setting) for name in names}
    skipped = {name: why for name, why in variants.items() if isinstance(why, str)}
    passes: list[dict[str, list[Run]]] = []
    for _ in range(repeat):
        taking = {name: each for name, each in variants.items() if isinstance(each, Series) and name not in skipped}
        runs: dict[str, list[Run]] = {name: [] for name in taking}
        truth = passes[0]["python"] if passes else runs["python"]
        with contextlib.ExitStack() as stack:
            games = {}
            for name, written in taking.items():
                scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="mliter-series-"))
                folder = Path(scratch).resolve() / series.name
                folder.mkdir()
                game = TOOLS[name].play(written, folder, setting)
                games[name] = stack.enter_context(contextlib.closing(game)), folder
            for number in range(len(series.versions)):
                for name, (game, folder) in list(games.items()):
                    try:
                        run = next(game)
                    except queue.Empty:  # the others need not wait for it
                        skipped[name] = f"it told nothing for {setting.timeout:.0f} s"
                        del games[name]
                        continue
                    runs[name].append(run)
                    if name != "python" or passes:
                        judge(run, truth[number], folder, setting)
                    elif run.exit_status == 0:
                        run.more["kept"] = keep(folder, run, number)
                    print(f"  {series.name} {number:2} {name:8} {run.cpu:7.2f} s CPU {run.wall:7.2f} s  {told(run)}",
                          file=sys.stderr, flush=True)  # fmt: skip
            for game, _folder in games.values():
                list(game)  # what is known at its end only
        passes.append(runs)
    return [
        Played(series, name, [], skipped[name]) if name in skipped
        else Played(series, name, [median(same) for same in zip(*(runs[name] for runs in passes))])
        for name in names
    ]  # fmt: skip


KEPT = tempfile.TemporaryDirectory(prefix="mliter-series-")


def keep(folder: Path, run: Run, number: int) -> float:
    """Pickles that plain Python wrote, for a look at what others hold."""
    for name in run.files:
        if name.endswith(PICKLES):
            place = Path(KEPT.name, folder.name, str(number))
            place.mkdir(parents=True, exist_ok=True)
            (place / Path(name).name).write_bytes((folder / name).read_bytes())
    return float(number)


def judge(run: Run, truth: Run, folder: Path, setting: Setting) -> None:
    """What is other than under plain Python."""
    if run.exit_status != truth.exit_status:
        run.wrong.append(f"exit {run.exit_status}")
    if run.stdout != truth.stdout:
        run.wrong.append("stdout")
    for name, digest in truth.files.items():
        if run.files.get(name) != digest:
            held = Path(KEPT.name, folder.name, str(int(truth.more.get("kept", -1))), Path(name).name)
            command = [setting.python, "-c", LOADS_EQUAL, str(folder / name), str(held)]
            same = held.is_file() and not subprocess.run(command, check=False, capture_output=True).returncode
            run.wrong.append(f"{name} ({'other bytes, loads equal' if same else 'differs'})")


def told(run: Run) -> str:
    return "WRONG: " + ", ".join(run.wrong) if run.wrong else ""


def median(same: tuple[Run, ...]) -> Run:
    first = same[0]
    first.wall = statistics.median(run.wall for run in same)
    first.cpu = statistics.median(run.cpu for run in same)
    first.peak = max(run.peak for run in same)
    first.wrong = sorted({wrong for run in same for wrong in run.wrong})
    return first


# --- tables
def over(mine: float, other: float) -> str:
    return f"{mine / other:.2f}" if other else "-"


def summary(results: list[Played]) -> list[list[str]]:
    """One row for each series and tool: seconds that a person waits, and what the processors worked meanwhile."""
    beside = ["of python", "of oracle"]
    rows = [["series", "tool", "wall s", *beside, *(f"{kind} of python" for kind in KINDS), "CPU s", *beside,
             "first run", "disk MB", "peak MB", "right"]]  # fmt: skip
    for played in results:
        if not played.runs:
            continue
        python, oracle = one(results, played, "python"), one(results, played, "oracle")
        row = [played.series.name, played.tool]
        for what in ("wall", "cpu"):
            row += [f"{played.total(what):.1f}", *(share(played, other, what) for other in (python, oracle))]
            row += [share(played, python, what, kind) for kind in KINDS] if what == "wall" else []
        row += [over(played.runs[0].wall, python.runs[0].wall) if python else "-"]
        row += [f"{max(getattr(run, what) for run in played.runs) / 1e6:.0f}" for what in ("disk", "peak")]
        rows.append([*row, f"{played.right}/{len(played.runs)}"])
    return rows


def share(mine: Played, other: Played | None, what: str, kind: str = "") -> str:
    """Seconds of all runs relative to another tool's; of a kind, those of its edits."""
    return over(mine.total(what, kind), other.total(what, kind)) if other else "-"


def one(results: list[Played], like: Played, tool: str) -> Played | None:
    return next((each for each in results if each.series is like.series and each.tool == tool and each.runs), None)


def each_run(results: list[Played], series: Series) -> list[list[str]]:
    """Seconds that a person waits for each version, under each tool."""
    mine = [played for played in results if played.series is series and played.runs]
    rows = [["", "kind", "edit", *(played.tool for played in mine)]]
    for number, version in enumerate(series.versions):
        cells = [f"{played.runs[number].wall:.1f}{' ✗' if played.runs[number].wrong else ''}" for played in mine]
        rows.append([str(number), f"{version.kind} {version.letter}", version.what, *cells])
    return rows


def markdown(rows: list[list[str]]) -> list[str]:
    head, *body = rows
    marks = ["---" if index < 2 or head[index] == "edit" else "--:" for index in range(len(head))]
    return [f"| {' | '.join(row)} |" for row in (head, marks, *body)]


def aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    words = {0, 1, rows[0].index("edit")} if "edit" in rows[0] else {0, 1}
    return ["  ".join(cell.ljust(width) if index in words else cell.rjust(width)
                      for index, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]  # fmt: skip


def remarks(results: list[Played]) -> list[str]:
    """What was wrong, with the numbers of the versions, and what was left out; also where plain Python itself fails, as
    all tools are right that fail as it does."""
    lines = []
    for each in results:
        versions: dict[str, list[str]] = {}
        for number, run in enumerate(each.runs):
            if each.tool == "python" and run.exit_status:
                versions.setdefault(f"exit {run.exit_status}", []).append(str(number))
            elif run.wrong:
                versions.setdefault(", ".join(run.wrong), []).append(str(number))
        lines += [f"{'fails' if each.tool == 'python' else 'wrong'}: {each.tool} on {each.series.name}, "
                  f"version {', '.join(numbers)}: {what}" for what, numbers in versions.items()]  # fmt: skip
    left: dict[tuple[str, str], list[str]] = {}
    for each in results:
        if each.skipped:
            left.setdefault((each.tool, each.skipped), []).append(each.series.name)
    return lines + [f"left out: {tool} on {', '.join(names)}: {why}" for (tool, why), names in left.items()]


def figures(results: list[Played], about: dict[str, Any], command: str) -> list[str]:
    """The first table as Markdown, with the command above it and the remarks below."""
    told = telling.where(about).removesuffix(".")
    lines = [f"`{command}`", "", f"{told}; medians of {about['repeat']}, one thread.", "", *markdown(summary(results))]
    return [*lines, "", *(f"- {remark}" for remark in remarks(results))]


def page(results: list[Played], about: dict[str, Any], command: str) -> str:
    """All tables as Markdown."""
    lines = [*figures(results, about, command), ""]
    for series in dict.fromkeys(played.series.folder for played in results):
        of = next(played.series for played in results if played.series.folder == series)
        lines += [f"**{of.title}** Seconds of each version, ✗ where the result is not that of plain Python:", "",
                  *markdown(each_run(results, of)), ""]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(DEMOS))
    parser.add_argument("--tool", default=",".join(TOOLS), help=f"some of {','.join(TOOLS)}; python always runs")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the scripts and of the peers")
    parser.add_argument("--repeat", type=int, default=1, help="play so often, and take medians")
    parser.add_argument("--rest", type=float, default=2.0, help="seconds between saves in watch, as a person has them")
    parser.add_argument("--timeout", type=float, default=900.0, help="seconds that one run may take")
    parser.add_argument("--md", type=Path, help="write the tables to this file")
    parser.add_argument("--json", type=Path, help="write all of it to this file")
    help_of = "run nothing: tables of what --json wrote before of demos; a later FILE counts first"
    parser.add_argument("--of", type=Path, nargs="+", metavar="FILE", help=help_of)
    telling.readme(parser)
    options = parser.parse_args()
    if options.of:
        return again(options)
    if unknown := set(options.tool.split(",")) - set(TOOLS):
        parser.error(f"there is no tool {', '.join(sorted(unknown))}; tools are {', '.join(TOOLS)}.")
    wanted = [name for name in TOOLS if name == "python" or name in options.tool.split(",")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1",
                   **dict.fromkeys(THREADS, "1")}  # fmt: skip
    setting = Setting(options.python, environment, options.rest, options.timeout)
    compileall.compile_dir(ROOT / "mliter_tui", quiet=2)  # as of any package that is installed
    results: list[Played] = []
    try:
        chosen = list(named(options.names))
        if options.readme:
            telling.marked(options.readme, "series")
    except (SeriesError, UsageError, OSError, ValueError) as error:
        parser.error(str(error))
    for difference in differences(setting):
        print(difference, file=sys.stderr)
    about = {**telling.about(), **installed(setting, PACKAGES), "repeat": options.repeat, "rest": options.rest}
    for series in chosen:
        results += play(series, wanted, setting, options.repeat)
        write(results, options, about)  # all of it takes long: what is done stands there if it is not ended
    print("\n".join([*aligned(summary(results)), "", *remarks(results)]).rstrip())
    if options.readme:
        telling.put(options.readme, "series", figures(results, about, command(options)))
    return 0


def again(options: argparse.Namespace) -> int:
    """Tables of what was measured before."""
    found: dict[tuple[str, str], Played] = {}
    about: dict[str, Any] = {}
    demos = {name: shipped(name) for name in DEMOS}
    for file in options.of:
        told = json.loads(file.read_text("utf-8"))
        for row in told.pop("results"):
            runs = [Run(**run, stdout=b"") for run in row["runs"]]
            found[row["series"], row["tool"]] = Played(demos[row["series"]], row["tool"], runs, row["skipped"])
        about = told
    results = [found[name, tool] for name in DEMOS for tool in TOOLS if (name, tool) in found]
    print("\n".join([*aligned(summary(results)), "", *remarks(results)]).rstrip())
    write(results, options, about)
    if options.readme:
        telling.put(options.readme, "series", figures(results, about, command(options)))
    return 0


def differences(setting: Setting) -> Iterator[str]:
    """Packages that mliter's interpreter has in another version than that of the other tools."""
    own = replace(setting, python=sys.executable)
    mine, others = (installed(each, PACKAGES)["packages"] for each in (own, setting))
    for name in mine.keys() & others.keys():
        if mine[name] != others[name]:
            yield f"{name} is {mine[name]} under mliter and {others[name]} under the others: results may differ by it."


def command(options: argparse.Namespace) -> str:
    """How to have the same again; whoever does has the interpreter elsewhere."""
    words = list(options.names) if options.names != list(DEMOS) else []
    words += [f"--tool {options.tool}"] if options.tool != ",".join(TOOLS) else []
    words += ["--python PYTHON"] if options.python != sys.executable else []
    words += [f"--repeat {options.repeat}"] if options.repeat > 1 else []
    return " ".join(["python benchmarks/series.py", *words, "--readme"])


def write(results: list[Played], options: argparse.Namespace, about: dict[str, Any]) -> None:
    """The files that were asked for."""
    command = " ".join(["python benchmarks/series.py", *sys.argv[1:]])
    if options.md:
        options.md.write_text(page(results, about, command), "utf-8")
    if options.json:
        rows = [{"series": p.series.name, "tool": p.tool, "skipped": p.skipped, "runs": [
            {key: value for key, value in asdict(run).items() if key != "stdout"} for run in p.runs
        ]} for p in results]  # fmt: skip
        options.json.write_text(json.dumps({**about, "command": command, "results": rows}, indent=1), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
