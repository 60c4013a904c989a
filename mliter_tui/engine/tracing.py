"""Making a trace of a node that just ran, out of what the kernel reports (rules R2, R5, R7, R8)."""

from __future__ import annotations

import base64
import os
import sys
from typing import Any

from mliter_tui.codekey import stores_attributes
from mliter_tui.engine.environment import PACKAGES, WARNINGS, Environment, digest, module_places
from mliter_tui.engine.evidence import Evidence
from mliter_tui.engine.importing import called_imports
from mliter_tui.engine.lines import EVERYWHERE
from mliter_tui.engine.lookup import Lookup, Trace, inputs_of
from mliter_tui.engine.written import has_bytes, rows
from mliter_tui.kernel.told import BOUND
from mliter_tui.script.nodes import Node
from mliter_tui.store import Store

_INLINE_BYTES = 4096
_WAITING = frozenset({"time.sleep", "gc.collect"})


def lineage(node: Node, env: Environment, needs: list[str]) -> str:
    """What stands for the content of what a node makes where that has none to be read (rule R4)."""
    versions = [f"{n}={env.version(n)}" for n in needs]
    return digest(node.key, *versions, *(f"{k}={v}" for k, v in sorted(env.tokens.items()) if k.startswith("rng")))


def context(node: Node, env: Environment, needs: list[str]) -> str:
    """What a context that a node enters or leaves is known by: random streams have no part in it."""
    return digest(node.key, *(f"{n}={env.version(n)}" for n in needs)) if node.kind in ("with", "end") else ""


