"""One node in the kernel: load what it needs, run it, tell what it changed."""

from __future__ import annotations

import marshal
import os
import sys
import time
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128_hexdigest

from mliter_tui.hidden import lasts, manager
from mliter_tui.kernel.addresses import holds_address
from mliter_tui.kernel.ahead import merge
from mliter_tui.kernel.artifacts import Damaged, load
from mliter_tui.kernel.asking import asks, may_patch, reach
from mliter_tui.kernel.clocks import collects
from mliter_tui.kernel.entries import AnotherFunction
from mliter_tui.kernel.execute import exit_code, run_unit
from mliter_tui.kernel.fingerprint import Scan
from mliter_tui.kernel.guards import Unknown
from mliter_tui.kernel.instances import CONNECTION
from mliter_tui.kernel.live import IGNORED, Live, cannot_change, formerly, is_plain, module_names
from mliter_tui.kernel.managers import VALUE, gives_away
from mliter_tui.kernel.native import named_files
from mliter_tui.kernel.observed import Observed, lineage_of
from mliter_tui.kernel.probing import has, is_a
from mliter_tui.kernel.process_state import changed, describe, look, own
from mliter_tui.kernel.purity import suspects
from mliter_tui.kernel.setters import sets_only_itself
from mliter_tui.kernel.streams import Change
from mliter_tui.kernel.told import bound
from mliter_tui.kernel.value_records import groups, record

if TYPE_CHECKING:  # session imports this module
    from mliter_tui.kernel.session import Session


