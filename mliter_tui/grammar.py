"""The grammar of the command line: commands, their options and the values these take.

One table, read by the parser, the help texts and the shell completions, so that the three cannot differ.
"""

from __future__ import annotations

from typing import NamedTuple

from mliter_tui.options import DEFAULT_CACHE, POLICIES, STUDIED, UIS, UNSEEDED

SHELLS = ("bash", "zsh", "fish")
DEMOS = ("census", "genomics", "ie", "mnist")
"""The series that come with mliter; the first is played where none is named."""


class Flag(NamedTuple):
    """One option. metavar: name of its value, empty where it takes none; kind: choice, size, folder, file,
    program, port, iteration, count, speed, pause, name, target or switch. many: it may be given several times, and
    where that goes."""

    names: tuple[str, ...]
    help: str
    kind: str = "switch"
    metavar: str = ""
    choices: tuple[str, ...] = ()
    many: str = ""

    @property
    def takes_value(self) -> bool:
        """Whether the next word belongs to it."""
        return self.kind != "switch"


class Command(NamedTuple):
    """One command. operand: script, past (a script that has been run), names, shell, demo, or nothing; own_tail: all
    words after the script are the script's. least, most: how many iterations are named behind a script of the past;
    text: whether words for people follow; imported: whether an imported run can be named as well."""

    summary: str
    usage: str
    flags: tuple[Flag, ...] = ()
    operand: str = ""
    own_tail: bool = False
    notes: str = ""
    least: int = 0
    most: int = 0
    text: bool = False
    imported: bool = False


HELP = Flag(("-h", "--help"), "show this help and exit")
JSON = Flag(("--json",), "print JSON instead of text")
CACHE = Flag(("--cache",), f"folder of the cache (default: {DEFAULT_CACHE} in the current folder)", "folder", "DIR")
BUDGET = Flag(("--budget",), "most bytes the cache may hold, such as 500MB or 2GB", "size", "SIZE")
POLICY = Flag(("--policy",), "which values to keep (default: auto)", "choice", "POLICY", POLICIES)
POLICIES_FLAG = Flag(
    ("--policy",), "a policy to try, also several times (default: all of them)", "choice", "POLICY",
    (*POLICIES, *STUDIED), "policies",
)  # fmt: skip
BUDGETS_FLAG = Flag(
    ("--budget",), "a budget to try, such as 500MB, also several times", "size", "SIZE", many="budgets"
)  # fmt: skip
UNSEEDED_FLAG = Flag(
    ("--unseeded",), "what to do with values drawn from a random stream nobody seeded (default: reuse)",
    "choice", "WHAT", UNSEEDED,
)  # fmt: skip
QUIET = Flag(("-q", "--quiet"), "say nothing of mliter's own")
EVENTS = Flag(("--events",), "append what happens to FILE, one JSON object a line", "file", "FILE")
UI = Flag(("--ui",), "how to show it (default: auto, the app in a terminal, else plain)", "choice", "UI", UIS)
MANUAL = Flag(("--manual",), "only plan on a save; run on a key")
PYTHON = Flag(("--python",), "run the script under this interpreter, of another environment", "program", "PATH")
PORT = Flag(("--port",), "port to listen on (default: 8000)", "port", "PORT")
ASCII = Flag(("--ascii",), "draw with plain ASCII characters")
ITERATION = Flag(("--iteration",), "run the script as it was in a past iteration; its file stays", "iteration", "N")
HTML = Flag(("--html",), "write a page to FILE instead, which needs no other file", "file", "FILE")
EXAMPLES = Flag(("--examples",), "show which examples were fixed and which broken, with their rows")
BY = Flag(("--by",), "with --examples: by the values of this column", "name", "COLUMN")
OF = Flag(("--of",), "with --examples: the predictions of this name", "name", "NAME")
TO = Flag(("--to",), "where to: json:FILE, csv:FOLDER, sqlite:FILE or mlflow:PLACE", "target", "KIND:PLACE")
FROM = Flag(("--from",), "where from: sqlite:FILE or mlflow:PLACE", "target", "KIND:PLACE")
EXPERIMENT = Flag(("--experiment",), "the MLflow experiment (default: the script's name)", "name", "NAME")
EXPERIMENTS = Flag(("--experiment",), "of this MLflow experiment only (default: all)", "name", "NAME")
MOST_EXPORTED = Flag(("-n", "--limit"), "export so many iterations, the last ones (default: all)", "count", "COUNT")
FORGET = Flag(("--remove",), "drop what was imported")
SPEED = Flag(("--speed",), "in real time (1), ten times as fast (10), ...; else at once", "speed", "X")
STEP = Flag(("--step",), "wait for the enter key before each event")
SOURCE = Flag(("--source",), "print the script as it was, and nothing else")
REMOVE = Flag(("--remove",), "take it away again")
KEEP = Flag(("--keep",), "put what is in no iteration aside as a copy, and go on")
UNDO = Flag(("--undo",), "take the last checkout back")
LIMIT_OF_REPORT = Flag(("-n", "--limit"), "study so many iterations, the last ones (default: all)", "count", "COUNT")
LIMIT_OF_WHAT_IF = Flag(("-n", "--limit"), "so many iterations, the last ones (default: 100)", "count", "COUNT")
LIMIT = Flag(("-n", "--limit"), "show so many iterations, the last ones (default: 40)", "count", "COUNT")
MARKDOWN = Flag(("--md",), "print Markdown instead of text")
HIGHER = Flag(("--higher",), "more of it is better")
LOWER = Flag(("--lower",), "less of it is better")
IGNORE = Flag(("--ignore",), "it is no metric; leave it out")
MAIN = Flag(("--main",), "it is the one to look at, in reports")
INFER = Flag(("--infer",), "take back what was said of it")
MOST_COMPARED = 50
HEADLESS = Flag(("--headless",), "without the app: a line for each edit and the table; needs no terminal")
KEEP_FOLDER = Flag(("--keep",), "leave the folder it was played in")
NO_PYTHON = Flag(("--no-python",), "do not run plain Python beside it")
PAUSE = Flag(("--pause",), "rest so long between two edits (default: 5; 0 without the app)", "pause", "SECONDS")
SHARED = (CACHE, BUDGET, POLICY, UNSEEDED_FLAG)

