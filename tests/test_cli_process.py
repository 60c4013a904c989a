"""How a process of mliter ends: interrupted, unread, out of space, with an error of its own."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mliter_tui import __version__

CHILD = [sys.executable, "-m", "mliter_tui"]


# unbuffered, argparse meets the broken pipe itself, and keeps it to itself
@pytest.mark.parametrize(
    ("words", "unbuffered"),
    [("--help", ""), ("--help", "1"), ("run --help", ""), ("completion bash", ""), ("completion bash", "1")],
)
def test_a_reader_that_went_away_is_no_error(tmp_path: Path, words: str, unbuffered: str) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*CHILD, *words.split()], stdout=write, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_sentence(tmp_path: Path, unbuffered: str) -> None:
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        words = [*CHILD, "completion", "bash"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(("closed", "word", "status"), [(1, "--version", 0), (1, "nonsense", 2), (2, "nonsense", 2)])
def test_closed_output_is_no_error(tmp_path: Path, closed: int, word: str, status: int) -> None:
    code = f"import os, sys; os.close({closed}); os.execv(sys.executable, [*{CHILD!r}, {word!r}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (status, "", False)


WITH_COMMAND = """
import signal, sys, time, mliter_tui.cli as cli
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is born deaf to it
from mliter_tui.errors import StoreRefused
sys.modules["stand_in"] = sys.modules["__main__"]
cli._IMPLEMENTATIONS["plan"] = "stand_in:command"
def command(options):
    {body}
sys.exit(cli.main(["plan", __file__]))
"""


def start(folder: Path, body: str) -> "subprocess.Popen[str]":
    """The process boundary around a command that does `body`."""
    (folder / "child.py").write_text(WITH_COMMAND.format(body=body))
    return subprocess.Popen(
        [sys.executable, "child.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUNBUFFERED": ""},
    )  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_ends_by_the_signal_without_a_traceback(tmp_path: Path) -> None:
    child = start(tmp_path, "print('said'); print('going', file=sys.stderr, flush=True); time.sleep(60)")
    assert child.stdout is not None and child.stderr is not None
    with child:
        assert child.stderr.readline() == "going\n"
        child.send_signal(signal.SIGINT)
        assert (child.stdout.read(), child.stderr.read()) == ("said\n", "")
    assert child.returncode == -signal.SIGINT


def test_the_status_of_the_command_is_the_status_of_the_process(tmp_path: Path) -> None:
    child = start(tmp_path, "return 7")
    child.communicate(timeout=30)
    assert child.returncode == 7


def test_an_error_of_mliter_is_its_sentence_and_its_status(tmp_path: Path) -> None:
    child = start(tmp_path, "raise StoreRefused('the store is of another user; name another with --cache.')")
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out, err) == (1, "", "the store is of another user; name another with --cache.\n")


def test_names_the_terminal_cannot_show_are_escaped(tmp_path: Path) -> None:
    child = start(tmp_path, "print('d\\xe9j\\xe0'); return 0")
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out, err) == (0, "d\\xe9j\\xe0\n", "")


def test_main_reads_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    from mliter_tui.cli import main

    screen = io.StringIO()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "argv", ["mliter", "--version"])
    assert main() == 0
    assert screen.getvalue() == f"mliter {__version__}\n"
