"""The rules of the house: who imports whom, what is loaded when, and how long a file may grow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("textual", "rich", "networkx", "pandas", "numpy", "sklearn", "scipy", "watchdog", "sqlite3", "multiprocessing")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def modules(root: Path) -> list[Path]:
    return sorted((root / "mliter_tui").rglob("*.py"))


def lint_imports(folder: Path, config: Path) -> subprocess.CompletedProcess[str]:
    """import-linter's own command line, without its cache."""
    code = "import sys; from importlinter.cli import lint_imports_command as c; c()"
    command = [sys.executable, "-c", code, "--config", str(config), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_contracts_of_the_rooms_are_kept(root: Path) -> None:
    done = lint_imports(root, root / "pyproject.toml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_broken_contract_is_noticed(root: Path, tmp_path: Path) -> None:
    config = tmp_path / "contracts.ini"
    config.write_text(
        "[importlinter]\nroot_package = mliter_tui\n[importlinter:contract:1]\nname = x\ntype = forbidden\n"
        "source_modules = mliter_tui.cli\nforbidden_modules = mliter_tui.options\n"
    )
    done = lint_imports(root, config)
    assert done.returncode == 1
    assert "1 broken" in done.stdout


def test_every_room_stands_under_a_contract(root: Path) -> None:
    rooms = {path.parent.name for path in (root / "mliter_tui").glob("*/__init__.py")}
    config = (root / "pyproject.toml").read_text(encoding="utf-8")
    assert [room for room in sorted(rooms) if f'"mliter_tui.{room}"' not in config] == []


COMMAND_LINE = {"__main__", "cli", "arguments", "completion"}
"""Modules beside the rooms that are no leaves."""


def test_leaves_import_no_room(root: Path) -> None:
    """Also those that no contract names yet."""
    above = {path.parent.name for path in (root / "mliter_tui").glob("*/__init__.py")} | COMMAND_LINE
    found = {}
    for path in (root / "mliter_tui").glob("*.py"):
        if path.stem not in COMMAND_LINE:
            names = imported(ast.parse(path.read_text("utf-8")))
            found[path.name] = sorted(name for name in names if name.partition(".")[2].split(".")[0] in above)
    assert {name: names for name, names in found.items() if names} == {}


def imported(tree: ast.AST) -> set[str]:
    """Full names of what a module imports from this package, absolute or relative to its root."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = ".".join(filter(None, ["mliter_tui" if node.level else "", node.module]))
            names |= {source} | {f"{source}.{alias.name}" for alias in node.names}
    return {name for name in names if name.partition(".")[0] == "mliter_tui"}


@pytest.mark.parametrize(
    "code",
    [
        "import mliter_tui.cli",
        "from mliter_tui.arguments import build_parser; from mliter_tui.grammar import COMMANDS\n"
        "for name, command in COMMANDS.items(): build_parser(name, command).format_help()",
        "import mliter_tui.cli; assert mliter_tui.cli.main(['--help']) == 0",
        "import mliter_tui.cli; assert mliter_tui.cli.main(['run', 'missing.py']) == 2",
        "import mliter_tui.cli; assert mliter_tui.cli.main(['completion', 'bash']) == 0",
        "from mliter_tui.arguments import parse; assert parse(['run', __file__, 'x']).args == ('x',)",
        "import mliter_tui.render.plain",
    ],
)
def test_nothing_heavy_is_loaded_to_read_a_command_line(code: str, tmp_path: Path) -> None:
    script = tmp_path / "probe.py"
    script.write_text(f"{code}\nimport sys\nprint('\\nloaded', *(m for m in {HEAVY!r} if m in sys.modules))\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["loaded"]


def test_no_file_has_outgrown_its_room(root: Path) -> None:
    lengths = {str(path.relative_to(root)): len(path.read_text("utf-8").splitlines()) for path in modules(root)}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_function_is_too_long(root: Path) -> None:
    long = {}
    for path in modules(root):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long[f"{path.relative_to(root)}:{node.lineno} {node.name}"] = length
    assert long == {}


def test_every_module_says_what_it_is(root: Path) -> None:
    trees = {str(path.relative_to(root)): ast.parse(path.read_text("utf-8")) for path in modules(root)}
    assert [name for name, tree in trees.items() if not ast.get_docstring(tree)] == []
