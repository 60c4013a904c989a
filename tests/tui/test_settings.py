"""A person's own keys, and what is kept from one session to the next."""

import asyncio
import json
from pathlib import Path

import pytest
from stage import stage

from mliter_tui import commands
from mliter_tui.tui import state
from mliter_tui.tui.acts import ACTS
from mliter_tui.tui.keys import is_key, own_keys
from mliter_tui.tui.opening import editor_command


def test_a_remapped_key_works_and_the_old_one_does_not(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, iterations=6, config='[keys]\npin = "P"\nquit = "ctrl+x, f10"\n') as the:
            assert await the.press("p") == []
            assert await the.press("P") == [commands.Pin((30,))]
            assert "P pin" in the.text() and "^x quit" in the.text()
            await the.press("q")
            assert the.app.is_running
            await the.pilot.press("f10")
            await the.until(lambda: not the.app.is_running)

    asyncio.run(scenario())


def test_bad_entries_are_told_as_toasts_and_the_rest_holds(tmp_path: Path) -> None:
    config = '[keys]\nfly = "y"\nforce = 3\ncancel = "ctrl+nothing"\npin = "P"\n'

    async def scenario() -> None:
        async with stage(tmp_path, iterations=6, config=config) as the:
            told = [note.message for note in the.app._notifications]
            assert len(told) == 3
            assert any("nothing called 'fly'" in text for text in told)
            assert any("force = 3 is no key" in text for text in told)
            assert any("'ctrl+nothing' is no key" in text for text in told)
            assert await the.press("P") == [commands.Pin((30,))]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("text", "said"),
    [("[keys\n", "cannot be read"), ("keys = 3\n", "has to be a table"), ("\x00", "cannot be read")],
)
def test_a_file_that_is_none_changes_nothing(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    given, wrong = own_keys(path, ["pin"])
    assert given == {} and len(wrong) == 1 and said in wrong[0]
    assert own_keys(tmp_path / "none.toml", ["pin"]) == ({}, [])


def test_a_key_that_is_given_twice_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[keys]\npin = "x"\nforce = "x"\n')
    _, wrong = own_keys(path, ["pin", "force"])
    assert wrong == [f"{path}: x is given to pin and to force; pin has it."]


def test_every_key_of_the_app_is_a_key() -> None:
    assert [key for act in ACTS for key in act.keys.split(",") if act.keys and not is_key(key)] == []
    assert not is_key("") and not is_key("ctrl+") and not is_key("xy") and not is_key("f0")


@pytest.mark.slow
def test_theme_sizes_and_filters_are_kept(tmp_path: Path) -> None:
    async def first() -> None:
        async with stage(tmp_path, iterations=6) as the:
            await the.press("T", "ctrl+left", "ctrl+up", "/", *"name~df", "enter", "Z")

    async def second() -> None:
        async with stage(tmp_path, iterations=6) as the:
            assert the.app.theme == "textual-light"
            assert the.app.main.query_one("#side").size.width == the.app.kept.side
            assert the.app.kept.tail == 7 and not the.app.kept.folded
            await the.press("/", "up", "enter")
            assert the.app.desk.filter == "name~df"

    asyncio.run(first())
    asyncio.run(second())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": 3, "side": "x", "filters": [1, "a"]}', "\x00\xff"])
def test_a_damaged_memory_is_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "app.json"
    path.write_text(text)
    kept = state.load(path)
    assert (kept.theme, kept.side) == ("textual-dark", 0)
    assert kept.filters == (["a"] if "filters" in text else [])


def test_a_memory_that_cannot_be_written_is_let_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state.save(state.Kept(), tmp_path / "file" / "app.json")
    state.save(state.Kept(side=9), tmp_path / "new" / "app.json")
    assert json.loads((tmp_path / "new" / "app.json").read_text())["side"] == 9


@pytest.mark.parametrize(
    ("editor", "command"),
    [
        ("", ["vi", "+31", "train.py"]), ("nvim", ["nvim", "+31", "train.py"]),
        ("emacs -nw", ["emacs", "-nw", "+31", "train.py"]), ("/usr/bin/nano", ["/usr/bin/nano", "+31", "train.py"]),
        ("code --wait", ["code", "--wait", "-g", "train.py:31"]), ("subl", ["subl", "train.py:31"]),
        ("'", ["'", "+31", "train.py"]),
    ],
)  # fmt: skip
def test_editors_open_at_the_line(editor: str, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", editor)
    assert editor_command("train.py", 31) == command
