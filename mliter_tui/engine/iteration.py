"""One iteration, from the script's text to the journal: look up, plan, execute what must run, trace it, keep it.

The nodes are walked once in program order. A node whose trace holds is skipped (its output replayed, its files put in
place) unless the plan computes it to supply a value; any other node runs in the kernel. When a result is not as
forecast, the rest is planned again (early cutoff). When a value turns out to be needed that can no longer be had, the
walk starts over in a fresh kernel with that known; output already shown is not shown twice.
"""

from __future__ import annotations

import functools
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from mliter_tui import events, reasons
from mliter_tui.engine import entering, spare
from mliter_tui.engine.environment import FIGURES, PACKAGES
from mliter_tui.engine.forecast import Forecast
from mliter_tui.engine.held import Held, Missing
from mliter_tui.engine.keeping import Keeper
from mliter_tui.engine.kernel_process import KernelProcess
from mliter_tui.engine.kernels import Kernels
from mliter_tui.engine.later import Later
from mliter_tui.engine.listening import Listener
from mliter_tui.engine.lookup import Found, Trace
from mliter_tui.engine.messages import command, node_message, nothing
from mliter_tui.engine.operators import Operators, best_scores
from mliter_tui.engine.passes import Passes
from mliter_tui.engine.pictures import Pictures
from mliter_tui.engine.placing import Files
from mliter_tui.engine.playback import Playback
from mliter_tui.engine.recording import Recording
from mliter_tui.engine.result import Restart, Result, Stopped
from mliter_tui.engine.states import why_computed
from mliter_tui.engine.stepping import unmet
from mliter_tui.engine.tracing import context, lineage, recorded
from mliter_tui.engine.unwinding import RAISED, unwinding
from mliter_tui.engine.unwritten import unwritten
from mliter_tui.engine.version import Version
from mliter_tui.engine.written import Gone, wrote
from mliter_tui.errors import KernelDied
from mliter_tui.kernel.observed import LOCAL, STDIN
from mliter_tui.script.nodes import Node, Script

_RESTARTS = 6


