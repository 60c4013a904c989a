"""A seeded pool of pipelines over common preprocessing, as histories that were never run.

Each pipeline makes a choice at each stage: one of two data sets, of two ways each to clean, to add features, to encode
and so on, a model and its settings, what to report. Two that agree up to a stage have all values up to there in common.
They come in random order, one an iteration, so that what is common comes back at any distance.

What a stage takes, and how large its values are, is drawn for each of its versions from a log-normal distribution
around the medians in STAGES. Those, and their spread, are near what was measured in the recorded series: data frames of
10 MB changed in place in milliseconds, a row-wise `apply` and a one-hot encoding of a second or two, 100 MB of encoded
columns, models and evaluations of seconds, whose results are small.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from hashlib import blake2b

from mliter_tui.engine.retracing import Recorded, Step, node_of, nothing_of, trace_of

REST = 0.15
"""Seconds of each iteration that are no statement's."""
MINUTES = 5.0
"""From one iteration to the next."""


@dataclass(frozen=True)
class Stage:
    """A statement. variants: how many ways there are of it. seconds, nbytes: medians, and the spread of their
    logarithms. reads: names beside the one it is made of; makes: names, where not its own."""

    name: str
    variants: int
    seconds: tuple[float, float]
    nbytes: tuple[float, float]
    reads: tuple[str, ...]
    makes: tuple[str, ...] = ()


STAGES = (
    Stage("df", 2, (0.15, 0.8), (8e6, 0.8), ()),
    Stage("df", 2, (0.004, 1.5), (10e6, 0.3), ("df",)),
    Stage("df", 2, (0.02, 1.5), (11e6, 0.3), ("df",)),
    Stage("df", 2, (1.5, 1.0), (12e6, 0.3), ("df",)),
    Stage("y", 1, (0.001, 0.5), (4e5, 0.3), ("df",)),
    Stage("near", 2, (4.0, 1.0), (4e5, 0.5), ("df",)),
    Stage("X", 2, (1.5, 0.8), (100e6, 0.7), ("df",)),
    Stage("X", 2, (0.002, 1.0), (100e6, 0.7), ("X", "near")),
    Stage("split", 1, (0.2, 0.5), (60e6, 0.6), ("X", "y"), ("X_train", "X_test")),
    Stage("model", 20, (3.0, 1.2), (1e6, 2.0), ("X_train", "y")),
    Stage("pred", 1, (0.05, 1.0), (2e5, 0.4), ("model", "X_test")),
    Stage("checked", 2, (2.0, 1.3), (5e3, 1.0), ("model", "X_test", "y")),
    Stage("report", 6, (0.02, 1.0), (0.0, 0.0), ("pred", "y", "checked")),
)


def pool(count: int, seed: int) -> list[Recorded]:
    """So many pipelines in random order; equal for equal seeds."""
    rng = random.Random(seed)
    seen: set[str] = set()
    found = []
    for number in range(1, count + 1):
        choices = [rng.randrange(stage.variants) for stage in STAGES]
        steps = tuple(_steps(choices, seed, seen))
        found.append(Recorded(number, number * MINUTES * 60, steps, 0.0, REST))
    return found


def _steps(choices: list[int], seed: int, seen: set[str]) -> list[Step]:
    now: dict[str, str] = {}
    steps = []
    for at, (stage, choice) in enumerate(zip(STAGES, choices)):
        inputs = {name: now[name] for name in stage.reads}
        key = f"{at}:{choice}"
        version = blake2b(repr((key, sorted(inputs.items()), seed)).encode(), digest_size=12).hexdigest()
        draw = random.Random(version)
        seconds = _drawn(draw, *stage.seconds)
        outputs = {}
        for name in stage.makes or (stage.name,):
            nbytes = round(_drawn(draw, *stage.nbytes))
            about = {"size": nbytes, "objects": 100, "storable": nbytes > 0, "exact": True}
            outputs[name] = nothing_of(f"{version}:{name}", **about)
            now[name] = f"{version}:{name}"
        trace = trace_of(stage.name, inputs, outputs, seconds)
        steps.append(Step(node_of(at, "statement", stage.name, key), trace, version in seen))
        seen.add(version)
    return steps


def _drawn(draw: random.Random, median: float, spread: float) -> float:
    return draw.lognormvariate(math.log(median), spread) if median else 0.0
