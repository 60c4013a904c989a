"""Event streams to test the app with: a census-like script over several iterations, a long script, and a flood.

`Story` reads the census demo, makes one edit after another and tells of each what an engine would: the version, a plan,
what runs, output, what is kept. It also answers commands. As a program (`python tests/tui/stream.py --speed 1`) it
plays in real time, events on standard output and commands on standard input. Input for tests only.
"""

from __future__ import annotations

import ast
import os
import select
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from taught import compared_of, study_of

from mliter_tui import commands, events, facts, reasons

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "demos" / "census" / "train.py"
START = 1_764_000_000.0
SECONDS = {
    "import pandas": 0.4, "read_csv": 0.9, "drop_duplicates": 0.3, "df.apply(household": 2.4, "full_time": 1.6,
    "train_test_split(": 0.2, "cross_val_score(b": 6.2, "model.fit": 8.1, "predict_proba": 0.6, "savefig": 0.3,
}  # fmt: skip
OUTPUT = {
    "print(f\"{len(df)}": "45175 people, 24.8% earn more than 50K\n",
    "print(f\"logistic": "logistic regression, 3-fold AUC: 0.9021 +- 0.0027\n",
    "print(f\"random": "random forest, held out: AUC 0.9148  accuracy 0.8601  F1 0.6721\n",
    "print(\"wrote": "wrote calibration.png\n",
    "cross_val_score(b": "\x1b[33mfold 1/3\x1b[0m  0.9001\nfold 2/3  0.9031\nfold 3/3  0.9030\n\x1b]0;a title\x07",
}  # fmt: skip
EDITS = [
    ("n_estimators=80", "n_estimators=120"), ("threshold = 0.5", "threshold = 0.4"),
    ("threshold).astype(int)", "threshhold).astype(int)"), ("threshhold).astype(int)", "threshold).astype(int)"),
    ("min_frequency=20", "min_frequency=30"), ("if row[\"marital\"] in (", "if row[\"marital\"] in [\"x\"] + ("),
    ("if row[\"marital\"] in [\"x\"] + (", "if row[\"marital\"] in ("), ("cv=3", "cv=5"), ("SEED = 7", "SEED = 8"),
    ("max_iter=500", "max_iter=400"),
]  # fmt: skip
Timed = tuple[float, events.Event]


