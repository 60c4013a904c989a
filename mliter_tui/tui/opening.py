"""Acts that open something outside: the editor at a line, a figure; and those that copy or write what is shown."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mliter_tui import commands
from mliter_tui.tui.keys import Act
from mliter_tui.tui.moving import needs_node
from mliter_tui.view.iteration import WORDS
from mliter_tui.view.matrix import tabular
from mliter_tui.wording import in_file, one_line

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp

_OWN_WINDOW = {"code", "codium", "subl", "gedit", "kate", "gvim", "zed", "pycharm", "charm", "idea", "mate"}
"""Editors that do not need this terminal."""


def editor_command(script: str, line: int) -> list[str]:
    """The command that opens the user's editor at that line: $VISUAL, else $EDITOR, else vi."""
    given = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        words = shlex.split(given) or ["vi"]
    except ValueError:
        words = [given]
    name = Path(words[0]).stem.lower()
    if name in ("code", "codium"):
        return [*words, "-g", f"{script}:{line}"]
    if name in ("subl", "zed", "hx", "helix", "kate"):
        return [*words, f"{script}:{line}"]
    if name in ("pycharm", "charm", "idea", "mate"):
        return [*words, "--line", str(line), script]
    return [*words, f"+{line}", script]


def _edit(app: WatchApp) -> None:
    from textual.app import SuspendNotSupported

    node, broken = app.desk.node, app.desk.view.broken
    line = broken.line if broken is not None else in_file(node.info.lines[0]) if node is not None else 1
    inside = node.info.file if node is not None and broken is None else ""
    command = editor_command(inside or app.desk.script, line)
    try:
        if Path(command[0]).stem.lower() in _OWN_WINDOW:
            _apart(command)
            return
        with app.suspend():
            subprocess.run(command, check=False)
    except OSError:
        app.say(f"There is no editor {command[0]!r}; set VISUAL or EDITOR to one.")
    except SuspendNotSupported:
        app.say("This terminal cannot be lent to an editor; open the script in another window.")


def _apart(command: list[str]) -> None:
    """Start a program that has a window of its own: it must not write on this terminal, nor end with it."""
    subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _figure(app: WatchApp) -> str:
    return "" if app.desk.picture.pictures else "The script drew no figure in this iteration."


def _open(app: WatchApp) -> None:
    pictures = app.desk.picture.pictures
    pictures = [picture for picture in pictures if picture.node == app.desk.selected] or pictures
    paths = [picture.path for picture in pictures]
    at = (paths.index(app.opened) + 1) % len(paths) if app.opened in paths else 0
    path = app.opened = paths[at]
    which = f", {at + 1} of {len(paths)}; again for the next" if len(paths) > 1 else ""
    if not Path(path).exists():
        app.say(f"{one_line(path)} is not there any more; run the script again to draw it.")
        return
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    if shutil.which(opener) is None:
        app.say(f"There is no {opener} here; the figure is {one_line(path)}, y copies its path.")
        app.copy_to_clipboard(path)
        return
    _apart([opener, path])
    app.say(f"opening {pictures[at].title or one_line(path)}{which}")


def about(app: WatchApp) -> str:
    """The selected node in a few lines: its address, what is done with it and why, and the command that tells all."""
    node, picture = app.desk.node, app.desk.picture
    if node is None:
        return ""
    info, reason = node.info, node.reason
    name = Path(info.file or app.desk.script).name
    lines = [f"{name}:{in_file(info.lines[0])}  {info.label}  {WORDS[node.letter]}  iteration {picture.iteration}"]
    lines += reason.explain().splitlines() if reason is not None else []
    explained = app.desk.explained()
    if explained is not None:
        lines += [f"{value.name}: {value.reason.short()}" for value in explained.values if value.reason is not None]
    return "\n".join([*lines, why_command(app)]) + "\n"


def why_command(app: WatchApp) -> str:
    """What to type in a shell to be told the same."""
    node = app.desk.node
    if node is None:
        return f"mliter why {shlex.quote(app.desk.script)}:1"
    return f"mliter why {shlex.quote(node.info.file or app.desk.script)}:{in_file(node.info.lines[0])}"


