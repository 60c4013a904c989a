"""The app on a headless screen with its two pipes: events go in, commands come out, the screen is read as text."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from stream import START, Story, story_until
from textual.pilot import Pilot

from mliter_tui import commands, events
from mliter_tui.tui.app import WatchApp


class Stage:
    """`say` plays events in and waits until they are on screen; `heard` are the commands sent since it was read last.

    With a story, commands are answered as its engine would.
    """

    def __init__(
        self, app: WatchApp, pilot: Pilot[None], events_in: int, commands_out: int, story: Story | None
    ) -> None:
        self.app, self.pilot, self.story = app, pilot, story
        self._in, self._out = events_in, commands_out
        self._rest = b""
        self.said = 0

    async def say(self, *told: events.Event) -> None:
        data = "".join(f"{events.encode(event)}\n" for event in told).encode()
        while data:  # a pipe holds 64 kB
            os.set_blocking(self._in, False)
            try:
                data = data[os.write(self._in, data) :]
            except BlockingIOError:
                await asyncio.sleep(0.005)
        self.said += len(told)
        await self.until(lambda: self.app.link.taken >= self.said)
        await self.settled()

    async def until(self, holds: object, seconds: float = 10.0) -> None:
        for _ in range(int(seconds / 0.01)):
            if holds():  # type: ignore[operator]
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it never came to be")

    async def settled(self) -> None:
        await self.pilot.pause()

    async def heard(self) -> list[commands.Command]:
        """Commands since the last time, after a moment for those that wait."""
        await asyncio.sleep(0.02)
        os.set_blocking(self._out, False)
        try:
            data = os.read(self._out, 1 << 20)
        except BlockingIOError:
            return []
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [commands.decode(line.decode()) for line in lines]

    async def press(self, *keys: str) -> list[commands.Command]:
        """Press keys: what the engine was told, `Explain` apart. With a story, its answers are on screen then."""
        await self.pilot.press(*keys)
        await self.settled()
        return [told for told in await self.answered() if not isinstance(told, commands.Explain)]

    async def answered(self) -> list[commands.Command]:
        heard = await self.heard()
        if self.story is not None:
            for command in heard:
                if not isinstance(command, commands.RunNow | commands.Cancel | commands.Leave):
                    await self.say(*self.story.answer(command))
        return heard

    async def explained(self) -> None:
        """Wait for the selected node to be explained, as a person does."""
        await asyncio.sleep(0.2)
        await self.answered()

    def text(self) -> str:
        """The screen as lines of text."""
        height = self.app.size.height
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in lines[:height]) + "\n"

    def line(self, number: int) -> str:
        return self.text().splitlines()[number]


@asynccontextmanager
async def stage(
    tmp_path: Path, *, size: tuple[int, int] = (120, 40), iterations: int = 0, ascii: bool = False, config: str = "",
    story: Story | None = None, told: Iterable[events.Event] = (),
) -> AsyncIterator[Stage]:  # fmt: skip
    """An app of its own, its clock standing still; `iterations`: so many of the census story have been played in."""
    events_out, events_in = os.pipe()
    commands_out, commands_in = os.pipe()
    settings = tmp_path / "config.toml"
    if config:
        settings.write_text(config, "utf-8")
    app = WatchApp(
        events_out, commands_in, script="train.py", ascii=ascii, settings=settings, memory=tmp_path / "state.json"
    )
    clock = [START + 600.0]
    app.desk.clock = lambda: clock[0]
    if iterations:
        story, told = story_until(iterations)
    try:
        async with app.run_test(size=size) as pilot:
            the = Stage(app, pilot, events_in, commands_out, story)
            the.clock = clock  # type: ignore[attr-defined]
            await the.heard()
            if told:
                await the.say(*told)
                flow = app.main.flow  # where it had scrolled to depends on what came together
                flow.scroll_to(y=0, animate=False, force=True, immediate=True)
                flow.reveal(flow.cursor)
                await the.settled()
            yield the
    finally:
        for fd in (events_out, events_in, commands_out, commands_in):
            try:
                os.close(fd)
            except OSError:
                pass


Scenario = Callable[..., Coroutine[object, object, None]]


def played(**settings: object) -> Callable[[Scenario], Callable[..., None]]:
    """A test that is a scenario on a stage: `@played(iterations=6) async def test_it(the): …`."""

    def wrap(scenario: Scenario) -> Callable[..., None]:
        def test(tmp_path: Path) -> None:
            async def run() -> None:
                async with stage(tmp_path, **settings) as the:  # type: ignore[arg-type]
                    await scenario(the)

            asyncio.run(run())

        test.__name__, test.__doc__ = scenario.__name__, scenario.__doc__
        return test

    return wrap