_AFTER_DASHES = "Arguments for the script itself go after --."
_CHECKOUT = """Other files are left as they are, and so is git. A file whose content is in no iteration is
overwritten only with --keep, which puts a copy beside it. The next run goes out from that iteration.

"""

_DIFF = """With more than two, or an imported run (m1, m2, ...), a table: parameters that differ, metrics with
what they may be by chance and the verdict against the first, times, and how much was edited.

"""
_PLACES = """PLACE is a file (SQLite), a folder (MLflow's file store), or a tracking URI as MLflow knows them, such as
http://localhost:5000. Nothing but the place you name is spoken to. Needs an extra: pip install 'mliter[mlflow]'

"""
_EXPORT = f"""An iteration that was exported before is brought up to date there. --json prints all of it as JSON.
{_PLACES}"""
_IMPORT = f"""Imported runs are listed by `mliter history SCRIPT`, as m1, m2, ...; `mliter diff SCRIPT 3 m2` compares
them with iterations. Only their numbers are known, so that none can be checked out. Runs that mliter exported
from here are left out.
{_PLACES}"""
_REPORT = """What a change was for is told by its source, what it brought by the numbers the script prints.
Correct the one with `mliter label`, the other with `mliter metric`.

"""
_WHAT_IF = """Nothing runs: the iterations that were recorded are planned again, and what was kept and loaded
then is decided anew. Budgets are the cache's own and a quarter of all values, where none is named.

break-even keeps each value that takes longer to make than to write and load, seconds-per-byte whatever
saves time at all; these two are only there to be compared with.

"""
_LABELS = """KIND is dpr (data preprocessing), li (learning and inference) or ppr (postprocessing).
LETTER is S start, M model, P preprocessing, H hyper-parameter of the model, R of the preprocessing,
C combined (of both), N none of these.

"""


def _past(
    summary: str, word: str, operands: str, flags: tuple[Flag, ...], examples: tuple[str, ...], least: int = 0,
    most: int = 0, text: bool = False, more: str = "", imported: bool = False,
) -> Command:  # fmt: skip
    usage = " ".join(filter(None, [f"mliter {word} [options] SCRIPT", operands]))
    numbers = "Iterations are numbered as `mliter history SCRIPT` lists them; `last` is the newest.\n\n" if most else ""
    notes = f"{more}{numbers}examples:\n  " + "\n  ".join(examples)
    return Command(summary, usage, (*flags, CACHE, HELP), "past", notes=notes, least=least, most=most, text=text,
                   imported=imported)  # fmt: skip