class NodeRun:
    """The life of one node's execution; `reply` is what the coordinator gets."""

    def __init__(self, session: Session, message: dict[str, Any]) -> None:
        self.session, self.message = session, message
        self.live: Live = session.live
        self.node: dict[str, Any] = message["node"]
        self.lineage: str = message["lineage"]
        self.needs: list[str] = message["needs"]
        unit = self.node["unit"]
        self.kind: str = unit["kind"]
        self.code: CodeType | None = marshal.loads(unit["code"]) if unit["code"] else None
        self.unread: set[str] = set()
        self.reach: set[str] = set()  # names whose values it could change, as it begins: it may let go of some of them
        self.addresses = False  # whether it asks for those of objects
        self.used: set[str] | None = None  # methods that it has called; None: who knows
        self.result: tuple[str, Any, Scan | None] | None = None  # of the function that it leaves: name, object, scan

    def prepare(self) -> dict[str, Any] | None:
        """Replay, drop and load. An error reply if an artifact cannot be loaded."""
        self.session.recorder.replay(self.message["replay"])
        for tag in self.message["left"]:
            for name in self.live.leave(tag):
                self.session.fps.pop(name, None)
        for name in self.message["drop"]:
            self.live.drop(name)
            self.session.fps.pop(name, None)
        for tag, number, names, *_ in self.node["unit"]["frames"]:
            self.live.enter(tag, number, names)
        if self.kind == "leave":  # its result may come out of the store
            self.live.enter(*self.node["unit"]["callee"])
        frames = self.node["unit"]["frames"]
        self.live.at, self.live.home = (frames[-1][0], frames[-1][4]) if frames else ("", "")
        took: dict[str, float] = {}
        for job in self.message["loads"]:
            begin = time.perf_counter()
            try:
                with self.session.recorder.quiet():
                    values = load(job["manifest"], self.session.folder, self.session.key)
            except (Damaged, AttributeError, ImportError, TypeError, ValueError, KeyError, EOFError) as e:
                return {"failed_load": job["fp"], "why": f"{type(e).__name__}: {e}"}
            # the same values may have been kept under other names: then those correspond in their order
            roots = sorted(values) if job["joint"] else [""] * len(job["names"])
            places = [name for name in job["names"] if self.live.has_place(name)]
            for name, root in zip(sorted(job["names"]), roots, strict=True):
                if name not in places:
                    continue
                self.live.drop(name)
                self.live.bind(name, values[root])
                self.session.fps[name] = job["names"][name]
            if job["joint"]:
                self.live.sharing.group(places)
            took[job["fp"]] = time.perf_counter() - begin
        self.live.arrange(self.message["order"])
        self.session.lasting.put_in_place(self.message["files"])
        for name, (token, data) in self.message["streams"].items():
            self.session.streams[name].restore(token, data)
        self.load_seconds = took
        return None

    def run(self) -> dict[str, Any]:
        if (failed := self.prepare()) is not None:
            return failed
        session, live = self.session, self.live
        hidden, before = self._hide()
        live.sharing.moved.clear()
        self._begin_streams()
        modules, self.before_modules = session.modules(), live.modules()
        session.figures.begin()
        settings = look(session.signals.handlers) if self.message["loads"] or not session.settings else session.settings
        session.recorder.begin()
        exits, threads = session.lasting.exits, session.lasting.threads()
        finalizers, finalizing = session.lasting.finalizers(), self._finalizes()
        session.interrupts.begin()
        session.recall.begin(self.message["packages"], lambda: may_patch(self))
        session.observer.begin()
        begin = time.perf_counter()
        outcome, error = self._execute()
        seconds = time.perf_counter() - begin
        self._unhide(hidden)
        observed = session.observer.end()
        session.handles.look(observed, session.lasting.open_files(observed.writes), live.bound(), before)
        events = session.recorder.end() + bound(self.node.get("measures", ()) if outcome == "next" else (), live.get)
        before_modules, ahead = modules, session.ahead.done.pop(self.node["line"], None)
        if ahead is not None:
            merge(observed, ahead.observed)
            events, before_modules = ahead.events + events, modules - ahead.modules
            seconds += ahead.seconds
        needed = [live.get(n) for n in self.needs]
        threaded = session.lasting.settle(observed, needed, exits, threads)
        session.handles.mark(observed, lambda: reach(live, self.code, self.needs)[0])
        self._observe_more(observed, needed, session.lasting.finalizers() > finalizers or finalizing)
        self.lineage = lineage_of(self.lineage, observed)
        self._note_context(observed)
        if error is not None:
            session.error = error
            outcome = "exit" if isinstance(error, SystemExit) else "exception"
        reply = self._told(outcome, error, events, observed, seconds)
        if outcome == "exception":
            return reply
        now = session.modules()
        new_modules = now - before_modules if now is not before_modules else set()
        reply["state"] = self._settings(settings, new_modules, reply)
        if threaded := threaded or self.kind == "unwind" or outcome == "raised":  # anything may be half done
            self.needs = sorted({*self.needs, *(live.bound().keys() - self.message["stale"])})
        reply["workers"] = session.observer.workers.go_on()
        reply["forked"] = {n: s.token for n, s in session.streams.items()} if observed.forked else {}
        reply["rng"] = self._drawn(ahead.streams if ahead is not None else {})
        reply["figures"] = session.figures.touched() or self._reaches_figures()
        begin, used = time.perf_counter(), time.process_time()  # that others keep the machine busy is no part of it
        with session.recorder.quiet():
            self._changes(before, reply, new_modules, threaded)
        reply |= {"own": not reply["outputs"] and sets_only_itself(self.code, live), "parts": self._used(reply)}
        reply["reading"] = min(time.perf_counter() - begin, time.process_time() - used)
        return reply

    def _told(
        self, outcome: str, error: BaseException | None, events: list[tuple[str, bytes]], observed: Observed,
        seconds: float,
    ) -> dict[str, Any]:  # fmt: skip
        """The part of the reply that any node has."""
        return {
            "seconds": max(0.0, seconds - self.session.recall.overhead) + self.session.recall.saved, "spent": seconds,
            "calls": self.session.recall.told, "searches": self.session.recall.searches, "events": events,
            "observed": observed.plain(), "exit": exit_code(error), "open": self.session.lasting.open_files(),
            "lineage": self.lineage, "signal": self.session.interrupts.arrived(), "outcome": outcome,
            "another": isinstance(error, AnotherFunction), "refused": isinstance(error, Unknown),
            **asks(self, observed),
            "streams": "one" if self.session.recorder.common else "two", "loaded": self.load_seconds,
        }  # fmt: skip

    def _note_context(self, observed: Observed) -> None:
        """How a context was entered, as far as that matters to the statements inside."""
        name = self.node["unit"]["iterator"]
        if self.kind == "with" and (known := self.live.get(name)) is not Live.missing:
            self.live.bind(name, "" if known == VALUE else lineage_of(self.message["context"], observed))

    def _observe_more(self, observed: Observed, needed: list[Any], finalized: bool) -> None:
        """What is known of a node by its code and what it reaches."""
        if finalized or (self.session.finalizes and collects(*reach(self.live, self.code, self.needs)[:2])):
            observed.outside.add("__del__")
        observed.outside |= self._connected()
        for path in named_files(self.code, needed):
            self.session.observer.take_read(observed, path)

    def _used(self, reply: dict[str, Any]) -> list[str] | None:
        """Methods that the node has called, and those whose code is in what it has made; None for all there are."""
        if self.used is None or reply["workers"] or self.session.uses.read():
            return None
        return sorted(self.used.union(*(self.live.scans[name].parts for name in reply["outputs"])))

    def _begin_streams(self) -> None:
        self.session.log_times.begin()
        drawing = bool(self.node["line"]) or any(not is_plain(self.live.get(n)) for n in self.needs)
        for stream in self.session.streams.values():
            stream.begin(look=bool(self.message["loads"]), needed=drawing)

    def _drawn(self, ahead: dict[str, Change]) -> dict[str, Any]:
        """What became of the random streams."""
        streams = self.session.streams
        drawn = {n: c for n, s in streams.items() if (c := s.change()) is not None} | ahead
        return {n: streams[n].end(c, self.lineage) for n, c in drawn.items()}

    def _execute(self) -> tuple[str, BaseException | None]:
        """Run the code, with the script's own signal handlers; (outcome, the exception that ended it)."""
        session, outcome, error = self.session, "exception", None
        self.unread, self.reach = self.live.unread(self.needs), self.live.touched(self.needs)
        if self.node["unit"]["kind"] == "leave":
            name = f"{self.node['unit']['callee'][0]}.{self.node['unit']['result']}"
            self.result = (name, self.live.get(name), self.live.scans.get(name)) if not self._ends(name) else None
        session.uses.begin(self.live.parts())
        try:
            try:
                session.signals.resume()
                if session.ahead.interrupt is not None:
                    raise session.ahead.interrupt
                outcome = run_unit(self.node["unit"], self.live)
            finally:
                session.signals.pause()
        except BaseException as e:  # the script's own exception, of whatever kind: it is reported as Python would
            error = e
        if os.getpid() != session.pid:  # a child that the script forked, at the end of the script
            session.error = error
            raise SystemExit(session.finish())
        session.signals.pause()
        self.used = session.uses.end()
        if error is not None and self.node["guarded"] and not isinstance(error, (Unknown, AnotherFunction)):
            self.live.raised = error  # the guards will see to it
            return "raised", None
        return outcome, error

    def _hide(self) -> tuple[dict[str, tuple[Any, Scan | None]], dict[str, Any]]:
        """Put a mark in the place of what the node binds and does not read, whatever is there; (that, all before).

        So it can be told what the node has bound, what it has bound and deleted, and what it has left alone.
        """
        live = self.live
        marked = set(self.node["binds"]).difference(self.needs, self.node["deletes"])
        if self.kind == "enter":
            marked.clear()  # variables of a call that is to come
        hidden = {n: (live.get(n), live.scans.get(n)) for n in marked if not (self._ends(n) or n.startswith("mod:"))}
        before, iterator = live.bound(), self.node["unit"]["iterator"]
        over = {iterator, manager(iterator)} if self.kind == "end" else set()
        for name in before:
            if self._ends(name) or name in self.node["deletes"] or name in over:
                before[name] = Live.missing  # nobody but the script may keep it: it ends when the script lets it go
        for name in hidden:
            live.bind(name, _LEFT_ALONE)
        return hidden, before

    def _ends(self, name: str) -> bool:
        """Whether something of the user's runs when a name's value goes."""
        found = self.live.scans.get(name)
        if found is None or not found.finalizes or lasts(name):  # the manager of a context is left before it goes
            return False
        return not is_a(self.live.get(name), type, FunctionType)

    def _connected(self) -> set[str]:
        """What to call the outside where the node reaches an end of a pipe or socket."""
        found = (self.live.scans.get(name) for name in self.needs)
        return {CONNECTION} if any(scan is not None and CONNECTION in scan.opaque for scan in found) else set()

    def _finalizes(self) -> bool:
        """Whether the node may let go of such a value."""
        return any(self._ends(name) for name in {*self.needs, *self.node["binds"]})

    def _unhide(self, hidden: dict[str, tuple[Any, Scan | None]]) -> None:
        """Bring back what the node might have bound or deleted but did not."""
        for name, (value, kept) in hidden.items():
            if self.live.get(name) is not _LEFT_ALONE:
                continue
            self.live.drop(name)
            if value is not Live.missing:
                self.live.bind(name, value)
            if kept is not None:
                self.live.scans[name] = kept
                self.live.sharing.put(name, kept)
            self.node["binds"] = [b for b in self.node["binds"] if b != name]

    def _settings(self, before: dict[str, Any], modules: set[str], reply: dict[str, Any]) -> str:
        """Hidden settings that the node changed, in words; "" if none. A context may not set some of them."""
        now = self.session.settings = look(self.session.signals.handlers)
        names = changed(before, now)
        reply["refused"] = self.kind == "with" and gives_away(names)
        if not self.node["line"]:
            names = own(names, self.session.texts, bool(modules - sys.stdlib_module_names))
        if not names:
            return ""
        if (told := describe(now, names)) == describe(before, names):
            told += repr([self.live.definitions.get(m, {}).get("*") for m in sorted(modules)])  # by the code, then
        return told

    def _reaches_figures(self) -> bool:
        for name in self.needs:
            value = self.live.get(name)
            if isinstance(value, ModuleType) and value.__name__.partition(".")[0] == "matplotlib":
                return True
            found = self.live.scans.get(name)
            if found is not None and "matplotlib" in found.opaque:
                return True
        return False

    def _changes(
        self, before: dict[str, Any], reply: dict[str, Any], new_modules: set[str], threaded: bool
    ) -> None:
        """Outputs by rule R5: bound, deleted, or changed in place; and groups by rule R6."""
        live, fps = self.live, self.session.fps
        after = live.bound()
        binds = set(self.node["binds"])
        changed = {n for n in after if n in binds or before.get(n, Live.missing) is not after[n]}
        deleted = sorted(n for n in (set(before) | binds) - set(after) if not n.startswith("mod:"))
        own, gone = module_names(self.before_modules, live.modules())
        changed |= own | {n for n in self.node["rescan"] if n in after}
        deleted += sorted(gone)
        outputs: dict[str, Any] = {}
        scanned: set[str] = set()
        imported = bool(reply["observed"]["sources"]) or not new_modules.isdisjoint(live.definitions)
        suspected = self._suspected(changed, before, imported, threaded)
        read = live.staying(changed | suspected)
        if self.result is not None and self.result[0] not in suspected:
            read.append(self.result[1:])
        once: dict[int, Scan] = {}
        for name in changed:
            self.session.lineages[name] = self.lineage
            found = live.adopt(name, read) or live.rescan_once(name, self.lineage, once)
            self._mind_addresses(found, name)
            fps[name] = found.fp
            was = formerly(name, before, self.before_modules)
            outputs[name] = record(found, live.get(name), name, live, was)
            scanned.add(name)
        for name in sorted(suspected - changed):
            value = live.get(name)
            if value is Live.missing or name in IGNORED or (cannot_change(value, live) and name in live.scans):
                continue
            found = live.rescan_once(name, self.session.lineages.get(name, self.lineage), once)
            if not found.exact and not found.opaque:
                found.fp = xxh3_128_hexdigest((found.fp + self.lineage + name).encode())
            self._mind_addresses(found, name)
            if self.session.memos and has(value, "cache_info"):
                found.exact = False  # what a memoizing function has seen cannot be read, and the script asks for it
                found.fp = xxh3_128_hexdigest((found.fp + self.lineage + name).encode())
            scanned.add(name)
            if found.fp != fps.get(name):
                outputs[name] = record(found, value, name, live)
                fps[name] = found.fp
        for name in deleted:
            live.drop(name)
            fps.pop(name, None)
        taken = {n for n in suspected & {*self.needs} & (binds | {*deleted}) if not cannot_change(before.get(n), live)}
        reply["taken"] = sorted(taken)  # names that went on to another value, or ended: the one before may have changed
        live.sharing.regroup(sorted(scanned))
        regrouped = scanned | live.sharing.moved
        reply["outputs"], reply["deleted"] = outputs, deleted
        if any(self._ends(name) for name in outputs):
            reply["observed"]["outside"].append("__del__")
        reply["groups"] = groups(live, regrouped, self.lineage)
        reply["solo"] = sorted(n for n in regrouped - live.sharing.groups.keys() if live.get(n) is not Live.missing)
        reply["modules"] = {
            m: getattr(sys.modules[m], "__file__", None) or "" for m in new_modules if m in live.definitions
        }
        reply["packages"] = self._packages(new_modules)

    def _packages(self, new_modules: set[str]) -> list[str]:
        """Installed ones of which there are new modules."""
        tops = {m.partition(".")[0] for m in new_modules if not self._of_the_user(m)}
        tops = {t for t in tops if getattr(sys.modules.get(t), "__spec__", t) is not None}  # not Cython's own
        local = {m.partition(".")[0] for m in self.live.definitions}
        none = {"mliter", "mliter_tui", "__main__", "__mp_main__"}
        return sorted(tops - sys.stdlib_module_names - local - none)

    def _mind_addresses(self, found: Scan, name: str) -> None:
        """A value that may hold addresses goes by how it was made, and is made again."""
        self.live.addressed.discard(name)
        if self.addresses and holds_address(self.live.get(name)):
            self.live.addressed.add(name)
            found.exact = found.storable = False
            found.fp = xxh3_128_hexdigest(f"addresses {self.lineage} {name}".encode())

    def _suspected(
        self, changed: set[str], before: dict[str, Any], imported: bool, threaded: bool
    ) -> set[str]:
        """Names whose values the node may have changed in place."""
        live = self.live
        may = suspects(self.code, live, self.needs) if not threaded else None
        if imported:  # a module of the user's may leave its mark on others, as in a registry
            modules = (n for n in self.session.fps if n.startswith("mod:"))
            may = live.touched({*(self.needs if may is None else may), *modules})
        if may is None:
            may = self.reach | live.touched({*self.needs, *changed & before.keys()})
        return may | self.unread

    def _of_the_user(self, module: str) -> bool:
        """Whether a module's file is outside the libraries: then its code is observed, not a package's version."""
        file = getattr(sys.modules.get(module), "__dict__", {}).get("__file__")
        if not isinstance(file, str) or "-packages" + os.sep in file:
            return False
        return self.session.observer.path(file) is not None


_LEFT_ALONE = object()
