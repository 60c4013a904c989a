"""Which finished values are worth keeping: materialization policies behind one interface (rule R10).

A policy only says whether a value should go into the store; making room for it, by expected seconds saved per byte and
never from pinned artifacts, is the store's. All agree on this much: what cannot be loaded again, or is larger than the
whole budget, is never kept. Sizes are bytes, times seconds; estimates may be rough, unknown ones infinite or NaN.
`helix` is the rule of Xin et al., VLDB 2018.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from mliter_tui.errors import UsageError
from mliter_tui.lean import dataclass
from mliter_tui.reasons import Kept, NotStored, Reason, Uncacheable
from mliter_tui.wording import bytes_text, seconds_text

TINY = 64_000
"""Bytes below which a value is no burden: its write costs next to nothing and it crowds nobody out."""
TINY_MARGIN = 3.0
"""How many times its load it must take to have a tiny value again."""
TINY_SECONDS = 0.01
"""And at least this long: below, the book-keeping would cost more."""
MARGIN = 2.0
"""How many times the price (one write, one load) an ordinary value must save: estimates err, not all are reused."""
HELIX_MARGIN = 2.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finished value and what is known of it. `recovery_seconds` is what having it again would take with what is
    kept now, `cumulative_seconds` with nothing: its node's own and all ancestors'; `free_bytes` of the `budget` are
    free now; `reproducible` is False for what an unseeded stream fed."""

    fp: str
    nbytes: int
    recovery_seconds: float
    cumulative_seconds: float
    load_seconds: float
    write_seconds: float
    free_bytes: int
    budget: int
    reproducible: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to keep a value, and the typed reason with its numbers."""

    keep: bool
    reason: Reason


class Policy(Protocol):
    """What decides whether a value is kept; stateless and without effects."""

    @property
    def name(self) -> str: ...

    def keep(self, candidate: Candidate) -> Decision: ...


Verdict = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A policy made of a name and a comparison, behind the two limits all of them share."""

    name: str
    verdict: Callable[[Candidate], Verdict]

    def keep(self, candidate: Candidate) -> Decision:
        if not math.isfinite(candidate.load_seconds):
            return Decision(False, Uncacheable("the value cannot be loaded again"))
        if candidate.nbytes > candidate.budget:
            size, budget = bytes_text(candidate.nbytes), bytes_text(candidate.budget)
            keep, why = False, f"{size} > the whole budget of {budget}"
        else:
            keep, why = self.verdict(candidate)
        kind = Kept if keep else NotStored
        return Decision(
            keep,
            kind(
                self.name,
                why,
                candidate.nbytes,
                candidate.recovery_seconds if self.name == "auto" else candidate.cumulative_seconds,
                candidate.load_seconds,
                candidate.write_seconds,
            ),
        )


def _compare(left: float, right: float, what: str, than: str) -> Verdict:
    """Strictly more, and a NaN on either side is no."""
    keep = left > right
    return keep, f"{what} {seconds_text(left)} {'>' if keep else '≤'} {than} {seconds_text(right)}"


def _auto(candidate: Candidate) -> Verdict:
    """What saves clearly more than it costs. The first write is time the user waits, so it must pay by one reuse.

    A value that cannot be reproduced is worth more than its time: without it everything below runs again, too. It has
    to break even only.
    """
    again = candidate.recovery_seconds
    if candidate.nbytes <= TINY:
        if again <= TINY_SECONDS:
            return _compare(again, TINY_SECONDS, "recompute", "book-keeping")
        return _compare(again, TINY_MARGIN * candidate.load_seconds, "recompute", "3 x load")
    margin, than = (MARGIN, "2 x (load + write)") if candidate.reproducible else (1.0, "load + write")
    saved = again - candidate.load_seconds
    return _compare(saved, margin * (candidate.load_seconds + candidate.write_seconds), "saves", than)


def _helix(candidate: Candidate) -> Verdict:
    if candidate.nbytes > candidate.free_bytes:
        return False, f"{bytes_text(candidate.nbytes)} > {bytes_text(candidate.free_bytes)} free"
    return _compare(candidate.cumulative_seconds, HELIX_MARGIN * candidate.load_seconds, "recompute", "2 x load")


def _always(candidate: Candidate) -> Verdict:
    return True, "policy always"


def _never(candidate: Candidate) -> Verdict:
    return False, "policy never"


POLICIES: dict[str, Policy] = {
    rule.name: rule
    for rule in (_Rule("auto", _auto), _Rule("helix", _helix), _Rule("always", _always), _Rule("never", _never))
}


def _break_even(candidate: Candidate) -> Verdict:
    """Each value for itself, as if nothing else were kept."""
    price = candidate.load_seconds + candidate.write_seconds
    return _compare(candidate.cumulative_seconds, price, "recompute", "load + write")


def _seconds_per_byte(candidate: Candidate) -> Verdict:
    """Whatever saves anything; which of them stay is settled by seconds per byte as the store makes room."""
    return _compare(candidate.recovery_seconds, candidate.load_seconds, "recompute", "load")


STUDIED: dict[str, Policy] = {
    rule.name: rule for rule in (_Rule("break-even", _break_even), _Rule("seconds-per-byte", _seconds_per_byte))
}
"""Only there to be compared with: no run is offered them."""


def policy(name: str) -> Policy:
    """The policy of that name; UsageError lists the names there are."""
    try:
        return (POLICIES | STUDIED)[name]
    except KeyError:
        raise UsageError(f"There is no policy {name!r}; choose one of {', '.join(POLICIES)}.") from None