class Tracer:
    """Turns replies into traces; keeps recorded output and written files in the store."""

    def __init__(
        self, store: Store, lookup: Lookup, evidence: Evidence, script: str
    ) -> None:
        self.store, self.lookup, self.evidence, self.script = store, lookup, evidence, script

    def trace(
        self, node: Node, env: Environment, needs: list[str], reply: dict[str, Any], imports: list[str], lineage: str
    ) -> Trace | None:
        """None where what the node read cannot be told for sure (a file changed under its hands)."""
        seen = reply["observed"]
        self.evidence.forget_files()
        files = rows(seen, self.store)
        modules = imports + sorted(reply["modules"])
        observations = self._observations(node, env, needs, seen, modules, reply["packages"])
        if observations is None or files is None or reply["exit"] is None:
            return None
        named = self.evidence.lines.named(reply["events"])
        sources = [["source", p, self.evidence.source(p)] for p in seen["sources"] if self._is_foreign(p)]
        observations += self._of_texts(named, reply, sources)
        inputs = inputs_of(node, env, needs, reply)
        if env.moved and seen["relative"]:
            inputs[PACKAGES] = env.version(PACKAGES)
        groups, sharing, mutated = _sharing(node, env, needs, reply)
        inputs.update({m: env.version(m) for members in sharing.values() for m in members})
        inputs.update({n: env.version(n) for n in mutated})
        warned = any(channel in ("e", "E") and b"Warning: " in data for channel, data in reply["events"])
        # the same statement, run again, may stay silent because it has warned before
        if warned or any(t["warned"] for t in self.lookup.traces(node.key)):
            inputs[WARNINGS] = env.version(WARNINGS)
        rng = {n: [c["before"], c["after"], base64.b64encode(c["state"]).decode()] for n, c in reply["rng"].items()}
        outside = list(seen["outside"])
        stores = [n for n in sorted(node.sets) if self._outside_module(env, n) and not reply["defines"]]
        own = [n for n in stores if self._matters_to_all(node, env, n)]
        outside += [f"{n}'s attributes" for n in own]
        visible = bool(rng or files) or _visible(node, reply)
        moves = bool(stores) or reply["patches"] or not (visible or reply["own"]) and _may_move(node, env, needs)
        patched = [self.evidence.patching[m] for m in sorted(reply["modules"]) if m in self.evidence.patching]
        by = context(node, env, needs) or lineage
        made_by = [reply["state"]] if node.unit.sets_alike else [by, repr(_telling(observations, seen))]
        identity = digest(*(patched if node.kind == "import" else made_by))
        hidden, settings = _hidden(node, reply, bool(own), moves or bool(patched), identity)
        # libraries draw names of their own as they are imported: nothing a script could see
        drawn = reply["entropy"] or any(c[1].startswith("unseeded") for c in rng.values())
        unseeded = node.kind != "import" and drawn
        outlook = self.evidence.outlooks.key(env.outlook) if PACKAGES in inputs else ""
        events, blobs = self._events(reply["events"])
        blobs += [content for _, _, content in files if has_bytes(content)] + [outlook] * bool(outlook)
        return {
            "node": node.label, "lines": list(node.lines), "inputs": inputs,
            "group_inputs": env.group_inputs(inputs), "sharing": sharing,
            "warned": warned, "workers": reply["workers"], "obs": observations, "outputs": reply["outputs"],
            "deleted": reply["deleted"], "groups": groups, "solo": _alone(reply, env), "rng": rng,
            "figures": reply["figures"], "hidden": hidden, "settings": settings,
            "external": outside, "clock": reply["clock"],
            "outcome": reply["outcome"], "exit": reply["exit"], "events": events,
            "files": files, "seconds": reply["seconds"], "reading": reply["reading"], "unseeded": unseeded,
            "packages": reply["packages"],
            "place": self.evidence.lines.place(node, named, _asks_for_lines(node, reply)),
            "outlook": outlook, "loads": node.kind == "import" or bool(reply["packages"]),
            "loading": _loading(node, seen),
            "alike": node.unit.sets_alike, "lineage": lineage, "moved": seen["moved"], "blobs": blobs,
            "modules": sorted(reply["modules"]), "sources": [text for _, *pair in sources for text in pair],
        }  # fmt: skip

    def _of_texts(
        self, named: dict[str, str], reply: dict[str, Any], sources: list[list[str]]
    ) -> list[list[str]]:  # fmt: skip
        """What is in lines and modules that a node printed, asked for, or found as it ran; and where it printed."""
        places = named | ({EVERYWHERE: self.evidence.lines.now(EVERYWHERE)} if reply["text"] else {})
        found = [["line", place, content] for place, content in places.items()] + sources
        if sources:  # a module of which no more is known may call whatever there is in the others
            found += [["module", m, key] for m, key in sorted(self.evidence.modules.items())]
        if any(channel in ("O", "E") for channel, _ in reply["events"]):
            found.append(["streams", "", reply["streams"]])
        return found

    def _top(self, env: Environment, name: str) -> str:
        return str(env.records[name]["module"]).partition(".")[0]

    def _matters_to_all(self, node: Node, env: Environment, name: str) -> bool:
        """A store to an attribute of the standard library; environment variables are followed by themselves."""
        through = {c.removeprefix(name + ".").partition(".")[0] for c in node.chains if c.startswith(name + ".")}
        if through == {"environ"} and node.unit.code is not None and not stores_attributes(node.unit.code):
            return False
        return self._top(env, name) in sys.stdlib_module_names

    def _outside_module(self, env: Environment, name: str) -> bool:
        """A store to an attribute of a module that is not the user's: state of the process, set again in each run."""
        record = env.records.get(name)
        return record is not None and bool(record["module"]) and record["module"] not in self.evidence.table

    def _is_foreign(self, path: str) -> bool:
        """Whether a module's file is neither a local module's nor installed."""
        installed = f"{os.sep}site-packages{os.sep}" in path or f"{os.sep}dist-packages{os.sep}" in path
        return not installed and path not in self.evidence.local_files

    def _observations(
        self, node: Node, env: Environment, needs: list[str], seen: dict[str, Any], modules: list[str],
        new_packages: list[str],
    ) -> list[list[str]] | None:
        found: list[list[str]] = [["interpreter", "", self.evidence.interpreter]]
        for path, (given, stat) in seen["reads"].items():
            if path in env.files and path not in seen["writes"]:
                found.append(["file", given if not env.moved else path, env.files[path]])
                continue
            content = seen["read_hashes"].get(path)
            if content is None:
                if path in seen["writes"]:
                    return None
                content = self._unchanged(path, stat)
                if content is None:
                    return None
            found.append(["file", given if not env.moved else path, content])
        meant = seen["exists"].keys() - {*seen["writes"], *seen["made"]} | set(seen["asked"])
        found += [["exists", p, v] for p, v in seen["exists"].items() if p in meant]
        found += [["stat", p, v] for p, v in seen["stats"].items() if p in meant]
        found += [[asked, p, v] for (asked, p), v in seen["listings"].items()]
        found += [["terminal", fd, v] for fd, v in seen["terminals"].items()]
        found += [["env", n, v] for n, v in sorted(seen["environment"].items())]
        if "__file__" in needs:
            found.append(["script", "", self.script])
        if seen["arguments"]:
            found.append(["argv", "", self.evidence.arguments])
        by_place = ("writes", "made", "listings", "exists", "stats")
        relative = seen["relative"] and any(seen[what] for what in by_place)
        if seen["folder"] or relative:
            found.append(["cwd", "", os.getcwd()])
        modules = modules + called_imports(env.imports(needs), self.evidence.table)
        found += [["module", m, self.evidence.modules.get(m, "-")] for m in dict.fromkeys(modules)]
        found += [self._now("loaded", m, env) for m in dict.fromkeys(modules) if m in self.evidence.closures]
        found += [["definition", p, self.evidence.definition(p)] for p in self._places(node, env, needs)]
        packages = set(new_packages) | (env.packages if env.reaches_packages(needs) else set())
        packages |= {t for m in modules if (t := m.partition(".")[0]) and self.evidence.may_be_installed(t)}
        if packages:
            named = " ".join(sorted(packages))
            found.append(["packages", named, self.evidence.versions.noted(named)])
        return found

    def _places(self, node: Node, env: Environment, needs: list[str]) -> list[str]:
        """Definitions of local modules reached through module objects: "features:clean", or "features:*" for all."""
        known = self.evidence.table
        found: set[str] = set()
        for name in needs:
            record = env.records.get(name)
            if record is None or not record["module"]:
                continue
            inside = [m for m in known if (m + ".").startswith(record["module"] + ".")]
            if not inside:
                continue
            places = module_places(node, name, record["module"], known)
            found |= {f"{m}:{n}" for m, n in places} if places is not None else {f"{m}:*" for m in inside}
        return sorted(found)

    def _now(self, kind: str, what: str, env: Environment) -> list[str]:
        return [kind, what, self.evidence.now(kind, what, "", env)]

    def _unchanged(self, path: str, stat: tuple[int, ...] | None) -> str | None:
        """Content of a file that still is what it was when the node opened it."""
        if stat is None:
            return "-" if not os.path.exists(path) else None
        try:
            s = os.stat(path)
        except OSError:
            return None
        if (s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) != tuple(stat):
            return None
        return self.evidence.content(path)

    def _events(self, events: list[tuple[str, bytes]]) -> tuple[list[list[str]], list[str]]:
        """Recorded output as JSON-able rows; big blocks go to the store as blobs."""
        rows, blobs = [], []
        for channel, data in events:
            if len(data) > _INLINE_BYTES:
                blob = self.store.put_blob(data)
                blobs.append(blob)
                rows.append([channel, "", blob])
            else:
                rows.append([channel, base64.b64encode(data).decode(), ""])
        return rows, blobs


