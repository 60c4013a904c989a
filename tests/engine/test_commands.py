"""What the commands beside `run` say: plan, why, verify and cache."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest


def _mliter(project: Any, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mliter_tui", *words], cwd=project.folder, env=project.environment(),
        capture_output=True, text=True,
    )  # fmt: skip


def _kept(project: Any) -> tuple[str, str]:
    return "--cache", str(project.cache)


@pytest.mark.slow
def test_why_tells_of_all_that_would_run(project: Any) -> None:
    project.script("import time\nimport json\nt = time.time()\nx = json.dumps(1)\n")
    project.run()
    plan = json.loads(_mliter(project, "plan", *_kept(project), "train.py", "--json").stdout)
    computed = [n["node"] for n in plan["nodes"] if n["action"] == "compute"]
    why = json.loads(_mliter(project, "why", *_kept(project), "train.py", "--json").stdout)
    assert [n["node"] for n in why["nodes"]] == computed and "t" in computed
    said = _mliter(project, "why", *_kept(project), "train.py").stdout
    assert "up to date" not in said and "asks for time.time" in said
    assert "not needed" not in said
    project.script("x = 1\n")
    project.run()
    assert "up to date" in _mliter(project, "why", *_kept(project), "train.py").stdout


def test_a_module_that_does_not_compile_is_the_imports_matter(project: Any) -> None:
    project.write("broken.py", "y = 1\n\nreturn 3\n")
    project.script("x = 1\nif x > 1:\n    import broken\nprint(x)\n")
    done = _mliter(project, "plan", *_kept(project), "train.py")
    assert done.returncode == 0 and done.stderr == ""
    project.run()
    project.unchanged()
    project.script("x = 1\nprint(x)\nimport broken\n")
    project.run(stderr=True)


def test_looking_at_a_cache_does_not_make_one(project: Any) -> None:
    project.script("x = 1\n")
    for action in ("ls", "gc", "check"):
        done = _mliter(project, "cache", action)
        assert done.returncode == 0 and done.stdout.startswith("Nothing is kept in ")
        assert json.loads(_mliter(project, "cache", action, "--json").stdout)["v"] == 1
    assert _mliter(project, "cache", "pin", "x").returncode == 2
    assert [p.name for p in project.folder.iterdir()] == ["train.py"]


def test_the_list_of_kept_values_tells_when_they_were_used(project: Any) -> None:
    project.script("import time\ntime.sleep(0.3)\nx = list(range(100_000)) if time.sleep(0.3) is None else 0\n")
    project.run()
    rows = json.loads(_mliter(project, "cache", "ls", *_kept(project), "--json").stdout)["values"]
    assert rows and all(abs(row["used"] - time.time()) < 100 for row in rows)
    assert time.strftime("%Y-%m-%d ") in _mliter(project, "cache", "ls", *_kept(project)).stdout


def test_accept_says_what_it_does(project: Any) -> None:
    said = _mliter(project, "cache", "accept", "--help").stdout
    assert "replay" in said.lower() and "mliter plan" in said


def test_a_damaged_mark_is_made_anew(project: Any) -> None:
    project.script("x = 1\nprint(x)\n")
    project.run()
    mark = project.cache / "mark"
    good = mark.read_bytes()
    for damaged in (b"", b"\0" * len(good)):
        mark.write_bytes(damaged)
        done = _mliter(project, "run", *_kept(project), "train.py")
        assert done.stdout == "1\n" and done.returncode == 0
        assert "was damaged" in done.stderr and "0 computed" not in done.stderr and " pruned" in done.stderr
        assert mark.read_bytes() == good
    mark.write_text("0" * (len(good) - 1) + "\n")
    done = _mliter(project, "run", *_kept(project), "train.py")
    assert done.returncode == 1 and "another user" in done.stderr


def test_verify_of_a_process_that_ends_in_the_middle(project: Any) -> None:
    project.script("import os, signal\nprint('a', flush=True)\nos._exit(3)\n")
    done = _mliter(project, "verify", *_kept(project), "train.py")
    assert done.returncode == 0 and "exit status 3" in done.stdout
    project.script("import os, signal\nprint('a', flush=True)\nos.kill(os.getpid(), 9)\n")
    done = _mliter(project, "verify", *_kept(project), "train.py")
    assert done.returncode == 0 and "SIGKILL" in done.stdout


def test_why_says_what_keeps_a_long_statement_in_one_piece(project: Any) -> None:
    project.script("import time\n\ndef fit(*x):\n    time.sleep(0.05)\n    return x\n\nz = fit(1)\nprint(z)\n")
    project.run()
    told = {line: _mliter(project, "why", *_kept(project), f"train.py:{line}").stdout for line in (7, 8)}
    assert "    one unit: fit() takes any number of arguments\n" in told[7]
    assert "one unit" not in told[8]
