"""Acts that steer the engine. What cannot be seen at once is weighed first: one press shows it, the next does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mliter_tui import commands, events, reasons
from mliter_tui.lean import dataclass
from mliter_tui.sizes import parse_size
from mliter_tui.tui.entry import ask_for
from mliter_tui.tui.keys import Act
from mliter_tui.wording import bytes_text, seconds_text

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp


@dataclass
class Question:
    """A command that waits for its key to be pressed again. told: its consequence, None until the engine said it."""

    act: str
    command: commands.Command
    told: events.Weighed | None = None
    sent: str = ""

    def in_short(self) -> str:
        """The numbers of the consequence, for a line too narrow for all of it."""
        if self.told is None:
            return ""
        freed = f"frees {bytes_text(self.told.nbytes)}, " if self.told.nbytes is not None else ""
        seconds = self.told.seconds
        more = f"next run {'+' if seconds >= 0 else '-'}{seconds_text(abs(seconds))}" if seconds is not None else ""
        return f"{freed}{more}: " if freed or more else ""


def steerable(app: WatchApp) -> str:
    """The live iteration can be steered, a past one cannot."""
    if app.desk.ended:
        return "The engine has ended; nothing can be steered any more."
    if app.desk.past is not None:
        return f"Iteration {app.desk.past.iteration} is over and cannot be steered; L goes back to live."
    return ""


def _targeted(app: WatchApp) -> str:
    why = steerable(app)
    if why:
        return why
    nodes, keys = targets(app)
    return "" if nodes or keys else "Nothing is selected to do this with."


def _on_node(app: WatchApp) -> str:
    why = steerable(app)
    if why or app.desk.node is not None:
        return why
    return "No node is selected to do this with."


def _kept(app: WatchApp) -> str:
    """Something of it has to be in the store."""
    why = _targeted(app)
    if why:
        return why
    keys, node = targets(app)[1], app.desk.node
    if keys or node is None or node.kept:
        return ""
    explained = app.desk.explained()
    if explained is not None and any(value.kept for value in explained.values):
        return ""
    return f"Nothing of {node.info.label} is in the store, so there is nothing to evict."


def _runs(app: WatchApp) -> str:
    session = app.desk.view.session
    if session is not None and session.phase in ("running", "planning"):
        return steerable(app)
    return steerable(app) or "Nothing runs that could be cancelled."


def targets(app: WatchApp) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """What a steering act is about: marked or selected rows of the cache, else the selected node."""
    desk = app.desk
    if desk.room == "cache":
        key = app.main.cache.selected_key()
        return (), tuple(sorted(desk.marked)) or ((key,) if key is not None else ())
    return ((desk.selected,) if desk.node is not None and desk.selected is not None else ()), ()


def _pinned(app: WatchApp) -> bool:
    keys = targets(app)[1]
    if keys:
        entries = {entry.key: entry.pinned for entry in (app.desk.view.cache.entries if app.desk.view.cache else ())}
        return all(entries.get(key, False) for key in keys)
    node = app.desk.node
    return node is not None and "*" in node.marks


def _pin(app: WatchApp) -> None:
    nodes, keys = targets(app)
    app.send(commands.Unpin(nodes, keys) if _pinned(app) else commands.Pin(nodes, keys))


def ask(app: WatchApp, act: str, command: commands.Command) -> None:
    """First press: have it weighed. Second press: do it."""
    question = app.question
    if isinstance(question, Question) and question.act == act and question.command == command:
        if question.told is not None:
            app.question = None
            app.send(command)
        return
    line = commands.encode(command)
    app.question = Question(act, command, sent=line)
    app.send(commands.Weigh(line))
    app.hints()


def _evict(app: WatchApp) -> None:
    nodes, keys = targets(app)
    ask(app, "evict", commands.Evict(nodes, keys))


def _force(app: WatchApp) -> None:
    if app.desk.selected is not None:
        app.send(commands.Force((app.desk.selected,)))


def _acceptable(app: WatchApp) -> str:
    why, node = _on_node(app), app.desk.node
    if why or node is None:
        return why
    again = isinstance(node.reason, reasons.External | reasons.Clock)  # these run each time
    waits = node.plan is not None and node.plan.action == "compute" and (again or not node.done)
    return "" if waits else f"{node.info.label} is not to be computed; there is no change to accept."


def _accept(app: WatchApp) -> None:
    if app.desk.selected is not None:
        ask(app, "accept", commands.Accept((app.desk.selected,)))


def _auto(app: WatchApp) -> None:
    session = app.desk.view.session
    app.send(commands.SetAuto(not (session is not None and session.auto)))


def _policy(policy: str) -> Act:
    words = {
        "auto": "keep what saves most seconds a byte", "helix": "keep what costs over twice its load, evict nothing",
        "always": "keep all that fits", "never": "keep nothing",
    }[policy]  # fmt: skip
    return Act(f"policy_{policy}", "", f"policy {policy}: {words}",
               lambda app: app.send(commands.SetPolicy(policy)), "steering", able=steerable)  # fmt: skip


def _budget(share: Callable[[int], int], name: str, words: str) -> Act:
    def run(app: WatchApp) -> None:
        session = app.desk.view.session
        if session is not None:
            ask(app, name, commands.SetBudget(max(1_000_000, share(session.budget))))

    return Act(name, "", words, run, "steering", able=steerable)


def set_budget(app: WatchApp, text: str) -> None:
    """A budget that was typed."""
    try:
        app.send(commands.SetBudget(parse_size(text)))
    except ValueError as error:
        app.say(f"A budget {error}.")


def _type_budget(app: WatchApp) -> None:
    ask_for(app, "budget", "budget of the store, 2GB say: ", "")


ACTS = [
    Act("pin", "p", "pin or unpin: keep it whatever the budget says", _pin, "steering", "pin", _targeted,
        ("flow", "graph", "cache")),
    Act("evict", "x", "evict from the store, after showing what that costs", _evict, "steering", "evict", _kept,
        ("flow", "graph", "cache")),
    Act("undo", "u", "take the last steering act back", lambda app: app.send(commands.Undo()), "steering", "undo",
        steerable, ("cache",)),
    Act("force", "f", "compute it in the next run, whatever is known; again takes it back", _force, "steering",
        "force", _on_node, ("flow", "graph")),
    Act("accept", "A", "accept: this change does not matter, keep the value", _accept, "steering", "accept",
        _acceptable, ("flow", "graph")),
    Act("run", "r", "run now", lambda app: app.send(commands.RunNow()), "steering", "run", steerable),
    Act("cancel", "c", "cancel the run; finished nodes stay finished", lambda app: app.send(commands.Cancel()),
        "steering", "cancel", _runs),
    Act("auto", "a", "run at each save, or only plan", _auto, "steering", able=steerable),
    *map(_policy, ("auto", "helix", "always", "never")),
    Act("budget", "B", "set the budget of the store", _type_budget, "steering", able=steerable),
    _budget(lambda now: now * 2, "budget_double", "double the budget of the store"),
    _budget(lambda now: now // 2, "budget_halve", "halve the budget of the store"),
]  # fmt: skip
