"""Failure: exceptions and exits, odd sources, killed runs, damaged stores; a main() that is stepped into."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

COSTLY = "def work(n):\n    for i in range(4_000_000):\n        n += i % 2\n    return n\n"


def test_an_exception_is_fixed_and_the_rest_goes_on(project: Project) -> None:
    text = COSTLY + "a = work(0)\nprint(a)\nb = a / 0\nprint(b)\nc = 1\nprint(c)\n"
    project.script(text)
    first = project.run(stderr=True)
    assert first.status == 1 and first.last["status"] == "failed"
    again = project.run(stderr=True)
    assert again.computed == ["b"]
    project.script(text.replace("/ 0", "/ 1"))
    fixed = project.run(stderr=True)
    assert "a" not in fixed.computed and fixed.computed[0] == "b"
    project.unchanged()
    project.script(text)
    assert project.run(stderr=True).status == 1


FAILING = {
    "in_a_function": "def f(x):\n    return g(x)\ndef g(x):\n    return 1 / x\nprint(1)\nf(0)\n",
    "in_main": "def main():\n    x = 1\n    print(x)\n    y = {}['k']\n    return y\nif __name__ == '__main__':\n    main()\n",
    "chained": "try:\n    int('x')\nexcept ValueError as e:\n    raise RuntimeError('bad') from e\n",
    "in_a_loop": "for i in range(3):\n    print(i)\n    assert i < 1, 'too big'\n",
    "name_error": "value = 1\nprint(valu)\n",
    "own_class": "class Mine(Exception):\n    pass\nraise Mine('x', 1)\n",
    "many_lines": "d = dict(\n    a=1,\n    b=1 / 0,\n)\n",
    "group": "raise ExceptionGroup('g', [ValueError(1), TypeError(2)])\n",
    "note": "e = ValueError('v')\ne.add_note('more')\nraise e\n",
    "import": "import math\nimport no_such_module\n",
    "recursion": "def f(n):\n    return f(n + 1)\nf(0)\n",
    "interrupt": "print('a')\nraise KeyboardInterrupt\n",
    "in_exit_handler": "import atexit\n@atexit.register\ndef f():\n    1 / 0\nprint('a')\n",
    "hook": "import sys\nsys.excepthook = lambda t, v, tb: print('hook', t.__name__, file=sys.stderr)\n1 / 0\n",
    "thread": "import threading\ndef f():\n    1 / 0\nt = threading.Thread(target=f, name='t')\nt.start()\nt.join()\nprint('on')\n",
}


DEEPER = pytest.mark.xfail(strict=True, reason="the kernel's own frames take part in the recursion limit")


@pytest.mark.parametrize("case", [pytest.param(c, marks=DEEPER) if c == "recursion" else c for c in FAILING])
def test_a_traceback_is_that_of_python(project: Project, case: str) -> None:
    project.script(FAILING[case])
    project.run(stderr=True)
    project.run(stderr=True)
    project.script("# moved\n\n" + FAILING[case])
    project.run(stderr=True)


def test_a_traceback_through_a_module(project: Project) -> None:
    project.write("lib.py", "def f(x):\n    return 1 / x\n")
    project.script("import lib\nprint(1)\nlib.f(0)\n")
    project.run(stderr=True)
    project.write("lib.py", "\n\ndef f(x):\n    return 1 / x\n")
    project.run(stderr=True)


EXITS = {
    "three": "import sys\nprint('a')\nsys.exit(3)\nprint('b')\n",
    "text": "import sys\nsys.exit('sorry')\n",
    "zero": "import sys\nsys.exit()\nprint('b')\n",
    "system_exit": "raise SystemExit(4)\n",
    "condition": "import sys\nx = 1\nif x:\n    sys.exit(5)\nprint('b')\n",
    "main": "import sys\ndef main():\n    print('m')\n    return 6\nif __name__ == '__main__':\n    sys.exit(main())\n",
    "early": "import sys\ndef main(n=1):\n    if n:\n        print('early')\n        return 7\n    print('late')\n    return 0\nsys.exit(main())\n",
    "inside_main": "import sys\ndef main():\n    print('m')\n    sys.exit(8)\n    print('n')\nmain()\n",
    "os_exit": "import os\nprint('lost')\nos._exit(9)\n",
    "large": "import sys\nsys.exit(257)\n",
    "flag": "import sys\nsys.exit(True)\n",
    "quit": "print('a')\nquit(2)\n",
}


@pytest.mark.parametrize("case", EXITS)
def test_an_exit_status(project: Project, case: str) -> None:
    project.script(EXITS[case])
    project.run(stderr=True)
    project.run(stderr=True)
    project.script("v = 1\n" + EXITS[case])
    project.run(stderr=True)


def test_a_signal_ends_it(project: Project) -> None:
    project.script("import os, signal\nprint('a', flush=True)\nos.kill(os.getpid(), signal.SIGTERM)\n")
    assert project.run().status == -signal.SIGTERM
    project.run()


SOURCES: dict[str, bytes] = {
    "crlf": b"x = 1\r\nif x:\r\n    print('''a\r\nb''')\r\n# end\r\n",
    "tabs": b"if True:\n\tx = 1\n\tif x:\n\t\tprint('tab\t')\n",
    "unicode": "größe = 'ü'\nπ = 3\nprint(größe, π)\nﬁ = 1\nprint(fi)\n".encode(),
    "latin": b"# -*- coding: latin-1 -*-\nx = '\xe4'\nprint(ascii(x))\n",
    "bom": b"\xef\xbb\xbfprint('bom')\n",
    "empty": b"",
    "comment": b"# nothing\n",
    "docstring": b'"""Doc."""\nprint(__doc__)\n',
    "no_newline": b"x = 1\nprint(x)",
    "form_feed": b"x = 1\n\x0c\ndef f():\n    return x\nprint(f())\n",
    "backslash": b"x = 1 + \\\n    2\nprint(x)\n",
    "line_separator": "s = 'a\u2028b'\nprint(ascii(s))\nprint(1 / 1)\n".encode(),
}


@pytest.mark.parametrize("case", SOURCES)
def test_a_source(project: Project, case: str) -> None:
    project.script(SOURCES[case])
    project.run(stderr=True)
    project.unchanged(stderr=True)
    project.script(SOURCES[case].rstrip() + b"\nprint('more')\n")
    project.run(stderr=True)


@pytest.mark.parametrize("broken", ["x = = 1\n", "print('a'\n", "if 1:\nx\n", "return 1\n", "x = 'a\n", "def f(a, a): pass\n"])
def test_a_syntax_error_and_its_fix(project: Project, broken: str) -> None:
    project.script("print('a')\n")
    project.run()
    project.script("print('a')\n" + broken)
    assert project.run(stderr=True).status == 1
    project.script("print('a')\n")
    project.unchanged()


@pytest.mark.slow
def test_two_thousand_statements(project: Project) -> None:
    lines = ["x0 = 1"] + [f"x{i} = x{i - 1} + {i % 7}" for i in range(1, 2000)]
    project.script("\n".join([*lines, "print(x1999)\n"]))
    project.run()
    project.unchanged()
    project.script("\n".join([*lines, "print(x1999, x5)\n"]))
    project.run()
    lines[1998] = "x1998 = x1997 - 1"
    project.script("\n".join([*lines, "print(x1999)\n"]))
    project.run()


def test_killed_in_the_middle(project: Project) -> None:
    text = COSTLY + "import os, time\na = work(0)\nprint('a', a, flush=True)\n{wait}\nprint('end')\n"
    project.script(text.format(wait="time.sleep(60)"))
    running = subprocess.Popen(
        project.command(), cwd=project.folder, env=project.environment(), stdout=subprocess.PIPE, start_new_session=True
    )
    assert running.stdout is not None
    assert running.stdout.readline().startswith(b"a ")
    time.sleep(0.8)  # a finished node is in the store soon after
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    running.stdout.close()
    project.script(text.format(wait="time.sleep(0)"))
    outcome = project.run()
    assert "a" not in outcome.computed


@pytest.mark.slow
def test_two_runs_at_once(project: Project) -> None:
    project.script(COSTLY + "a = [work(i) for i in range(2)]\nprint(a)\nopen('o.txt', 'w').write(str(a))\nprint('end')\n")
    settings = {"cwd": project.folder, "env": project.environment(), "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    both = [subprocess.Popen(project.command(), **settings) for _ in range(2)]  # type: ignore[call-overload]
    outputs = [p.communicate(timeout=100) for p in both]
    assert outputs[0] == outputs[1] and outputs[0][1] == b"" and [p.returncode for p in both] == [0, 0]
    project.unchanged()


STORED = COSTLY + "a = [work(0), 'x' * 100_000]\nprint(len(a))\nb = bytes(300_000)\nprint(len(b) + work(0))\n"


@pytest.mark.parametrize(
    "how", ["truncated", "altered", *(pytest.param(how, marks=pytest.mark.slow) for how in ("emptied", "deleted"))]
)
@pytest.mark.parametrize("which", ["catalog", "objects"])
def test_a_damaged_store(project: Project, how: str, which: str) -> None:
    project.script(STORED)
    project.run()
    found = [*project.cache.glob("catalog*")] if which == "catalog" else [*(project.cache / "objects").rglob("*")]
    assert found
    for path in [p for p in found if p.is_file()]:
        path.chmod(0o600)
        data = path.read_bytes()
        if how == "deleted":
            path.unlink()
        else:
            middle = len(data) // 2
            altered = data[:middle] + bytes(b ^ 255 for b in data[middle:])
            path.write_bytes({"truncated": data[:middle], "altered": altered, "emptied": b""}[how])
    project.script(STORED + "print(a[1][:3], b[:2])\n")
    project.run()
    project.run()


@pytest.mark.slow
def test_a_foreign_store(project: Project) -> None:
    """Values of a store that another user's key has sealed are not used; the run is that of an empty store."""
    project.script(STORED)
    project.run()
    env = {"HOME": str(project.tmp / "other"), "XDG_CONFIG_HOME": str(project.tmp / "other/c"),
           "XDG_DATA_HOME": str(project.tmp / "other/d"), "XDG_STATE_HOME": str(project.tmp / "other/s")}  # fmt: skip
    project.script(STORED + "print(a[1][:3])\n")
    folder, words = project.plain()
    expected = subprocess.run(words, cwd=folder, capture_output=True)
    done = subprocess.run(project.command(), cwd=project.folder, env=project.environment(env), capture_output=True)
    assert b"Traceback" not in done.stderr
    if done.returncode == 0:
        assert done.stdout == expected.stdout
    else:
        assert done.stdout == b"" and done.stderr.count(b"\n") == 1


