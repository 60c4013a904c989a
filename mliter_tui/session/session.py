"""The state of a session and what each save, command and end of a run does to it. One thread; all else queues for it.

A save is read and planned at once, also while an iteration runs: what that computes and the new version does not want
ends then; a node that both want is finished first, so that nothing is computed twice.
"""

from __future__ import annotations

import importlib
import os
import queue
import time
import traceback
from dataclasses import replace
from typing import NamedTuple

from mliter_tui import commands, events
from mliter_tui.engine.explaining import explained
from mliter_tui.engine.listening import Emit
from mliter_tui.engine.pins import Pins
from mliter_tui.engine.reading import read_text
from mliter_tui.engine.repeating import repeated
from mliter_tui.engine.settings import settings_of
from mliter_tui.engine.version import Version
from mliter_tui.errors import JournalError, MliterError, ScriptError, UsageError
from mliter_tui.facts import CacheEntry
from mliter_tui.options import POLICIES, Options
from mliter_tui.plan.policies import policy
from mliter_tui.session.files import changed_since, watched_files
from mliter_tui.session.looking_back import LookingBack
from mliter_tui.session.planning import Planned, planned, still_wanted, without
from mliter_tui.session.previews import Previews
from mliter_tui.session.running import Run
from mliter_tui.session.standby import Standby
from mliter_tui.session.steering import Steering
from mliter_tui.store import Store
from mliter_tui.watching.watcher import Watcher
from mliter_tui.wording import bytes_text

_PATIENCE_SECONDS = 2.0


class _Save(NamedTuple):
    paths: tuple[str, ...]


class _End(NamedTuple):
    run: Run


