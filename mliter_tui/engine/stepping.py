"""Whether hidden state is in the kernel as it would be at a node that is about to run there.

Values can be loaded; imports, settings, what packages were set to and open figures cannot: the nodes that made them
have to run again, in a fresh walk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from mliter_tui.engine.environment import FIGURES, PACKAGES, SETTINGS, Environment
from mliter_tui.engine.held import Held
from mliter_tui.engine.lookup import Trace
from mliter_tui.script.nodes import Node


class Unmet(NamedTuple):
    """Nodes that have to run first: those named, and all whose trace is such."""

    why: str
    nodes: frozenset[int] = frozenset()
    which: Callable[[Trace], bool] | None = None


def unmet(node: Node, needs: list[str], env: Environment, held: Held, imports: Iterable[int]) -> Unmet | None:
    """What is missing for this node; None where all is in step. imports: the import nodes of the script."""
    line = node.where
    reaching = env.reaches_packages(needs) or node.kind == "import"
    out_of_step = held.states.keys() - held.in_step(env)
    if reaching and PACKAGES in out_of_step:
        return Unmet(f"{line} needs the state packages were set to", which=lambda t: bool(t["hidden"]))
    if node.calls and SETTINGS in out_of_step:
        return Unmet(f"{line} needs settings made before it", which=lambda t: bool(t["settings"]))
    if reaching or node.module:  # in whose globals it runs
        missing = frozenset(i for i in imports if i < node.id)
        if any(str(i) not in held.imports for i in missing):
            return Unmet(f"{line} needs the imports before it", missing)
    figures = any(
        (r := env.records.get(n)) is not None and (r["opaque"] or r["module"].startswith("matplotlib")) for n in needs
    )
    if figures and node.calls and FIGURES in out_of_step:
        return Unmet(f"{line} needs the figures drawn before it", which=lambda t: bool(t["figures"]))
    return None
