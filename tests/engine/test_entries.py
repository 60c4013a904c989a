"""Scripts whose main function a library calls: click and typer read the command line, its statements are nodes."""

# ruff: noqa: E501 - short programs
from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

BODY = '''    """Trains."""
    time.sleep(0.06)
    rows = [i * rate for i in range(n)]
    fitted = fit(rows)
    print("rows", rows, fitted, name)
    if n == 5:
        time.sleep(0.02)
        FAIL
    last = fit(rows[:1])
    print("end", last)
'''
FIT = '''
def fit(rows):
    time.sleep(0.03)
    total = sum(rows)
    time.sleep(0.03)
    return total + 1
'''
CLICK = f'''
import time
import click
{FIT}
@click.command()
@click.option("--n", default=3, help="how many")
@click.option("--rate", type=float, default=0.5)
@click.option("--name", type=click.Choice(["a", "b"]), default="a")
def main(n, rate, name):
{BODY}
if __name__ == "__main__":
    main()
'''
RUN = f'''
import time
import typer
{FIT}
def main(n: int = 3, rate: float = 0.5, name: str = "a"):
{BODY}
if __name__ == "__main__":
    typer.run(main)
'''
APP = f'''
import time
from typing import Annotated
import typer

app = typer.Typer()
{FIT}
@app.command()
def main(n: Annotated[int, typer.Option(help="how many")] = 3, rate: float = typer.Option(0.5), name: str = "a"):
{BODY}
if __name__ == "__main__":
    app()
'''
SCRIPTS = {
    "click": CLICK,
    "click's names": CLICK.replace("import click", "import click\nfrom click import command, option").replace("@click.command", "@command").replace("@click.option", "@option"),
    "typer.run": RUN,
    "typer app": APP,
}
FAILS = {"click": 'raise click.ClickException("five")', "typer.run": "raise typer.Exit(3)", "typer app": "raise typer.Abort()"}


def script(name: str) -> str:
    library = name.partition(" ")[0].partition(".")[0].partition("'")[0]
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    return SCRIPTS[name].replace("FAIL", FAILS.get(name, "raise SystemExit(4)"))


TYPER = [pytest.param(n, marks=pytest.mark.slow) if n == "typer app" else n for n in SCRIPTS]


@pytest.mark.parametrize("name", TYPER)
def test_the_statements_of_the_function_are_nodes(project: Project, name: str) -> None:
    text = script(name)
    project.script(text)
    assert {"rows", "total", "last"} <= set(project.run().computed)
    project.unchanged()
    project.script(text.replace('"end"', '"the end"'))
    ran = project.run().computed
    assert 'print("the end", last)' in ran and not any("sleep" in label for label in ran)
    project.script(text.replace("total + 1", "total + 2"))
    ran = project.run().computed
    assert "return total + 2" in ran and not any("sleep" in label for label in ran)


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n != "click" else n for n in SCRIPTS])
def test_arguments(project: Project, name: str) -> None:
    project.script(script(name))
    for args in ([], ["--n", "4"], ["--n", "5"], ["--name", "b"], ["--n", "five"], ["--nothing"], ["--help"], [], ["--rate=2"]):
        ran = project.run(*args, stderr=True)
        if args == ["--name", "b"]:
            assert not any("sleep" in label for label in ran.computed)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["click", pytest.param("typer.run", marks=pytest.mark.slow)])
def test_an_error_in_the_body(project: Project, name: str) -> None:
    text = script(name)
    project.script(text)
    project.run()
    project.script(text.replace("last = fit(rows[:1])", "last = fit(rows[:1]) + undefined"))
    project.run(stderr=name == "click")  # typer prints the variables of its frames, as they are
    project.script(text.replace("sum(rows)", "sum(rows) / 0"))
    project.run(stderr=name == "click")
    project.script(text)
    project.run()


WHOLE = {
    "the context": CLICK.replace("    fitted = ", "    print(click.get_current_context().info_name)\n    fitted = "),
    "a file": CLICK.replace('"--name", type=click.Choice(["a", "b"]), default="a"', '"--name", type=click.File("w"), default="out.txt"').replace("print(\"end\", last)", "print('end', file=name)").replace("fitted, name", "fitted"),
    "a file of typer's": RUN.replace('name: str = "a"', "name: typer.FileTextWrite = 'out.txt'").replace("fitted, name", "fitted").replace('print("end", last)', "print('end', file=name)"),
    "a group": CLICK.replace("@click.command()", "@click.group(invoke_without_command=True)"),
    "another callback": CLICK.replace('if __name__', "def other(n, rate, name):\n    print(n)\n\nmain.callback = other\nif __name__"),
    "a decorator between": CLICK.replace("def main", "def main").replace('@click.option("--n"', "@(lambda f: f)\n@click.option(\"--n\""),
    "not standalone": CLICK.replace("    main()\n", "    main(standalone_mode=False)\n    print('behind')\n"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_what_is_not_taken_apart_is_right_too(project: Project, text: str) -> None:
    script("click" if "import click" in text else "typer.run")
    text = text.replace("FAIL", "raise SystemExit(4)")
    project.script(text)
    project.run(stderr=True)
    project.run(stderr=True)
    project.script(text.replace("rows[:1]", "rows[:2]"))
    project.run(stderr=True)


HOOKED = """
import sys
import time
import warnings
from typing import Annotated
import LIBRARY

def told(word):
    def show(message, *more):
        sys.stderr.write(f"{word}: {message}\\n")
    warnings.showwarning = show
    return word

def chosen(value: str):
    return told(value)

BEGIN
    time.sleep(0.06)
    total = n * 2
    warnings.warn(f"total {total}")
    print(total)

END
"""
HOOKS = {
    "click": (
        "@click.command()\n@click.option('--n', default=1)\n@click.option('--word', default='a', callback=lambda context, option, word: told(word))\ndef main(n, word):",
        "main()",
    ),
    "typer": (
        "Word = Annotated[str, typer.Option(callback=chosen)]\ndef main(n: int = 1, word: Word = 'a'):",
        "typer.run(main)",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("library", HOOKS)
def test_what_the_reading_of_an_argument_sets_counts(project: Project, library: str) -> None:
    script(library if library == "click" else "typer.run")
    begin, end = HOOKS[library]
    project.script(HOOKED.replace("LIBRARY", library).replace("BEGIN", begin).replace("END", end))
    for args in ([], ["--word", "b"], ["--word", "c"], ["--word", "b", "--n", "2"], []):
        project.run(*args, stderr=True)
