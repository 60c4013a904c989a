"""`mliter label` and `mliter metric`: what was inferred of iterations and metrics, and the user's word against it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, get_args

from mliter_tui.errors import UsageError
from mliter_tui.history.corrections import main_said, metrics_said, set_label, set_main, set_metric
from mliter_tui.history.iterations import Past, Story, all_past, asked, story_of
from mliter_tui.history.labels import Label
from mliter_tui.history.metrics import Correction, Metric, of_story, value_text
from mliter_tui.history.noise import interval
from mliter_tui.history.study import study
from mliter_tui.kinds import KINDS, LETTERS, WORDS
from mliter_tui.lookback.opening import named, opened, say_json
from mliter_tui.readings import naming
from mliter_tui.render.cells import clean, shorten
from mliter_tui.render.plain import table

if TYPE_CHECKING:
    from mliter_tui.options import Options
    from mliter_tui.store import Store

_LOOKED_AT = 20
"""Iterations: the last one may have failed before it printed anything."""


def label_command(options: Options) -> int:
    """Show the label of an iteration and by what it is told, or keep another one."""
    said = label_of(options.text) if options.text else None  # a mistake is told before a store is looked for
    with opened(options) as (store, script):
        past = named(options, store, script)
        if said is not None or options.remove:
            set_label(store, script, past.number, said)
            store.commit()
        row = next((row for row in study(store, script).rows if row.number == past.number), None)
    if row is None:
        raise UsageError(f"Iteration {past.number} repeats {past.again}; label that one.")
    label = row.label
    if options.json:
        say_json({
            "script": script, "iteration": past.number, "kind": label.kind, "letter": label.letter,
            "by_hand": label.by_hand, "why": list(label.why),
        })  # fmt: skip
        return 0
    kind = WORDS[label.kind] if label.kind is not None else "nothing"
    print(f"iteration {past.number}: {label.text} ({kind}; {WORDS[label.letter]})")
    for why in label.why:
        print(f"    {clean(why)}")
    return 0


def label_of(text: str) -> Label:
    """The label a user typed: a kind and a letter, in any order and case. Raises UsageError."""
    words = text.split()
    kind = next((each for each in KINDS for word in words if word.lower() == each), None)
    letter = next((each for each in LETTERS for word in words if word.upper() == each), None)
    if len(words) != 2 or kind is None or letter is None:
        letters = ", ".join(f"{letter} ({WORDS[letter]})" for letter in LETTERS)
        raise UsageError(f"A label is a kind, {', '.join(KINDS[:-1])} or {KINDS[-1]}, and a letter: {letters}.")
    return Label(kind, letter, by_hand=True)


def metric_command(options: Options) -> int:
    """List the metrics of the last iteration, or say of one which way is better, or that it is to be ignored."""
    said = next((word for word in get_args(Correction) if getattr(options, word)), None)
    changes = said is not None or options.infer or options.main
    if changes and not options.text:
        raise UsageError(f"Name the metric, as mliter metric {options.script_name} lists it.")
    with opened(options) as (store, script):
        past, story = _last_with_metrics(store, script, options.script_name)
        if options.text:
            metric = _named(options.text, of_story(story), set(metrics_said(store, script)))
            keep_metric(store, script, metric, said, options.infer, options.main)
        known, main = metrics_said(store, script), main_said(store, script)
        found = of_story(story, known)
    shown = [m for m in found if not options.text or m.key == metric]
    if options.json:
        say_json({
            "script": script, "iteration": past.number, "said": known, "main": main or None,
            "metrics": [{"name": m.name, "value": m.value, "direction": m.direction, "measures": m.measures,
                         "folds": list(m.folds), "series": list(m.series), "line": m.line} for m in shown],
        })  # fmt: skip
    else:
        _print(shown, past.number, known, options)
    return 0


def keep_metric(store: Store, script: str, key: str, said: Correction | None, infer: bool, main: bool) -> None:
    """Keep what a user says of a metric. infer: nothing any more; main: it is the one to look at."""
    if said is not None or infer:
        set_metric(store, script, key, said)
    if main or (infer and main_said(store, script) == key):
        set_main(store, script, key if main else None)
    store.commit()


def say_of_metric(store: Store, script: str, script_name: str, name: str, said: str, main: bool) -> None:
    """The same of a metric by its name. said: a correction, "infer" for none any more, or "" to leave that as it is.

    Raises UsageError where there is no such metric or word.
    """
    word = next((each for each in get_args(Correction) if each == said), None)
    if said and word is None and said != "infer":
        raise UsageError(f"Of a metric you can say {', '.join(get_args(Correction))} or infer, not {clean(said)!r}.")
    _, story = _last_with_metrics(store, script, script_name)
    key = _named(name, of_story(story), set(metrics_said(store, script)))
    keep_metric(store, script, key, word, said == "infer", main)


def _last_with_metrics(store: Store, script: str, name: str) -> tuple[Past, Story]:
    """The newest iteration that has any metrics, and its story; the newest of all where none of the last ones has."""
    last = asked(store, script, 0, name)
    for past in reversed(all_past(store, script, _LOOKED_AT)):
        story = story_of(store, past)
        if of_story(story):
            return past, story
    return last, story_of(store, last)


def _named(text: str, found: list[Metric], said: set[str]) -> str:
    """The key of the metric that a user names."""
    key = " ".join(naming.words(text)) or text
    names = {**dict.fromkeys(sorted(said), ""), **{metric.key: metric.name for metric in found}}
    if key in names:
        return key
    near = get_close_matches(key, names, 1)
    hint = "mliter metric SCRIPT lists those of the last iteration."
    if near:
        hint = f"did you mean {clean(names[near[0]] or near[0])!r}?"
    raise UsageError(f"No metric is called {clean(text)!r}; {hint}")


def _print(found: list[Metric], number: int, said: dict[str, Correction], options: Options) -> None:
    ignored = [key for key, word in said.items() if word == "ignore"]
    if found:
        rows = [
            (shorten(clean(m.name), 44, "…"), m.text, _better(m, said), chance_text(m), str(m.line or ""))
            for m in found
        ]
        print(table(("METRIC", "VALUE", "BETTER", "95 %", "LINE"), rows, (1, 4)), end="")
    elif not options.text:
        print(f"Iteration {number} printed no number with a name.")
    if ignored:
        print(f"ignored: {', '.join(map(clean, ignored))}")


def _better(metric: Metric, said: dict[str, Correction]) -> str:
    word = "?" if metric.direction == "unknown" else metric.direction
    return f"{word} *" if metric.key in said else word if metric.measures else "-"


def chance_text(metric: Metric) -> str:
    """What a metric may be at 95 %, and by what that is known; "" where it is not."""
    span = interval(metric)
    if span is None:
        return ""
    low, high = (value_text(bound, metric.step, metric.percent) for bound in (span.low, span.high))
    return f"{low} to {high}, by {span.source}"
