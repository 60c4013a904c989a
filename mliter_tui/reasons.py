"""Why a node is computed, loaded or pruned, and a value kept or not: one union of frozen dataclasses with evidence.

Every reason has a `code`, `short()` (one line of at most 60 characters, for the gutter and the plain log), `explain()`
(several lines, for the pane) and `to_json()`, which `from_json` reads back. Texts that come from a script, a path or a
package are evidence only: what a terminal would obey (control characters, lone surrogates) never gets out of `short`
and `explain`. Seconds are floats, sizes are bytes; `before` and `after` are versions or hashes, "" or "-" for none.
A reason nobody could establish is `Unknown`; so is, on reading, one of a later version.
"""

from __future__ import annotations

from typing import Any, ClassVar, get_args

from mliter_tui.deferred import frozen
from mliter_tui.records import from_fields, to_fields
from mliter_tui.wording import bytes_text, date_text, indented, one_line, seconds_text, tail

WIDTH = 60


def _change(before: str, after: str) -> str:
    gone = {"": "none", "-": "none"}
    return f"{gone.get(before, before)} → {gone.get(after, after)}"


class Base:
    """What every reason can do; `headline` is the reason in one phrase, `details` the evidence, a line each."""

    __slots__ = ()
    code: ClassVar[str]

    def headline(self) -> str:
        raise NotImplementedError

    def details(self) -> list[str]:
        return []

    def short(self) -> str:
        """At most 60 printable characters on one line."""
        return one_line(self.headline(), WIDTH)

    def explain(self) -> str:
        """The reason and its evidence, one fact a line."""
        lines = [self.headline(), *(f"  {line}" for text in self.details() for line in text.splitlines())]
        return "\n".join(indented(line) for line in lines)

    def to_json(self) -> dict[str, Any]:
        """The code and the fields, in types JSON has."""
        return {"code": self.code, **to_fields(self)}


@frozen
class FirstRun(Base):
    """No trace of this code exists."""

    code: ClassVar[str] = "FIRST_RUN"

    def headline(self) -> str:
        return "first run"


@frozen
class SourceChanged(Base):
    """The node's own code, or a definition it reaches, was edited; `diff` is lines that start with -, + or space.

    module: the local module that the line is of, "" for the script.
    """

    code: ClassVar[str] = "SOURCE_CHANGED"
    diff: str = ""
    line: int | None = None
    module: str = ""

    def headline(self) -> str:
        where = f", line {self.line}" if self.line is not None else ""
        return f"source changed{where}" + f" of {self.module}" * bool(self.module)

    def details(self) -> list[str]:
        return [self.diff] if self.diff else []


@frozen
class UpstreamChanged(Base):
    """A value it reads changed: `names`, made by `node`, a label.

    `path` goes by labels from this node up to the root, whose own reason is `cause`.
    """

    code: ClassVar[str] = "UPSTREAM_CHANGED"
    node: str = ""
    names: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    cause: Reason | None = None

    def headline(self) -> str:
        if self.path:
            return self._along(self.path)
        by = f", by {self.node}" if self.node else ""
        return f"{', '.join(self.names) or 'an input'} changed{by}"

    def _along(self, path: tuple[str, ...]) -> str:
        return f"{' ← '.join(path)}: {self.cause.short() if self.cause else 'changed'}"

    def short(self) -> str:
        """The root cause is what must not be cut off, so the middle of a long path goes first."""
        text = one_line(self.headline())
        if len(text) > WIDTH and len(self.path) > 2:
            text = self._along((self.path[0], "…", self.path[-1]))
        return one_line(text, WIDTH)

    def details(self) -> list[str]:
        cause = self.cause.explain().splitlines() if self.cause else []
        through = [f"through {', '.join(self.names)}"] if self.names and self.path else []
        return cause + through


@frozen
class FileChanged(Base):
    """A file or folder it read is another one now; `mtime` is in seconds since the epoch."""

    code: ClassVar[str] = "FILE_CHANGED"
    path: str
    mtime: float | None = None
    before: str = ""
    after: str = ""

    def headline(self) -> str:
        return f"file {'gone' if self.after == '-' else 'changed'}: {self.path}"

    def short(self) -> str:
        start = f"file {'gone' if self.after == '-' else 'changed'}: "
        return start + tail(self.path, WIDTH - len(start))

    def details(self) -> list[str]:
        when = [f"modified {date_text(self.mtime)}"] if self.mtime is not None else []
        return when + [f"content {_change(self.before, self.after)}"] * bool(self.before or self.after)


@frozen
class EnvironmentChanged(Base):
    """A package, environment variable, argument or the interpreter is another one now; `package` names it."""

    code: ClassVar[str] = "ENVIRONMENT_CHANGED"
    package: str
    before: str = ""
    after: str = ""

    def headline(self) -> str:
        known = self.before or self.after
        return f"{self.package}: {_change(self.before, self.after)}" if known else f"{self.package} changed"


@frozen
class Evicted(Base):
    """Its value was in the store and made room; `when` is in seconds since the epoch, `by` the budget or the user."""

    code: ClassVar[str] = "EVICTED"
    when: float | None = None
    by: str = ""
    nbytes: int | None = None

    def headline(self) -> str:
        return f"evicted by {self.by}" if self.by else "evicted"

    def details(self) -> list[str]:
        when = [f"on {date_text(self.when)}"] if self.when is not None else []
        return when + ([f"it took {bytes_text(self.nbytes)}"] if self.nbytes is not None else [])


