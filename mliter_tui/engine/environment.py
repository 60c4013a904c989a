"""The symbolic environment: which version of each name holds at a point of the program, without any value at hand.

Names are scoped as in script.nodes; besides there are pseudo names: "rng:numpy" (random streams), "state:matplotlib",
"state:packages" (hidden state).
An *item* is what the plan handles: one version of one name, or of a group of names that share mutable state (R6).
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import field
from typing import Any

from xxhash import xxh3_128_hexdigest

from mliter_tui.codekey import EVERYTHING, PART, UNPICKLING, global_names
from mliter_tui.engine.outlook import Outlook, seen_by
from mliter_tui.lean import dataclass
from mliter_tui.script.nodes import DYNAMIC, Node, is_hidden

ABSENT = "-"
FIGURES, PACKAGES, IMPORTS = "state:matplotlib", "state:packages", "state:imports"
SETTINGS = "state:settings"  # what any call may depend on: the working folder, standard streams, logging, ...
WARNINGS = "state:warnings"
WORKERS = "state:workers"  # what worker processes that go on have read and written so far
PASS = "state:pass"  # which pass of a loop a node is in, for those that ask for the time
NAMES = "state:names"  # which names there are
SOURCES = "state:sources"  # code of modules that are neither local nor installed
Record = dict[str, Any]


Table = dict[str, dict[str, tuple[str, list[str]]]]


def module_places(node: Node, name: str, module: str, table: Table) -> list[tuple[str, str]] | None:
    """Definitions a node reaches through a local module bound to `name`; None: all of it.

    `features.clean(x)` reaches one definition; a module that is passed on, or reached in a function, may reach any.
    """
    chains = [c for c in node.chains if c.startswith(name + ".")]
    if name not in node.reads or name in node.bare or not chains or node.dynamic:
        return None
    found = []
    for chain in chains:
        place, parts = module, chain.split(".")[1:]
        while parts and f"{place}.{parts[0]}" in table:
            if parts[0] in table[place]:  # the package has something of that name besides
                found.append((place, parts[0]))
            place = f"{place}.{parts.pop(0)}"
        if parts:
            if parts[0] not in table.get(place, {}):
                return None
            found.append((place, parts[0]))
        elif chain == max(chains, key=len):
            return None
    return found


def _reaches_all(record: Record) -> bool:
    """Whether code in a value, or the script's module itself, may reach any name."""
    return record["module"] == "__main__" or not DYNAMIC.isdisjoint(record["refs"])


def _of_modules(refs: Iterable[str]) -> list[str]:
    return [ref for ref in refs if ref.startswith("mod:")]


def digest(*parts: str) -> str:
    return xxh3_128_hexdigest("\0".join(parts).encode("utf-8", "surrogatepass"))