@pytest.mark.slow
def test_a_store_that_cannot_be_made(project: Project) -> None:
    project.script(STORED)
    (project.tmp / "file").write_text("")
    project.cache = project.tmp / "file" / "cache"
    project.run()
    project.run()


@pytest.mark.slow
def test_a_store_that_vanishes(project: Project) -> None:
    project.script(STORED)
    project.run()
    shutil.rmtree(project.cache)
    project.run()
    project.unchanged()


MAIN = """
import argparse
import sys
FACTOR = 2
def scale(rows, by):
    return [r * by for r in rows]
def main(argv=None):
    parser = argparse.ArgumentParser(description="Train.")
    parser.add_argument("--n", type=int, default=3)
    args = parser.parse_args(argv)
    rows = list(range(args.n))
    total = 0
    def shift(x):
        return x + total
    for r in rows:
        total += r
    print("total", total)
    if total > 100:
        print("large")
        return 2
    scaled = scale(rows, FACTOR)
    scaled.append(total)
    scaled.sort(key=lambda v: -v)
    shifted = [shift(v) for v in scaled]
    print(scaled, shifted)
    return 0
if __name__ == "__main__":
    sys.exit(main())
"""


@pytest.mark.slow
def test_main_is_stepped_into(project: Project) -> None:
    project.script(MAIN)
    project.run()
    project.unchanged()
    edits = [("x + total", "x - total"), ("FACTOR = 2", "FACTOR = 3"), ("append(total)", "append(7)"), ("-v)", "v)"),
             ("total += r", "total += 50 * r"), ("default=3", "default=4"), ("return 0", "return 3"),
             ("rows = list(range(args.n))", "rows = [args.n]")]  # fmt: skip
    for before, after in edits:
        project.script(MAIN.replace(before, after))
        project.run()
    project.script(MAIN)
    project.unchanged()
    project.run("--n", "50")
    project.run("--n", "5")
    assert project.run("--n", "x", stderr=True).status == 2
    assert project.run("--help").status == 0


