"""Signals to the script's process: which of them end it, where handlers run, and what is said of its end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mliter_tui.engine.iteration import Iteration
from mliter_tui.engine.kernel_process import KernelProcess
from mliter_tui.engine.launch import Launched
from mliter_tui.engine.listening import Listener, nobody
from mliter_tui.engine.settings import Settings
from mliter_tui.engine.version import Version
from mliter_tui.store import Store

if TYPE_CHECKING:
    from conftest import Project


def test_what_is_sent_while_the_script_runs_waits_for_it(tmp_path: Path) -> None:
    """The system may tell of a message when it was read already, and the script runs on by then."""
    script = tmp_path / "train.py"
    begun = tmp_path / "begun"
    script.write_text(f"import time\nopen({str(begun)!r}, 'w').close()\ntime.sleep(0.5)\nprint('end')\n")
    settings = Settings(script, str(script), show=False)
    with Store.open(tmp_path / "cache") as store:
        setup = Iteration(Version(settings, script.read_text(), store), Listener(nobody)).kernels.setup()
        kernel = KernelProcess(Launched(apart=True))
        kernel.begin(settings, script.read_text(), tmp_path / "cache", ahead=False)
        kernel.ask(setup)
        kernel.show((0, 0), False, Listener(nobody))
        kernel.channel.send({"command": "whole"})
        for _ in range(500):
            if begun.exists():
                break
            time.sleep(0.01)
        kernel.finish([], [])
        assert kernel.ended() == 0
        assert kernel.forwarder is not None and kernel.forwarder.whole[0] == b"end\n"


def test_a_handler_of_any_signal_runs_where_the_script_does(project: Any) -> None:
    project.script("""\
        import signal
        where = set()
        def tick(kind, frame):
            while frame is not None:
                where.add(frame.f_code.co_filename.rpartition("/")[2])
                frame = frame.f_back
        signal.signal(signal.SIGALRM, tick)
        signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
        values = [[str(i)] for i in range(100000)]
        more = [[i] for i in range(100000)]
        signal.setitimer(signal.ITIMER_REAL, 0)
        print("train.py" in where, sorted(where & {"channel.py", "fingerprint.py", "live.py", "memory.py", "walk.py"}))
    """)
    assert project.run().stdout == b"True []\n"


@pytest.mark.slow
def test_a_timer_ends_a_call_that_is_looked_up(project: Any) -> None:
    pytest.importorskip("sklearn")
    project.script("""\
        import signal, time
        from sklearn.datasets import make_regression
        from sklearn.linear_model import Ridge
        class Late(Exception):
            pass
        def late(*_):
            raise Late
        signal.signal(signal.SIGALRM, late)
        def fits(count):
            ended = 0
            for i in range(count):
                X, y = make_regression(100, 5, random_state=i)
                try:
                    signal.setitimer(signal.ITIMER_REAL, 0.0005 + i * 0.00002)
                    Ridge().fit(X, y)
                    signal.setitimer(signal.ITIMER_REAL, 0)
                except Late:
                    ended += 1
            return ended
        print(0 <= fits(80) <= 80)
    """)
    project.run(env={"MLITER_CALLS_FROM": "0"}, options=("--policy", "always"))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGSEGV"])
def test_the_signal_that_ended_the_script_is_told(project: Any, name: str) -> None:
    number = int(signal.Signals[name])
    project.script(f"import os\nos.kill(os.getpid(), {number})\n")
    words = [sys.executable, "-m", "mliter_tui", "run", "--cache", str(project.cache), "train.py"]
    settings: dict[str, Any] = {"cwd": project.folder, "env": project.environment(), "timeout": 60}
    done = subprocess.run(words, capture_output=True, check=False, **settings)
    assert done.returncode == -number
    assert f"The script's process was ended by {name}".encode() in done.stderr


def test_what_a_node_wrote_that_a_signal_came_to_stays(project: Project) -> None:
    project.script(
        """
        import signal
        def fit():
            with open("kept.txt", "a") as file:
                file.write("kept")
            signal.raise_signal(signal.SIGUSR1)
            open("best.txt", "w").write("1")
        def run(function):
            return function()
        signal.signal(signal.SIGUSR1, lambda *a: None)
        open("best.txt", "w").write("0")
        open("kept.txt", "w").close()
        run(fit)
        print("best", open("best.txt").read(), open("kept.txt").read())
        """
    )
    project.run()
    project.run()
