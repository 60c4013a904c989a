"""Two iterations compared: sources, statements, parameters, times, output, files, surroundings, metrics.

Everything comes from what was kept of them; nothing runs. What is not known of one (of an iteration of the first
format, say) is left out of the comparison, and `unknown` says so.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from mliter_tui import events
from mliter_tui.history import iterations, noise
from mliter_tui.history.corrections import metrics_said
from mliter_tui.history.iterations import Module, Past, Story
from mliter_tui.history.metrics import Correction, Metric, match, of_story
from mliter_tui.history.parameters import ParameterChange, changed_parameters
from mliter_tui.history.structure import Lines, NodeChange, Structure, structure
from mliter_tui.lean import dataclass
from mliter_tui.store import Store

_LETTERS = {"compute": "C", "load": "L", "prune": "P"}
_ORDER = "CLP"
Paired = Callable[[Metric, Metric], tuple[float, float] | None]


@dataclass(frozen=True, slots=True)
class SourceChange:
    """A source that differs: a unified diff without its heading. name: the file's, as seen from the script's folder."""

    name: str
    kind: Literal["changed", "added", "removed"]
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeTime:
    """What one statement took: `action` is C (computed), L (loaded), P (left out) or "" where it is not there.

    seconds: of all its parts and passes together.
    """

    label: str
    before: Lines | None
    after: Lines | None
    action_before: str
    seconds_before: float
    action_after: str
    seconds_after: float


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file the script wrote, by content; "" where it did not. kept: whether the store has each content still."""

    path: str
    before: str
    after: str
    kept_before: bool
    kept_after: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """Something with a name that was one thing and is another; None where it was not there."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class MetricChange:
    """A metric before and after; None where it was not told. direction: "higher", "lower" (is better) or "unknown".

    verdict: as of `history/noise`, "" where it is in one of the two alone; text: all of it in one line; evidence: what
    the verdict rests on.
    """

    name: str
    before: float | None
    after: float | None
    direction: str
    line: int | None
    verdict: str = ""
    text: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two iterations."""

    before: Past
    after: Past
    sources: tuple[SourceChange, ...]
    nodes: tuple[NodeChange, ...]
    parameters: tuple[ParameterChange, ...]
    metrics: tuple[MetricChange, ...]
    times: tuple[NodeTime, ...]
    output: tuple[str, ...]
    files: tuple[FileChange, ...]
    surroundings: tuple[Changed, ...]
    unknown: tuple[str, ...] = ()


def compare(store: Store, before: Past, after: Past, paired: Paired | None = None) -> Comparison:
    """The difference of two iterations of one script.

    paired: asked of a metric of both where its difference may lie, by their predictions; None where that is not known.
    """
    unknown: list[str] = []
    texts = iterations.text_of(store, before), iterations.text_of(store, after)
    modules = iterations.modules_of(store, before), iterations.modules_of(store, after)
    stories = iterations.story_of(store, before), iterations.story_of(store, after)
    for known, what in ((None not in texts, "the text"), (None not in modules, "the local modules"),
                        (all(stories), "the events")):  # fmt: skip
        if not known:
            which = [str(p.number) for p, lost in zip((before, after), _lost(what, texts, modules, stories)) if lost]
            unknown.append(f"{what} of iteration {' and '.join(which)}")
    old, new = (text or "" for text in texts)
    both = all(m is not None for m in modules)
    old_modules, new_modules = (modules[0] or (), modules[1] or ()) if both else ((), ())
    shape = structure(old, new, before.script, old_modules, new_modules) if None not in texts else None
    told = [iterations.events_of(story) for story in stories]
    return Comparison(
        before, after, tuple(_sources(before.script, texts, old_modules, new_modules)),
        shape.changes if shape is not None else (), tuple(_parameters(shape, old_modules, new_modules)),
        metric_changes(*stories, metrics_said(store, after.script), paired),
        tuple(_times(shape, *told)) if shape is not None and all(stories) else (),
        tuple(_output(*told)) if all(stories) else (), tuple(_files(store, before, after)),
        tuple(_surroundings(store, before, after)), tuple(unknown),
    )  # fmt: skip


def _lost(what: str, texts: Any, modules: Any, stories: Any) -> list[bool]:
    if what == "the events":
        return [not story for story in stories]
    return [each is None for each in (texts if what == "the text" else modules)]


# -- sources -------------------------------------------------------------------------------------------------------
def _sources(
    script: str, texts: Sequence[str | None], before: Sequence[Module], after: Sequence[Module]
) -> Iterable[SourceChange]:
    folder = os.path.dirname(script)
    old = {m.path: m.text for m in before}
    new = {m.path: m.text for m in after}
    if None not in texts:
        old[script], new[script] = texts[0] or "", texts[1] or ""
    for path in sorted(old.keys() | new.keys(), key=lambda path: (path != script, path)):
        one, other = old.get(path), new.get(path)
        if one != other:
            kind: Literal["changed", "added", "removed"] = (
                "added" if one is None else "removed" if other is None else "changed"
            )
            yield SourceChange(os.path.relpath(path, folder), kind, tuple(unified(one or "", other or "")))


