"""Plain mode: one line per decision, for pipes, CI and screen readers: `iter 12  C clf (31-33)  source changed  2.1s`.

Lines are printable and have no colour, no cursor movement and no end.
"""

from __future__ import annotations

import os.path

from mliter_tui import events
from mliter_tui.facts import Calls
from mliter_tui.render.cells import clean
from mliter_tui.render.matrix import short_names, summary
from mliter_tui.render.plain import line_range, summary_line
from mliter_tui.view.iteration import IterationView
from mliter_tui.view.matrix import joined, of_search
from mliter_tui.view.model import View
from mliter_tui.wording import bytes_text, seconds_text

_LETTERS = {"compute": "C", "load": "L", "prune": "P"}


def plain_line(event: events.Event, view: View) -> str | None:
    """What is to be printed of an event that was just applied to `view`; None where it is not worth a line.

    Calls are a line, and one for each search among them; the end of an iteration is up to three: the failure, what was
    pruned, and the summary.
    """
    match event:
        case events.Saved():
            return f"saved {', '.join(clean(os.path.basename(path) or path) for path in event.paths)}"
        case events.VersionBroken():
            return f"not run: line {event.line}: {clean(event.message)}"
        case events.IterationStarted():
            return f"iter {event.iteration}  {clean(os.path.basename(event.script))}, {event.nodes} nodes"
        case events.PlanReady():
            return _plan(event, view)
        case events.NodeFinished():
            return _finished(event, view)
        case events.CallsMade():
            return "\n".join(_calls(event, view.current.iteration))
        case events.PictureKept():
            picture = event.picture
            return f"iter {view.current.iteration}  figure {clean(picture.path)}  {bytes_text(picture.nbytes)}"
        case events.IterationFinished():
            return "\n".join(_end(event, view.current))
        case events.Note() | events.TriedBefore():
            return f"note: {clean(event.text)}"
        case events.StudyMade():
            return _taught(event)
        case events.Steered() | events.Refused():
            return clean(event.text)
    return None


def _taught(study: events.StudyMade) -> str | None:
    """What the last iteration was for, and what it brought."""
    if not study.lessons or study.unread:
        return None
    lesson = study.lessons[-1]
    metric = f"{clean(study.metric)} {clean(lesson.metric)}" if lesson.metric else ""
    parts = (metric, lesson.verdict, f"as in {lesson.repeats}" if lesson.repeats is not None else "")
    brought = ", ".join(part for part in parts if part)
    return f"iter {lesson.iteration}  {lesson.label or 'nothing changed'}" + (f"  {brought}" if brought else "")


def _calls(event: events.CallsMade, iteration: int) -> list[str]:
    made = ", ".join(f"{clean(c.name)} {calls_text(c)}" for c in event.calls)
    lines = [f"iter {iteration}  calls: {made}"]
    for matrix in map(of_search, joined(event.searches)):
        told = f"{matrix.title}: {summary(matrix)}"
        for row in matrix.rows:
            if row.best:
                named = ", ".join(f"{n}={v}" for n, v in zip(short_names(matrix.names), row.values))
                told += f"; best {row.score:.4g}: {named}"
        lines.append(f"iter {iteration}  {clean(told)}")
    return lines


def calls_text(calls: Calls) -> str:
    """How many of a kind of calls were answered from the store."""
    parts = [f"{n} {word} {seconds_text(s)}" for n, word, s in (
        (calls.loaded, "loaded", calls.load_seconds), (calls.computed, "computed", calls.compute_seconds)
    ) if n]  # fmt: skip
    return ", ".join(parts)


def _plan(event: events.PlanReady, view: View) -> str | None:
    counts = {action: sum(state.action == action for state in event.states) for action in _LETTERS}
    if not event.states:
        return None
    parts = ", ".join(f"{n} {action}" for action, n in counts.items() if n)
    about = f"  about {seconds_text(event.predicted_seconds)}" if event.predicted_seconds > 0 else ""
    return f"iter {view.live.iteration}  plan: {parts}{about}"


def _finished(event: events.NodeFinished, view: View) -> str | None:
    if event.action == "prune":
        return None
    what = f"{_LETTERS[event.action]} {clean(event.label)} ({line_range(event.lines)})"
    return f"iter {view.current.iteration}  {what}  {clean(event.reason.short())}  {seconds_text(event.seconds)}"


def _end(event: events.IterationFinished, shown: IterationView) -> list[str]:
    lines = []
    for node in shown.nodes.values():
        if node.failed:
            spent = f"  {seconds_text(node.seconds)}" if node.seconds is not None else ""
            where = line_range(node.info.lines)
            lines.append(f"iter {event.iteration}  F {clean(node.info.label)} ({where})  failed{spent}")
    pruned = [node.info.label for node in shown.nodes.values() if node.letter == "P" and node.done]
    if pruned:
        names = ", ".join(clean(label) for label in pruned[:3]) + (", …" if len(pruned) > 3 else "")
        lines.append(f"iter {event.iteration}  P {len(pruned)} pruned: {names}")
    return [*lines, summary_line(event)]
