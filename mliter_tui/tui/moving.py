"""Acts that move: rows, parents and children, what was computed or failed, views and panes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mliter_tui.tui.desk import ROOMS, Room
from mliter_tui.tui.keys import Act

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp


class Pane(Protocol):
    """What the keys move about in."""

    def move(self, by: int) -> None: ...
    def page(self, by: int) -> None: ...
    def edge(self, last: bool) -> None: ...
    def enter(self) -> None: ...


def needs_node(app: WatchApp) -> str:
    """A node has to be selected."""
    return "" if app.desk.node is not None else "No node is selected; move to one with j and k."


def _relative(app: WatchApp, up: bool) -> None:
    desk = app.desk
    if desk.selected is None:
        return
    found = desk.picture.parents(desk.selected) if up else desk.picture.children(desk.selected)
    if found:
        app.select(found[-1] if up else found[0])
    else:
        app.say("It reads nothing that another node makes." if up else "Nothing reads what it makes.")


def _notable(app: WatchApp, by: int) -> None:
    """To the next node that was computed or failed."""
    nodes = [n.info.node for n in app.desk.picture.nodes.values() if n.letter in "CRF" and n.info.kind == "statement"]
    if not nodes:
        app.say("Nothing is computed in this iteration.")
        return
    at = app.desk.selected if app.desk.selected is not None else -1
    if by > 0:
        app.select(next((node for node in nodes if node > at), nodes[0]))
    else:
        app.select(next((node for node in reversed(nodes) if node < at), nodes[-1]))


def _slice(app: WatchApp) -> None:
    app.desk.sliced = not app.desk.sliced
    app.say("Only what this node depends on, and what depends on it, is bright; s again for all."
            if app.desk.sliced else "")  # fmt: skip
    app.sync()


def _enter(app: WatchApp) -> None:
    app.pane.enter()


def _why(app: WatchApp) -> None:
    app.details(True)


def _room(room: Room) -> Act:
    help_ = {
        "flow": "the script with what is done with each line", "graph": "what one node reads and feeds",
        "cache": "values kept, and what they are worth", "history": "the iterations", "output": "all output",
        "study": "what the iterations taught",
    }[room]  # fmt: skip
    key = str(ROOMS.index(room) + 1)
    return Act(room, key, f"{room.capitalize()}: {help_}", lambda app: app.go_room(room), "views")


ACTS = [
    *map(_room, ROOMS),
    Act("down", "j,down", "next row", lambda app: app.pane.move(1), "moving"),
    Act("up", "k,up", "row before", lambda app: app.pane.move(-1), "moving"),
    Act("page_down", "pagedown,ctrl+d", "a page on", lambda app: app.pane.page(1), "moving"),
    Act("page_up", "pageup,ctrl+u", "a page back", lambda app: app.pane.page(-1), "moving"),
    Act("first", "g,home", "first row", lambda app: app.pane.edge(False), "moving"),
    Act("final", "G,end", "last row", lambda app: app.pane.edge(True), "moving"),
    Act("parent", "h,left", "to the node that makes what this one reads", lambda app: _relative(app, True), "moving",
        able=needs_node),
    Act("child", "l,right", "to the first node that reads what this one makes", lambda app: _relative(app, False),
        "moving", able=needs_node),
    Act("next", "n", "next node computed or failed", lambda app: _notable(app, 1), "moving"),
    Act("before", "N", "node computed or failed before", lambda app: _notable(app, -1), "moving"),
    Act("pane", "tab", "next pane", lambda app: app.next_pane(1), "views"),
    Act("pane_before", "shift+tab", "pane before", lambda app: app.next_pane(-1), "views"),
    Act("details", "enter", "details of the row; unfold or fold", _enter, "looking", "details", rooms=("graph",)),
    Act("why", "w", "why: the whole chain of reasons", _why, "looking", "why", needs_node, ("flow", "graph")),
    Act("slice", "s", "only what is up- and downstream stays bright", _slice, "looking", "slice", needs_node,
        ("flow", "graph")),
]  # fmt: skip
