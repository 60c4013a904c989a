"""Benchmark of the labels of edits: kind and letter beside those that people gave, with both confusions.

    python benchmarks/labels.py SERIES_FOLDER [--labelled FILE] [--why] [--json]

SERIES_FOLDER holds NAME/series.toml with NN.py beside it, as the iteration benchmark's; modules are named in its
[modules], and in `files` of the iterations that change one. Edits of the labelled file (default: that of the tests) are
told apart from these. A first version is S by definition and is counted apart from what had to be told.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mliter_tui.history.labels import Label, label
from mliter_tui.kinds import KINDS, LETTERS

ROOT = Path(__file__).resolve().parents[1]
LABELLED = ROOT / "tests" / "history" / "labelled" / "labelled.toml"


@dataclass(frozen=True)
class Case:
    """An edit with the label a person gave and the one that was told."""

    name: str
    kind: str
    letter: str
    told: Label


def of_series(folder: Path) -> Iterator[Case]:
    """The iterations of all series in a folder."""
    for path in sorted(folder.glob("*/series.toml")):
        series = tomllib.loads(path.read_text("utf-8"))
        modules = {name: (path.parent / file).read_text("utf-8") for name, file in series.get("modules", {}).items()}
        before = None
        for number, iteration in enumerate(series["iteration"]):
            files = iteration.get("files", {})
            modules = modules | {name: (path.parent / file).read_text("utf-8") for name, file in files.items()}
            after = {"": (path.parent / f"{number:02}.py").read_text("utf-8"), **modules}
            told = label(before, after)
            name = f"{path.parent.name} {number:02} {iteration['what']}"
            yield Case(name, iteration["kind"], iteration["letter"], told)
            before = after


def of_labelled(file: Path) -> Iterator[Case]:
    """The edits of a file of labelled ones, each of a script as it stands."""
    for script in tomllib.loads(file.read_text("utf-8"))["script"]:
        before = (ROOT / script["path"]).read_text("utf-8")
        for edit in script["edit"]:
            after = before
            for old, new in edit["change"]:
                if after.count(old) != 1:
                    raise SystemExit(f"{script['path']}: {old!r} stands there {after.count(old)} times, not once.")
                after = after.replace(old, new)
            kind, letter = edit["label"].split()
            yield Case(f"{Path(script['path']).stem}: {edit['what']}", kind, letter, label({"": before}, {"": after}))


def summed(cases: list[Case]) -> dict[str, float | int]:
    """How many there are and which shares are right, without first versions."""
    told = [case for case in cases if case.letter != "S"]
    return {
        "edits": len(told),
        "kind": sum(case.kind == case.told.kind for case in told) / max(1, len(told)),
        "letter": sum(case.letter == case.told.letter for case in told) / max(1, len(told)),
    }


def confusion(title: str, names: tuple[str, ...], pairs: Counter[tuple[str, str]]) -> str:
    """Rows: what people said; columns: what was told."""
    names = tuple(name for name in names if any(name in pair for pair in pairs))
    rows = [f"  {title:>7} told " + "".join(f"{name:>5}" for name in names)]
    rows += [f"  {said:>12} " + "".join(f"{pairs[said, told] or '.':>5}" for told in names) for said in names]
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("series", type=Path, nargs="?")
    parser.add_argument("--labelled", type=Path, default=LABELLED)
    parser.add_argument("--why", action="store_true", help="show what was told wrong, and by which parts")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    series = list(of_series(options.series)) if options.series else []
    sets = {"series": series, "labelled": list(of_labelled(options.labelled))}
    if options.json:
        print(json.dumps({name: summed(cases) for name, cases in sets.items()}))
        return 0
    for name, cases in sets.items():
        if not cases:
            continue
        sums = summed(cases)
        print(f"{name}: {sums['edits']} edits, kind {sums['kind']:.1%} right, letter {sums['letter']:.1%} right")
        print(confusion("kind", KINDS, Counter((c.kind, str(c.told.kind)) for c in cases)))
        print(confusion("letter", LETTERS, Counter((c.letter, c.told.letter) for c in cases)))
        for case in cases:
            if options.why and (case.kind, case.letter) != (case.told.kind, case.told.letter):
                print(f"  {case.name}: {case.kind} {case.letter}, told {case.told.text}")
                print("".join(f"      {why}\n" for why in case.told.why), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
