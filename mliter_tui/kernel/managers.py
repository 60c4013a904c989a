"""Managers of contexts: what is known of what they do, by their type, before they are entered.

"value": all they do is to give a value, whose statements read it by itself. "setting": they set something for as long
as the context lasts, and that is undone when it is left. Of any other it may be that statements inside change it
unseen, as those do that add to a model which is being made; of such a `with` nothing can be taken apart.
"""

from __future__ import annotations

import dis
from collections.abc import Iterable
from types import CodeType, FunctionType
from typing import Any

from mliter_tui.codekey import names_of
from mliter_tui.hidden import BASES_OF_MANAGERS, ENTERING
from mliter_tui.kernel.clocks import reached
from mliter_tui.kernel.live import Live
from mliter_tui.kernel.parts import SUSPENDED
from mliter_tui.kernel.patching import mocks, patches
from mliter_tui.kernel.probing import module_of

VALUE, SETTING = "value", "setting"
_VALUES = (
    "_io.", "gzip.GzipFile", "bz2.BZ2File", "lzma.LZMAFile", "zipfile.ZipFile", "tarfile.TarFile", "tempfile.",
    "contextlib.suppress", "contextlib.nullcontext", "contextlib.closing", "tqdm.",
)  # fmt: skip
_SETTINGS = (
    "numpy.errstate", "numpy.core", "numpy._core", "numpy.printoptions", "warnings.catch_warnings", "decimal.",
    "contextlib.chdir", "pandas._config.", "pandas.core.config", "sklearn._config.", "torch.autograd.grad_mode.",
    "torch.autograd.anomaly_mode.", "torch.amp.", "torch.cuda.amp.", "torch.cpu.amp.", "torch.random.", "matplotlib.",
    "seaborn.", "joblib.parallel.", "threadpoolctl.",
)  # fmt: skip
_ENTERS = frozenset({"BEFORE_WITH", "BEFORE_ASYNC_WITH", "LOAD_SPECIAL"})
_GIVEN_AWAY = frozenset({"interpreter", "logging", "signals"})
"""Settings of the process by which what is printed or logged inside may go to the manager, unseen."""


def known(manager: Any, live: Live) -> str:
    """VALUE or SETTING, "" for one of which nothing is known."""
    kind = type(manager)
    if kind.__module__ == "contextlib" and kind.__name__ == "_GeneratorContextManager":
        function = getattr(manager, "func", None)
        if type(function) is not FunctionType:
            return ""
        if _is_own(module_of(function), live):
            return SETTING if _is_plain([function], live) else ""
        return SETTING if _named(function, _SETTINGS) else ""
    if getattr(manager, "_record", False):  # of warnings: each goes to a list
        return ""
    if any(_is_own(module_of(each), live) for each in kind.__mro__):
        others = {module_of(each).partition(".")[0] for each in kind.__mro__ if not _is_own(module_of(each), live)}
        return SETTING if others <= BASES_OF_MANAGERS and _is_plain(kind.__mro__, live) else ""
    return VALUE if _named(kind, _VALUES) else SETTING if _named(kind, _SETTINGS) else ""


def gives_away(settings: Iterable[str]) -> bool:
    """Whether what was set by entering lets statements inside reach the manager unseen."""
    return not _GIVEN_AWAY.isdisjoint(settings)


def _named(what: Any, names: tuple[str, ...]) -> bool:
    return f"{module_of(what)}.{what.__qualname__}".startswith(names)


def _is_own(module: str, live: Live) -> bool:
    return module == "__main__" or live.is_local_module(module)


def _is_plain(made_of: Iterable[Any], live: Live) -> bool:
    """Whether code of the user's enters no context of others, and sets nothing in libraries."""
    own = [each for each in made_of if _is_own(module_of(each), live)]
    codes = reached(None, own, live.definitions)[2]
    return not patches(codes, live) and not mocks(codes) and not any(map(_enters, codes))


def _enters(code: CodeType) -> bool:
    """Whether it may leave a context entered: with a `with`, where it gives values away or waits inside."""
    names = names_of(code)
    if not ENTERING.isdisjoint(names.attributes | names.reads):
        return True
    if code.co_flags & SUSPENDED and any(op.opname in _ENTERS for op in dis.get_instructions(code)):
        return True
    return any(map(_enters, (each for each in code.co_consts if isinstance(each, CodeType))))


def special(value: Any, name: str) -> Any:
    """A method as python looks it up for a statement: in the type, never in the object."""
    for each in type(value).__mro__:
        if name in each.__dict__:
            found = each.__dict__[name]
            bind = getattr(type(found), "__get__", None)
            return bind(found, value, type(value)) if bind is not None else found
    raise AttributeError(name)


def can_be_entered(value: Any) -> bool:
    """Whether it has what a `with` asks for."""
    return all(any(name in each.__dict__ for each in type(value).__mro__) for name in ("__enter__", "__exit__"))