@dataclass
class Environment:
    """Versions at a point of the program. `unknown` names will be computed; their version is not known yet."""

    records: dict[str, Record] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    packages: set[str] = field(default_factory=set)
    loaded: set[str] = field(default_factory=set)  # local modules imported so far
    unknown: dict[str, int] = field(default_factory=dict)
    moved: bool = False
    module_data: dict[str, list[str]] = field(default_factory=dict)
    table: Table = field(default_factory=dict)
    definitions: frozenset[str] = frozenset()  # the script's classes and functions, if it reads pickles
    outlook: Outlook = field(default_factory=dict)  # what imports so far have read; replaced, never changed
    # what the code of functions and classes looks up that are not known yet: a forecast
    likely: dict[str, set[str]] = field(default_factory=dict)
    # those whose values a pickle has by the name of a class or function that is another's by now
    misnamed: set[str] = field(default_factory=set)

    def copy(self) -> Environment:
        return Environment(
            dict(self.records), dict(self.groups), dict(self.tokens), dict(self.files), set(self.packages),
            set(self.loaded), dict(self.unknown), self.moved,
            {m: list(names) for m, names in self.module_data.items()}, self.table, self.definitions,
            self.outlook, self.likely, set(self.misnamed),
        )  # fmt: skip

    def version(self, name: str) -> str:
        """Fingerprint or token of a name now; ABSENT if it is not bound."""
        if name == NAMES:
            bound = {*self.records, *self.unknown}
            return digest(*sorted(n for n in bound if not n.startswith(("mod:", PART)) and not is_hidden(n)))
        if name.startswith(("rng:", "state:")):
            return self.tokens.get(name, "unseeded" if name.startswith("rng:") else "0")
        if name in self.unknown:
            return f"?{self.unknown[name]}"
        found = self.records.get(name)
        return ABSENT if found is None else str(found["fp"])

    def item(self, name: str) -> str:
        """The plan's item behind a name."""
        if name in self.unknown or name.startswith(("rng:", "state:")):
            return f"{name}={self.version(name)}"
        group = self.groups.get(name)
        return f"group={group['fp']}" if group is not None else f"{name}={self.version(name)}"

    def closure(
        self, names: Iterable[str], dynamic: bool = False, narrow: Container[str] = (),
        used: Container[str] | None = None,
    ) -> list[str]:  # fmt: skip
        """Names a node can reach: its own, those that functions and classes among their values look up, and so on.

        A local module brings its data names with it, unless it is in `narrow`: then the caller has named what counts.
        used: the methods that it uses, of those that are known by themselves; None for all.
        """
        seen: set[str] = set()
        todo = list(self.records) + list(self.unknown) if dynamic else []
        todo += list(names)
        while todo:
            name = todo.pop()
            if name in seen or (used is not None and name.startswith(PART) and name not in used):
                continue
            seen.add(name)
            if name == EVERYTHING:
                todo += [*self.records, *self.unknown]
            elif name == UNPICKLING:
                todo += self.definitions
            if name in self.unknown:
                todo += self.likely.get(name, ())
            found = self.records.get(name)
            if found is not None and name not in self.unknown:
                if _reaches_all(found):
                    todo += list(self.records)
                todo += found["refs"]
                todo += found["requires"]
                group = self.groups.get(name)
                todo += group["requires"] if group is not None else []
                if found["module"] and name not in narrow:
                    todo += self.module_data.get(found["module"], ())
        return sorted(seen)

    def needs(self, node: Node, used: Collection[str] | None = None) -> list[str]:
        """Names whose versions a node's execution depends on, bound or not. used: as of `closure`, once it has run."""
        names = {*node.reads, *(used or ())}
        names |= self.letting_go(node)
        record = self.records.get(node.unit.iterator)
        if record is not None and not record["exact"]:
            names.add(node.unit.iterator)  # something may happen as a generator ends with its loop
        narrow: set[str] = set()
        for name in node.reads:
            record = self.records.get(name)
            if record is not None and record["module"] in self.table:
                places = module_places(node, name, record["module"], self.table)
                if places is not None:
                    narrow.add(name)
                    names |= {d for m, n in places for d in self.table[m][n][1]}
        return self.closure(names, node.dynamic, narrow, used)

    def letting_go(self, node: Node) -> set[str]:
        """What has to be there as names are bound to something else, or end with the function they are in.

        Those that others share, and of a function those that may do something as they end (open files), and who holds
        on to some. Of a class or function those that a pickle has by its name: that is another one's from then on.
        """
        if node.kind != "leave":
            return {n for n in node.binds if n in self.groups} | set(self.holding(node))
        inside = {n for n in node.binds if n.rpartition(".")[0] == node.ends}
        names = {n for n in node.binds - inside if n in self.groups}
        names |= {n for n in inside if n in self.groups and not inside.issuperset(self.groups[n]["names"])}
        names |= {n for n in inside if n in self.unknown or (n in self.records and not self.records[n]["exact"])}
        return names | set(self.holding(node))

    def holding(self, node: Node) -> list[str]:
        """Names outside a function that ends at this node whose values hold on to variables of it; else those that hold
        on to a class or function whose name the node takes.
        """
        if node.kind != "leave":
            taken = {n for n in node.binds if (found := self.records.get(n)) is not None and n in found["requires"]}
            records = self.records.items() if taken else ()
            return [n for n, found in records if n not in taken and not taken.isdisjoint(found["requires"])]
        inside = node.ends + "."
        return [
            n for n, found in self.records.items()
            if not n.startswith(inside) and any(ref.startswith(inside) for ref in found["refs"])
        ]  # fmt: skip

    def reaches_packages(self, needs: Iterable[str]) -> bool:
        """Whether any of these names holds something beyond builtin data and atoms."""
        return any(n in self.unknown or (n in self.records and not self.records[n]["plain"]) for n in needs)

    def imports(self, needs: Iterable[str]) -> set[str]:
        """What code of the script in the values of these names imports when it is called."""
        return {each for n in needs if n in self.records for each in self.records[n]["imports"]}

    def reaches_names(self, node: Node, needs: Iterable[str]) -> bool:
        """Whether a node may ask for names that cannot be told: then a name that is new or gone counts too."""
        found = (self.records[n] for n in needs if n in self.records)
        return node.dynamic or EVERYTHING in needs or any(_reaches_all(r) for r in found)

    def sharers(self, name: str) -> list[str]:
        """All names that share mutable state with this one, itself included; empty if it stands alone."""
        group = self.groups.get(name)
        return [] if group is None or name in self.unknown else list(group["names"])

    def group_inputs(self, needs: Iterable[str]) -> list[list[Any]]:
        """Groups of which a node reaches two names or more: their sharing is an input too."""
        count: dict[str, list[str]] = {}
        for n in needs:
            group = self.groups.get(n)
            if group is not None and n not in self.unknown:
                count.setdefault(group["fp"], []).append(n)
        return sorted([sorted(names), fp] for fp, names in count.items() if len(names) > 1)

    def parted(self, trace: dict[str, Any]) -> list[str]:
        """Names that a node with this trace takes from those they share with: where it ran, they stood alone.

        How the others stand without them is in no such trace. Variables that end together leave no others.
        """
        deleted = set(trace["deleted"])
        return sorted(
            n for n in (*trace["outputs"], *deleted)
            if n in self.groups and n not in self.unknown and n not in trace["sharing"] and not n.startswith("mod:")
            and not deleted.issuperset(self.groups[n]["names"])
        )  # fmt: skip

    # -- changes -------------------------------------------------------------------------------------------------
    def _leave(self, name: str) -> None:
        self.groups.pop(name, None)

    def _add_module_data(self, name: str) -> None:
        """A data name of a local module can be reached through the module and the packages it is in."""
        module = name.split(":")[1]
        while module:
            self.module_data.setdefault(module, []).append(name)
            module = module.rpartition(".")[0]

    def apply(self, trace: dict[str, Any]) -> None:
        """What a node with this trace does to the environment."""
        self._misname(trace)
        for name in trace["deleted"]:
            self.records.pop(name, None)
            self.unknown.pop(name, None)
            self._leave(name)
        for name in trace["solo"]:
            self._leave(name)
        for name, found in trace["outputs"].items():
            if name.startswith("mod:") and name not in self.records:
                self._add_module_data(name)
            self.records[name] = found
            self.unknown.pop(name, None)
            self._leave(name)
        for group in trace["groups"]:
            for name in group["names"]:
                self.groups[name] = group
        for name, change in trace["rng"].items():
            self.tokens[name] = change[1]
        lineage = trace["lineage"]
        if trace["figures"]:
            self.tokens[FIGURES] = digest(self.version(FIGURES), lineage)
        if trace["warned"]:
            self.tokens[WARNINGS] = digest(self.version(WARNINGS), lineage)
        if trace["workers"]:
            self.tokens[WORKERS] = digest(self.version(WORKERS), lineage)
        if trace["hidden"]:
            self.tokens[PACKAGES] = digest(self.version(PACKAGES), trace["hidden"])
        if trace["settings"]:
            self.tokens[SETTINGS] = digest(self.version(SETTINGS), trace["hidden"])
        for path, _, content in trace["files"]:
            self.files[path] = content
        if trace["outcome"] == "exit":
            self.tokens["exit"] = str(trace["exit"])
        if trace["sources"]:
            self.tokens[SOURCES] = digest(self.version(SOURCES), *trace["sources"])
        self.packages |= set(trace["packages"])
        self.look_out(trace)
        self.loaded |= set(trace["modules"])
        self.moved |= trace["moved"]

    def _misname(self, trace: dict[str, Any]) -> None:
        """Note whose values name a class or function that a node with this trace has put another in the place of."""
        taken = {n for n, found in trace["outputs"].items() if found.get("anew")}
        taken |= {n for n in trace["deleted"] if n in self.records and n in self.records[n]["requires"]}
        if taken:
            by = {n for n, r in self.records.items() if not taken.isdisjoint([*r["requires"], *_of_modules(r["refs"])])}
            self.misnamed |= by - taken
        self.misnamed -= {*trace["outputs"], *trace["deleted"]}

    def look_out(self, trace: dict[str, Any]) -> None:
        """Take over what a node has read that loaded packages."""
        if not trace["loads"]:
            return
        read, loading = trace["obs"], trace["loading"]
        if trace["alike"]:  # the command line may have been read for the function that is called, by no package
            read = [row for row in read if row[0] != "argv"]
        # what a statement reads while it happens to load a package is its own affair
        read = [row for row in read if row[0] != "file" or row[1] in loading]
        if seen := seen_by(read):
            self.outlook = {**self.outlook, **seen}

    def doubt(self, trace: dict[str, Any], node: Node) -> None:
        """A node that asks the outside has another result each time: what it made by this trace is not known yet."""
        changed = {name for name in trace["outputs"] if node.kind != "with" or name != node.unit.iterator}
        for name in list(changed):
            changed |= set(self.sharers(name))
        for name in changed:
            self.unknown[name] = node.id
            self._leave(name)
        for name in trace["rng"]:
            self.tokens[name] = f"?{node.id}"

    def blur(self, node: Node, known: bool = False) -> None:
        """A node that must run but has not: what it binds and probably changes in place is not known yet.

        known: but for the iterator of a loop.
        """
        changed = {node.unit.iterator} if known else set(node.binds | node.guess)
        if node.kind in ("def", "class") and node.unit.code is not None and not node.module:
            self.likely = self.likely | dict.fromkeys(node.binds, global_names(node.unit.code))
        for name in [n for n in changed if node.ends and n.rpartition(".")[0] == node.ends]:
            changed.discard(name)
            self.records.pop(name, None)
            self.unknown.pop(name, None)
            self._leave(name)
        for name in list(changed):
            group = self.groups.get(name)
            changed |= set(group["names"]) if group is not None else set()
        for name in changed:
            self.unknown[name] = node.id
            self._leave(name)
