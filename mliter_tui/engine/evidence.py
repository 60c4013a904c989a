"""Evidence: what a trace observed beyond names, and whether it still holds (rule R2).

An observation is [kind, what, value]: "file" (content), "exists", "stat", "list:…" (what is
in a folder), "terminal" (whether a standard stream is one), "env", "argv", "cwd", "module" (a
local module's code), "loaded" (which local modules were there before this one was imported), "source" (the code of a
module found otherwise), "packages" (versions of installed ones), "line" (one of the user's that the output names),
"interpreter" (variables and flags that it goes by), "script" (where it is), "streams" (whether stdout and stderr are
one place, of a node that let C code print: its order is known for that only).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mliter_tui import reasons
from mliter_tui.codekey import code_fingerprint
from mliter_tui.engine.environment import Environment, digest
from mliter_tui.engine.lines import Lines
from mliter_tui.engine.outlook import Outlooks
from mliter_tui.engine.packages import Versions
from mliter_tui.engine.written import FOLDER, NOTHING, has_bytes
from mliter_tui.kernel.environ import ALL, OF_THE_INTERPRETER, names_hash, value_hash
from mliter_tui.kernel.folders import listing
from mliter_tui.kernel.looking import kind_itself, stat_key
from mliter_tui.script.definitions import Definitions
from mliter_tui.store import Store

Table = dict[str, dict[str, tuple[str, list[str]]]]


class Evidence:
    """Checks observations for one iteration; each outside fact is looked at once."""

    def __init__(
        self, store: Store, versions: Versions, table: Table, args: tuple[str, ...], lines: Lines,
        terminals: tuple[bool, ...], common: bool,
    ) -> None:
        self.store, self.versions, self.table = store, versions, table
        self.modules = {m: row["*"][0] for m, row in table.items()}
        self.arguments = digest(*args)
        variables = (f"{name}={os.environ.get(name)}" for name in OF_THE_INTERPRETER)
        self.interpreter = digest(*variables, *sys.warnoptions, repr(sys.flags))
        self.lines, self.terminals, self.common = lines, terminals, common
        self.outlooks = Outlooks(store)
        self._files: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self.closures: dict[str, frozenset[str]] = {}
        self.patching: dict[str, str] = {}
        self.local_files: set[str] = set()
        self.script = ""

    def local(self, script: str, paths: Iterable[str], definitions: Definitions) -> None:
        """Take note of where the script and the local modules are, and of what importing each of these does besides."""
        self.script = script
        self.local_files = {os.path.realpath(p) for p in paths}
        self.closures, self.patching = definitions.closures, definitions.patching()

    def may_be_installed(self, top: str) -> bool:
        """Whether a name in an import is, or may one day be, an installed package."""
        local = any(m.partition(".")[0] == top for m in self.table)
        return not local and top not in sys.stdlib_module_names and top not in ("__main__", "mliter_tui")

    def forget_files(self) -> None:
        self._files.clear()

    def content(self, path: str) -> str:
        """Hash of a file's content on disk now; "-" if there is none."""
        if path not in self._files:
            try:
                self._files[path] = self.store.hash_file(Path(path)) if os.path.isfile(path) else "-"
            except OSError:
                self._files[path] = "-"
        return self._files[path]

    def definition(self, place: str) -> str:
        """Key of a local definition, "MODULE:NAME"; "-" if there is none."""
        module, _, name = place.partition(":")
        found = self.table.get(module, {}).get(name)
        return found[0] if found is not None else "-"

    def source(self, path: str) -> str:
        """Key of what the code in a file does; of the file if it is no program."""
        if path not in self._sources:
            try:
                code = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
                self._sources[path] = code_fingerprint(code, True).hex()
            except (OSError, SyntaxError, ValueError, RecursionError):
                self._sources[path] = self.content(path)
        return self._sources[path]

    def resolve(self, given: str) -> str:
        return os.path.realpath(os.path.abspath(given))

    def now(self, kind: str, what: str, value: str, env: Environment) -> str:
        """The value this observation would have now."""
        if kind == "file":
            path = self.resolve(what)
            return env.files[path] if path in env.files else self.content(path)
        if kind == "exists":
            content = env.files.get(what)
            if content is None:
                return kind_itself(what)
            return "file" if has_bytes(content) else content
        if kind == "stat":
            if what in env.files and env.files[what] != self.content(what):
                return "to be restored"
            try:
                return stat_key(what, "getsize" if value.startswith("size:") else "all")
            except OSError:
                return "-"
        if kind.startswith("list:"):
            return self._listing(kind, what, env)
        if kind == "env":
            return names_hash() if what == ALL else value_hash(os.environ.get(what))
        if kind == "interpreter":
            return self.interpreter
        if kind == "terminal":
            return "yes" if self.terminals[int(what)] else "no"
        if kind == "argv":
            return self.arguments
        if kind == "cwd":
            return os.getcwd()
        if kind == "module":
            return self.modules.get(what, "-")
        if kind == "definition":
            return self.definition(what)
        if kind == "loaded":
            return " ".join(sorted(env.loaded & self.closures.get(what, frozenset())))
        if kind == "script":
            return self.script
        if kind == "source":
            return self.source(what)
        if kind == "streams":
            return "one" if self.common else "two"
        if kind == "packages":
            return self.versions.together(what)
        return self.lines.now(what)

    def _listing(self, asked: str, folder: str, env: Environment) -> str:
        """What is in a folder, as it will be when files that are still to be restored have been."""
        pending = {
            os.path.basename(path): content if content in (NOTHING, FOLDER) else "file"
            for path, content in env.files.items() if os.path.dirname(path) == folder
        }  # fmt: skip
        return listing(asked, folder, pending if pending or env.files.get(folder) == FOLDER else None)

    def mismatch(self, trace: dict[str, Any], env: Environment) -> reasons.Reason | None:
        """Why a trace does not hold any more; None if all it observed still does."""
        if (changed := self.outlooks.changed(trace["outlook"], env.outlook)) is not None:
            return _difference(*changed)
        for kind, what, value in trace["obs"]:
            now = self.now(kind, what, value, env)
            if now != value and kind == "packages":
                return reasons.EnvironmentChanged(*self.versions.difference(what, value))
            if now != value:
                return _difference(kind, what, value, now)
        return None


def _difference(kind: str, what: str, value: str, now: str) -> reasons.Reason:
    """An observation that is another one now, in words."""
    if kind in ("file", "exists", "stat", "source") or kind.startswith("list:"):
        return reasons.FileChanged(path=what, mtime=None, before=value, after=now)
    if kind in ("module", "definition", "loaded"):
        return reasons.SourceChanged(diff=f"in local module {what.replace(':', ', ')}")
    named = "names of variables" if what == ALL else f"{kind} {what}".strip()
    return reasons.EnvironmentChanged(package=named, before=value[:12], after=now[:12])
