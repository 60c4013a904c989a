"""A study of the iterations of a story, as an engine tells it; labels and metrics as they were corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mliter_tui import events
from mliter_tui.facts import IterationInfo
from mliter_tui.lessons import KindLesson, Lesson, MetricLesson, Part

LABELS = ("dpr S", "li H", "ppr N", "ppr N", "ppr N", "dpr R", "dpr P", "dpr P", "li H", "li H")
VALUES = (0.8601, 0.8634, 0.8634, None, 0.8634, 0.8512, 0.8629, 0.8690, 0.8691, 0.8688)
SAME = "no real change"
VERDICTS = ("", SAME, SAME, "", SAME, "worse", "better", "better?", SAME, SAME)
LANES = ("o", "o", "o", "o|", "o|", " o", " o", " o", " o", " o")


def study_of(
    history: Sequence[IterationInfo], labels: Mapping[int, str], said: Mapping[str, str], main: str, limit: int = 500
) -> events.StudyMade:  # fmt: skip
    """labels, said: the user's words on iterations and metrics; main: the metric to look at."""
    lessons = tuple(_lesson(info, labels.get(info.iteration)) for info in history)
    known = [lesson for lesson in lessons if lesson.value is not None]
    best = max(known, key=lambda lesson: lesson.value or 0.0).iteration if known else None
    changes = [lesson for lesson in lessons if lesson.kind and lesson.letter != "S"]
    seconds = {kind: sum(x.seconds for x in changes if x.kind == kind) for kind in ("dpr", "li", "ppr")}
    total = sum(seconds.values()) or 1.0
    kinds = tuple(
        KindLesson(kind, (n := sum(x.kind == kind for x in changes)), n / max(1, len(changes)), published,
                   seconds[kind], seconds[kind] / total, n * 0.7, gain, per)
        for kind, published, gain, per in (("dpr", 0.19, "-0.0089", "-0.0064"), ("li", 0.41, "+0.0033", "+0.0047"),
                                           ("ppr", 0.4, "0", "0"))
    )  # fmt: skip
    metrics = [MetricLesson("held out auc", "held out: AUC", "0.9148", "higher", line=98),
               MetricLesson("accuracy", "accuracy", "0.8629", "higher", chance="0.858 to 0.867, by a share of 11294 "
                            "examples", line=98),
               MetricLesson("people", "people", "45175", "unknown", False, line=30)]  # fmt: skip
    return events.StudyMade(
        len(lessons), lessons[-limit:], main, main, "higher", best, sum(x.seconds for x in lessons), 90.0, 3.5, kinds,
        tuple(sorted({(x.letter, sum(y.letter == x.letter for y in changes)) for x in changes})),
        (("dpr", "dpr", 1), ("li", "ppr", 1), ("ppr", "dpr", 1), ("ppr", "ppr", 2)),
        tuple(_metric(metric, said, main) for metric in metrics),
        (f"{len(lessons)} iterations, 1 min 10 s of running.", f"Best accuracy: 0.8690 in iteration {best}."),
        ("Iterations 3, 5 changed data or model, and brought no real change.",),
        ("Of 5 plans whose time was foretold, 4 came within a factor of 1.5.",),
    )  # fmt: skip


def _lesson(info: IterationInfo, label: str | None) -> Lesson:
    at = (info.iteration - 1) % len(LABELS)
    kind, letter = (label or LABELS[at]).split()
    value = VALUES[at] if info.status == "ok" else None
    low, high = (value - 0.004, value + 0.004) if value is not None else (None, None)
    return Lesson(
        info.iteration, info.iteration - 1 or None, kind, letter, f"{info.trigger}: 80 → 120", label is not None,
        (f"{info.trigger}: 80 → 120",), LANES[at], f"{value:.4f}" if value is not None else "", value, low, high,
        VERDICTS[at] if info.status == "ok" else "", 0.0, info.seconds, 0.7, info.seconds * 1.1,
    )  # fmt: skip


def _metric(metric: MetricLesson, said: Mapping[str, str], main: str) -> MetricLesson:
    word = said.get(metric.key, "")
    direction = word if word in ("higher", "lower") else metric.direction
    return MetricLesson(metric.key, metric.name, metric.text, direction, metric.measures, word, metric.key == main,
                        False, metric.chance, metric.line)  # fmt: skip


def compared_of(iterations: tuple[int, ...]) -> events.Compared:
    """What differs of two iterations, or of more."""
    if len(iterations) == 2:
        parts = (
            Part("parameters", ("RandomForestClassifier(n_estimators=)  80 -> 120  (line 61)",)),
            Part("metrics", ("f1  0.661 → 0.672, better? (+0.011)",
                             "accuracy  0.8601 → 0.8634, no real change (+0.0033, 95 % -0.0011 to +0.0078)")),
            Part("output", ("@@ -2 +2 @@", "-accuracy 0.8601", "+accuracy 0.8634")),
        )  # fmt: skip
        return events.Compared(iterations, parts)
    header = ("iteration", *map(str, iterations))
    rows = (
        ("accuracy", *(f"0.86{n:02}" for n in iterations)),
        ("", *("" if at == 0 else "better" for at in range(len(iterations)))),
    )
    return events.Compared(iterations, (), header, rows)