def _as_before(group: dict[str, Any], env: Environment, outputs: dict[str, Any]) -> bool:
    """Whether names share what they shared before the node: it looked at one of them, and the others are no input."""
    known = [env.groups.get(name) for name in group["names"] if name not in outputs and name not in env.unknown]
    return len(known) == len(group["names"]) and all(
        before is not None and before["fp"] == group["fp"] and before["names"] == group["names"] for before in known
    )


def _sharing(
    node: Node, env: Environment, needs: list[str], reply: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, list[str]], list[str]]:
    """(groups that are others than before the node, who shared with what it changed in place, let something new share
    or took away, what it changed in place).

    `x += [1]` and `df = cleaned(df)` may change a value and then take its name: who shared with it has it still.
    """
    groups = [group for group in reply["groups"] if not _as_before(group, env, reply["outputs"])]
    mutated = [n for n in reply["outputs"] if n in env.records and n not in node.binds]
    mutated += [n for n in reply["taken"] if n in env.records]
    regrouped = [n for g in groups for n in g["names"] if n in needs and n in env.records]
    left = [n for n in needs if n in env.groups and (n in reply["outputs"] or n in reply["deleted"])]
    return groups, {n: env.sharers(n) for n in dict.fromkeys(mutated + regrouped + left)}, mutated