def test_an_edit_in_main_reruns_what_depends_on_it(project: Project) -> None:
    text = COSTLY + "def main():\n    a = work(0)\n    b = work(1)\n    print(a)\n    print(b)\nmain()\n"
    project.script(text)
    project.run()
    project.script(text.replace("work(1)", "work(2)"))
    outcome = project.run()
    assert "b" in outcome.computed and "a" not in outcome.computed and "print(a)" not in outcome.computed


def test_state_of_a_function_that_outlives_it(project: Project) -> None:
    text = """
    log = []
    def make():
        store = {}
        def put(k, v):
            store[k] = v
            log.append(k)
            return dict(store)
        return put
    def main():
        put = make()
        one = put("a", 1)
        two = put("b", 2)
        print(one, two, log)
        local = [1]
        alias = local
        alias.append(len(log))
        print(local, locals().keys() >= {"put", "alias"})
    main()
    print(log)
    """
    project.script(text)
    project.run()
    project.run()
    for before, after in (('"b", 2', '"c", 3'), ("local = [1]", "local = [0]"), ("print(log)", "print(len(log))")):
        project.script(text.replace(before, after))
        project.run()


def test_python_of_the_tests_is_the_one_that_runs(project: Project) -> None:
    project.script("import sys\nprint(sys.executable, sys.version_info[:2], sys.path[0].endswith('project'))\n")
    assert sys.executable.encode() in project.run().stdout
