"""Output order, the ends a run can come to, and signals: as under plain python."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

_ALTERNATING = """\
    import sys
    print("a", flush=True)
    print("b", file=sys.stderr)
    print("c", flush=True)
    print("d", file=sys.stderr)
    print("e")
    print("f", file=sys.stderr)
    x = sum(range(10))
"""


def test_output_of_both_streams_keeps_its_order_in_one_pipe(project: Any) -> None:
    project.script(_ALTERNATING)
    project.run(merged=True)
    project.unchanged(merged=True)
    project.unchanged(merged=True, env={"PYTHONUNBUFFERED": "1"})
    project.script(_ALTERNATING.replace("range(10)", "range(11)"))
    project.run(merged=True)


def test_what_was_recorded_apart_is_replayed_in_order_in_one_pipe(project: Any) -> None:
    project.script(_ALTERNATING)
    project.run()
    project.run(merged=True)


def test_c_output_recorded_in_one_pipe_is_told_apart_in_two(project: Any) -> None:
    project.script("import os, sys\nos.write(2, b'raw\\n')\nprint('a', flush=True)\nos.write(1, b'out\\n')\n")
    project.run(merged=True)
    project.run(stderr=True)


def _start(project: Any, text: str, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """The script begun, up to its first line of output."""
    project.script(text)
    running = subprocess.Popen(
        project.command(), cwd=project.folder, env=project.environment(env), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # nohup has it ignored
    )  # fmt: skip
    assert running.stdout is not None and running.stdout.readline() == b"begun\n"
    return running


@pytest.mark.slow
def test_ctrl_c_while_a_value_is_looked_at_ends_as_python_does(project: Any) -> None:
    running = _start(project, """\
        print("begun", flush=True)
        x = [[i] for i in range(3000000)]
        y = len(x)
        import time
        time.sleep(30)
    """)
    for _ in range(40):  # wherever the kernel is at work
        if any(e.get("label") == "x" for e in project.events() if e["type"] == "node_started"):
            break
        time.sleep(0.05)
    time.sleep(0.7)
    os.killpg(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=20)
    assert running.returncode == -signal.SIGINT
    assert errors.endswith(b"KeyboardInterrupt\n") and b"mliter" not in errors


def test_ctrl_c_during_imports_ahead_is_not_lost(project: Any) -> None:
    project.script("import slow\nprint('never')\n")
    site = project.write("lib/slow.py", "import time\ntime.sleep(8)\n").parent
    boot = project.write("boot/sitecustomize.py", f"import sys; sys.path.append({str(site)!r})\n").parent
    running = subprocess.Popen(
        project.command(), cwd=project.folder, env=project.environment({"PYTHONPATH": f"{boot}:{os.getcwd()}"}),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    time.sleep(2)
    os.killpg(running.pid, signal.SIGINT)
    output, errors = running.communicate(timeout=6)
    assert (running.returncode, output) == (-signal.SIGINT, b"")
    assert errors.endswith(b"KeyboardInterrupt\n") and b"mliter" not in errors


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_script_ends_with_the_one_that_started_it(project: Any, kind: signal.Signals) -> None:
    running = _start(project, """\
        import os, time
        print('begun', flush=True)
        open('pid', 'w').write(str(os.getpid()))
        time.sleep(60)
    """)
    for _ in range(100):
        if (project.folder / "pid").exists() and (project.folder / "pid").read_text():
            break
        time.sleep(0.05)
    time.sleep(0.3)
    pid = int((project.folder / "pid").read_text())
    running.send_signal(kind)
    assert running.wait(10) == -kind
    for _ in range(40):
        if not os.path.exists(f"/proc/{pid}") or " Z " in Path(f"/proc/{pid}/stat").read_text():
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError("the script runs on")


def test_a_script_that_is_killed(project: Any) -> None:
    project.script("import os, signal\nprint('a', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n")
    assert project.run(stderr=True).status == -signal.SIGKILL


def test_a_large_exit_status_and_a_signal_beside_a_module_that_is_not_python(project: Any) -> None:
    project.script("import sys\nsys.exit(2**70)\n")
    assert project.run().status == 255
    project.write("broken.py", "x = = 1\n")
    project.script("import os, signal\nif 0:\n    import broken\nos.kill(os.getpid(), signal.SIGTERM)\n")
    assert project.run().status == -signal.SIGTERM


def test_a_reader_that_goes_away_ends_a_script_as_under_python(project: Any) -> None:
    project.script("""\
        import time
        i = 0
        while i < 300:
            print("line", i, flush=True)
            time.sleep(0.02)
            i += 1
        open("finished", "w").close()
    """)
    running = subprocess.Popen(
        project.command(), cwd=project.folder, env=project.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stdout is not None and running.stderr is not None
    assert running.stdout.readline() == b"line 0\n"
    running.stdout.close()
    errors = running.stderr.read()
    assert running.wait(20) == 1
    assert errors.endswith(b"BrokenPipeError: [Errno 32] Broken pipe\n") and b"mliter" not in errors
    assert not (project.folder / "finished").exists()


def test_a_full_stdout(project: Any) -> None:
    project.script("print('a')\n")
    for _ in range(2):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                project.command(), cwd=project.folder, env=project.environment(), stdout=full, stderr=subprocess.PIPE
            )
        assert done.returncode == 120
        assert done.stderr.endswith(b"OSError: [Errno 28] No space left on device\n") and b"mliter" not in done.stderr
