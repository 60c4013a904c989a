"""The screens as text, at three sizes, in ASCII and without colour, against files in `screens/`.

UPDATE_SCREENS=1 writes the files again; look at what changed before it is committed.
"""

import asyncio
import os
import re
from pathlib import Path

import pytest
from rich.segment import Segment
from stage import Stage, stage

SCREENS = Path(__file__).parent / "screens"
SIZES = ((80, 24), (120, 40), (200, 60))
KEYS = {"flow": "1", "graph": "2", "cache": "3", "history": "4", "output": "5", "study": "6"}


_THUMB = re.compile("[▁▂▃▄▅▆▇](?= ?│)")
"""Where the thumb of a scroll bar ends: an eighth of a row more or less, by the steps in which a layout came to be."""


def check(name: str, text: str) -> None:
    path = SCREENS / f"{name}.txt"
    if os.environ.get("UPDATE_SCREENS"):
        SCREENS.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    expected = path.read_text("utf-8")
    assert _THUMB.sub(" ", text) == _THUMB.sub(" ", expected), f"{name} looks otherwise; UPDATE_SCREENS=1 takes it over"


async def shown(the: Stage, name: str) -> None:
    width, height = the.app.size
    text = ""
    while text != (text := the.text()):  # until it stands still
        await asyncio.sleep(0.05)
        await the.settled()
    assert len(text.splitlines()) == height
    check(f"{name}-{width}x{height}", text)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_view(size: tuple[int, int], tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, size=size, iterations=6) as the:
            await the.explained()
            for name, key in KEYS.items():
                await the.press(key)
                await shown(the, name)
            await the.press("1", "enter")
            await shown(the, "node")
            await the.press("escape", "[", "[")
            await shown(the, "replay")
            await the.press("L", "?")
            await shown(the, "help")
            await the.press("escape", "x")
            await shown(the, "question")

    asyncio.run(scenario())


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_failure(size: tuple[int, int], tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, size=size, iterations=4) as the:
            await the.explained()
            await shown(the, "failed")

    asyncio.run(scenario())


@pytest.mark.slow
def test_ascii_is_ascii(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, iterations=6, ascii=True) as the:
            await the.explained()
            for name, key in KEYS.items():
                await the.press(key)
                assert the.text().isascii(), [c for c in the.text() if not c.isascii()]
                await shown(the, f"ascii-{name}")
            await the.press("1", "[", "[", "?")
            assert the.text().isascii(), [c for c in the.text() if not c.isascii()]

    asyncio.run(scenario())


@pytest.mark.parametrize("theme", ["textual-dark", "ansi-dark"])
def test_no_color_has_no_colour_and_says_the_same(
    theme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def scenario() -> None:
        async with stage(tmp_path, iterations=6) as the:
            the.app.theme = theme
            await the.settled()
            await the.explained()
            check("flow-120x40", the.text())
            for strip in the.app.screen._compositor.render_strips():
                for segment in strip:
                    assert not coloured(segment), segment

    asyncio.run(scenario())


def coloured(segment: Segment) -> bool:
    """Grey is none."""
    style = segment.style
    for colour in (style.color, style.bgcolor) if style is not None else ():
        if colour is not None and colour.triplet is not None and len(set(colour.triplet)) > 1:
            return True
    return False


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "ansi-light"])
def test_themes_differ_in_colour_only(theme: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, iterations=6) as the:
            await the.explained()
            before = the.text()
            the.app.theme = theme
            await the.settled()
            assert the.text() == before

    asyncio.run(scenario())


def test_a_resize_at_any_time_draws_what_a_start_at_that_size_does(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with stage(tmp_path, size=(200, 60), iterations=6) as the:
            await the.explained()
            for size in ((80, 24), (120, 40), (30, 8), (1, 1), (120, 40)):
                await the.pilot.resize_terminal(*size)
                await the.settled()
            await the.press("1")
            check("flow-120x40", the.text())

    asyncio.run(scenario())
