"""The command line: what words mean, what is refused and how, and help."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui import __version__
from mliter_tui.arguments import parse, read_source, split_at_script
from mliter_tui.errors import MliterError, ScriptError, ScriptNotText, UsageError
from mliter_tui.grammar import ACTIONS, COMMANDS
from mliter_tui.options import Options
from mliter_tui.sizes import parse_size

Mliter = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the current one and holds train.py of three lines."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("a = 1\nb = 2\nprint(a + b)\n")
    return tmp_path


# --- what words mean


def test_defaults(here: Path) -> None:
    assert parse(["run", "train.py"]) == Options("run", Path("train.py"), "train.py")
    assert parse(["run", "train.py"]).cache_folder == here / ".mliter"


def test_all_options_of_run(here: Path) -> None:
    line = "run --quiet --cache kept --budget 2GB --policy helix --events log.jsonl --unseeded rerun train.py a"
    assert parse(shlex.split(line)) == Options(
        "run", Path("train.py"), "train.py", ("a",), cache=here / "kept", budget=2_000_000_000, policy="helix",
        quiet=True, events=here / "log.jsonl", unseeded="rerun",
    )  # fmt: skip


def test_the_script_keeps_its_name_as_typed(here: Path) -> None:
    assert parse(["run", "./train.py"]).script_name == "./train.py"
    assert parse(["run", f"..//{here.name}/train.py"]).script_name == f"..//{here.name}/train.py"


@pytest.mark.parametrize(
    ("tail", "args"),
    [
        (["--quiet", "--cache", "x"], ("--quiet", "--cache", "x")),
        (["--", "--lr", "1"], ("--lr", "1")),
        (["--", "--", "x"], ("--", "x")),
        (["x", "--", "y"], ("x", "--", "y")),
        (["-h"], ("-h",)),
        (["", " "], ("", " ")),
        (["--"], ()),
    ],
)
def test_after_the_script_all_words_of_run_are_its_own(here: Path, tail: list[str], args: tuple[str, ...]) -> None:
    options = parse(["run", "train.py", *tail])
    assert options.args == args
    assert not options.quiet and options.cache is None


def test_plan_takes_options_after_the_script_and_arguments_after_dashes(here: Path) -> None:
    options = parse(["plan", "train.py", "--json", "--policy=never", "--", "--json", "--", "x"])
    assert (options.json, options.policy, options.args) == (True, "never", ("--json", "--", "x"))


def test_a_script_whose_name_starts_with_a_dash(here: Path) -> None:
    (here / "-odd.py").write_text("")
    for command in ("run", "plan"):
        options = parse([command, "--", "-odd.py", "--", "x"])
        assert (options.script_name, options.args) == ("-odd.py", ("x",))


@given(st.lists(st.sampled_from(["--", "-q", "--cache", "--cache=x", "s.py", "-", "x"]), max_size=7))
def test_no_word_is_lost_or_invented_by_the_split(words: list[str]) -> None:
    for command in (COMMANDS["run"], COMMANDS["plan"]):
        own, script, args = split_at_script(words, command)
        kept = [*own, *([] if script is None else [script]), *args]
        lost = list(words)
        for word in kept:
            lost.remove(word)
        assert set(lost) <= {"--"} and len(lost) <= 2


@pytest.mark.parametrize(("word", "line"), [("train.py", None), ("train.py:1", 1), ("train.py:3", 3)])
def test_why_takes_a_line(here: Path, word: str, line: int | None) -> None:
    assert (parse(["why", word]).script_name, parse(["why", word]).line) == ("train.py", line)


def test_a_file_with_a_colon_in_its_name_is_a_file(here: Path) -> None:
    (here / "a.py:2").write_text("")
    assert (parse(["why", "a.py:2"]).script_name, parse(["why", "a.py:2"]).line) == ("a.py:2", None)


def test_lines_are_counted_as_python_counts_them(here: Path) -> None:
    (here / "odd.py").write_bytes("a = '\x0c\u2028'\r\nb = 1".encode())
    assert parse(["why", "odd.py:2"]).line == 2
    with pytest.raises(UsageError, match="no line 3"):
        parse(["why", "odd.py:3"])


def test_cache_actions(here: Path) -> None:
    assert parse(["cache", "ls", "--json"]) == Options("cache", action="ls", json=True)
    assert parse(["cache", "pin", "X", "--cache", "k", "Y"]).names == ("X", "Y")
    assert parse(["cache", "evict", "--", "-x", "--json"]) == Options("cache", action="evict", names=("-x", "--json"))
    assert parse(["cache", "gc", "--budget", "1k"]).budget == 1000


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1", 1), ("4096", 4096), ("500MB", 500_000_000), ("2GB", 2 * 10**9), ("2gb", 2 * 10**9),
        ("1.5 GiB", 3 * 2**29), ("0.5k", 500), ("10 b", 10),
        ("1T", 10**12), ("1.0000000001GB", 10**9), (" 3M ", 3 * 10**6),
    ],
)  # fmt: skip
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text",
    ["", "0", "0GB", "0.1", "-1", "nan", "inf", "1e9", "GB", "2 XB", "1,5GB", "٣GB", "9" * 40, "9000PiB", "1.", "2\n2"],
)
def test_sizes_that_make_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be "):
        parse_size(text)


# --- scripts that cannot be read


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("x = 'é'".encode(), "x = 'é'"),
        (b"\xef\xbb\xbfx = 1", "x = 1"),
        ("# -*- coding: latin-1 -*-\nx = 'é'".encode("latin-1"), "é"),
        ("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '€'".encode("cp1252"), "€"),
        (b"", ""),
    ],
)
def test_encodings_python_reads_are_read(here: Path, raw: bytes, text: str) -> None:
    (here / "script.py").write_bytes(raw)
    assert text in read_source("script.py")
    assert subprocess.run([sys.executable, "script.py"], cwd=here).returncode == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"x = '\xe9'", b"x = 1\n\ny = 2\nz = '\xff'", b"# coding: ascii\nx = '\xc3\xa9'", b"# coding: hex\nx = 1",
        b"# coding: no-such-code\nx = 1", b"\xef\xbb\xbf# coding: latin-1\nx = 1",
        b"# one\n# two\n# coding: latin-1\n'\xe9'",
    ],
)  # fmt: skip
def test_encodings_python_refuses_are_refused(here: Path, raw: bytes) -> None:
    (here / "script.py").write_bytes(raw)
    assert subprocess.run([sys.executable, "script.py"], cwd=here, capture_output=True).returncode == 1
    with pytest.raises(ScriptError):
        read_source("script.py")


def test_the_encoding_is_named(here: Path) -> None:
    (here / "script.py").write_bytes(b"# coding: ascii\nx = '\xc3\xa9'")
    with pytest.raises(ScriptNotText, match="ascii"):
        read_source("script.py")


BAD = [
    (["run"], "name a script"),
    (["run", ""], "name a script"),
    (["run", "missing.py"], "missing.py: no such script"),
    (["run", "folder"], "folder is a folder"),
    (["run", "binary.py"], "binary.py is not UTF-8 text"),
    (["run", os.devnull], "is not a regular file"),
    (["run", "--polcy", "auto", "train.py"], "--polcy is not an option"),
    (["run", "--pol", "auto", "train.py"], "--pol is not an option"),
    (["run", "--policy", "best", "train.py"], "--policy must be auto, helix, always or never, not 'best'"),
    (["run", "--unseeded", "x", "train.py"], "--unseeded must be reuse or rerun"),
    (["run", "--budget", "0", "train.py"], "--budget must be above 0"),
    (["run", "--budget=-5", "train.py"], "--budget must be a size"),
    (["run", "--budget", "lots", "train.py"], "--budget must be a size such as 500MB or 2GB, not 'lots'"),
    (["run", "--cache", "train.py", "train.py"], "--cache must be a folder"),
    (["run", "--cache", "", "train.py"], "--cache must not be empty"),
    (["run", "--events", "folder", "train.py"], "--events must be a file"),
    (["run", "--events", "no/log", "train.py"], "there is no folder 'no'"),
    (["run", "--events", "./train.py", "train.py"], "--events would write into the script"),
    (["run", "--quiet=yes", "train.py"], "--quiet"),
    (["run", "--cache"], "--cache expected one argument"),
    (["plan", "train.py", "--lr", "1"], "go after --: mliter plan train.py -- --lr 1"),
    (["plan", "train.py", "more"], "go after --"),
    (["why", "train.py:0"], "no line 0"),
    (["why", "train.py:4"], "no line 4 in train.py, which has 3"),
    (["why", "missing.py:4"], "missing.py: no such script"),
    (["why", "train.py:x"], "train.py:x: no such script"),
    (["rnu", "train.py"], "did you mean run?"),
    (["train.py"], "write: mliter run train.py"),
    (["cache", "lss"], "did you mean ls?"),
    (["cache", "pin"], "name what to pin"),
    (["cache", "ls", "x"], "x is not understood"),
    (["cache", "ls", "--jsn"], "--jsn is not understood"),
    (["cache", "gc", "--budget", "0"], "--budget must be above 0"),
    (["completion"], "bash, zsh, fish"),
    (["completion", "tcsh"], "bash, zsh, fish"),
]


@pytest.fixture
def messy(here: Path) -> Path:
    (here / "folder").mkdir()
    (here / "binary.py").write_bytes(b"\x80\x04\x95\xff\x00")
    return here


@pytest.mark.parametrize(("words", "sentence"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_what_cannot_be_meant_is_refused(messy: Path, words: list[str], sentence: str) -> None:
    before = sorted(messy.iterdir())
    with pytest.raises(MliterError) as caught:
        parse(words)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert sorted(messy.iterdir()) == before


@pytest.mark.parametrize("case", [2, 3, 4, 8, 10, 23, 26, 28], ids=lambda case: " ".join(BAD[case][0]))
def test_a_refusal_is_one_sentence_on_stderr_and_exit_2(messy: Path, mliter: Mliter, case: int) -> None:
    words, sentence = BAD[case]
    done = mliter(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


# --- help


def test_help_names_every_command_and_action(mliter: Mliter) -> None:
    top, cache = mliter("--help"), mliter("cache", "--help")
    assert top.returncode == cache.returncode == 0
    assert [name for name in COMMANDS if f"\n  {name} " not in top.stdout] == []
    assert [name for name in ACTIONS if f"\n  {name} " not in cache.stdout] == []


@pytest.mark.parametrize("words", [[], ["cache"]])
def test_no_command_shows_help_on_stderr(mliter: Mliter, words: list[str]) -> None:
    done = mliter(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "examples:" in done.stderr


LEAVES = [[name] for name in COMMANDS if name != "cache"] + [["cache", name] for name in ACTIONS]


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_help_of_each_command_has_its_options_and_examples_that_parse(
    messy: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        parse([*words, "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    command = ACTIONS[words[1]] if len(words) == 2 else COMMANDS[words[0]]
    assert [flag.names for flag in command.flags if flag.names[-1] not in text] == []
    for name in ("train.py", "features.py"):
        (messy / name).write_text("\n" * 40)
    lines = text.split("examples:\n")[1].splitlines()
    examples = [line.strip().split("  ")[0].split() for line in lines]
    assert examples
    for example in examples:
        if example[0] == "mliter":
            line = example[1 : example.index(">")] if ">" in example else example[1:]
            assert parse(line).command == words[0]


def test_version(mliter: Mliter) -> None:
    assert mliter("--version").stdout == f"mliter {__version__}\n"


def test_list_commands_have_json() -> None:
    for command in [COMMANDS["plan"], COMMANDS["why"], COMMANDS["verify"], *ACTIONS.values()]:
        assert any("--json" in flag.names for flag in command.flags)