@frozen
class _Weighed(Base):
    """The numbers a materialization policy weighed: seconds to make the value again, to load and to write it; size."""

    policy: str
    why: str = ""
    nbytes: int | None = None
    cumulative_seconds: float | None = None
    load_seconds: float | None = None
    write_seconds: float | None = None

    def details(self) -> list[str]:
        times = (("recompute", self.cumulative_seconds), ("load", self.load_seconds), ("write", self.write_seconds))
        known = [f"{word} {seconds_text(seconds)}" for word, seconds in times if seconds is not None]
        if self.nbytes is not None:
            known.append(f"size {bytes_text(self.nbytes)}")
        return [*known, f"policy {self.policy}"]


@frozen
class NotStored(_Weighed):
    """The policy did not keep the value; `why` is the comparison that failed."""

    code: ClassVar[str] = "NOT_STORED"

    def headline(self) -> str:
        return f"not stored: {self.why}" if self.why else f"not stored, policy {self.policy}"


@frozen
class Kept(_Weighed):
    """The policy keeps the value; `why` is the comparison that held."""

    code: ClassVar[str] = "KEPT"

    def headline(self) -> str:
        return f"kept: {self.why}" if self.why else f"kept, policy {self.policy}"


@frozen
class Forced(Base):
    """Somebody said so: the user, an option."""

    code: ClassVar[str] = "FORCED"
    by: str = ""

    def headline(self) -> str:
        return f"forced by {self.by}" if self.by else "forced"


@frozen
class Uncacheable(Base):
    """The value cannot go through a store; `what` names the part that cannot."""

    code: ClassVar[str] = "UNCACHEABLE"
    what: str

    def headline(self) -> str:
        return f"cannot be stored: {self.what}"


@frozen
class LoadCheaper(Base):
    """The plan loads: that is cheaper than to compute it and what it needs."""

    code: ClassVar[str] = "LOAD_CHEAPER"
    compute_seconds: float
    load_seconds: float

    def headline(self) -> str:
        return f"load {seconds_text(self.load_seconds)} < compute {seconds_text(self.compute_seconds)}"


@frozen
class ComputeCheaper(Base):
    """The plan computes, though it could load: nothing changed, it is only faster."""

    code: ClassVar[str] = "COMPUTE_CHEAPER"
    compute_seconds: float
    load_seconds: float

    def headline(self) -> str:
        return f"compute {seconds_text(self.compute_seconds)} < load {seconds_text(self.load_seconds)}"


@frozen
class NotNeeded(Base):
    """Nothing that runs reads its values; `consumers` are those that would, and are loaded or pruned themselves."""

    code: ClassVar[str] = "NOT_NEEDED"
    consumers: tuple[str, ...] = ()

    def headline(self) -> str:
        return f"not needed: {', '.join(self.consumers)} loaded" if self.consumers else "not needed"


@frozen
class External(Base):
    """It talked to the outside (`what`: network, process, database), so that it runs again unless accepted."""

    code: ClassVar[str] = "EXTERNAL"
    what: str

    def headline(self) -> str:
        return f"talks to the outside: {self.what}"


@frozen
class Clock(Base):
    """It asks for the time, the process id or the like (`what`)."""

    code: ClassVar[str] = "CLOCK"
    what: str

    def headline(self) -> str:
        return f"asks for {self.what}"


@frozen
class HiddenState(Base):
    """It changed a package's hidden state, and a later computed node (`node`, its label) reaches that package."""

    code: ClassVar[str] = "HIDDEN_STATE"
    package: str
    node: str = ""

    def headline(self) -> str:
        return f"sets state of {self.package}" + (f", used by {self.node}" if self.node else "")


@frozen
class Redrawn(Base):
    """It draws on figures, which are drawn again and never loaded."""

    code: ClassVar[str] = "REDRAWN"
    figures: tuple[str, ...] = ()

    def headline(self) -> str:
        return f"draws {', '.join(self.figures)} again" if self.figures else "draws again"


@frozen
class LoadFailed(Base):
    """The store had its value (`what`) and could not give it; `error` is the store's word."""

    code: ClassVar[str] = "LOAD_FAILED"
    what: str = ""
    error: str = ""

    def headline(self) -> str:
        return f"load failed: {self.what or self.error}"

    def details(self) -> list[str]:
        return [self.error] if self.error and self.what else []


@frozen
class Unseeded(Base):
    """It draws from a random stream (`stream`) that nobody seeded: another run gives another value."""

    code: ClassVar[str] = "UNSEEDED"
    stream: str

    def headline(self) -> str:
        return f"unseeded: {self.stream}"


@frozen
class Unknown(Base):
    """The reason could not be established."""

    code: ClassVar[str] = "UNKNOWN"
    detail: str = ""

    def headline(self) -> str:
        return f"unknown: {self.detail}" if self.detail else "unknown"


Reason = (
    FirstRun
    | SourceChanged
    | UpstreamChanged
    | FileChanged
    | EnvironmentChanged
    | Evicted
    | NotStored
    | Kept
    | Forced
    | Uncacheable
    | LoadCheaper
    | ComputeCheaper
    | NotNeeded
    | External
    | Clock
    | HiddenState
    | Redrawn
    | LoadFailed
    | Unseeded
    | Unknown
)
REASONS: dict[str, type[Reason]] = {kind.code: kind for kind in get_args(Reason)}


def from_json(data: Any) -> Reason:
    """The reason `to_json` described; what cannot be read, a later version's code say, is Unknown and says so."""
    code = data.get("code") if isinstance(data, dict) else None
    kind = REASONS.get(code) if isinstance(code, str) else None
    if kind is None:
        return Unknown(f"no reason with the code {code!r:.40} in this version")
    try:
        return from_fields(kind, data, from_json)
    except ValueError as error:
        return Unknown(f"{code}: {error}")
