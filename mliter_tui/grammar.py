"""The grammar of the command line: commands, their options and the values these take.

One table, read by the parser, the help texts and the shell completions, so that the three cannot differ.
"""

from __future__ import annotations

from typing import NamedTuple

from mliter_tui.options import DEFAULT_CACHE, POLICIES, UIS, UNSEEDED

SHELLS = ("bash", "zsh", "fish")
DEMOS = ("census", "genomics", "ie", "mnist")
"""The series that come with mliter; the first is played where none is named."""


class Flag(NamedTuple):
    """One option. metavar: name of its value, empty where it takes none; kind: choice, size, folder, file,
    program, port, iteration, count, speed, pause or switch."""

    names: tuple[str, ...]
    help: str
    kind: str = "switch"
    metavar: str = ""
    choices: tuple[str, ...] = ()

    @property
    def takes_value(self) -> bool:
        """Whether the next word belongs to it."""
        return self.kind != "switch"


class Command(NamedTuple):
    """One command. operand: script, past (a script that has been run), names, shell, demo, or nothing; own_tail: all
    words after the script are the script's. least, most: how many iterations are named behind a script of the past;
    text: whether words for people follow."""

    summary: str
    usage: str
    flags: tuple[Flag, ...] = ()
    operand: str = ""
    own_tail: bool = False
    notes: str = ""
    least: int = 0
    most: int = 0
    text: bool = False


HELP = Flag(("-h", "--help"), "show this help and exit")
JSON = Flag(("--json",), "print JSON instead of text")
CACHE = Flag(("--cache",), f"folder of the cache (default: {DEFAULT_CACHE} in the current folder)", "folder", "DIR")
BUDGET = Flag(("--budget",), "most bytes the cache may hold, such as 500MB or 2GB", "size", "SIZE")
POLICY = Flag(("--policy",), "which values to keep (default: auto)", "choice", "POLICY", POLICIES)
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
SPEED = Flag(("--speed",), "in real time (1), ten times as fast (10), ...; else at once", "speed", "X")
STEP = Flag(("--step",), "wait for the enter key before each event")
SOURCE = Flag(("--source",), "print the script as it was, and nothing else")
REMOVE = Flag(("--remove",), "take it away again")
KEEP = Flag(("--keep",), "put what is in no iteration aside as a copy, and go on")
UNDO = Flag(("--undo",), "take the last checkout back")
LIMIT_OF_REPORT = Flag(("-n", "--limit"), "study so many iterations, the last ones (default: all)", "count", "COUNT")
LIMIT = Flag(("-n", "--limit"), "show so many iterations, the last ones (default: 40)", "count", "COUNT")
MARKDOWN = Flag(("--md",), "print Markdown instead of text")
HIGHER = Flag(("--higher",), "more of it is better")
LOWER = Flag(("--lower",), "less of it is better")
IGNORE = Flag(("--ignore",), "it is no metric; leave it out")
MAIN = Flag(("--main",), "it is the one to look at, in reports")
INFER = Flag(("--infer",), "take back what was said of it")
HEADLESS = Flag(("--headless",), "without the app: a line for each edit and the table; needs no terminal")
KEEP_FOLDER = Flag(("--keep",), "leave the folder it was played in")
NO_PYTHON = Flag(("--no-python",), "do not run plain Python beside it")
PAUSE = Flag(("--pause",), "rest so long between two edits (default: 5; 0 without the app)", "pause", "SECONDS")
SHARED = (CACHE, BUDGET, POLICY, UNSEEDED_FLAG)

_AFTER_DASHES = "Arguments for the script itself go after --."
_CHECKOUT = """Other files are left as they are, and so is git. A file whose content is in no iteration is
overwritten only with --keep, which puts a copy beside it. The next run goes out from that iteration.

"""

_REPORT = """What a change was for is told by its source, what it brought by the numbers the script prints.
Correct the one with `mliter label`, the other with `mliter metric`.

"""
_LABELS = """KIND is dpr (data preprocessing), li (learning and inference) or ppr (postprocessing).
LETTER is S start, M model, P preprocessing, H hyper-parameter of the model, R of the preprocessing,
C combined (of both), N none of these.

"""


def _past(
    summary: str, word: str, operands: str, flags: tuple[Flag, ...], examples: tuple[str, ...], least: int = 0,
    most: int = 0, text: bool = False, more: str = "",
) -> Command:  # fmt: skip
    usage = " ".join(filter(None, [f"mliter {word} [options] SCRIPT", operands]))
    numbers = "Iterations are numbered as `mliter history SCRIPT` lists them; `last` is the newest.\n\n" if most else ""
    notes = f"{more}{numbers}examples:\n  " + "\n  ".join(examples)
    return Command(summary, usage, (*flags, CACHE, HELP), "past", notes=notes, least=least, most=most, text=text)


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
        "mliter why [options] SCRIPT[:LINE] [-- ARGS]",
        (JSON, *SHARED, HELP),
        "script",
        notes=f"""Shows the chain of reasons and the numbers behind keeping or dropping a value.
{_AFTER_DASHES}

examples:
  mliter why train.py
  mliter why train.py:31""",
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
        ), most=1,
    ),
    "diff": _past(
        "compare two iterations: source, statements, parameters, times, output, files, packages",
        "diff", "[A [B]]", (JSON, HTML), (
            "mliter diff train.py                 the last iteration and the one it goes out from",
            "mliter diff train.py 3 7",
            "mliter diff train.py 3 7 --html what-changed.html",
        ), most=2,
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
