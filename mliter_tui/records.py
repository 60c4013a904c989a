"""Frozen dataclasses as JSON objects, and back with every type checked.

Field types may be str, bool, int, float, Literal, tuples of these, dataclasses of the kind, `X | None`, and unions
whose members have `to_json` (`union` reads those back). Numbers JSON has no word for are written "inf", "-inf", "nan".
A field that is absent takes its default; one that the class does not know, written by a later version, is passed over.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
_LINE_NAMES: dict[type[Any], str] = {}
_PLAIN = (str, int)
_NUMBERS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def type_name(kind: type[Any]) -> str:
    """How a line calls a class: NodeFinished is node_finished."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def to_line(version: int, record: Any) -> str:
    """An event or a command as one line of ASCII without its end."""
    kind = type(record)
    if kind not in _LINE_NAMES:
        _LINE_NAMES[kind] = type_name(kind)
    return _encoded({"v": version, "type": _LINE_NAMES[kind], **to_fields(record)})


_encoded = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode  # made once: json.dumps makes one each time


def to_fields(record: Any) -> dict[str, Any]:
    """The fields of a dataclass in types JSON has."""
    return {name: _out(getattr(record, name)) for name in _names(type(record))}  # type: ignore[arg-type]


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def plain_json(value: Any) -> Any:
    """A value in types JSON has: of dicts and lists what they hold, else as of a field."""
    if isinstance(value, dict):
        return {key: plain_json(each) for key, each in value.items()}
    return [plain_json(each) for each in value] if isinstance(value, list | tuple) else _out(value)


def _out(value: Any) -> Any:
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, tuple | list):
        return [_out(each) for each in value]
    if hasattr(value, "to_json"):
        return value.to_json()
    return to_fields(value) if is_dataclass(value) else value


def from_fields(kind: type[Record], data: Any, union: Callable[[Any], Any]) -> Record:
    """A `kind` from what `to_fields` gave. Raises ValueError where a field is missing or of another type."""
    if not isinstance(data, dict):
        raise ValueError(f"{kind.__name__} has to be an object")
    given = {}
    for name, read, needed in _readers(kind, union):  # type: ignore[arg-type]
        if name in data:
            given[name] = read(data[name], name)
        elif needed:
            raise ValueError(f"{kind.__name__} has no {name!r}")
    return kind(**given)


Reader = Callable[[Any, str], Any]
"""From a value of JSON and the name of its field to the value of the record. Raises ValueError."""


@cache
def _readers(kind: type[Any], union: Callable[[Any], Any]) -> tuple[tuple[str, Reader, bool], ...]:
    """What reads each field, and whether there has to be one. Made once: scripts have thousands of nodes."""
    hints = get_type_hints(kind)
    return tuple(
        (each.name, _reader(hints[each.name], union), each.default is MISSING and each.default_factory is MISSING)
        for each in fields(kind)
    )


def _reader(hint: Any, union: Callable[[Any], Any]) -> Reader:
    origin, of = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _union_reader(of, union)
    if origin is tuple:
        return _tuple_reader(of, union)
    if origin is Literal:
        return lambda value, name: value if isinstance(value, str) and value in of else _refuse(value, name)
    if hint is float:
        return _float
    if is_dataclass(hint):
        return lambda value, name: from_fields(hint, value, union)  # type: ignore[arg-type]
    return lambda value, name: value if type(value) is hint else _refuse(value, name)


def _union_reader(of: tuple[Any, ...], union: Callable[[Any], Any]) -> Reader:
    members = [each for each in of if each is not NoneType]
    inner: Reader = _reader(members[0], union) if len(members) == 1 else lambda value, name: union(value)
    if NoneType not in of:
        return inner
    return lambda value, name: None if value is None else inner(value, name)


def _tuple_reader(of: tuple[Any, ...], union: Callable[[Any], Any]) -> Reader:
    if of[-1] is Ellipsis:
        each = _reader(of[0], union)
        return lambda value, name: (
            tuple([each(item, name) for item in value]) if isinstance(value, list) else _refuse(value, name)
        )
    readers = [_reader(part, union) for part in of]

    def fixed(value: Any, name: str) -> Any:
        if not isinstance(value, list) or len(value) != len(readers):
            return _refuse(value, name)
        return tuple([read(item, name) for read, item in zip(readers, value)])

    return fixed


def _float(value: Any, name: str) -> float:
    if type(value) is float or type(value) is int:
        return float(value)
    if isinstance(value, str) and value in _NUMBERS:
        return _NUMBERS[value]
    return float(_refuse(value, name))


def _refuse(value: Any, name: str) -> Any:
    raise ValueError(f"{name!r} is {value!r:.40}, which is not its type")