COMMANDS: dict[str, Command] = {
    "run": Command(
        "run a script, computing only what has changed",
        "mliter run [options] SCRIPT [-- ARGS]",
        (QUIET, *SHARED, EVENTS, ITERATION, HELP),
        "script",
        True,
        """Output, files and exit status are those of `python SCRIPT ARGS`.
All words after SCRIPT belong to the script; mliter's own options stand before it.

examples:
  mliter run train.py
  mliter run train.py --lr 0.1            --lr 0.1 goes to train.py
  mliter run --quiet --budget 2GB train.py
  mliter run --events log.jsonl train.py
  mliter run --iteration 7 train.py       the script, its modules and arguments as in iteration 7""",
    ),
    "watch": Command(
        "run a script again at each save, and show live what is computed, loaded and pruned, and why",
        "mliter watch [options] SCRIPT [-- ARGS]",
        (UI, MANUAL, PYTHON, ASCII, *SHARED, EVENTS, HELP),
        "script",
        True,
        """Edit the script, its modules or its data in any program; each save is planned at once, and run.
In the app, ? shows the keys and q leaves. In a pipe or with --ui plain there is one line for each decision; with
--ui json one JSON object for each event on stdout, and commands are read from stdin in the same form.
All words after SCRIPT belong to the script; mliter's own options stand before it.

examples:
  mliter watch train.py
  mliter watch --manual train.py --lr 0.1     --lr 0.1 goes to train.py
  mliter watch --ui plain train.py
  mliter watch --python ~/project/.venv/bin/python train.py""",
    ),
    "serve": Command(
        "show the app of `mliter watch` in a browser on this machine",
        "mliter serve [options] SCRIPT [-- ARGS]",
        (PORT, MANUAL, PYTHON, *SHARED, EVENTS, HELP),
        "script",
        True,
        """Only this machine can reach it (127.0.0.1). Each page that is opened is a session of its own.
Needs an extra: pip install 'mliter[serve]'

examples:
  mliter serve train.py
  mliter serve --port 8123 train.py""",
    ),
    "plan": Command(
        "show what would run now, with predicted seconds and reasons; runs nothing",
        "mliter plan [options] SCRIPT [-- ARGS]",
        (JSON, *SHARED, HELP),
        "script",
        notes=f"""{_AFTER_DASHES}

examples:
  mliter plan train.py
  mliter plan train.py --json
  mliter plan train.py -- --lr 0.1        what `mliter run train.py --lr 0.1` would do""",
    ),
    "why": Command(
        "explain what was decided for a script or for one of its lines",
        "mliter why [options] FILE[:LINE] [-- ARGS]",
        (JSON, *SHARED, HELP),
        "script",
        notes=f"""Shows the chain of reasons and the numbers behind keeping or dropping a value.
{_AFTER_DASHES}

examples:
  mliter why train.py
  mliter why train.py:31
  mliter why features.py:12               a module of the script that was run last with it""",
    ),
    "verify": Command(
        "run a script cold beside the cached one and compare values, output and files",
        "mliter verify [options] SCRIPT [-- ARGS]",
        (JSON, *SHARED, HELP),
        "script",
        notes=f"""{_AFTER_DASHES}

examples:
  mliter verify train.py
  mliter verify train.py --json""",
    ),
    "history": _past(
        "list the iterations of a script: what changed, what was computed, what it saved",
        "history", "", (LIMIT, JSON), (
            "mliter history train.py",
            "mliter history train.py -n 5",
        ),
    ),
    "show": _past(
        "show one iteration in full",
        "show", "[N]", (JSON, SOURCE), (
            "mliter show train.py 7",
            "mliter show train.py 7 --source > was.py",
        ), most=1, imported=True,
    ),
    "diff": _past(
        "compare iterations: two in full, or any number of them in one table",
        "diff", "[A [B [C ...]]]", (EXAMPLES, BY, OF, JSON, HTML), (
            "mliter diff train.py                 the last iteration and the one it goes out from",
            "mliter diff train.py 3 7",
            "mliter diff train.py 3 5 7 last      one table, a column each, against 3",
            "mliter diff train.py 3 7 --html what-changed.html",
            "mliter diff train.py 3 7 --examples --by sex",
        ), most=MOST_COMPARED, more=_DIFF, imported=True,
    ),
    "replay": _past(
        "tell an iteration again as it went, from the journal; nothing is run",
        "replay", "[N]", (SPEED, STEP, JSON), (
            "mliter replay train.py 7",
            "mliter replay train.py 7 --speed 10",
        ), most=1,
    ),
    "note": _past(
        "write a note on an iteration, in the place of the one before",
        "note", "N TEXT", (REMOVE, JSON), (
            "mliter note train.py 7 'the best so far, but slow'",
            "mliter note train.py 7 --remove",
        ), least=1, most=1, text=True,
    ),
    "star": _past(
        "mark an iteration with a star",
        "star", "N", (REMOVE, JSON), (
            "mliter star train.py 7",
            "mliter star train.py 7 --remove",
        ), least=1, most=1,
    ),
    "checkout": _past(
        "make the script and its local modules what they were in an iteration",
        "checkout", "N", (KEEP, UNDO, JSON), (
            "mliter checkout train.py 3",
            "mliter checkout train.py --undo",
        ), most=1, more=_CHECKOUT,
    ),
    "report": _past(
        "tell what the iterations taught: kinds of change, what they brought, what was wasted",
        "report", "", (MARKDOWN, HTML, JSON, LIMIT_OF_REPORT), (
            "mliter report train.py",
            "mliter report train.py --html report.html",
            "mliter report train.py --md",
        ), more=_REPORT,
    ),
    "whatif": _past(
        "tell what the recorded iterations would have taken under other policies and budgets",
        "whatif", "", (POLICIES_FLAG, BUDGETS_FLAG, LIMIT_OF_WHAT_IF, MARKDOWN, JSON), (
            "mliter whatif train.py",
            "mliter whatif train.py --policy auto --policy helix --budget 100MB --budget 1GB",
        ), more=_WHAT_IF,
    ),
    "label": _past(
        "show what an iteration was for, or correct it",
        "label", "N [KIND LETTER]", (REMOVE, JSON), (
            "mliter label train.py 7                  what it is told by",
            "mliter label train.py 7 li M",
            "mliter label train.py 7 --remove         infer it again",
        ), least=1, most=1, text=True, more=_LABELS,
    ),
    "metric": _past(
        "list the numbers a script printed, or say which way one is better",
        "metric", "[NAME]", (HIGHER, LOWER, IGNORE, MAIN, INFER, JSON), (
            "mliter metric train.py",
            "mliter metric train.py 'mean distance' --lower",
            "mliter metric train.py rows --ignore",
        ), text=True,
    ),
    "export": _past(
        "write the iterations of a script to MLflow, JSON or CSV",
        "export", "", (TO, EXPERIMENT, JSON, MOST_EXPORTED), (
            "mliter export train.py --to sqlite:mlflow.db     then: mlflow ui --backend-store-uri sqlite:///mlflow.db",
            "mliter export train.py --to mlflow:http://localhost:5000 --experiment census",
            "mliter export train.py --to csv:tables",
            "mliter export train.py --json > iterations.json",
        ), more=_EXPORT,
    ),
    "import": _past(
        "set the runs of an MLflow store beside the iterations of a script",
        "import", "", (FROM, EXPERIMENTS, FORGET, JSON), (
            "mliter import train.py --from sqlite:mlflow.db --experiment census",
            "mliter import train.py --remove",
        ), more=_IMPORT,
    ),
    "cache": Command("look at and change what is kept", "mliter cache ACTION [options]"),
    "demo": Command(
        "play a series of real edits in the app, with what plain Python takes beside it",
        f"mliter demo [options] [{'|'.join(DEMOS)}|FOLDER]",
        (HEADLESS, JSON, PAUSE, NO_PYTHON, KEEP_FOLDER, ASCII, HELP),
        "demo",
        notes="""A script and its data are put in a scratch folder; ten edits are saved there, one by one, and run.
In the app, E makes the next edit at once, P pauses, and all keys of `mliter watch` work.
After each run `python train.py` runs the same version, for the table at the end; that is when one would wait.
FOLDER is a series of your own: a script and its edits in a file series.toml, as in the demos.

examples:
  mliter demo
  mliter demo genomics
  mliter demo mnist --headless""",
    ),
    "completion": Command(
        "print a completion script for a shell",
        "mliter completion {bash,zsh,fish}",
        (HELP,),
        "shell",
        notes="""examples:
  source <(mliter completion bash)
  mliter completion zsh > "${fpath[1]}/_mliter"
  mliter completion fish > ~/.config/fish/completions/mliter.fish""",
    ),
}