def _copy(app: WatchApp, text: str, what: str) -> None:
    app.copy_to_clipboard(text)
    app.say(f"copied {what}; where the terminal does not take it, Y writes a file")


def _copy_reason(app: WatchApp) -> None:
    node = app.desk.node
    if node is not None and node.reason is not None:
        _copy(app, node.reason.explain() + "\n", "the reason")


def _copy_address(app: WatchApp) -> None:
    node = app.desk.node
    if node is not None:
        _copy(app, f"{node.info.file or app.desk.script}:{in_file(node.info.lines[0])}", "the address")


def _copy_node(app: WatchApp) -> None:
    if app.desk.room == "output":
        _copy(app, _output(app), "the output")
    else:
        _copy(app, about(app), "the node, its reason and the command that tells it")


def _output(app: WatchApp) -> str:
    return "".join(f"{line.text}\n" for line in app.desk.picture.log.of(None))


def _write(app: WatchApp) -> None:
    desk = app.desk
    text, stem = (_output(app), "output") if desk.room == "output" else (about(app), "node")
    path = Path.cwd() / f"mliter-{stem}-{desk.picture.iteration}-{time.strftime('%H%M%S')}.txt"
    _written(app, path, text)


def _written(app: WatchApp, path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", errors="replace")
    except OSError as error:
        app.say(f"{path} could not be written: {error.strerror}; start mliter in a folder that can be written.")
    else:
        app.say(f"wrote {path}")


def _screenshot(app: WatchApp) -> None:
    path = Path.cwd() / f"mliter-{app.desk.room}-{time.strftime('%Y%m%d-%H%M%S')}.svg"
    _written(app, path, app.export_screenshot(title=f"mliter watch {Path(app.desk.script).name}"))


def _inspect(app: WatchApp) -> None:
    node = app.desk.node
    if node is not None:
        name = node.info.binds[0] if node.info.binds else ""
        app.asked = True
        app.send(commands.Preview(node.info.node, name))
        app.say("looking …")


def _value(app: WatchApp) -> str:
    if app.desk.past is not None:
        return "Values are those of the live iteration; L goes back to it."
    if app.desk.ended:
        return "The engine has ended, and the values with it."
    why = needs_node(app)
    node = app.desk.node
    if why or node is None:
        return why
    return "" if node.info.binds else f"{node.info.label} makes no value to look at."


def _matrix(app: WatchApp) -> None:
    from mliter_tui.tui.matrix_sheet import MatrixSheet

    app.push_screen(MatrixSheet(app))


def _tabular(app: WatchApp) -> str:
    why, node = needs_node(app), app.desk.node
    if why or node is None:
        return why
    return "" if tabular(app.desk.picture, node) else f"{node.info.label} has no search or loop to show as a matrix."


ACTS = [
    Act("matrix", "M", "a search as candidates by splits, a loop as passes", _matrix, "looking", "matrix",
        _tabular, ("flow", "graph")),
    Act("inspect", "i", "look at the value: shape, head, a chart", _inspect, "looking", "inspect", _value,
        ("flow", "graph")),
    Act("edit", "e", "open the editor at the line", _edit, "files", "edit", rooms=("flow", "graph")),
    Act("copy", "y", "copy the node, its reason and its command; the output in Output", _copy_node, "files", "copy",
        rooms=("flow", "graph", "output")),
    Act("copy_reason", "", "copy the reason", _copy_reason, "files", able=needs_node),
    Act("copy_address", "", "copy the address, train.py:31", _copy_address, "files", able=needs_node),
    Act("copy_command", "", "copy the command mliter why train.py:31",
        lambda app: _copy(app, why_command(app), "the command"), "files", able=needs_node),
    Act("write", "Y", "write the same to a file", _write, "files", rooms=("output",), hint="to file"),
    Act("open", "o", "open a figure; pressed again, the next one", _open, "files", "figure", _figure),
    Act("screenshot", "S", "write the screen as SVG", _screenshot, "files"),
]  # fmt: skip