def label_of(node: ast.stmt, text: str) -> str:
    """A node as engines call it: the names it binds, else its first line."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign):
        return ", ".join(ast.unparse(each) for each in node.targets).strip("()")[:40]
    return text.splitlines()[node.lineno - 1][:40]


def read(text: str) -> tuple[tuple[facts.NodeInfo, ...], tuple[facts.Edge, ...]]:
    """The nodes of a script and the names that go between them, roughly."""
    nodes, edges, makers = [], [], {}
    for number, node in enumerate(ast.parse(text).body):
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        binds = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        if isinstance(node, ast.Import | ast.ImportFrom):
            binds |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            binds = {node.name}
        if isinstance(node, ast.Expr) and ".fit(" in ast.unparse(node):
            binds |= {"model"}
        if isinstance(node, ast.Assign | ast.For) and "df[" in ast.unparse(node):
            binds |= {"df"} & {n.id for n in names}
        found: dict[int, list[str]] = {}
        for name in sorted({n.id for n in names if isinstance(n.ctx, ast.Load)}):
            if name in makers:
                found.setdefault(makers[name], []).append(name)
        edges += [facts.Edge(maker, number, tuple(each)) for maker, each in sorted(found.items())]
        kind = {"Import": "import", "ImportFrom": "import", "FunctionDef": "def"}.get(type(node).__name__, "statement")
        lines = (node.lineno, node.end_lineno or node.lineno)
        nodes.append(facts.NodeInfo(number, label_of(node, text), lines, kind, 0, tuple(sorted(binds)), f"k{number}"))
        makers |= dict.fromkeys(binds, number)
    return tuple(nodes), tuple(edges)


@dataclass
class Story:
    """One script and what has been done with it; `now` is the clock of the story."""

    text: str = field(default_factory=lambda: SCRIPT.read_text("utf-8"))
    script: str = "train.py"
    iteration: int = 0
    now: float = START
    edits: int = 0
    failing: bool = False
    auto: bool = True
    policy: str = "auto"
    budget: int = 4_000_000_000
    pinned: set[int] = field(default_factory=set)
    evicted: set[int] = field(default_factory=set)
    forced: set[int] = field(default_factory=set)
    history: list[facts.IterationInfo] = field(default_factory=list)
    recorded: dict[int, list[tuple[float, str]]] = field(default_factory=dict)
    dirty: set[int] = field(default_factory=set)
    diff: dict[int, str] = field(default_factory=dict)
    states: dict[int, events.NodeState] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    main: str = "accuracy"

    def __post_init__(self) -> None:
        self.nodes, self.edges = read(self.text)

    def session(self, phase: str = "waiting") -> events.SessionState:
        used = sum(entry.nbytes for entry in self.entries())
        return events.SessionState(self.script, phase, self.auto, self.policy, used, self.budget)  # type: ignore[arg-type]

    def cost(self, node: facts.NodeInfo) -> float:
        source = "\n".join(self.text.splitlines()[node.lines[0] - 1 : node.lines[1]])
        if node.kind == "def":
            return 0.0
        return next((seconds for part, seconds in SECONDS.items() if part in source), 0.003)

    def size(self, node: facts.NodeInfo) -> int:
        return int(self.cost(node) * 12e6) + 2_000

    def entries(self) -> list[facts.CacheEntry]:
        """What the store holds once the first iteration is over."""
        if not self.history:
            return []
        kept = [n for n in self.nodes if n.kind == "statement" and n.binds and n.node not in self.evicted]
        return [
            facts.CacheEntry(
                n.key, ", ".join(n.binds), self.size(n), self.cost(n) / 9, self.cost(n) * 1.6,
                START - 60 * n.node, n.node in self.pinned,
            )
            for n in kept
        ]  # fmt: skip

    def edit(self, before: str, after: str) -> list[Timed]:
        """Save another text: what is read of it, and the plan."""
        old = self.text.splitlines()
        self.text = self.text.replace(before, after)
        self.nodes, self.edges = read(self.text)
        changed = {i + 1 for i, line in enumerate(self.text.splitlines()) if i >= len(old) or old[i] != line}
        roots = [n for n in self.nodes if any(n.lines[0] <= line <= n.lines[1] for line in changed)]
        line = min(changed, default=1)
        self.diff = {n.node: f"-{old[line - 1].strip()}\n+{self.text.splitlines()[line - 1].strip()}" for n in roots}
        self.dirty |= set(self.diff)
        self.failing = "threshhold" in self.text
        return [(0.0, events.Saved((f"/home/me/{self.script}",), self.now)), *self.version(roots)]

    def version(self, roots: list[facts.NodeInfo]) -> list[Timed]:
        changed = tuple(n.lines[0] for n in roots)
        read_ = events.VersionRead(self.script, self.iteration + 1, self.text, self.nodes, self.edges, changed)
        return [(0.02, read_), (0.03, self.plan()), (0.0, self.session("waiting"))]

    def plan(self) -> events.PlanReady:
        """Compute what is dirty and all after it, load what that reads, prune the rest."""
        first = not self.history
        compute: dict[int, reasons.Reason] = {}
        for node in self.nodes:
            makers = [e for e in self.edges if e.reader == node.node and e.maker in compute]
            if first:
                compute[node.node] = reasons.FirstRun()
            elif node.node in self.forced:
                compute[node.node] = reasons.Forced("you")
            elif node.node in self.dirty:
                compute[node.node] = reasons.SourceChanged(self.diff.get(node.node, ""), node.lines[0])
            elif makers and node.kind == "statement":
                compute[node.node] = self.because(node, makers[-1], compute)
        read_by = {e.maker for e in self.edges if e.reader in compute} - set(compute)
        found = []
        for node in self.nodes:
            cost, load = self.cost(node), self.cost(node) / 9
            if node.node in compute:
                action, reason, seconds = "compute", compute[node.node], cost
            elif node.node in read_by and node.kind == "statement":
                action, reason, seconds = "load", reasons.LoadCheaper(cost * 1.6, load), load
            else:
                after = tuple(self.nodes[e.reader].label for e in self.edges if e.maker == node.node)[:2]
                action, reason, seconds = "prune", reasons.NotNeeded(after), 0.0
            pinned, forced = "*" * (node.node in self.pinned), "!" * (node.node in self.forced)
            marks = pinned + "~" * ("savefig" in node.label) + forced
            found.append(
                events.NodeState(
                    node.node, action, reason, node.label, node.lines, seconds, None if first else cost,  # type: ignore[arg-type]
                    None if first else load, None if first else self.size(node), marks,
                )
            )  # fmt: skip
        self.states = {state.node: state for state in found}
        return events.PlanReady(tuple(found), sum(s.seconds or 0.0 for s in found))

    def because(
        self, node: facts.NodeInfo, edge: facts.Edge, compute: dict[int, reasons.Reason]
    ) -> reasons.UpstreamChanged:
        maker, above = self.nodes[edge.maker], compute[edge.maker]
        if isinstance(above, reasons.UpstreamChanged):
            return reasons.UpstreamChanged(maker.label, edge.names, (node.label, *above.path), above.cause)
        return reasons.UpstreamChanged(maker.label, edge.names, (node.label, maker.label), above)

    def run(self) -> list[Timed]:
        """One iteration as it runs; its end is recorded for `Recall`."""
        self.iteration += 1
        told: list[Timed] = [(0.02, events.IterationStarted(self.script, self.iteration, len(self.nodes)))]
        told.append((0.0, self.session("running")))
        spent = {"compute": 0.0, "load": 0.0, "prune": 0.0}
        counts = dict.fromkeys(spent, 0)
        status = "ok"
        for node in self.nodes:
            state = self.states[node.node]
            if self.failing and "threshhold" in "\n".join(self.text.splitlines()[node.lines[0] - 1 : node.lines[1]]):
                told.append((0.0, events.NodeStarted(node.node, node.lines, node.label)))
                told += [(0.05, events.Output(node.node, "stderr", line)) for line in traceback(node).splitlines(True)]
                status = "failed"
                break
            told += self.one(node, state)
            spent[state.action] += state.seconds or 0.0
            counts[state.action] += 1
        total = sum(spent.values()) + 0.2
        cold = sum(self.cost(n) for n in self.nodes)
        told.append((0.02, events.IterationFinished(
            self.iteration, status, counts["compute"], counts["load"], counts["prune"], total, cold - total,  # type: ignore[arg-type]
            1 if status == "failed" else 0, spent["compute"], spent["load"],
        )))  # fmt: skip
        return told

    def one(self, node: facts.NodeInfo, state: events.NodeState) -> list[Timed]:
        """One node: begun, printed, done, kept."""
        done = events.NodeFinished(node.node, node.label, node.lines, state.action, state.seconds or 0.0, state.reason)
        if state.action == "prune":
            return [(0.0, done)]
        source = "\n".join(self.text.splitlines()[node.lines[0] - 1 : node.lines[1]])
        said = [(0.0, events.Output(node.node, "stdout", text)) for part, text in OUTPUT.items() if part in source]
        told: list[Timed] = [(0.0, events.NodeStarted(node.node, node.lines, node.label)), *said]
        told.append((state.seconds or 0.0, done))
        if state.action == "compute" and node.binds and node.kind == "statement":
            kept = reasons.Kept("auto", "saves 1.2s a MB", self.size(node), self.cost(node) * 1.6, self.cost(node) / 9)
            told.append((0.0, events.ValueKept(node.node, node.binds, self.size(node), 0.01, kept)))
        if "savefig" in source:
            told.append((0.0, events.PictureKept(facts.Picture("/home/me/calibration.png", 31_000, node.node))))
        return told

    def ended(self, told: list[Timed]) -> events.HistoryListed:
        """Write an iteration that was played into the history."""
        finished = next(e for _, e in told if isinstance(e, events.IterationFinished))
        at, recorded = self.now, []
        version = events.VersionRead(self.script, self.iteration, self.text, self.nodes, self.edges, ())
        for delay, event in [(0.0, version), (0.0, events.PlanReady(tuple(self.states.values()), 1.0)), *told]:
            at += delay
            recorded.append((at, events.encode(event)))
        self.recorded[self.iteration] = recorded
        trigger = ", ".join(sorted({f"line {self.nodes[n].lines[0]}" for n in self.diff})) or "first run"
        self.history.append(facts.IterationInfo(
            self.iteration, self.now, finished.status, finished.computed, finished.loaded, finished.pruned,
            finished.seconds, finished.saved_seconds, finished.compute_seconds, finished.load_seconds,
            finished.exit_status, trigger,
        ))  # fmt: skip
        self.now = at + 40.0
        if finished.status == "ok":
            self.dirty, self.forced, self.diff = set(), set(), {}
        return events.HistoryListed(tuple(self.history))

    def answer(self, command: commands.Command) -> list[events.Event]:
        """What an engine would say to a command, `RunNow`, `Cancel` and `Leave` apart."""
        match command:
            case commands.Explain(node):
                return [self.explained(node)]
            case commands.Preview(node):
                name = next(iter(self.nodes[node].binds), "")
                table = "   age  workclass  hours\n0   39  State-gov     40\n1   50  Self-emp      13"
                return [events.Previewed(node, name, f"{name}: DataFrame 45,175 x 14, 31 MB", table,
                                         tuple(float((i * 37) % 61) for i in range(200)))]  # fmt: skip
            case commands.ListCache():
                entries = tuple(self.entries())
                return [events.CacheListed(entries, sum(e.nbytes for e in entries), self.budget)]
            case commands.ListHistory():
                return [events.HistoryListed(tuple(self.history))]
            case commands.SetLabel(iteration, label):
                self.labels = {**self.labels, iteration: label}
                return [self.studied()]
            case commands.SetMetric(name, said, main):
                self.said = {**self.said, name: said}
                self.main = name if main else self.main
                return [self.studied()]
            case commands.Study():
                return [self.studied()]
            case commands.Compare(iterations):
                return [compared_of(iterations)]
            case commands.Recall(iteration):
                lines = self.recorded.get(iteration, [])
                return [events.Recalled(iteration, tuple(line for _, line in lines), tuple(at for at, _ in lines))]
            case commands.Weigh(line):
                asked = commands.decode(line)
                nodes = self.meant(asked)
                freed, more = sum(self.size(self.nodes[n]) for n in nodes), sum(self.cost(self.nodes[n]) for n in nodes)
                names = ", ".join(sorted({b for n in nodes for b in self.nodes[n].binds}))
                text = f"evicting {names} frees {freed // 1_000_000} MB, next run +{more:.1f} s"
                return [events.Weighed(line, text, more, freed)]
            case _:
                return self.steer(command)

    def studied(self) -> events.StudyMade:
        labels = {iteration: label for iteration, label in self.labels.items() if label}
        return study_of(self.history, labels, self.said, self.main)

    def meant(self, command: commands.Command) -> set[int]:
        keys = set(getattr(command, "keys", ()))
        return set(getattr(command, "nodes", ())) | {n.node for n in self.nodes if n.key in keys}

    def steer(self, command: commands.Command) -> list[events.Event]:
        nodes = self.meant(command)
        binds = {name for n in nodes for name in self.nodes[n].binds}
        names = ", ".join(sorted(binds or {self.nodes[n].label for n in nodes}))
        match command:
            case commands.Pin():
                self.pinned |= nodes
                act, text = "pin", f"pinned {names}: kept whatever the budget says"
            case commands.Unpin():
                self.pinned -= nodes
                act, text = "unpin", f"unpinned {names}"
            case commands.Evict():
                self.evicted |= nodes
                act, text = "evict", f"evicted {names}, u brings it back"
            case commands.Force():
                self.forced ^= nodes
                act, text = "force", f"{names} will be computed in the next run"
            case commands.Accept():
                self.dirty -= nodes
                act, text = "accept", f"the change of {names} is taken not to matter"
            case commands.Undo():
                self.evicted, self.pinned, act, text = set(), set(), "undo", "taken back"
            case commands.SetAuto(on):
                self.auto, act, text = on, "auto", f"a save is {'run at once' if on else 'only planned'}"
            case commands.SetPolicy(policy):
                self.policy, act, text = policy, "policy", f"policy {policy} from now on"
            case commands.SetBudget(nbytes):
                self.budget, act, text = nbytes, "budget", f"budget {nbytes / 1e9:.1f} GB from now on"
            case _:
                return [events.Refused(f"{type(command).__name__} is not known here")]
        told: list[events.Event] = [events.Steered(act, text, self.now, tuple(nodes), (), True), self.session()]  # type: ignore[arg-type]
        return [*told, self.plan()] if self.states and act not in ("auto", "policy", "budget") else told

    def explained(self, node: int) -> events.Explained:
        info, state = self.nodes[node], self.states[node]
        chain = state.reason.path if isinstance(state.reason, reasons.UpstreamChanged) else (info.label,)
        cost = self.cost(info)
        kept = reasons.Kept(self.policy, f"recompute {cost * 1.6:.1f}s > 2 x load {cost / 9:.1f}s", self.size(info),
                            cost * 1.6, cost / 9, 0.02)  # fmt: skip
        values = tuple(
            facts.ValueInfo(b, f"{info.key}{b}", True, self.size(info), cost / 9, cost * 1.6, node in self.pinned, kept)
            for b in info.binds
        )
        return events.Explained(node, state.action, state.reason, chain, values)

    def next_edit(self) -> list[Timed]:
        """The next edit of the series; after the fourth one a save that is not Python comes first."""
        before, after = EDITS[self.edits % len(EDITS)]
        self.edits += 1
        told: list[Timed] = []
        if self.edits == 5:
            told.append((0.0, events.VersionBroken(63, "'(' was never closed", self.text)))
        return told + self.edit(before, after)


def traceback(node: facts.NodeInfo) -> str:
    return (
        "Traceback (most recent call last):\n"
        f'  File "/home/me/train.py", line {node.lines[0]}, in <module>\n'
        "    pred = (proba >= threshhold).astype(int)\n"
        "                     ^^^^^^^^^^\n"
        "NameError: name 'threshhold' is not defined. Did you mean: 'threshold'?\n"
    )


def story_until(iterations: int, *, long: int = 0) -> tuple[Story, list[events.Event]]:
    """A story after so many iterations, and all events of it; long: with a script of that many statements instead."""
    story = Story(text=long_script(long), script="long.py") if long else Story()
    told: list[events.Event] = [story.session()]
    for at in range(iterations):
        saved = story.version([]) if at == 0 else story.next_edit()
        ran = story.run()
        told += [event for _, event in saved + ran]
        told.append(story.ended(ran))
        told.append(story.session())
    return story, told


def long_script(statements: int) -> str:
    """A script of many statements, each reading a few of those before it."""
    lines = ["import math", "a0 = 1.0"]
    lines += [f"a{i} = math.sin(a{i - 1}) + a{(i * 7) % max(1, i - 1)}" for i in range(1, statements - 1)]
    return "\n".join(lines) + "\n"


def flood(count: int, node: int = 0) -> Iterator[events.Event]:
    """So many pieces of output, of a tenth of a line to some lines."""
    for i in range(count):
        yield events.Output(node, "stdout", f"epoch {i // 10} step {i % 10} loss {1 / (i + 1):.5f}\n")


class Player:
    """Plays a story in real time on two file descriptors; `speed` divides all waits."""

    def __init__(self, reader: int, writer: int, speed: float, think: float) -> None:
        self.reader, self.writer, self.speed, self.think = reader, writer, speed, think
        self.story = Story()
        self.due: deque[tuple[float, events.Event]] = deque()
        self.ran: list[Timed] = []
        self.rest = b""

    def say(self, event: events.Event) -> None:
        """Times of day are now, whenever that is; the app counts by its own clock anyhow."""
        data = (events.encode(event) + "\n").encode()
        while data:
            data = data[os.write(self.writer, data) :]

    def schedule(self, told: list[Timed], pause: float = 0.0) -> None:
        at = max(time.monotonic(), self.due[-1][0] if self.due else 0.0) + pause / self.speed
        for delay, event in told:
            at += delay / self.speed
            self.due.append((at, event))

    def start(self, told: list[Timed], pause: float) -> None:
        self.schedule(told, pause)
        if self.story.auto:
            self.go()

    def go(self) -> None:
        self.ran = self.story.run()
        self.schedule(self.ran)

    def play(self) -> None:
        self.say(self.story.session())
        self.start(self.story.version([]), 0.0)
        while True:
            wait = None if not self.due else max(0.0, self.due[0][0] - time.monotonic())
            if select.select([self.reader], [], [], wait)[0] and not self.heard():
                return
            while self.due and self.due[0][0] <= time.monotonic():
                event = self.due.popleft()[1]
                self.say(event)
                if isinstance(event, events.IterationFinished):
                    self.over()

    def over(self) -> None:
        self.say(self.story.ended(self.ran))
        self.say(self.story.session())
        self.start(self.story.next_edit(), self.think)

    def heard(self) -> bool:
        data = os.read(self.reader, 65536)
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            command = commands.decode(line.decode())
            if isinstance(command, commands.Leave):
                return False
            if isinstance(command, commands.Cancel):
                self.cancel()
            elif isinstance(command, commands.RunNow):
                self.go()
            else:
                for event in self.story.answer(command):
                    self.say(event)
        return bool(data)

    def cancel(self) -> None:
        finished = next((e for _, e in self.due if isinstance(e, events.IterationFinished)), None)
        if finished is None:
            return
        self.due.clear()
        ended = replace(finished, status="cancelled", exit_status=None)
        self.ran = [(0.0, ended)]
        self.say(events.Steered("cancel", "the run was ended; finished nodes stay", self.story.now))
        self.schedule([(0.1, ended)])


def main() -> None:
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--think", type=float, default=4.0, help="seconds between a run's end and the next save")
    parser.add_argument("--app", action="store_true", help="show the app on the terminal, fed by this stream")
    parser.add_argument("--ascii", action="store_true")
    given = parser.parse_args()
    if not given.app:
        Player(0, 1, given.speed, given.think).play()
        return
    import subprocess

    from mliter_tui.tui.app import show

    command = [sys.executable, __file__, "--speed", str(given.speed), "--think", str(given.think)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin and child.stdout
        print(show(child.stdout.fileno(), child.stdin.fileno(), script="train.py", ascii=given.ascii))


if __name__ == "__main__":
    main()