def _action(summary: str, word: str, *flags: Flag, names: str = "", example: str = "") -> Command:
    usage = f"mliter cache {word} [options]" + (" NAME [NAME ...]" if names else "")
    example = example or (f"mliter cache {word} X_train" if names else f"mliter cache {word}")
    notes = f"NAME is {names}.\n\n" if names else ""
    return Command(
        summary, usage, (JSON, CACHE, *flags, HELP), "names" if names else "", notes=f"{notes}examples:\n  {example}"
    )


_VALUE = "a key or a name as `mliter cache ls` shows it"

ACTIONS: dict[str, Command] = {
    "ls": _action("list the values kept, with their size and what they save", "ls"),
    "pin": _action("never evict these values", "pin", names=_VALUE),
    "unpin": _action("let these values be evicted again", "unpin", names=_VALUE),
    "evict": _action("drop these values now", "evict", names=_VALUE),
    "accept": _action(
        "replay statements that talk to the outside or ask for the time, instead of running them again",
        "accept",
        names="the name of a statement as `mliter plan SCRIPT` shows it",
        example="mliter cache accept response",
    ),
    "gc": _action(
        "remove what nothing refers to, and what is over the budget",
        "gc",
        BUDGET,
        example="mliter cache gc --budget 2GB",
    ),
    "check": _action("read everything kept and compare it with its digests", "check"),
}
