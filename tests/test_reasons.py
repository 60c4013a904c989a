"""Reasons: short enough, printable whatever the evidence holds, and the same after JSON."""

import json
import math
from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mliter_tui import reasons
from mliter_tui.reasons import (
    ComputeCheaper,
    EnvironmentChanged,
    Evicted,
    FileChanged,
    FirstRun,
    LoadFailed,
    NotNeeded,
    Reason,
    SourceChanged,
    Unknown,
    UpstreamChanged,
    from_json,
)
from mliter_tui.wording import bytes_text, seconds_text

TEXT = st.text(max_size=90) | st.sampled_from(["\x1b[2J", "a\nb", "\udc80", "é" * 70, "\u202egpj"])
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(0, 10**15),
    float: st.floats(allow_nan=False),  # NaN is equal to nothing, itself included
    tuple[str, ...]: st.lists(TEXT, max_size=4).map(tuple),
    int | None: st.none() | st.integers(0, 10**15),
    float | None: st.none() | st.floats(allow_nan=False),
    Reason | None: st.none() | st.builds(SourceChanged, TEXT, st.none()),
}


def _any_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{each.name: VALUES[hints[each.name]] for each in fields(kind)})


ANY = st.one_of([_any_of(kind) for kind in get_args(Reason)])


@settings(max_examples=500)
@given(ANY)
def test_every_reason_fits_prints_and_comes_back(reason: Reason) -> None:
    assert 0 < len(reason.short()) <= 60
    assert reason.short().isprintable()
    for line in reason.explain().split("\n"):
        assert line.isprintable()
    assert from_json(json.loads(json.dumps(reason.to_json(), allow_nan=False))) == reason


def test_codes_are_the_class_names() -> None:
    for code, kind in reasons.REASONS.items():
        assert code.replace("_", "") == kind.__name__.upper() and code == code.upper()
    assert len(reasons.REASONS) == len(get_args(Reason)) == 20


def test_root_cause_then_path() -> None:
    cause = SourceChanged("- StandardScaler()\n+ MinMaxScaler()", line=25)
    reason = UpstreamChanged("Z_tr", ("Z_tr",), ("clf", "Z_tr", "scaler"), cause)
    assert reason.short() == "clf ← Z_tr ← scaler: source changed, line 25"
    assert reason.explain().splitlines()[1:] == [
        "  source changed, line 25",
        "    - StandardScaler()",
        "    + MinMaxScaler()",
        "  through Z_tr",
    ]


def test_a_long_path_keeps_both_ends_and_the_cause() -> None:
    between = [f"intermediate_{n}" for n in range(9)]
    reason = UpstreamChanged(path=("report", *between, "raw"), cause=FileChanged("a.csv"))
    assert reason.short() == "report ← … ← raw: file changed: a.csv"


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        (FirstRun(), "first run"),
        (UpstreamChanged(), "an input changed"),
        (UpstreamChanged("scaler", ("Z_tr", "Z_te")), "Z_tr, Z_te changed, by scaler"),
        (FileChanged("/very/long/" + "x" * 60 + "/train.csv", after="-"), None),
        (EnvironmentChanged("numpy", "2.3.1", "2.4.0"), "numpy: 2.3.1 → 2.4.0"),
        (EnvironmentChanged("SEED", "", "1"), "SEED: none → 1"),
        (ComputeCheaper(0.0004, 0.2), "compute 0.40ms < load 0.2s"),
        (NotNeeded(("clf", "pred")), "not needed: clf, pred loaded"),
        (Evicted(1.7e9, "the budget", 2_000_000), "evicted by the budget"),
    ],
)
def test_short(reason: Reason, short: str | None) -> None:
    if short is None:
        assert reason.short().startswith("file gone: …") and reason.short().endswith("/train.csv")
    else:
        assert reason.short() == short


def test_evidence_is_in_the_explanation() -> None:
    lines = Evicted(1.7e9, "you", 2_000_000).explain().splitlines()
    assert lines == ["evicted by you", "  on 2023-11-14 22:13:20 UTC", "  it took 2.0 MB"]
    assert "checksum" in LoadFailed("model", "checksum of buffer 3 differs").explain()
    assert "content 9f3a → c1d2" in FileChanged("a.csv", 0.0, "9f3a", "c1d2").explain()


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"code": "FROM_THE_FUTURE", "x": 1},
        {"code": ["LIST"]},
        {"code": "CLOCK"},  # a field is missing
        {"code": "CLOCK", "what": 7},  # or of another type
        {"code": "LOAD_CHEAPER", "compute_seconds": True, "load_seconds": 1.0},
        {"code": "NOT_NEEDED", "consumers": "clf"},
        {"code": "NOT_NEEDED", "consumers": ["clf", None]},
    ],
)
def test_what_cannot_be_read_is_unknown(data: object) -> None:
    assert isinstance(from_json(data), Unknown)


def test_later_fields_are_passed_over() -> None:
    assert from_json({"code": "CLOCK", "what": "the time", "since": 3}) == reasons.Clock("the time")


def test_units() -> None:
    assert [seconds_text(s) for s in (0.0, 0.0994, 0.0996, 2.06, 99.94, 99.96, 185, 7260)] == [
        "0.00ms", "99ms", "0.1s", "2.1s", "99.9s", "1m40s", "3m05s", "2h01m",
    ]  # fmt: skip
    assert [seconds_text(s) for s in (math.inf, math.nan, -1.0)] == ["∞", "?", "?"]
    assert [bytes_text(n) for n in (0, 999, 1000, 9_949_999, 9_960_000, 84_000_000, 999_600_000)] == [
        "0 B", "999 B", "1.0 kB", "9.9 MB", "10 MB", "84 MB", "1.0 GB",
    ]  # fmt: skip
