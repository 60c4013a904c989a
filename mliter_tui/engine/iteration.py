"""One iteration, from the script's text to the journal: look up, plan, execute what must run, trace it, keep it.

The nodes are walked once in program order. A node whose trace holds is skipped (its output replayed, its files put in
place) unless the plan computes it to supply a value; any other node runs in the kernel. When a result is not as
forecast, the rest is planned again (early cutoff). When a value turns out to be needed that can no longer be had, the
walk starts over in a fresh kernel with that known; output already shown is not shown twice.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from mliter_tui import events, reasons
from mliter_tui.engine.changes import source_reasons
from mliter_tui.engine.environment import FIGURES, PACKAGES, SETTINGS, Environment
from mliter_tui.engine.evidence import Evidence
from mliter_tui.engine.forecast import Forecast, Forecaster
from mliter_tui.engine.held import Held, Missing, makes
from mliter_tui.engine.importing import function_imports, local_imports, pickled_names
from mliter_tui.engine.keeping import Keeper
from mliter_tui.engine.kernel_process import Around, KernelProcess, plainly
from mliter_tui.engine.kernels import Kernels
from mliter_tui.engine.launch import terminals
from mliter_tui.engine.lines import Lines
from mliter_tui.engine.lookup import Found, Lookup, Trace
from mliter_tui.engine.messages import NOTHING, node_message
from mliter_tui.engine.packages import Versions
from mliter_tui.engine.placing import Files
from mliter_tui.engine.playback import Playback
from mliter_tui.engine.remembered import script_of
from mliter_tui.engine.result import Result
from mliter_tui.engine.settings import Settings
from mliter_tui.engine.sources import LocalModules
from mliter_tui.engine.tracing import Tracer, recorded
from mliter_tui.engine.unwritten import unwritten
from mliter_tui.engine.written import Gone
from mliter_tui.errors import KernelDied
from mliter_tui.kernel.observed import LOCAL, STDIN
from mliter_tui.script.definitions import Definitions
from mliter_tui.script.nodes import Node, Script
from mliter_tui.store import Store

_RESTARTS, _COMMIT_SECONDS = 6, 0.5
Emit = Callable[[events.Event], None]


class Restart(Exception):
    """Something needed cannot be had in this kernel any more; begin again with it forced."""


class Iteration:
    """One run of one version of a script against a store."""

    def __init__(
        self, settings: Settings, text: str, store: Store, emit: Emit, standby: KernelProcess | None = None
    ) -> None:
        self.settings, self.store, self.emit = settings, store, emit
        self.path = os.path.abspath(settings.script)
        local = LocalModules(Path(self.path), text)
        texts = [source for source, _ in local.sources.values()]
        self.script: Script = script_of(store, text, self.path, texts)
        self.definitions = Definitions(local.sources, self.script.keep_docstrings)
        self.table = self.definitions.table()
        labels = {n.id: n.label for n in self.script.nodes}
        self.imports = [n.id for n in self.script.nodes if n.kind == "import"]
        self.evidence = Evidence(
            store, Versions(store), self.table, (settings.script_name, *settings.args), Lines(self.path, text, local),
            terminals(settings.show),
        )  # fmt: skip
        self.evidence.local(self.path, local.paths.values(), self.definitions.closures)
        self.lookup = Lookup(store, self.evidence, settings.rerun_unseeded, labels)
        self.lookup.kept = store.traces_of(n.key for n in self.script.nodes)
        self.lookup.changes = functools.cache(lambda: source_reasons(store, self.script))
        self.costs = store.costs(n.key for n in self.script.nodes)
        self.forecaster = Forecaster(store, self.lookup, self.costs)
        self.tracer = Tracer(store, self.lookup, self.evidence, self.path, function_imports(self.script, self.table))
        self.playback = Playback(settings.show)
        setup = {
            "key": store.key, "definitions": self.table, "keep_docstrings": self.script.keep_docstrings,
            "texts": texts,
        }  # fmt: skip
        self.pickled = pickled_names(self.script, texts)
        self.kernels = Kernels(settings, text, store.folder, setup, standby)
        self.files = Files(store, self.evidence)
        self.result, self.last_commit = Result(), time.monotonic()
        self.on_node: Callable[[Node | None], None] = lambda node: None
        self.around: Around = plainly

    def _beginning(self) -> Environment:
        return Environment(table=self.table, definitions=self.pickled)

    # -- the whole -----------------------------------------------------------------------------------------------
    def plan_only(self) -> Forecast:
        """What would run now; nothing does."""
        return self.forecaster.forecast(self.script.nodes, self._beginning(), set())

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
        else:
            self.forecaster.forced = {n.id for n in self.script.nodes}
            status = self._to_its_end(_RESTARTS)
        self.result.exit_status = status
        if self.result.status == "ok" and status < 0:
            self.result.status = "cancelled"
        self.result.seconds = time.perf_counter() - begin
        self.store.commit()
        return self.result

    @property
    def kernel(self) -> KernelProcess | None:
        """The process that runs nodes; None as long as nothing had to run."""
        return self.kernels.current

    def output(self) -> list[bytes]:
        """stdout and stderr of a run that was not shown."""
        forwarder = self.kernel.forwarder if self.kernel is not None else None
        return forwarder.whole if forwarder is not None else self.playback.written

    def _abandon(self) -> None:
        self.kernels.abandon()
        self.playback.take()
        self.files.roll_back()

    def _start(self) -> KernelProcess:
        return self.kernels.start(self.playback.said, self.around)

    def _to_its_end(self, attempt: int) -> int:
        try:
            return self._walk(attempt)
        except KernelDied:
            kernel = self.kernel
            if kernel is None:
                raise
            self.result.status = "failed"
            self.on_node(None)
            return kernel.ended()

    # -- the walk ------------------------------------------------------------------------------------------------
    def _walk(self, attempt: int) -> int:
        self.env = self._beginning()
        self.held = Held()
        self.keeper = Keeper(self.store, self.settings.policy)
        self.files.begin()
        self.at_exit: set[str] = set()
        self.chain = "0"
        nodes = self.script.nodes
        forecast = self.forecaster.forecast(nodes, self.env, set(), self.settings.finals)
        if attempt == 0:
            self._announce(forecast)
        returned = False
        for position, node in enumerate(nodes):
            if returned and node.scope == "main":
                continue
            found = self.lookup.find(node, self.env)
            expected = forecast.found.get(node.id)
            if expected is None or (expected.trace is None) != (found.trace is None) or (
                found.trace is not None and expected.trace is not None and found.trace["id"] != expected.trace["id"]
            ):
                forecast = self.forecaster.forecast(
                    nodes[position:], self.env, self.held.items(self.env, self.chain), self.settings.finals, self.chain
                )
            if found.trace is not None and node.id not in forecast.computed:
                trace: Trace | None = found.trace
                self._skip(node, found)
            else:
                trace = self._compute(node, found)
            if node.kind == "import":
                self.chain = str(node.id)
            if trace is None or trace["outcome"] == "exit":
                break
            returned |= trace["outcome"] == "return"
        return self._finish()

    def _announce(self, forecast: Forecast) -> None:
        states = []
        for node in self.script.nodes:
            found = forecast.found.get(node.id)
            if found is not None:
                state = "compute" if node.id in forecast.computed else "prune"
                states.append(events.NodeState(node.id, state, found.reason, node.label, node.lines))  # type: ignore[arg-type]
        predicted = forecast.plan.seconds if forecast.plan is not None else 0.0
        self.emit(events.PlanReady(states=tuple(states), predicted_seconds=predicted))

    # -- skipping ------------------------------------------------------------------------------------------------
    def _skip(self, node: Node, found: Found) -> None:
        trace = found.trace
        assert trace is not None
        output = recorded(trace, self.store)
        if output is None:
            self.store.drop_trace(trace["id"])
            self.lookup.kept.pop(node.key, None)
            self.forecaster.forced.add(node.id)
            raise Restart
        self.playback.add(output, node.lines[0])
        self._apply(node, trace)
        self.held.skipped(node, trace)
        self.result.pruned += 1
        self.result.saved_seconds += trace["seconds"]
        self._finished(node, 0.0, found.reason, "prune")

    def _apply(self, node: Node, trace: Trace) -> None:
        self.keeper.apply(node, trace, self.env)
        self.held.remember_streams(trace)

    # -- computing -----------------------------------------------------------------------------------------------
    def _compute(self, node: Node, found: Found) -> Trace | None:
        kernel = self._start()
        env = self.env
        needs = env.needs(node)
        self._states(node, needs)
        if missing := self.held.unwarned(node, found.trace):
            self.forecaster.forced |= missing
            raise Restart(f"line {node.lines[0]} needs warnings before it")
        moved = self._files_in_place()
        self.at = node
        loads, drop, loaded = self._loads(needs)
        lineage = self.tracer.lineage(node, env, needs)
        self.emit(events.NodeStarted(node=node.id, lines=node.lines, label=node.label))
        self.on_node(node)
        message = {
            "command": "node", "replay": self.playback.take(), "drop": drop, "loads": loads,
            "streams": self.held.streams(env), "lineage": lineage, "needs": needs,
            # who reaches all names may look at them in order
            "order": list(env.records) if len(needs) >= len(env.records) else [],
            "files": moved, "node": node_message(node, self.script),
        }  # fmt: skip
        reply = kernel.ask(message)
        if "failed_load" in reply:
            self.store.evict(reply["failed_load"])
            self.emit(events.Note(text=f"An artifact could not be loaded ({reply['why']}); it is computed again."))
            raise Restart
        self._loaded(loaded, reply["loaded"])
        self.files.saw(reply["observed"].pop("before"), reply["open"])
        outside = reply["observed"]["outside"]
        if not LOCAL.issuperset(outside) and STDIN not in outside:
            self.lookup.done.add(node.id)
        if "atexit.register" in reply["observed"]["outside"]:
            self.at_exit |= set(needs)
        if reply["outcome"] == "exception":
            self.result.status = "failed"
            self.result.computed += 1
            self._finished(node, reply["seconds"], found.reason)
            return None
        trace = self._trace(node, needs, reply, reply["lineage"])
        self.result.computed += 1
        self._finished(node, reply["seconds"], found.reason)
        return trace

    def _compute_nothing(self, names: list[str]) -> None:
        """Load what exit handlers will look up, or all there is."""
        loads, drop, loaded = self._loads(self.env.closure(names))
        message = {
            "command": "node", "replay": self.playback.take(), "drop": drop, "loads": loads,
            "streams": self.held.streams(self.env), "lineage": "exit", "needs": [], "order": [],
            "files": [], "node": NOTHING,
        }  # fmt: skip
        assert self.kernel is not None
        self._loaded(loaded, self.kernel.ask(message).get("loaded", {}))

    def _finished(self, node: Node, seconds: float, reason: reasons.Reason, action: Any = "compute") -> None:
        what: dict[str, Any] = {"node": node.id, "label": node.label, "lines": node.lines, "action": action}
        self.emit(events.NodeFinished(**what, seconds=seconds, reason=reason))

    def _states(self, node: Node, needs: list[str]) -> None:
        """Hidden state must be as it would be; what was skipped cannot be loaded, so it takes another walk."""
        env = self.env
        reaching = env.reaches_packages(needs) or node.kind == "import"
        out_of_step = self.held.states.keys() - self.held.in_step(env)
        if reaching and PACKAGES in out_of_step:
            self._force(lambda t: bool(t["hidden"]), f"line {node.lines[0]} needs the state packages were set to")
        if node.calls and SETTINGS in out_of_step:
            self._force(lambda t: bool(t["settings"]), f"line {node.lines[0]} needs settings made before it")
        if reaching:
            missing = [i for i in self.imports if i < node.id]
            if any(str(i) not in self.held.imports for i in missing):
                self.forecaster.forced |= set(missing)
                raise Restart(f"line {node.lines[0]} needs the imports before it")
        figures = any(
            (r := env.records.get(n)) is not None and (r["opaque"] or r["module"].startswith("matplotlib"))
            for n in needs
        )
        if figures and node.calls and FIGURES in out_of_step:
            self._force(lambda t: bool(t["figures"]), f"line {node.lines[0]} needs the figures drawn before it")

    def _force(self, which: Callable[[Trace], bool], why: str) -> NoReturn:
        """Begin again with the nodes computed whose traces are such."""
        env = self._beginning()
        for node in self.script.nodes:
            found = self.lookup.find(node, env)
            if found.trace is not None:
                if which(found.trace):
                    self.forecaster.forced.add(node.id)
                env.apply(found.trace)
        raise Restart(why)

    def _loads(self, needs: list[str]) -> tuple[list[dict[str, Any]], list[str], dict[str, str]]:
        try:
            return self.held.loads(needs, self.env, self.store)
        except Missing as gone:
            name = gone.name
            self._force(lambda t: makes(t, name), f"no value of {name} for line {self.at.lines[0]}")

    def _loaded(self, loaded: dict[str, str], took: dict[str, float]) -> None:
        for fp, seconds in took.items():
            self.store.measured_load(fp, seconds)
        self.store.touch(set(loaded.values()))
        self.result.loaded += len(took)

    def _trace(self, node: Node, needs: list[str], reply: dict[str, Any], lineage: str) -> Trace:
        env = self.env
        imports = local_imports(node, self.table)
        trace = self.tracer.trace(node, env, needs, reply, imports, lineage)
        if trace is None or reply["signal"]:
            if trace is None and reply["exit"] is not None:
                self.emit(events.Note(text=f"{node.label}: a file changed while it was read; not remembered."))
            reply = {**reply, "exit": reply["exit"] or 0}
            reply["observed"] = {**reply["observed"], "reads": {}, "writes": [], "read_hashes": {}}
            trace = self.tracer.trace(node, env, needs, reply, imports, lineage)
            assert trace is not None
        else:
            key = repr((sorted(trace["inputs"].items()), trace["obs"]))
            if not any(fp.startswith("?") for fp in trace["inputs"].values()):
                trace["id"] = self.store.add_trace(node.key, key, trace)
                self.lookup.add(node.key, trace)
        self.store.learn_cost(node.key, reply["seconds"])
        in_step = self.held.in_step(env)
        self._apply(node, trace)
        self.held.ran(node, trace, env, in_step)
        jobs = self.keeper.jobs(node, trace, env)
        if jobs:
            assert self.kernel is not None
            self.keeper.keep(jobs, self.kernel.ask({"command": "keep", "jobs": jobs}))
        if time.monotonic() - self.last_commit > _COMMIT_SECONDS or reply["seconds"] > 0.05:
            self.store.commit()
            self.last_commit = time.monotonic()
        return trace

    # -- files and the end ---------------------------------------------------------------------------------------
    def _files_in_place(self) -> list[str]:
        """Files written by nodes before this point are as they would be here."""
        try:
            return self.files.in_place(self.env.files)
        except Gone as gone:
            self._force(functools.partial(_wrote, gone.path), f"file {gone.path} is gone")

    def _finish(self) -> int:
        failed = self.result.status == "failed"
        if not failed and self.settings.finals:
            self._start()
            self._compute_nothing(list(self.env.records))
        elif not failed and self.at_exit and self.kernel is not None:
            self._compute_nothing(sorted(self.at_exit))
        if not failed:
            self._files_in_place()
        self.on_node(None)
        self.kernels.dismiss()
        if self.kernel is None:
            self.playback.show(self.kernels.skip)
            status, lost = self._recorded_exit(), self.playback.failed[0]
            return unwritten(lost) if lost is not None and status == 0 else status
        if self.settings.finals and not failed:
            self.result.finals = self.kernel.ask({"command": "values"})
        self.result.environment = self.env
        self.kernel.finish(self.playback.take(), [n for n in self.env.records if n.isidentifier()])
        self.store.commit()
        status = self.kernel.ended()
        if status == 0 and not failed:
            status = self._recorded_exit()
        return status

    def _recorded_exit(self) -> int:
        """Exit status of a run whose sys.exit() was replayed, not executed."""
        self.result.environment = self.env
        return int(self.env.tokens.get("exit", "0"))


def _wrote(path: str, trace: Trace) -> bool:
    return any(f[0] == path for f in trace["files"])
