"""The end of the script's process.

Python takes a process apart before it ends: exit handlers, what the script's modules hold, all cyclic garbage, then
every module of every library. The last step takes a quarter of a second where scikit-learn was imported, and nobody
sees anything of it. `leave` does the others in Python's order and then ends the process, unless something is about
that could notice: then it returns, and the interpreter does it all.
"""

from __future__ import annotations

import atexit
import gc
import os
import re
import sys
import threading
import weakref
from types import ModuleType
from typing import TYPE_CHECKING

from mliter_tui.kernel.workers import children

if TYPE_CHECKING:
    from mliter_tui.kernel.session import Session

# words in the user's code that may mean work to be done while the interpreter is taken apart
_TELLING = ("__del__", "finalize", "async", "settrace", "setprofile", "set_debug", "callbacks")
_TELLING_MODULES = frozenset({"weakref", "ctypes"})
# libraries that do something then
_BUSY = ("torch", "tensorflow", "jax", "mpi4py", "pyspark", "ray", "cupy", "coverage", "tracemalloc")


def leave(session: Session, status: int) -> None:
    """End the process with this status, if that cannot be told from Python's own way; else return."""
    if not _simple(session):
        wind_down(session)
        return
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the interpreter does
    atexit._run_exitfuncs()
    if session.lasting.open_files() or children():
        gc.unfreeze()
        return  # exit handlers run once
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    for module in _own(session):
        _clear(module)
    gc.collect()
    for stream in (session.recorder.stdout, session.recorder.stderr):
        if not stream.closed:
            stream.flush()
    import ctypes

    ctypes.PyDLL(None).exit(status)  # with the C library's own exit handlers


def wind_down(session: Session) -> None:
    """Do what Python does first, so that what is said meanwhile is still shown; the interpreter does the rest."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout, sys.stderr = session.recorder.stdout, session.recorder.stderr
    if threading.active_count() == 1:  # another thread would find its names gone
        _end_modules(session)
    gc.unfreeze()  # what was imported ahead goes as ever
    for stream in (session.recorder.stdout, session.recorder.stderr):
        if not stream.closed:
            stream.flush()


def _end_modules(session: Session) -> None:
    """Let go of the user's modules, as the interpreter does of all: those nobody holds end, the rest is cleared."""
    names = ["__main__", *(n for n in session.live.definitions if n in sys.modules)]
    left = [weakref.ref(sys.modules[name]) for name in names if isinstance(sys.modules[name], ModuleType)]
    session.live.frames.clear()
    held = vars(session.main)
    session.main = session.live.main = ModuleType("__main__")
    for name in names:
        sys.modules[name] = None  # type: ignore[assignment]
    if sys.getrefcount(held) > 2:  # functions hold it: it goes as cyclic garbage, the oldest first
        for name in list(held):
            if hasattr(type(held[name]), "__del__"):
                held[name] = None
    del held
    gc.collect()
    for each in reversed(left):
        if (module := each()) is not None:
            _clear(module)
    gc.collect()


def _simple(session: Session) -> bool:
    texts = session.texts
    if any(word in text for text in texts for word in _TELLING) or any(name in sys.modules for name in _BUSY):
        return False
    imports = [line for text in texts for line in text.splitlines() if "import" in line]
    if any(not _TELLING_MODULES.isdisjoint(re.findall(r"\w+", line)) for line in imports):
        return False
    if sys.flags.dev_mode or sys.flags.verbose or sys.flags.inspect or os.environ.get("PYTHONMALLOCSTATS"):
        return False
    if session.recorder.stdout is not sys.stdout or session.recorder.stderr is not sys.stderr:
        return False
    return not session.lasting.open_files() and not children()


def _own(session: Session) -> list[ModuleType]:
    """The script's module and the user's other ones."""
    local = [sys.modules.get(name) for name in session.live.definitions]
    return [session.main, *(m for m in local if isinstance(m, ModuleType) and m is not session.main)]


def _clear(module: ModuleType) -> None:
    """Let go of what a module holds, in the interpreter's order: private names first."""
    names = vars(module)
    for private in (True, False):
        for name in list(names):
            if (name.startswith("_") and not name.startswith("__")) is private and name != "__builtins__":
                names[name] = None
