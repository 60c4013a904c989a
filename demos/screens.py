"""The pictures of the README, made from a real run of the census demo in the app.

    python demos/screens.py [FOLDER]        FOLDER is demos/screens where none is given

Needs cairosvg beside the test extra, and a font with box-drawing characters (DejaVu Sans Mono). Takes a minute.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
FONT = "DejaVu Sans Mono"


def edit(script: Path, old: str, new: str) -> None:
    text = script.read_text()
    assert old in text
    script.write_text(text.replace(old, new))


async def pictures(folder: Path, into: Path) -> None:
    """Run the demo, edit it as a person would, and take a picture of each view."""
    from mliter_tui.tui.app import WatchApp

    command = [sys.executable, "-m", "mliter_tui", "watch", "--ui", "json", "train.py"]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    engine = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert engine.stdin is not None and engine.stdout is not None
    app = WatchApp(
        engine.stdout.fileno(), engine.stdin.fileno(), script="train.py", settings=folder / "none.toml",
        memory=folder / "memory.json",
    )  # fmt: skip
    async with app.run_test(size=(120, 36)) as pilot:

        async def until(done: Callable[[], bool]) -> None:
            for _ in range(1200):
                await pilot.pause(0.1)
                if done():
                    return
            raise SystemExit("the demo did not get there")

        def ended(number: int) -> bool:
            last = app.desk.view.current
            return last.iteration == number and last.finished is not None

        async def take(name: str) -> None:
            await pilot.pause(0.5)
            svg = app.export_screenshot(title=" ")
            png(svg, into / f"{name}.png")

        await until(lambda: ended(1))
        edit(folder / "train.py", "n_estimators=80", "n_estimators=40")
        await until(lambda: ended(2))
        edit(folder / "train.py", "threshold = 0.5", "threshold = 0.4")
        await until(lambda: ended(3))
        edit(folder / "train.py", "n_estimators=40", "n_estimators=60")
        await until(lambda: ended(4))
        await pilot.pause(1.0)
        await take("flow")
        await pilot.press("2")
        await take("graph")
        await pilot.press("3")
        await take("cache")
        edit(folder / "train.py", "threshold = 0.4", "threshold = 0.5")
        await until(lambda: ended(5))
        edit(folder / "train.py", "n_estimators=60", "n_estimators=120")
        await until(lambda: ended(6))
        await pilot.press("4")
        await until(lambda: app.desk.view.study is not None and app.desk.view.study.iterations == 6)
        await take("history")
        await pilot.press("6")
        await take("study")
    engine.terminate()
    engine.wait(10)


def png(svg: str, path: Path) -> None:
    import cairosvg

    path.parent.mkdir(parents=True, exist_ok=True)
    svg = svg.replace("Fira Code", FONT)
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(path), output_width=1100)


def main() -> None:
    into = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE / "screens"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "census")
        shutil.copytree(HERE / "census", folder, ignore=shutil.ignore_patterns(".*"))
        asyncio.run(pictures(folder, into))


if __name__ == "__main__":
    main()