class Iteration:
    """One run of one version of a script against a store. primed: what `standby` has executed ahead (engine/priming).

    To be stopped from another thread: `stop` before the next node, `cancel` also ends the one that runs.
    """

    def __init__(
        self, version: Version, listener: Listener, standby: KernelProcess | None = None,
        primed: Mapping[int, dict[str, Any]] | None = None,
    ) -> None:
        self.version, self.settings, self.store = version, version.settings, version.store
        self.listener, self.emit = listener, listener.emit
        self.evidence, self.lookup = version.evidence, version.lookup
        self.forecaster, self.later = version.forecaster, Later(listener)
        self.recording = Recording(version, self.emit, self.later)
        self.playback = Playback(self.settings.show)
        begin = self.settings, version.text, self.store.folder, lambda: version.setup, spare.steps(version)
        self.kernels = Kernels(*begin, standby, primed or {})
        self.forecaster.forced |= self.kernels.primed.keys()  # they cost nothing any more
        self.files = Files(self.store, self.evidence)
        self.operators = Operators(self.store, lambda: self.keeper, self.emit, self.later)
        self.result = Result()
        self.passes = Passes(version, listener)
        self.at: Node | None = None
        self.last: Node | None = None  # behind which the walk is
        self.stopping = self.cancelled = False
        self.env = version.beginning()

    def run(self) -> Result:
        begin = time.perf_counter()
        for attempt in range(_RESTARTS):
            self.result = Result()
            try:
                status = self._to_its_end(attempt)
                break
            except Restart as why:
                self.emit(events.Note(text=f"Started over: {why}."))
                self._abandon()
            except Stopped:
                self.result.status, status = "cancelled", -signal.SIGKILL
                self.kernels.abandon()
                self.kernels.dismiss()
                break
        else:
            self.forecaster.forced = {n.id for n in self.script.nodes}
            status = self._to_its_end(_RESTARTS)
        self.result.exit_status = status
        if self.cancelled or (self.result.status == "ok" and status < 0):
            self.result.status = "cancelled"
        self.result.seconds = time.perf_counter() - begin
        if self.result.computed:
            self.passes.remember(self.result.took, self.result.reading)
        self.store.commit()
        return self.result

    def stop(self) -> None:
        """End before the next node; what runs now is finished and remembered."""
        self.stopping = True

    def cancel(self) -> None:
        """End now; what runs is lost, what is finished stays."""
        self.stopping = self.cancelled = True
        if self.kernel is not None:
            self.kernel.tell(signal.SIGKILL)

    @property
    def script(self) -> Script:
        return self.version.script

    @property
    def kernel(self) -> KernelProcess | None:
        """The process that runs nodes; None as long as nothing had to run."""
        return self.kernels.current

    def output(self) -> list[bytes]:
        """stdout and stderr of a run that was not shown."""
        shown = self.kernel.forwarder if self.kernel is not None else None
        return shown.whole if shown is not None else self.playback.written

    def _abandon(self) -> None:
        self.kernels.abandon()
        self.playback.take()
        self.files.roll_back()

    def _start(self) -> KernelProcess:
        kernel = self.kernels.start(self.playback.said, self.listener)
        kernel.answer = self.operators.answer
        return kernel

    def _to_its_end(self, attempt: int) -> int:
        try:
            return self._walk(attempt)
        except KernelDied:
            if (kernel := self.kernel) is None:
                raise
            self.result.status = "failed"
            self.listener.runs(None)
            return kernel.ended()
        finally:
            self.later.run()

    # -- the walk ------------------------------------------------------------------------------------------------
    def _walk(self, attempt: int) -> int:
        self.env = self.version.beginning()
        self.used: dict[int, int | None] = {}  # node -> trace that held, or that was made and kept
        self.held = Held()
        self.keeper = Keeper(self.store, self.settings.policy, self.version.pins, lambda: self.version.measured)
        self.files.begin()
        self.pictures = Pictures(self.store, self.listener)
        self.at_exit: set[str] = set()
        self.chain = "0"
        forecast = self.version.plan(self.settings.finals)
        self.listener.begins()
        if attempt == 0:
            self.listener.planned(self.version, forecast)
        resume, self.last = 0, None
        position, stale = -1, False  # whether the plan goes by what has turned out otherwise
        while (position := position + 1) < len(self.script.nodes):
            node = self.script.nodes[position]
            if node.id < resume:
                self.result.took[node.id] = 0.0
                continue
            if node.kind in ("iter", "enter"):
                self.passes.at_head(node, self.env)
            elif node.kind == "rest":
                self.passes.at_rest(node, self.result.took, self.result.reading)
            node = self.script.nodes[position]  # another one, if other passes are taken now
            if self.stopping:
                raise Stopped
            found = self.lookup.find(node, self.env)
            stale |= not found.is_as(forecast.found.get(node.id))
            if stale and found.trace is not None:  # who has none is computed, whatever the plan says
                forecast, stale = self._plan_again(position, found.trace), False
            self.keeper.wanted = forecast.wanted
            if found.trace is not None and node.id not in forecast.computed:
                trace: Trace | None = found.trace
                self._skip(node, found, forecast)
            else:
                trace = self._compute(node, found)
            if node.kind == "import":
                self.chain = str(node.id)
            self.last = node
            if trace is None or trace["outcome"] == "exit":
                break
            resume = self.script.goes_on(node, trace["outcome"])
            if passed := tuple(n for n in (self.script.by_number if stale else forecast.found) if node.id < n < resume):
                self.emit(events.NotReached(passed))
            self.passes.over(node, trace["outcome"])
        return self._finish()

    def _plan_again(self, position: int, trace: Trace) -> Forecast:
        """From this node on, of which this trace holds."""
        self.later.run()
        live, old = functools.partial(self.held.items, self.env, self.chain), self.result.skipped or self.lookup.done
        rest = self.script.nodes[position:], self.env, live, self.settings.finals, self.chain
        return self.forecaster.again(*rest, None if old else trace)

    # -- skipping ------------------------------------------------------------------------------------------------
    def _skip(self, node: Node, found: Found, forecast: Forecast) -> None:
        self.later.run()
        trace = found.trace
        assert trace is not None
        output = recorded(trace, self.store)
        if output is None:
            self.store.drop_trace(trace["id"])
            self.lookup.kept.pop(node.key, None)
            self.forecaster.forced.add(node.id)
            raise Restart
        self.playback.add(output, node.lines[0])
        self.listener.printed(node, output)
        self.used[node.id] = trace["id"]
        self._apply(node, trace)
        self.held.skipped(node, trace, self.env)
        self.result.saved_seconds += trace["seconds"]
        made = {self.env.item(name) for name in trace["outputs"]}
        if forecast.plan is not None and made & forecast.plan.loaded:
            self.result.loaded += 1
            load = self.forecaster.loading(trace, self.env)
            self._finished(node, load, reasons.LoadCheaper(trace["seconds"], load), "load")
        else:
            self.result.pruned += 1
            self._finished(node, 0.0, found.reason, "prune")

    def _apply(self, node: Node, trace: Trace, computed: bool = False) -> None:
        self.result.took[node.id], self.result.reading[node.id] = trace["seconds"], trace["reading"]
        self.keeper.apply(node, trace, self.env)
        self.pictures.passed(node, trace, computed)
        self.held.remember_streams(trace)

    # -- computing -----------------------------------------------------------------------------------------------
    def _compute(self, node: Node, found: Found) -> Trace | None:
        reason = why_computed(node, found, node.id in self.version.forced)
        reply, needs, seconds = self._execute(node, found)
        ran, before = node, 0.0  # seconds before an error came up
        if reply["outcome"] == RAISED:
            before = self._trace(node, needs, reply)["seconds"]
            ran = unwinding(self.script, node)
            reply, needs, more = self._execute(ran, found)
            seconds += more
        self.result.computed += 1
        if reply["outcome"] == "exception":
            self.result.status = "failed"
            self._finished(node, seconds, reason)
            return None
        trace = self._trace(ran, needs, reply)
        self.result.took[node.id] += before
        if ":" in trace["outcome"] and not reply["signal"]:
            entering.weigh(self.version.steps, self.script, trace["outcome"], seconds, self.result.took)
        self.forecaster.entered(node)
        self.used[node.id] = trace.get("id")
        self._finished(node, seconds, reason)
        return trace

    def _execute(self, node: Node, found: Found) -> tuple[dict[str, Any], list[str], float]:
        """(what the kernel answers, what the node needs, seconds that were waited for it)."""
        kernel = self._start()
        if self.stopping:
            raise Stopped
        env = self.env
        self._in_step(node, needs := env.needs(node))
        if missing := self.held.unwarned(node, found.trace):
            self.forecaster.forced |= missing
            raise Restart(f"{node.where} needs warnings before it")
        moved = self._files_in_place()
        self.at = node
        self.operators.begin(node.id)
        loads, drop, loaded = self._loads(needs)
        self.emit(events.NodeStarted(node=node.id, lines=node.lines, label=node.label))
        self.listener.runs(node)
        done_ahead = self.kernels.primed.pop(node.id, None)
        reply = done_ahead or kernel.ask(
            command(lineage(node, env, needs), needs, node_message(node, self.script, env.holding(node)))
            | {"packages": env.version(PACKAGES), "files": moved, "context": context(node, env, needs)}
            | self._before(loads, drop)
            # who reaches all names may look at them in order
            | {"order": list(env.records) if len(needs) >= len(env.records) else []},
            self.later.run, self.kernels.spare,
        )  # fmt: skip
        if why := self.version.refused(node, reply):
            raise Restart(why)
        if "failed_load" in reply:
            self.store.evict(reply["failed_load"])
            self.emit(events.Note(text=f"An artifact could not be loaded ({reply['why']}); it is computed again."))
            raise Restart
        self.result.load_seconds += self.recording.loaded(self.keeper, loaded, reply["loaded"])
        reply["events"] += best_scores(node, reply)
        self.listener.printed(node, reply["events"])
        seconds = 0.0 if done_ahead else reply["spent"]  # nobody waited for it
        self.result.saved_seconds += max(0.0, reply["seconds"] - reply["spent"])
        self.operators.made(node.id, reply)
        self.result.compute_seconds += seconds
        self.files.saw(reply["observed"].pop("before"), reply["open"])
        outside = reply["observed"]["outside"]
        if not LOCAL.issuperset(outside) and STDIN not in outside:
            self.lookup.done.add(node.id)
        self.at_exit |= set(needs) if "atexit.register" in outside else set()
        return reply, needs, seconds

    def _compute_nothing(self, names: list[str]) -> None:
        """Load what exit handlers will look up, or all there is."""
        loads, drop, loaded = self._loads(self.env.closure(names))
        assert self.kernel is not None
        message = nothing(self.script, self.last) | self._before(loads, drop)
        took = self.kernel.ask(message).get("loaded", {})
        self.result.load_seconds += self.recording.loaded(self.keeper, loaded, took)

    def _before(self, loads: list[dict[str, Any]], drop: list[str]) -> dict[str, Any]:
        """What a kernel has to do before a node."""
        return {
            "replay": self.playback.take(), "left": self.held.left(), "drop": drop, "loads": loads,
            "streams": self.held.streams(self.env), "stale": self.held.stale(self.env) if self.result.skipped else [],
        }  # fmt: skip

    def _finished(self, node: Node, seconds: float, reason: reasons.Reason, action: events.Action = "compute") -> None:
        self.emit(events.NodeFinished(node.id, node.label, node.lines, action, seconds, reason))

    def _in_step(self, node: Node, needs: list[str]) -> None:
        """Hidden state must be as it would be; what was skipped cannot be loaded, so it takes another walk."""
        if (missing := unmet(node, needs, self.env, self.held, self.version.imports)) is None:
            return
        if missing.which is not None:
            self._force(missing.which, missing.why)
        self.forecaster.forced |= missing.nodes
        raise Restart(missing.why)

    def _force(self, which: Callable[[Trace], bool], why: str) -> NoReturn:
        """Begin again with the nodes computed whose traces are such."""
        for node, found in self.version.reached(self.version.beginning()):
            if found.trace is not None and which(found.trace):
                self.forecaster.forced.add(node.id)
        raise Restart(why)

    def _loads(self, needs: list[str]) -> tuple[list[dict[str, Any]], list[str], dict[str, str]]:
        try:
            return self.held.loads(needs, self.env, self.store)
        except Missing as gone:
            names = ", ".join(gone.names[:5]) + (", ..." if len(gone.names) > 5 else "")
            self._force(gone.made_by, f"no value of {names} for {self.at.where if self.at else 'the end'}")

    def _trace(self, node: Node, needs: list[str], reply: dict[str, Any]) -> Trace:
        env = self.env
        trace = self.recording.trace(node, env, needs, reply)
        in_step = self.held.in_step(env)
        self._apply(node, trace, computed=True)
        self.held.ran(node, trace, env, in_step)
        keeper = self.keeper
        if jobs := keeper.jobs(node, trace, env):
            assert self.kernel is not None
            done = self.kernel.ask({"command": "keep", "jobs": jobs})
            self.later.add(functools.partial(keeper.keep, node, jobs, done))
        self.later.add(functools.partial(keeper.tell, self.emit))
        self.recording.commit(reply["seconds"])
        return trace

    # -- files and the end ---------------------------------------------------------------------------------------
    def _files_in_place(self) -> list[str]:
        """Files written by nodes before this point are as they would be here."""
        try:
            return self.files.in_place(self.env.files)
        except Gone as gone:
            self._force(functools.partial(wrote, gone.path), f"file {gone.path} is gone")

    def _finish(self) -> int:
        failed = self.result.status == "failed"
        if not failed and self.settings.finals:
            self._start()
            self._compute_nothing(list(self.env.records))
        elif not failed and self.at_exit and self.kernel is not None:
            self._compute_nothing(sorted(self.at_exit))
        if not failed:
            self._files_in_place()
            self.pictures.at_end(self.kernel, self.env.version(FIGURES), FIGURES in self.held.in_step(self.env))
        self.listener.runs(None)
        self.kernels.dismiss()
        if self.kernel is None:
            self.playback.show(self.kernels.skip)
            status, lost = self._recorded_exit(), self.playback.failed[0]
            return unwritten(lost) if lost is not None and status == 0 else status
        if self.settings.finals and not failed:
            self.result.finals = self.kernel.ask({"command": "values"})
        self.result.environment = self.env
        self.kernel.finish(self.playback.take(), [n for n in self.env.records if n.isidentifier()])
        self.later.run()
        self.store.commit()
        status = self.kernel.ended()
        return self._recorded_exit() if status == 0 and not failed else status

    def _recorded_exit(self) -> int:
        """Exit status of a run whose sys.exit() was replayed, not executed."""
        self.result.environment = self.env
        return int(self.env.tokens.get("exit", "0"))
