"""One version of a script as it is known before it runs: its nodes, what they reach, what the store has of them."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mliter_tui.engine.changes import edited, source_reasons
from mliter_tui.engine.entering import refuse, refuse_guard, steps_for
from mliter_tui.engine.environment import Environment
from mliter_tui.engine.evidence import Evidence
from mliter_tui.engine.forecast import Forecast, Forecaster
from mliter_tui.engine.importing import pickled_names
from mliter_tui.engine.launch import one_place, terminals
from mliter_tui.engine.lines import Lines
from mliter_tui.engine.lookup import Found, Lookup
from mliter_tui.engine.operators import registered
from mliter_tui.engine.packages import Versions
from mliter_tui.engine.pins import Pins
from mliter_tui.engine.reading import content_of
from mliter_tui.engine.remembered import script_of
from mliter_tui.engine.settings import Settings
from mliter_tui.engine.sources import LocalModules
from mliter_tui.engine.unrolling import asking, foreseen, restless
from mliter_tui.script.labels import names_labels
from mliter_tui.script.measuring import names_measured
from mliter_tui.script.nodes import Node, Script
from mliter_tui.script.reading import read_script
from mliter_tui.script.spaces import Modules
from mliter_tui.store import Store


class Version:
    """`path` is the script's, absolute; `text` what it holds. forced: nodes that the user wants computed.

    modules: paths of the local ones; local: they as they are now; content: what is in the script's file.
    Raises SyntaxError as compile() does.
    """

    def __init__(self, settings: Settings, text: str, store: Store, pins: Pins | None = None) -> None:
        self.settings, self.text, self.store = settings, text, store
        self.forced: frozenset[int] = frozenset()
        self.path = os.path.abspath(settings.script)
        local = LocalModules(Path(self.path), text, settings.recorded)
        self.sources = Modules(local.sources, local.paths)
        self.modules = sorted(local.paths.values())
        self.local, self.content = tuple(local.modules), content_of(Path(self.path), text)
        self.steps = steps_for(store, self.path)  # what was decided stays so for this version
        self.script: Script = script_of(store, text, self.path, self.sources, self.steps)
        definitions = self.sources.definitions(self.script.keep_docstrings)
        self.table = definitions.table()
        self.evidence = Evidence(
            store, Versions(store), self.table, (settings.script_name, *settings.args), Lines(self.path, text, local),
            terminals(settings.show), settings.show and one_place(),
        )  # fmt: skip
        self.evidence.local(self.path, local.paths.values(), definitions)
        self.lookup = Lookup(store, self.evidence, settings.rerun_unseeded)
        self.costs: dict[str, float] = {}
        self.forecaster = Forecaster(store, self.lookup, self.costs)
        self._take(self.script)
        self.pins = pins if pins is not None else Pins(store, self.path)
        self.pickled = pickled_names(self.script, self.sources.texts)

    def _take(self, script: Script) -> None:
        """What is known of the nodes."""
        self.script = script
        self.imports = [n.id for n in script.nodes if n.kind == "import"]
        self.lookup.labels = {n.id: n.label for n in script.nodes}
        self.lookup.kept.update(self.store.traces_of({n.key for n in script.nodes} - self.lookup.kept.keys()))
        self.edited = functools.cache(lambda: edited(self.store, script))
        self.lookup.changes = functools.cache(lambda: source_reasons(script, self.edited()))
        self.costs.update(self.store.costs(n.key for n in script.nodes))
        self.forecaster.goes_on, self.forecaster.passed_by = script.goes_on, script.passed_by
        self.forecaster.predecessors = self.predecessors
        self.forecaster.closing = {guard.head: guard.close for guard in script.guards if guard.close >= 0}

    def unroll(self, passes: Mapping[int, int]) -> None:
        """Take so many passes of loops one by one; loops by the number of their first node. Other nodes keep theirs."""
        self.steps = replace(self.steps, passes={**self.steps.passes, **passes})
        self._take(read_script(self.text, self.path, self.sources, self.script.keep_docstrings, self.steps))

    def close(self, head: int) -> int:
        """Leave the call that this node begins one node; the number of the first one behind. Others keep theirs."""
        end = next((n.id for n in self.script.nodes if n.id > head and head not in n.groups), sys.maxsize)
        end = end if end < sys.maxsize else self.script.nodes[-1].id + 1
        self.steps = replace(self.steps, closed={**self.steps.closed, head: end})
        self._take(read_script(self.text, self.path, self.sources, self.script.keep_docstrings, self.steps))
        return end

    def refused(self, node: Node, reply: Mapping[str, Any]) -> str:
        """Why what this node begins is one node from now on, by what the kernel says; "" where it is not.

        All nodes are new ones then.
        """
        if reply.get("another"):
            why = f"{node.where} calls another function than the text of its module shows"
            refuse(self.store, self.steps, self.script, self.script.whole[node.unit.callee])
        elif reply.get("refused"):
            why = f"what {node.where} does to the process while its with goes on is not known"
            guard = next(guard for guard in self.script.guards if guard.head == node.id and guard.code is not None)
            self.steps = replace(self.steps, refused=self.steps.refused | {guard.asked})
            refuse_guard(self.steps, guard)
        else:
            return ""
        self.forecaster.forced.clear()
        self._take(read_script(self.text, self.path, self.sources, self.script.keep_docstrings, self.steps))
        return why

    @functools.cached_property
    def setup(self) -> dict[str, Any]:
        """What a kernel is told before its first node."""
        return {
            "key": self.store.key, "definitions": self.table, "keep_docstrings": self.script.keep_docstrings,
            "parted": sorted(self.sources.script(self.text, self.path).parted) if self.sources.parted else [],
            "texts": self.sources.texts, "text": self.text, "operators": registered(),
            "rerun_unseeded": self.settings.rerun_unseeded,
            "labels": names_labels([self.text, *self.sources.texts]),
        }  # fmt: skip

    @functools.cached_property
    def measured(self) -> frozenset[str]:
        """Names of what it measures, in the script and its modules."""
        return frozenset().union(*map(names_measured, (self.text, *self.sources.texts)))

    def force(self, nodes: Iterable[int]) -> None:
        """The user wants these nodes computed, whatever is known of them."""
        self.forced = frozenset(nodes)
        self.forecaster.forced |= self.forced

    def beginning(self) -> Environment:
        """What is known ahead of the first node."""
        return Environment(table=self.table, definitions=self.pickled)

    def reached(self, env: Environment, end: int = sys.maxsize) -> Iterator[tuple[Node, Found]]:
        """The nodes in front of this number that the script comes to, by what is known; `env` is moved along."""
        goes_on = 0
        for node in self.script.before(end):
            if node.id < goes_on:
                continue
            found = self.lookup.find(node, env)
            yield node, found
            goes_on = self.script.goes_on(node, found.trace["outcome"] if found.trace is not None else "next")
            if found.trace is not None:
                env.apply(found.trace)
            else:
                env.blur(node)

    def predecessors(self) -> dict[int, str]:
        """For each node that was edited since the last iteration, the code key it had."""
        return {node: before for node, (before, _, _) in self.edited().items()}

    def plan(self, finals: bool = False) -> Forecast:
        """What would run now; nothing does. Loops are taken apart as far as they are known; finals: see Forecaster."""
        self.lookup.calm = None
        while True:
            forecast = self.forecaster.forecast(self.script.nodes, self.beginning(), set(), finals)
            if not (foreseen(self, forecast) or restless(self, forecast)):
                self.lookup.calm = asking(self, forecast) - self.lookup.restless
                return forecast