def unified(before: str, after: str, around: int = 1) -> list[str]:
    """The lines of a unified diff, without those that name the files."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=around)
    return list(found)[2:]


# -- parameters ----------------------------------------------------------------------------------------------------
def _parameters(
    shape: Structure | None, before: Sequence[Module], after: Sequence[Module]
) -> Iterable[ParameterChange]:
    found: dict[ParameterChange, None] = {}
    for old, new in shape.edited if shape is not None else ():
        for change in changed_parameters(old.source, new.source, old.lines[0], new.lines[0]):
            found[change] = None
    texts = {m.name: m.text for m in before}
    for module in after:
        if module.name in texts and texts[module.name] != module.text:
            for change in changed_parameters(texts[module.name], module.text):
                named = ParameterChange(f"{module.name}: {change.name}", change.before, change.after, change.line)
                found[named] = None
    return found


# -- metrics -------------------------------------------------------------------------------------------------------
def metric_changes(
    before: Story, after: Story, said: Mapping[str, Correction] | None = None, paired: Paired | None = None
) -> tuple[MetricChange, ...]:
    """Metrics of both, in the order of the later one; said: what the user said of them."""
    found = []
    for was, now in match(of_story(before, said), of_story(after, said)):
        either = now or was
        assert either is not None
        if was is None or now is None:
            text = f"{either.text}, only {'before' if now is None else 'now'}"
            one, other = (None if each is None else each.value for each in (was, now))
            found.append(MetricChange(either.name, one, other, either.direction, either.line, text=text))
            continue
        differs = was.value != now.value and now.measures
        told = noise.compare(was, now, paired=paired(was, now) if paired is not None and differs else None)
        found.append(MetricChange(
            now.name, was.value, now.value, now.direction, now.line, told.verdict, told.text, told.evidence,
        ))  # fmt: skip
    return tuple(found)


# -- times ---------------------------------------------------------------------------------------------------------
def _times(shape: Structure, before: Iterable[events.Event], after: Iterable[events.Event]) -> Iterable[NodeTime]:
    """Statement by statement, in the order of the later version, those that are gone last."""
    old = _spent(before, [(node.lines, node.label) for node in shape.before.nodes])
    new = _spent(after, [(node.lines, node.label) for node in shape.after.nodes])
    back = {lines: was for was, lines in reversed([*shape.pairs.items()])}
    for lines in sorted(new):
        label, action, seconds = new[lines]
        was = back.get(lines)
        _, action_before, seconds_before = old.pop(was, ("", "", 0.0)) if was is not None else ("", "", 0.0)
        yield NodeTime(label, was, lines, action_before, seconds_before, action, seconds)
    for lines, (label, action, seconds) in sorted(old.items()):
        yield NodeTime(label, lines, shape.pairs.get(lines), action, seconds, "", 0.0)


def _spent(told: Iterable[events.Event], nodes: Sequence[tuple[Lines, str]]) -> dict[Lines, tuple[str, str, float]]:
    """Label, action and seconds of each statement that was come to: its parts, passes and calls together."""
    labels: dict[Lines, str] = {}
    for lines, label in nodes:
        labels.setdefault(lines, label)
    small_first = sorted(labels, key=lambda lines: lines[1] - lines[0])
    found: dict[Lines, tuple[str, str, float]] = {}
    for event in told:
        if not isinstance(event, events.NodeFinished):
            continue
        lines = event.lines
        if lines not in labels:  # a part of one that the text has in one piece
            lines = next((each for each in small_first if each[0] <= lines[0] and lines[1] <= each[1]), lines)
        letter = _LETTERS[event.action]
        seconds = event.seconds if event.action != "prune" else 0.0
        label, known, spent = found.get(lines, (labels.get(lines, event.label), letter, 0.0))
        found[lines] = label, min(known, letter, key=_ORDER.index), spent + seconds
    return found


# -- output, files, surroundings -----------------------------------------------------------------------------------
def _output(before: Sequence[events.Event], after: Sequence[events.Event]) -> list[str]:
    """Of stdout, as a unified diff; then of stderr, if that differs."""
    lines = unified(iterations.output_of(before), iterations.output_of(after), 0)
    errors = unified(iterations.output_of(before, "stderr"), iterations.output_of(after, "stderr"), 0)
    return [*lines, *(["@@ stderr @@", *errors] if errors else [])]


def _files(store: Store, before: Past, after: Past) -> Iterable[FileChange]:
    if "surroundings" not in before.pieces or "surroundings" not in after.pieces:
        return  # of the first format: which files there were is not known
    old, new = iterations.files_of(store, before), iterations.files_of(store, after)
    for path in sorted(old.keys() | new.keys()):
        one, other = old.get(path, ""), new.get(path, "")
        if one != other and "dir" not in (one, other):
            yield FileChange(path, one, other, store.holds(one), store.holds(other))


def _surroundings(store: Store, before: Past, after: Past) -> Iterable[Changed]:
    if before.args is not None and after.args is not None and before.args != after.args:
        yield Changed("arguments", " ".join(before.args), " ".join(after.args))
    if before.git is not None and after.git is not None and before.git != after.git:
        yield Changed("git", git_text(before), git_text(after))
    old, new = iterations.surroundings_of(store, before), iterations.surroundings_of(store, after)
    if not old or not new:
        return
    packages = old.pop("packages"), new.pop("packages")
    yield from _differing(old, new)
    yield from _differing(*packages)


def git_text(past: Past) -> str:
    """The commit an iteration lies on, and whether its files differ from it."""
    if past.git is None:
        return ""
    commit = past.git.commit[:10] or "no commit yet"
    if past.git.dirty is None:
        return f"{commit}, perhaps with changes"
    return commit + (" with changes" if past.git.dirty else "")


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[Changed]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield Changed(name, old.get(name), new.get(name))
