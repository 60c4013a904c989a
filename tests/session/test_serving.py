"""The app in a browser: served to this machine alone, and alive."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def served(tmp_path: Path) -> Iterator[int]:
    """The port of a server for a small script."""
    (tmp_path / "train.py").write_text("x = 1\nprint('x is', x)\n")
    port = free_port()
    command = [sys.executable, "-m", "mliter_tui", "serve", "--port", str(port), "train.py"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.1)
    yield port
    process.terminate()
    process.wait(20)


@pytest.mark.slow
def test_a_page_shows_the_app(served: int) -> None:
    page = urllib.request.urlopen(f"http://127.0.0.1:{served}/").read().decode()
    assert "mliter train.py" in page

    async def first_screen() -> bytes:
        import aiohttp

        place = f"http://127.0.0.1:{served}/ws?width=100&height=30"
        async with aiohttp.ClientSession() as client, client.ws_connect(place) as page:
            shown = b""
            while b"watching" not in shown:
                message = await asyncio.wait_for(page.receive(), 60)
                assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
                shown += message.data if isinstance(message.data, bytes) else message.data.encode()
            return shown

    shown = asyncio.run(first_screen())
    assert b"Flow" in shown and b"train.py" in shown


def test_only_this_machine_reaches_it(served: int) -> None:
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    places = {words[1].split(":")[0] for words in listening if words[1].endswith(f":{served:04X}") and words[3] == "0A"}
    assert places == {"0100007F"}


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print(1)\n")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        command = [sys.executable, "-m", "mliter_tui", "serve", "--port", port, "train.py"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stderr.startswith(f"Port {port} cannot be used")
    assert done.stderr.count("\n") == 1
