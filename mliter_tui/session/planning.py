"""A saved version that was read and planned, and what of a running one is still good for it."""

from __future__ import annotations

from dataclasses import replace

from mliter_tui.engine.environment import Environment
from mliter_tui.engine.forecast import Forecast
from mliter_tui.engine.states import plan_ready
from mliter_tui.engine.version import Version
from mliter_tui.events import PlanReady, VersionRead
from mliter_tui.lean import dataclass
from mliter_tui.script.nodes import Node
from mliter_tui.session.reading import version_read
from mliter_tui.session.running import Run


@dataclass(frozen=True, slots=True)
class Planned:
    """A version, what would run now, and the two events that tell it. number: the iteration it will be."""

    version: Version
    forecast: Forecast
    number: int
    read: VersionRead
    plan: PlanReady

    def before(self, number: int) -> Environment:
        """The environment as a node of this version will find it."""
        env = self.version.beginning()
        for each in self.version.script.before(number):
            found = self.forecast.found.get(each.id)
            if found is None:
                continue  # behind the end of the program, or of main()
            if found.trace is not None:
                env.apply(found.trace)
            else:
                env.blur(each)
        return env

    def as_it_ran(self, run: Run) -> bool:
        """Whether every statement is as it was in that run: files may have changed, but none that matters."""
        known = {node: f.trace["id"] if f.trace is not None else None for node, f in self.forecast.found.items()}
        return self.version.text == run.version.text and known == run.iteration.used and None not in known.values()


def without(plan: PlanReady, nodes: frozenset[int]) -> PlanReady:
    """The plan where these nodes cost nothing: a waiting process has executed them already."""
    saved = sum(s.seconds or 0.0 for s in plan.states if s.node in nodes and s.action == "compute")
    states = (replace(s, seconds=0.0) if s.node in nodes and s.action == "compute" else s for s in plan.states)
    return PlanReady(tuple(states), max(0.0, plan.predicted_seconds - saved))


def planned(version: Version, number: int) -> Planned:
    """Plan a version as the next iteration."""
    forecast = version.plan()
    read = version_read(version, forecast, number)
    return Planned(version, forecast, number, read, plan_ready(version, forecast))


def still_wanted(running: Version, node: Node, inputs: Environment, new: Planned) -> bool:
    """Whether a node that runs computes just what the new version would have it compute.

    inputs: the environment it began in. It is looked for by its code, and by how many equal ones stand before it.
    """
    place = [n.id for n in running.script.nodes if n.key == node.key].index(node.id)
    same = [n for n in new.version.script.nodes if n.key == node.key]
    if place >= len(same) or same[place].id not in new.forecast.computed:
        return False
    env = new.before(same[place].id)
    needs = inputs.needs(node)
    return all(env.version(name) == inputs.version(name) for name in needs)
