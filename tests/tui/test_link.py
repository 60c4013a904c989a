"""The two pipes by themselves: order, pieces of output joined, a full pipe, too much at once, an end."""

import asyncio
import os
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui import commands, events
from mliter_tui.tui import link
from mliter_tui.tui.link import Link, joined

PIECES = st.builds(
    events.Output, st.sampled_from([1, 2, None]), st.sampled_from(["stdout", "stderr"]), st.text(max_size=5)
)
OTHERS = st.builds(events.Note, st.text(max_size=3))


def runs(told: list[events.Event]) -> list[object]:
    """The same, with what stands together as one."""
    found: list[object] = []
    for event in told:
        if isinstance(event, events.Output):
            key = (event.node, event.channel)
            if found and isinstance(found[-1], tuple) and found[-1][0] == key:
                found[-1] = (key, found[-1][1] + event.text)
            else:
                found.append((key, event.text))
        else:
            found.append(event)
    return found


@given(st.lists(st.one_of(PIECES, OTHERS), max_size=20))
def test_joined_output_is_the_same_output_in_the_same_order(told: list[events.Event]) -> None:
    done = list(joined(told))
    assert runs(done) == runs(told)
    assert len(done) == len(runs(told))


def played(scenario: Callable[..., object]) -> Callable[[], None]:
    """A scenario with a link open, its two ends, and what it told."""

    def test() -> None:
        async def run() -> None:
            out, into = os.pipe()
            asked, command_end = os.pipe()
            told: list[events.Event] = []
            ended: list[bool] = []
            the = Link(out, command_end, told.extend, lambda: ended.append(True))
            the.open()
            try:
                await scenario(the, into, asked, told, ended)  # type: ignore[misc]
            finally:
                the.close()
                for fd in (out, into, asked, command_end):
                    try:
                        os.close(fd)
                    except OSError:
                        pass

        asyncio.run(run())

    test.__name__, test.__doc__ = scenario.__name__, scenario.__doc__
    return test


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to be")


@played
async def test_events_come_in_order_in_whatever_pieces(the, into, asked, told, ended) -> None:
    data = b"".join(f"{events.encode(events.Note(str(i)))}\n".encode() for i in range(300))
    for at in range(0, len(data), 97):
        os.write(into, data[at : at + 97])
        await asyncio.sleep(0)
    await until(lambda: len(told) == 300)
    assert [event.text for event in told] == [str(i) for i in range(300)]
    assert ended == []


@played
async def test_the_end_comes_after_all_that_was_said(the, into, asked, told, ended) -> None:
    os.write(into, b"".join(f"{events.encode(events.Note(str(i)))}\n".encode() for i in range(500)) + b'{"half')
    os.close(into)
    await until(lambda: bool(ended))
    assert len(told) == 500


@played
async def test_commands_wait_where_the_pipe_is_full(the, into, asked, told, ended) -> None:
    for i in range(5000):
        the.send(commands.Explain(i))
    data = b""
    os.set_blocking(asked, False)
    for _ in range(1000):
        await asyncio.sleep(0.001)
        try:
            data += os.read(asked, 65536)
        except BlockingIOError:
            continue
    assert [commands.decode(line.decode()).node for line in data.splitlines()] == list(range(5000))


@played
async def test_a_command_to_an_engine_that_is_gone_goes_nowhere(the, into, asked, told, ended) -> None:
    os.close(asked)
    the.send(commands.RunNow())
    the.send(commands.RunNow())


def test_too_much_at_once_makes_the_engine_wait_and_loses_nothing(monkeypatch) -> None:
    monkeypatch.setattr(link, "MOST", 100)

    @played
    async def scenario(the, into, asked, told, ended) -> None:
        import threading

        lines = [f"{events.encode(events.Note('x' * 500))}\n".encode()] * 3000
        writer = threading.Thread(target=lambda: [os.write(into, line) for line in lines])
        writer.start()
        await until(lambda: len(told) == 3000)
        writer.join()

    scenario()


@played
async def test_it_is_opened_once(the, into, asked, told, ended) -> None:
    """Two threads that read one pipe would tell what they read in any order."""
    with pytest.raises(RuntimeError, match="open already"):
        the.open()
    assert [thread.name for thread in threading.enumerate()].count("events") == 1
