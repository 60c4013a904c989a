"""Predictions of two iterations compared example by example: which were fixed and which broken, with their rows.

What is compared is told by the source: the truth and the predictions that a script hands to a measure
(`script/measuring`). They have to be kept in the store still, as `auto` sees to for small ones. Values are loaded in a
process of its own, in which none of the user's code is.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mliter_tui.errors import UsageError
from mliter_tui.history import iterations
from mliter_tui.history.iterations import Past
from mliter_tui.lean import dataclass
from mliter_tui.script.measuring import Measured, Operand, measured, predicted_from
from mliter_tui.store import Store

MOST_BYTES = 400_000_000
"""All values together that are loaded for a comparison."""
MOST_ROWS = 5
_MOST_TABLES = 12
_SMALLEST = 200
"""Bytes of a table."""
_PATIENCE = 120.0
_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = (  # the current folder is not searched for it
    f"import sys; sys.path.pop(0); {_ROOT!r} in sys.path or sys.path.append({_ROOT!r}); "
    "from mliter_tui.kernel.examples import main; main()"
)
_RANKS = ("labels", "numbers", "scores")
Place = tuple[str, str, str | None]
"""Key of an artifact, the name of the value, and the column of it."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Examples of one value of a column. gain: mean of what each gained, as of `Compared.gain`."""

    column: str
    value: str
    count: int
    fixed: int
    broken: int
    gain: float


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of two predictions. kind: "labels", of which each is right or wrong, or "numbers" with an error each.

    before, after: the share of right ones, or the mean absolute error. fixed, broken: how many were wrong and are
    right, and the other way round; of numbers, whose error fell, and rose. moves: (truth, before, after, how many) of
    labels that are others. alone: examples that only the later one has. table: the name of the one whose rows these
    are, "" where none is kept; a row has the index, the truth, both predictions, and then the values of `columns`.
    slices: of the column asked for, else those whose gain is another than over all; None where there is no such column.
    """

    truth: str
    said: str
    kind: str
    count: int
    alone: int
    before: float | None
    after: float | None
    fixed: int
    broken: int
    changed: int
    moves: tuple[tuple[str, str, str, int], ...]
    table: str
    columns: tuple[str, ...]
    fixed_rows: tuple[tuple[str, ...], ...]
    broken_rows: tuple[tuple[str, ...], ...]
    by: str | None
    slices: tuple[Slice, ...] | None
    others: tuple[str, ...] = ()


class _Side:
    """One of the two iterations: what its names were bound to at its end, as far as that is kept."""

    def __init__(self, store: Store, past: Past) -> None:
        self.store, self.past = store, past
        self.values = iterations.values_of(store, past)
        modules = iterations.modules_of(store, past) or ()
        self.modules = {module.name for module in modules}
        self.texts = [text for text in (iterations.text_of(store, past), *(m.text for m in modules)) if text]
        self.sizes: dict[str, int] = {}

    def measured(self) -> list[Measured]:
        """What it measures, labels first, the last one first."""
        found = [each for text in self.texts for each in reversed(measured(text))]
        return sorted(found, key=lambda each: _RANKS.index(each.kind))

    def place(self, operand: Operand) -> Place | None:
        """Where an operand is kept; None where it is not, or its name is not one value's."""
        names = [operand.name] if operand.name in self.values else [
            name for name in self.values if name.rpartition(".")[2] == operand.name
        ]  # fmt: skip
        if len({self.values[name] for name in names}) != 1:
            return None
        kept = self.store.artifact(self.values[names[0]])
        if kept is None:
            return None
        self.sizes[kept.fp] = kept.nbytes
        return kept.fp, names[0], operand.column

    def tables(self) -> list[tuple[Place, bool]]:
        """What may hold the rows of the examples, and whether models predict from it: that first, then what is called
        like it."""
        first = [name for text in self.texts for name in predicted_from(text)]
        rest = [name.rpartition(".")[2] for name in self.values]
        rest = [name for name in rest if not name.startswith(("<", "_")) and "model" not in name]
        rest.sort(key=lambda name: not any(word in name.lower() for word in ("test", "val", "df", "data", "x_")))
        found = ((self.place(Operand(name)), name in first) for name in dict.fromkeys([*first, *rest]))
        return [(p, sure) for p, sure in found if p is not None and self.sizes[p[0]] > _SMALLEST][:_MOST_TABLES]