class Session:
    """`serve` works until it is told to leave. Commands come by `command`, from any thread."""

    def __init__(self, options: Options, store: Store, emit: Emit) -> None:
        self.options, self.store, self.emit = options, store, emit
        self.settings = settings_of(options, show=False, detached=True)
        self.auto = not options.manual
        self._items: queue.SimpleQueue[_Save | _End | commands.Command] = queue.SimpleQueue()
        self._watcher = Watcher(lambda paths: self._items.put(_Save(paths)))
        self._standby = Standby(self.settings, store.folder)
        self.path = str(options.script.absolute())
        self._pins = Pins(store, self.path)
        self._steering = Steering(store, self.path)
        self._previews = Previews(store, emit)
        self.looking_back = LookingBack(store, self.path, emit)
        self._planned: Planned | None = None
        self._fresh = False  # nothing has changed since it was planned that a plan depends on
        self._run: Run | None = None
        self._again = False  # run the newest version once the running one has ended
        self._phase: events.Phase = "waiting"
        self._told: events.SessionState | None = None
        self._left = False
        self._last: Run | None = None  # that ended
        self._files: set[str] = set()  # that are watched
        self._acts: list[events.Steered] = []  # since the last run began
        self._echoes: set[str] = set()  # that changed while a run went on, and have started another

    def command(self, line: str) -> None:
        """Take a command, as a line."""
        try:
            self._items.put(commands.decode(line))
        except JournalError as error:
            self.emit(events.Refused(str(error)))

    def leave(self) -> None:
        """End soon; may be called from a signal handler."""
        self._items.put(commands.Leave())

    # -- the loop ------------------------------------------------------------------------------------------------
    def serve(self) -> None:
        """Read and run the script, then do what comes."""
        self._tell_state()
        self.looking_back.list()
        self._watcher.watch([self.path])
        if self._watcher.polling:
            self.emit(events.Note(f"Files are looked at twice a second: {self._watcher.why}."))
        self._items.put(_Save(()))  # the script as it is
        try:
            while not self._left:
                item = self._items.get()
                try:
                    self._do(item)
                except Exception:  # a fault of mliter's own must not end the session, nor be hidden
                    self.emit(events.Note(f"mliter itself failed; please report this: {traceback.format_exc()}"))
                    self._phase = "running" if self._run is not None else "waiting"
                    self._tell_state()
        finally:
            self._close()

    def _do(self, item: _Save | _End | commands.Command) -> None:
        match item:
            case _Save():
                self._saved(item.paths)
            case _End():
                self._ended(item.run)
            case commands.Leave():
                self._left = True
            case _:
                try:
                    self._obey(item)
                except MliterError as error:
                    self.emit(events.Refused(str(error)))
        self._tell_state()

    def _close(self) -> None:
        self._watcher.stop()
        if self._run is not None:
            self._run.cancel()
            self._run.join(_PATIENCE_SECONDS)
        self._standby.close()
        self._previews.close()
        self.looking_back.teacher.close()
        self._steering.close()

    def _tell_state(self) -> None:
        state = events.SessionState(
            self.path, self._phase, self.auto, self.settings.policy, self.store.used_bytes(), self.store.budget
        )
        if state != self._told:
            self._told = state
            self.emit(state)

    # -- saves ---------------------------------------------------------------------------------------------------
    def _saved(self, paths: tuple[str, ...]) -> None:
        if self.path in paths:
            self._echoes.clear()
        elif paths and (self._nothing_new() or self._echo(paths)):
            return
        if paths:
            self.emit(events.Saved(paths, time.time()))
        if not self._read():
            return
        if self._run is not None:
            self._again = self._again or self.auto
            if self.auto:
                self._make_way()
        elif self.auto:
            self._start()

    def _nothing_new(self) -> bool:
        """Whether files changed that make no difference: others of a folder that was listed, say."""
        if self._last is None or self._run is not None:
            return False
        try:
            version = self._version(read_text(self.options.script))
        except (SyntaxError, ScriptError):
            return True  # the script itself was not saved, and what is wrong with it has been told
        return planned(version, 0).as_it_ran(self._last)

    def _echo(self, paths: tuple[str, ...]) -> bool:
        """Whether the run itself brings these changes about, time and again: then another run would, too.

        The first time a file changes during a run that may have been the user.
        """
        run = self._run or self._last
        if run is None or set(changed_since(run.begun, paths)) != set(paths) or (
            run.ended is not None and changed_since(run.ended, paths)
        ):
            self._echoes.clear()
            return False
        if not self._echoes.issuperset(paths):
            self._echoes.update(paths)
            return False
        names = ", ".join(map(os.path.basename, paths[:3]))
        self.emit(events.Note(f"{names}: changed by each run of the script, it seems; that starts no other."))
        return True

    def _read(self) -> bool:
        """Read and plan the script as it is now, and tell; whether that could be done."""
        phase, self._phase = self._phase, "planning" if self._run is None else self._phase
        self._tell_state()
        text = ""
        try:
            text = read_text(self.options.script)
            version = self._version(text)
            number = self.store.last_iteration(self.path) + 1 + (self._run is not None)
            new = planned(version, number)
            self._planned = replace(new, plan=without(new.plan, self._standby.done_ahead(new)))
        except SyntaxError as error:
            self.emit(events.VersionBroken(error.lineno or 1, error.msg, text))
            return False
        except ScriptError as error:
            self.emit(events.VersionBroken(1, str(error), text))
            return False
        finally:
            self._phase = phase
        self._fresh = True
        self._steering.desk = self._planned
        self.emit(self._planned.read)
        self.emit(self._planned.plan)
        if self._run is None and (before := repeated(version, self._planned.forecast)) is not None:
            self.emit(events.TriedBefore(before.past.number, before.text))
        files = watched_files(version, self._planned.forecast)
        self._watcher.watch(files)
        self._files = set(files)
        if self._run is None:
            self._standby.prepare(text, self._planned)
        return True

    def _version(self, text: str) -> Version:
        """This text as a version, by what there is on disk now. Raises SyntaxError."""
        importlib.invalidate_caches()  # modules and packages may have come since this process looked last
        version = Version(self.settings, text, self.store, self._pins)
        version.force(self._steering.forced_nodes(version.script.nodes))
        return version

    def _make_way(self) -> None:
        """A newer version is to run: end the running one, after the node it is at where both want that."""
        run, new = self._run, self._planned
        if run is None or new is None:
            return
        node = run.node
        try:
            wanted = node is not None and still_wanted(run.version, node, run.iteration.env.copy(), new)
        except (AttributeError, RuntimeError):  # it has just begun, or is between two nodes
            wanted = True
        self._phase = "cancelling"
        if wanted:
            run.stop()
        else:
            run.cancel()

    # -- running -------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        if not self._fresh and not self._read():
            return
        new = self._planned
        if new is None:
            raise UsageError("There is nothing to run yet: mend the script and save it.")
        self._again, self._fresh, self._phase = False, False, "running"
        taken = time.time()
        standby = self._standby.take(new) if new.forecast.computed else None
        beginning: tuple[events.Event, ...] = (*self._acts, new.read, new.plan)
        self._acts.clear()
        self._run = Run(new.version, new.number, beginning, self.emit, standby, self._report_end)
        self._run.begun = taken
        self._tell_state()
        self._run.start()

    def _report_end(self, run: Run) -> None:
        self._items.put(_End(run))

    def _ended(self, run: Run) -> None:
        self._run, self._last, self._phase, self._fresh = None, run, "waiting", False
        self._steering.computed(run.computed)
        for note in self.store.notes:
            self.emit(events.Note(note))
        self.store.notes.clear()
        self.looking_back.teacher.again()
        if self._again:
            self._start()
        else:
            desk = self._desk()
            self._standby.prepare(run.version.text, desk)
            files = watched_files(desk.version, desk.forecast)
            self._watcher.watch(files)
            if saved := changed_since(run.begun, set(files) - self._files):
                self._items.put(_Save(saved))
            self._files = set(files)
        self._list_cache()

    # -- commands ------------------------------------------------------------------------------------------------
    def _obey(self, command: commands.Command) -> None:
        match command:
            case commands.RunNow():
                if self._run is not None:
                    raise UsageError("An iteration runs already; cancel it first.")
                self._fresh = False  # the plan may be old
                self._steered(events.Steered("run", "Run by hand.", time.time()))
                self._start()
            case commands.Cancel():
                if self._run is None:
                    raise UsageError("Nothing runs that could be cancelled.")
                self._again, self._phase = False, "cancelling"
                self._run.cancel()
                self._steered(events.Steered("cancel", f"Iteration {self._run.number} is cancelled.", time.time()))
            case commands.SetAuto() | commands.SetPolicy() | commands.SetBudget():
                self._set(command)
            case commands.Weigh():
                self._desk()
                self.emit(self._steering.weigh(commands.decode(command.command), command.command))
            case commands.Explain():
                self._explain(command.node)
            case commands.Preview():
                self._previews.ask(self._desk(), command.node, command.name)
            case commands.ListCache():
                self._list_cache()
            case (
                commands.ListHistory() | commands.Recall() | commands.Remark() | commands.Study() | commands.Compare()
                | commands.SetLabel() | commands.SetMetric()
            ):  # fmt: skip
                self.looking_back.obey(command)
            case _:
                self._desk()
                self._steered(self._steering.act(command))
                self._replan()

    def _steered(self, told: events.Steered) -> None:
        self.emit(told)
        self._acts.append(told)

    def _replan(self) -> None:
        """What is kept, forced or accepted has changed, and so has the plan."""
        self._fresh = False
        self._list_cache()
        if self._run is None:
            self._read()

    def _set(self, command: commands.SetAuto | commands.SetPolicy | commands.SetBudget) -> None:
        match command:
            case commands.SetAuto():
                self.auto = command.on
                text = "Saves run at once." if self.auto else "Saves are planned only; run them yourself."
                self._steered(events.Steered("auto", text, time.time()))
                return
            case commands.SetPolicy():
                if command.policy not in POLICIES:
                    raise UsageError(f"There is no policy {command.policy!r}; choose one of {', '.join(POLICIES)}.")
                self.settings = self.settings._replace(policy=command.policy)
                if self._run is not None:
                    self._run.iteration.keeper.policy = policy(command.policy)
                self._steered(events.Steered("policy", f"Values are kept by policy {command.policy}.", time.time()))
            case commands.SetBudget():
                if command.nbytes < 1:
                    raise UsageError("The budget must be above 0 bytes; to keep nothing, set the policy never.")
                self.store.budget = command.nbytes
                fits = self.store.used_bytes() <= command.nbytes or self.store.make_room(0, float("inf"))
                more = "" if fits else " It holds more than that; unpin or evict values."
                text = f"The store may take {bytes_text(command.nbytes)}.{more}"
                self._steered(events.Steered("budget", text, time.time()))
        self._replan()

    def _desk(self) -> Planned:
        """The newest plan, as things are now; as it was before the run while one goes on. Raises UsageError."""
        if not self._fresh and self._run is None and self._planned is not None:
            version = self._version(self._planned.version.text)
            self._planned = planned(version, self._planned.number)
            self._steering.desk = self._planned
        if self._planned is None:
            raise UsageError("No version of the script could be read yet; mend it and save.")
        return self._planned

    def _explain(self, number: int) -> None:
        desk = self._desk()
        state = next((s for s in desk.plan.states if s.node == number), None)
        node = desk.version.script.by_number.get(number)
        if node is None:
            raise UsageError(f"There is no node {number} in this version.")
        if state is None:
            return  # not reached; or a pass that has come to be in the run, which has a plan once that has ended
        self.emit(explained(desk.version, desk.forecast, node, state.action, state.reason))

    def _list_cache(self) -> None:
        entries = tuple(
            CacheEntry(a.fp, a.label, a.nbytes, a.load_seconds, a.compute_seconds, a.used, a.pinned)
            for a in self.store.artifacts()
        )
        self.emit(events.CacheListed(entries, self.store.used_bytes(), self.store.budget))