def _alone(reply: dict[str, Any], env: Environment) -> list[str]:
    """Who has come to stand alone. One that did before stands as it may elsewhere, too: nothing was done to it."""
    return [n for n in reply["solo"] if n in reply["outputs"] or n in env.groups]


def _telling(observations: list[list[str]], seen: dict[str, Any]) -> list[list[str]]:
    """What decides about the settings that a node leaves: not what was in a log that it opened to add to it."""
    logs = {*seen["logged"], *(seen["reads"][p][0] for p in seen["logged"] if p in seen["reads"])}
    return [each for each in observations if each[0] != "file" or each[1] not in logs]


def _loading(node: Node, seen: dict[str, Any]) -> list[str]:
    """Files that were read as something was imported, as given and where they are."""
    read = [(p, given) for p, (given, _) in seen["reads"].items() if node.kind == "import" or p in seen["loading"]]
    return sorted({name for names in read for name in names})


def _asks_for_lines(node: Node, reply: dict[str, Any]) -> bool:
    """Whether numbers of lines may be in what the node made; tracebacks it printed name their file."""
    return node.kind != "def" and (reply["lines"] == "values" or bool(reply["lines"] and reply["observed"]["writes"]))


def recorded(trace: Trace, store: Store) -> list[tuple[str, bytes]] | None:
    """The output a trace recorded; None if a block of it is gone from the store."""
    rows = []
    for channel, inline, blob in trace["events"]:
        data = base64.b64decode(inline) if not blob else store.blob(blob)
        if data is None:
            return None
        rows.append((channel, data))
    return rows


def _visible(node: Node, reply: dict[str, Any]) -> bool:
    """Whether anything shows of what a node did, random streams and files apart."""
    return bool(
        reply["outputs"] or reply["deleted"] or reply["figures"] or reply["observed"]["made"]
        or any(channel not in ("f", BOUND) for channel, _ in reply["events"]) or node.kind in ("import", "def", "class")
        or reply["outcome"] != "next" or node.unit.kind in ("turn", "test", "if")  # whether the loop goes on
    )  # fmt: skip


def _may_move(node: Node, env: Environment, needs: list[str]) -> bool:
    """Whether a statement of which nothing shows may have changed the state of a package."""
    return node.calls and env.reaches_packages(needs) and not _only_waits(node, env, needs)


def _only_waits(node: Node, env: Environment, needs: list[str]) -> bool:
    """Whether all it does is to call one of these: no package is another behind it."""
    before = f"mod:{node.module}:" if node.module else ""
    called = {chain.removeprefix(before) for chain in node.chains}
    called = {chain for chain in called if "." in chain}
    roots = {chain.partition(".")[0] for chain in called}
    if not called or not called <= _WAITING or {name.removeprefix(before) for name in node.bare} & roots:
        return False
    records = {n.removeprefix(before): env.records.get(n) for n in needs}
    return all(r is not None and (r["plain"] or (n in roots and r["module"] == n)) for n, r in records.items())


def _hidden(node: Node, reply: dict[str, Any], stores: bool, moves: bool, identity: str) -> tuple[str, bool]:
    """(what a node made of hidden state, "" for nothing; whether that is of a kind any call may depend on)."""
    state = reply["state"]
    if node.kind == "import":  # not by its code: most of it has nothing to do with that
        made = digest(state) if reply["modules"] and state else ""
        settings = bool(made) and any(f"({part!r}" in state for part in ("interpreter", "arguments", "folder"))
        return digest(made, identity) if moves else made, settings
    seen = reply["observed"]
    settings = bool(seen["environment_written"] or seen["moved"] or state or stores)
    return identity if settings or moves else "", settings
