"""Acts: all that a key, a click or the palette can do; and the keys that a person gave them instead.

An act has one name, which is also the name of its key binding, so that [keys] of the config file can remap it:

    [keys]
    pin = "P"
    quit = "q,ctrl+x"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mliter_tui.lean import dataclass

if TYPE_CHECKING:
    from mliter_tui.tui.app import WatchApp


def always(app: WatchApp) -> str:
    """Nothing stands against it."""
    return ""


@dataclass(frozen=True, slots=True)
class Act:
    """`able` says in one sentence why it cannot be done now, "" where it can. keys: Textual's names, by commas.

    hint: its word at the foot of the screen, "" for none; rooms: the views whose foot shows it, () for all.
    group: where help lists it.
    """

    name: str
    keys: str
    help: str
    run: Callable[[WatchApp], None]
    group: str
    hint: str = ""
    able: Callable[[WatchApp], str] = always
    rooms: tuple[str, ...] = ()


_SHOWN = {
    "left_square_bracket": "[", "right_square_bracket": "]", "comma": ",", "full_stop": ".", "greater_than_sign": ">",
    "less_than_sign": "<", "slash": "/", "question_mark": "?", "plus": "+", "minus": "-", "down": "↓", "up": "↑",
    "left": "←", "right": "→", "pagedown": "pgdn", "pageup": "pgup", "equals_sign": "=", "colon": ":", "asterisk": "*",
}  # fmt: skip
_WORDS = {"↓": "down", "↑": "up", "←": "left", "→": "right"}


def shown(key: str, ascii: bool = False) -> str:
    """A key as people write it: ctrl+p is ^p."""
    key = key.strip()
    found = _SHOWN.get(key, key)
    if ascii and found in _WORDS:
        return _WORDS[found]
    return "^" + found[5:] if found.startswith("ctrl+") else found


def config_file() -> Path:
    """Where a person's own keys are."""
    from platformdirs import user_config_dir

    return Path(user_config_dir("mliter")) / "config.toml"


def own_keys(path: Path, known: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """The keys a person gave to acts, and a sentence for each entry that cannot be meant. A missing file is none."""
    import tomllib

    try:
        found: Any = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError) as error:
        return {}, [f"{path} cannot be read ({error}); its keys are as they were."]
    table = found.get("keys", {})
    if not isinstance(table, dict):
        return {}, [f'{path}: [keys] has to be a table, as in pin = "P".']
    names = set(known)
    given, wrong = {}, []
    for name, keys in table.items():
        if name not in names:
            wrong.append(f"{path}: there is nothing called {name!r} to give a key; ? lists the names.")
        elif not isinstance(keys, str) or not keys.strip() or not all(map(is_key, keys.split(","))):
            wrong.append(f'{path}: {name} = {keys!r} is no key; write one like "x", "ctrl+x" or "f5".')
        else:
            given[name] = ",".join(part.strip() for part in keys.split(","))
    taken: dict[str, str] = {}
    for name, keys in given.items():
        for key in keys.split(","):
            if (other := taken.setdefault(key, name)) != name:
                wrong.append(f"{path}: {key} is given to {other} and to {name}; {other} has it.")
    return given, wrong


_NAMED = {
    "space", "enter", "escape", "tab", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown", "up",
    "down", "left", "right",
}  # fmt: skip


def is_key(text: str) -> bool:
    """Whether this names a key of a keyboard."""
    *before, last = text.strip().split("+") if text.strip() != "+" else ["+"]
    if any(each not in ("ctrl", "shift", "alt", "super") for each in before):
        return False
    if len(last) == 1 or last in _NAMED or last in _SHOWN:
        return True
    return last.startswith("f") and last[1:].isdecimal() and 1 <= int(last[1:]) <= 24
