"""A value as text, made by a short-lived process of its own: one request on stdin, one answer on stdout, as JSON.

Nothing of the user's is run: classes of the script and of its modules are stand-ins that take any state.
"""

from __future__ import annotations

import base64
import json
import reprlib
import sys
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

ROWS, COLUMNS = 12, 12
MOST_TEXT, MOST_NUMBERS = 20_000, 400
_WIDTH = 110


def main() -> None:
    """Entry of the process."""
    request = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints while it loads is nobody's answer
    stand_in(request["modules"])
    from mliter_tui.kernel.artifacts import Damaged, load

    try:
        roots = load(request["manifest"], Path(request["folder"]), base64.b64decode(request["key"]))
        value = roots[""] if "" in roots else roots[request["name"]]
        title, text, numbers = described(value)
    except (Damaged, KeyError) as error:
        title, text, numbers = "cannot be shown", str(error), []
    json.dump({"title": title, "text": text[:MOST_TEXT], "numbers": numbers}, out)


class _Stranger:
    """An object of a class that is defined in the user's code; it is shown by what it holds."""

    def __new__(cls, *args: Any, **named: Any) -> Any:
        self = super().__new__(cls)
        if args:
            self.__dict__["made from"] = args
        return self

    def __init__(self, *args: Any, **named: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state if isinstance(state, dict) else {"state": state})


def stand_in(modules: list[str]) -> None:
    """Put something in the place of the user's modules, whose classes are then strangers."""
    for name in ["__main__", *modules]:
        module = ModuleType(name)
        module.__path__ = []
        vars(module)["__getattr__"] = partial(_class, name)
        sys.modules[name] = module


def _class(module: str, name: str) -> type:
    if name.startswith("__"):
        raise AttributeError(name)
    made = type(name, (_Stranger,), {"__module__": module})
    setattr(sys.modules[module], name, made)
    return made


def described(value: Any) -> tuple[str, str, list[float]]:
    """(title, text, some numbers) of a value."""
    kind = type(value)
    top = kind.__module__.partition(".")[0]
    if top == "pandas" and hasattr(value, "iloc"):
        return _table(value)
    if top == "numpy" and hasattr(value, "shape"):
        return _array(value)
    if hasattr(value, "get_params") and not isinstance(value, type):
        return _estimator(value)
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{kind.__name__} {_shape(value.shape)} {value.dtype}", _short(value), []
    if isinstance(value, (dict, list, tuple, set, frozenset)):
        return _container(value)
    if isinstance(value, (str, bytes)):
        text = value[:MOST_TEXT] if isinstance(value, str) else _short(value)
        return f"{kind.__name__}, {len(value):,} long", text, []
    if isinstance(value, _Stranger):
        return f"{kind.__qualname__} of the script", _rows(vars(value)), []
    return kind.__qualname__, _short(value), []


def _shape(shape: Any) -> str:
    return " × ".join(f"{n:,}" for n in shape) or "()"


def _short(value: Any) -> str:
    """A repr of bounded size; one that raises is named."""
    shorter = reprlib.Repr()
    shorter.maxstring = shorter.maxother = shorter.maxlong = 2000
    shorter.maxlist = shorter.maxtuple = shorter.maxdict = shorter.maxset = 20
    try:
        return shorter.repr(value)
    except Exception as error:  # the __repr__ of any class may raise anything
        return f"its repr raises {type(error).__name__}"


def _rows(named: dict[Any, Any]) -> str:
    names = [str(name) for name in named]
    width = min(30, max(map(len, names), default=0))
    return "\n".join(f"{name:<{width}}  {_line(value)}" for name, value in zip(names, named.values()))


def _line(value: Any) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{type(value).__name__} {_shape(value.shape)} {value.dtype}"
    return " ".join(_short(value).split())[:200]


def _table(value: Any) -> tuple[str, str, list[float]]:
    import pandas as pd

    frame = value if value.ndim == 2 else (value.to_frame() if hasattr(value, "to_frame") else None)
    title = f"{type(value).__name__} {_shape(value.shape)}"
    if frame is None:
        return title, _short(value), []
    head = frame.head(ROWS).to_string(max_cols=COLUMNS, line_width=_WIDTH)
    kinds = [f"{dtype}: {count}" for dtype, count in frame.dtypes.astype(str).value_counts().items()]
    missing = int(frame.head(1_000_000).isna().sum().sum())
    facts = f"{', '.join(kinds)}; {missing:,} missing; {frame.memory_usage().sum() / 1e6:.1f} MB"
    numeric = frame.select_dtypes("number")
    numbers: list[float] = []
    if isinstance(frame, pd.DataFrame) and numeric.shape[1]:
        facts += f"; chart: {numeric.columns[0]}"
        numbers = _numbers(numeric.iloc[:, 0].to_numpy())
    return title, f"{facts}\n\n{head}", numbers


def _array(value: Any) -> tuple[str, str, list[float]]:
    import numpy as np

    facts = f"{value.nbytes / 1e6:.1f} MB"
    plain = value.dtype.kind in "biuf" and value.size
    if plain:
        some = value.ravel()[:: max(1, value.size // 1_000_000)]
        facts += f"; min {np.nanmin(some):.6g}, mean {np.nanmean(some):.6g}, max {np.nanmax(some):.6g}"
    with np.printoptions(threshold=200, edgeitems=4, linewidth=_WIDTH, precision=4):
        text = str(value)
    numbers = _numbers(value) if plain else []
    return f"{type(value).__name__} {_shape(value.shape)} {value.dtype}", f"{facts}\n\n{text}", numbers


def _numbers(values: Any) -> list[float]:
    """Some of them, evenly spaced, finite."""
    import numpy as np

    flat = np.asarray(values).ravel()
    some = flat[:: max(1, -(-flat.size // MOST_NUMBERS))].astype(float)
    return [float(x) for x in some if np.isfinite(x)]


def _estimator(value: Any) -> tuple[str, str, list[float]]:
    try:
        parameters = value.get_params(deep=False)
    except Exception as error:  # any class may have a method of this name
        return type(value).__name__, f"its parameters cannot be had ({type(error).__name__})", []
    learnt = {n: v for n, v in vars(value).items() if n.endswith("_") and not n.startswith("_")}
    text = _rows(parameters)
    if learnt:
        text += f"\n\nlearnt\n{_rows(learnt)}"
    return type(value).__name__, text, []


def _container(value: Any) -> tuple[str, str, list[float]]:
    title = f"{type(value).__name__}, {len(value):,} item{'s' if len(value) != 1 else ''}"
    if isinstance(value, dict):
        some = dict(list(value.items())[:50])
        return title, _rows(some), []
    items = list(value)[:50] if not isinstance(value, (list, tuple)) else list(value[:50])
    numbers = [float(x) for x in items if isinstance(x, (int, float))]
    return title, "\n".join(_line(item) for item in items), numbers if len(numbers) == len(items) else []
