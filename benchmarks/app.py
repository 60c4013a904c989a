"""Benchmark of the app: first paint, idle CPU, memory, key to repaint at rest and in a flood, a long script, a history.

    python benchmarks/app.py [--json] [--repeat N]

The app runs as a process of its own on a pseudo-terminal of 120x40 and is fed by pipes, so that everything up to the
bytes the terminal gets is in it, the start of the interpreter too. Latencies are milliseconds, CPU is per cent of one
core. "flood" is 20,000 pieces of output a second; "long" is a script of 2,000 statements, whose version and plan are
given at once; "history" and "study" are views of 1,000 iterations, from the key to what they show. On a busy machine
all of it is slower; compare runs of one machine.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "tui"))

from stream import flood, story_until
from taught import study_of

from mliter_tui import events

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = "import sys; from mliter_tui.tui.app import show; show(int(sys.argv[1]), int(sys.argv[2]), script='train.py')"
POINTER = "›".encode()
BUDGETS = {
    "first paint": 400, "idle cpu": 1, "key at rest": 50, "key in a flood": 50, "memory": 120, "long on screen": 300,
    "history": 400, "study": 400, "page, history": 50,
}  # fmt: skip


class App:
    """The app on a terminal of its own."""

    def __init__(self, home: str) -> None:
        events_out, self.into = os.pipe()
        self.asked, commands_in = os.pipe()
        self.screen, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = {
            **os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home,
        }  # fmt: skip
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(events_out), str(commands_in)], stdin=terminal, stdout=terminal,
            stderr=terminal, pass_fds=(events_out, commands_in), env=environment, start_new_session=True,
        )  # fmt: skip
        for fd in (events_out, commands_in, terminal):
            os.close(fd)

    def say(self, told: Iterable[events.Event]) -> None:
        self.write("".join(f"{events.encode(event)}\n" for event in told).encode())

    def write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.into, data) :]

    def seen(self, text: bytes | None, seconds: float) -> float | None:
        """When these bytes came to the terminal; None where they did not within so many seconds."""
        end, tail = time.perf_counter() + seconds, b""
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.screen], [], [], left)[0]:
                tail = tail[-64:] + os.read(self.screen, 1 << 16)
                if text is not None and text in tail:
                    return time.perf_counter()
        return None

    def keys(self, count: int) -> float:
        """Milliseconds from a key to the row it selects, the 95th percentile."""
        took = []
        for at in range(count):
            self.seen(None, 0.06)
            pressed = time.perf_counter()
            os.write(self.screen, b"j" if at % 4 < 2 else b"k")
            drawn = self.seen(POINTER, 2.0)
            took.append(1e3 * ((drawn or pressed + 2.0) - pressed))
        return statistics.quantiles(took, n=20)[-1]

    def cpu(self, seconds: float) -> float:
        """Per cent of one core over the next seconds."""
        before, begun = self._spent(), time.perf_counter()
        self.seen(None, seconds)
        return 100 * (self._spent() - before) / (time.perf_counter() - begun)

    def _spent(self) -> float:
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Megabytes at the most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def end(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for fd in (self.into, self.asked, self.screen):
            os.close(fd)


def once(home: str) -> dict[str, float]:
    """All numbers, from one app each for the short and for the long script."""
    found: dict[str, float] = {}
    app = App(home)
    painted = app.seen(b"Flow", 10.0)
    found["first paint"] = 1e3 * ((painted or time.perf_counter()) - app.begun)
    _, told = story_until(6)
    app.say(told)
    app.seen(None, 2.0)
    found["idle cpu"] = app.cpu(4.0)
    found["key at rest"] = app.keys(20)
    app.say([events.IterationStarted("train.py", 7, 47), events.NodeStarted(30, (53, 56), "prepare")])
    stop = threading.Event()
    pouring = threading.Thread(target=_pour, args=(app, stop))
    pouring.start()
    app.seen(None, 1.0)
    found["key in a flood"] = app.keys(40)
    found["cpu in a flood"] = app.cpu(2.0)
    stop.set()
    pouring.join()
    found["memory"] = app.memory()
    app.end()
    return found | _long(home) | _past(home)


def _pour(app: App, stop: threading.Event) -> None:
    lines = [f"{events.encode(event)}\n".encode() for event in flood(2_000, 30)]
    blocks = [b"".join(lines[at : at + 200]) for at in range(0, 2_000, 200)]
    due, at = time.perf_counter(), 0
    while not stop.is_set():
        app.write(blocks[at % len(blocks)])
        at, due = at + 1, due + 0.01
        time.sleep(max(0.0, due - time.perf_counter()))


def _long(home: str) -> dict[str, float]:
    app = App(home)
    app.seen(b"Flow", 10.0)
    app.seen(None, 0.5)
    _, told = story_until(1, long=2_000)
    begun = time.perf_counter()
    app.say(told[:4])
    shown = app.seen(b"math", 10.0)
    found = {"long on screen": 1e3 * ((shown or time.perf_counter()) - begun)}
    app.say(told[4:])
    app.seen(None, 3.0)
    found["key, long"] = app.keys(20)
    app.end()
    return found


def _past(home: str) -> dict[str, float]:
    """Views of a thousand iterations: they are there when the app asks."""
    app = App(home)
    app.seen(b"Flow", 10.0)
    story, told = story_until(2)
    app.say(told)
    app.seen(None, 1.0)
    rows = tuple(replace(story.history[at % 2], iteration=at + 1) for at in range(1_000))
    listed, study = events.HistoryListed(rows), study_of(rows, {}, {}, "accuracy", 1_000)
    found = {}
    views = (("history", b"4", [listed, study], b"no real change"), ("study", b"6", [], b"papers"))
    for name, key, told_then, words in views:
        begun = time.perf_counter()
        os.write(app.screen, key)
        app.say(told_then)
        shown = app.seen(words, 10.0)
        found[name] = 1e3 * ((shown or time.perf_counter()) - begun)
        app.seen(None, 1.0)
    os.write(app.screen, b"4g")
    app.seen(None, 1.0)
    took = []
    for _ in range(20):
        pressed = time.perf_counter()
        os.write(app.screen, b"\x1b[6~")  # a page on
        drawn = app.seen(b"outcome", 2.0)
        took.append(1e3 * ((drawn or pressed + 2.0) - pressed))
        app.seen(None, 0.06)
    found["page, history"] = statistics.quantiles(took, n=20)[-1]
    app.end()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        runs = [once(home) for _ in range(given.repeat)]
    medians = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    if given.json:
        print(json.dumps({name: round(number, 2) for name, number in medians.items()}))
        return
    for name, number in medians.items():
        budget = f"  of {BUDGETS[name]}" if name in BUDGETS else ""
        print(f"{name:<16}{number:8.1f}{budget}")


if __name__ == "__main__":
    main()