def compare_examples(
    store: Store, before: Past, after: Past, by: str | None = None, of: str | None = None, most: int = MOST_ROWS
) -> Compared:
    """Compare the predictions of two iterations. by: a column; of: predictions by name; most: rows of each sort.

    Raises UsageError with what is missing.
    """
    sides = _Side(store, before), _Side(store, after)
    pairs = _pairs(sides, of)
    for one, other in pairs:
        truth = sides[0].place(one.truth), sides[1].place(other.truth)
        said = sides[0].place(one.said), sides[1].place(other.said)
        if None not in truth and None not in said:
            others = tuple(dict.fromkeys(each.said.text for _, each in pairs if each.said != other.said))
            found = _asked(store, sides, truth, said, one.kind, by, most)
            return _compared(found, one, others, by)
    raise UsageError(_missing(sides, pairs, of))


def _pairs(sides: tuple[_Side, _Side], of: str | None) -> list[tuple[Measured, Measured]]:
    """What both measure, under the same names where they can."""
    one, other = (side.measured() for side in sides)
    found = []
    for later in other:
        same = [each for each in one if each.kind == later.kind]
        same.sort(key=lambda each: (each.said.name != later.said.name, each.truth.name != later.truth.name))
        if same and of in (None, later.said.name, later.said.text):
            found.append((same[0], later))
    return found


def _missing(sides: Sequence[_Side], pairs: Sequence[tuple[Measured, Measured]], of: str | None) -> str:
    if not pairs and of is not None:
        return f"No measure of {of!r} is in both; leave --of away, or name predictions such as those of a print."
    if not pairs:
        return (
            "No predictions are found: what is handed to a measure, such as accuracy_score(y_test, pred), has to have "
            "a name in both iterations."
        )
    one, other = pairs[0]
    gone = [
        f"{operand.text} of iteration {side.past.number}"
        for side, each in zip(sides, (one, other)) for operand in (each.truth, each.said) if side.place(operand) is None
    ]  # fmt: skip
    return (
        f"The store does not hold {', '.join(gone)} any more; `mliter run --iteration {sides[0].past.number}` makes it "
        "again, if the script is the same."
    )


def _asked(
    store: Store, sides: Sequence[_Side], truth: Sequence[Place | None], said: Sequence[Place | None], kind: str,
    by: str | None, most: int,
) -> dict[str, Any]:  # fmt: skip
    """The answer of the process that compares."""
    places = [place for place in (*truth, *said) if place is not None]
    left = MOST_BYTES - sum(max(side.sizes.get(place[0], 0) for side in sides) for place in places)
    tables: dict[Place, bool] = {}
    for side in reversed(sides):  # of the later one first
        for place, sure in side.tables():
            if place not in tables and side.sizes[place[0]] <= left:
                left -= side.sizes[place[0]]
                tables[place] = sure
    manifests = {}
    for fp in {place[0] for place in (*places, *tables)}:
        kept = store.artifact(fp)
        if kept is not None:
            manifests[fp] = kept.manifest
    request = {
        "folder": str(store.folder), "key": base64.b64encode(store.key).decode(), "kind": kind, "by": by, "most": most,
        "modules": sorted({name for side in sides for name in side.modules}), "manifests": manifests,
        "truth": truth, "said": said, "frames": [(*place, sure) for place, sure in tables.items()],
    }  # fmt: skip
    command = [sys.executable, "-c", _BOOT]
    try:
        done = subprocess.run(command, input=json.dumps(request).encode(), capture_output=True, timeout=_PATIENCE)
        found: dict[str, Any] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        said_so = "The predictions could not be loaded; `mliter cache check` looks whether they are whole."
        raise UsageError(said_so) from None
    if "error" in found:
        raise UsageError(found["error"])
    return found


def _compared(found: dict[str, Any], one: Measured, others: Iterable[str], by: str | None) -> Compared:
    def rows(name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(map(tuple, found[name]))

    moves = tuple((str(true), str(was), str(now), int(count)) for true, was, now, count in found["moves"])
    slices = tuple(Slice(**each) for each in found["slices"]) if found["slices"] is not None else None
    if slices is None:
        known = ", ".join([*found["columns"], "truth", "before", "after"])
        raise UsageError(f"There is no column {by!r} by which to part the examples; there are {known}.")
    return Compared(
        one.truth.text, one.said.text, found["kind"], found["count"], found["alone"], found["before"], found["after"],
        found["fixed"], found["broken"], found["changed"], moves, found["table"].rpartition(".")[2],
        tuple(found["columns"]), rows("fixed_rows"), rows("broken_rows"), by, slices,
        tuple(others),
    )  # fmt: skip
