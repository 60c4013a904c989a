"""Shell completion: the scripts are loaded by the real shells and asked."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from mliter_tui.completion import completion_script
from mliter_tui.grammar import ACTIONS, COMMANDS

bash = shutil.which("bash")
needs_bash = pytest.mark.skipif(bash is None, reason="bash is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with scripts, other files, a folder, and names that need care."""
    for name in ("train.py", "tidy up.py", "notes.txt", "[x]*.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "inner.py").write_text("")
    return tmp_path


def complete(folder: Path, *words: str) -> list[str]:
    """What bash offers for the last of these words, after `mliter`."""
    script = folder / ".completion.bash"
    script.write_text(completion_script("bash"))
    line = " ".join(shlex.quote(word) for word in ("mliter", *words))
    ask = f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _mliter; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    assert bash is not None
    words_of_bash = [bash, "--norc", "-uc", f"source .completion.bash; {ask}"]
    done = subprocess.run(words_of_bash, cwd=folder, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    return sorted(filter(None, done.stdout.splitlines()))


@needs_bash
def test_commands_and_actions(folder: Path) -> None:
    assert complete(folder, "") == sorted([*COMMANDS, "-h", "--help", "--version"])
    assert complete(folder, "v") == ["verify"]
    assert complete(folder, "cache", "") == sorted([*ACTIONS, "-h", "--help"])
    assert complete(folder, "completion", "") == ["bash", "fish", "zsh"]


@needs_bash
def test_options_are_those_of_the_command(folder: Path) -> None:
    for name, command in COMMANDS.items():
        if name != "cache":
            offered = complete(folder, name, "-")
            assert offered == sorted(word for flag in command.flags for word in flag.names)
    assert complete(folder, "cache", "ls", "--") == ["--cache", "--help", "--json"]
    assert complete(folder, "plan", "train.py", "--j") == ["--json"]


@needs_bash
def test_values_of_options(folder: Path) -> None:
    assert complete(folder, "run", "--policy", "") == ["always", "auto", "helix", "never"]
    assert complete(folder, "run", "--policy", "=", "a") == ["always", "auto"]
    assert complete(folder, "run", "--unseeded", "=") == ["rerun", "reuse"]
    assert complete(folder, "run", "--cache", "") == ["data"]
    assert "notes.txt" in complete(folder, "run", "--events", "")
    assert complete(folder, "run", "--budget", "") == []


@needs_bash
def test_scripts_and_their_arguments(folder: Path) -> None:
    scripts = sorted(["[x]*.py", "data", "tidy up.py", "train.py"])
    assert complete(folder, "run", "") == scripts
    assert complete(folder, "run", "--policy", "=", "auto", "") == scripts
    assert complete(folder, "run", "--quiet", "--cache", "data", "t") == ["tidy up.py", "train.py"]
    assert complete(folder, "run", "data/") == ["data/inner.py"]
    assert complete(folder, "run", "train.py", "n") == ["notes.txt"]
    assert complete(folder, "run", "train.py", "--pol") == []
    assert complete(folder, "plan", "train.py", "") == []


@needs_bash
def test_it_is_registered_for_mliter(folder: Path) -> None:
    (folder / "c").write_text(completion_script("bash"))
    assert bash is not None
    ask = [bash, "--norc", "-c", "source c; complete -p mliter"]
    done = subprocess.run(ask, cwd=folder, capture_output=True, text=True, timeout=30)
    assert done.stdout == "complete -F _mliter mliter\n"


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_accepts_the_script(folder: Path) -> None:
    (folder / "_mliter").write_text(completion_script("zsh"))
    load = "autoload -Uz compinit; compinit -u -d dump; source ./_mliter; print $_comps[mliter]"
    for code in ("zsh -n ./_mliter", load):
        done = subprocess.run(["zsh", "-fc", code], cwd=folder, capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "_mliter\n"


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("mliter ", set(COMMANDS)),
        ("mliter cache ", set(ACTIONS)),
        ("mliter run --policy ", {"auto", "helix", "always", "never"}),
        ("mliter cache gc --b", {"--budget"}),
        ("mliter run --qu", {"--quiet"}),
    ],
)
def test_fish_offers(folder: Path, line: str, offered: set[str]) -> None:
    (folder / "c.fish").write_text(completion_script("fish"))
    code = f"source c.fish; complete -C '{line}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", code], cwd=folder, capture_output=True, text=True, timeout=30,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
    )  # fmt: skip
    assert {row.split("\t")[0] for row in done.stdout.splitlines()} == offered
