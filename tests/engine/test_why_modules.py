"""`mliter why` of a line of a local module: its statements where it is stepped into, else what depends on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from engine.conftest import Project

HELPERS = """
import time
RATE = 2

def slow(x):
    time.sleep(0.15)
    y = x + 1
    return y * 2

def small(x):
    return x * RATE

def unused(x):
    return x
"""
SCRIPT = "from helpers import slow, small\n\n\na = slow(3)\nb = small(a)\nprint(a)\nprint(b)\n"


def why(project: Project, *words: str, status: int = 0) -> str:
    command = [sys.executable, "-m", "mliter_tui", "why", "--cache", str(project.cache), *words]
    done = subprocess.run(command, cwd=project.folder, env=project.environment(), capture_output=True, check=False)
    assert done.returncode == status, done.stderr.decode()
    return (done.stdout or done.stderr).decode()


def asked(project: Project, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(why(project, "--json", *words))["nodes"]
    return found


@pytest.fixture
def ran(project: Project) -> Project:
    project.write("helpers.py", HELPERS)
    project.script(SCRIPT)
    project.run()
    return project


def test_a_statement_of_a_function_that_is_stepped_into(ran: Project) -> None:
    ran.write("helpers.py", HELPERS.replace("y * 2", "y * 3"))
    (node,) = asked(ran, "helpers.py:8")
    assert (node["node"], node["module"], node["lines"]) == ("return y * 3", "helpers", [8, 8])
    assert node["typed"]["code"] == "SOURCE_CHANGED"


def test_what_depends_on_a_function_or_constant_that_is_not(ran: Project) -> None:
    ran.write("helpers.py", HELPERS.replace("x * RATE", "x * RATE + 1"))
    using = {node["node"]: node["action"] for node in asked(ran, "helpers.py:11")}
    assert using["b"] == "compute" and "a" not in using
    ran.write("helpers.py", HELPERS)
    assert "b" in {node["node"] for node in asked(ran, "helpers.py:3")}
    assert why(ran, "helpers.py:11").startswith("small of helpers.py has no statements of its own")


def test_a_line_that_nobody_has_to_do_with(ran: Project) -> None:
    assert "is unused, which no statement of" in why(ran, "helpers.py:14", status=2)
    assert "belongs to no statement" in why(ran, "helpers.py:4", status=2)


def test_the_script_that_ran_last_is_meant_with_its_arguments(ran: Project) -> None:
    ran.write("other.py", "import sys\nfrom helpers import small\nc = small(len(sys.argv))\nprint(c)\n")
    command = [sys.executable, "-m", "mliter_tui", "run", "--cache", str(ran.cache), "other.py", "x"]
    subprocess.run(command, cwd=ran.folder, env=ran.environment(), capture_output=True, check=True)
    answers = asked(ran, "helpers.py:11")
    assert "c" in {node["node"] for node in answers} and {node["action"] for node in answers} == {"prune"}


def test_a_module_that_was_run_itself_is_a_script(ran: Project) -> None:
    command = [sys.executable, "-m", "mliter_tui", "run", "--cache", str(ran.cache), "helpers.py"]
    subprocess.run(command, cwd=ran.folder, env=ran.environment(), capture_output=True, check=True)
    (node,) = asked(ran, "helpers.py:3")
    assert (node["node"], node["module"]) == ("RATE", "")
    os.unlink(ran.folder / "train.py")
    assert asked(ran, "helpers.py:3")


def test_scripts_that_are_broken_now_are_passed_over(ran: Project) -> None:
    for name, text in {"broken.py": b"from helpers import small\nsmall(1\n", "latin.py": b"x = '\xff'\n"}.items():
        ran.write(name, "from helpers import small\nsmall(1)\n")
        command = [sys.executable, "-m", "mliter_tui", "run", "--cache", str(ran.cache), name]
        subprocess.run(command, cwd=ran.folder, env=ran.environment(), capture_output=True, check=True)
        ran.write(name, text)
    assert {"b"} <= {node["node"] for node in asked(ran, "helpers.py:11")}


def test_a_module_that_is_broken_now_is_told_of_in_one_sentence(ran: Project) -> None:
    ran.write("helpers.py", HELPERS.replace("(x):", "(x:"))
    told = why(ran, "helpers.py:11", status=1)
    assert "helpers.py" in told and "Traceback" not in told and len(told.strip().splitlines()) == 1
