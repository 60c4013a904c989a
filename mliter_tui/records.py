"""Frozen dataclasses as JSON objects, and back with every type checked.

Field types may be str, bool, int, float, Literal, tuples of these, dataclasses of the kind, `X | None`, and unions
whose members have `to_json` (`union` reads those back). Numbers JSON has no word for are written "inf", "-inf", "nan".
A field that is absent takes its default; one that the class does not know, written by a later version, is passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
_NUMBERS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def type_name(kind: type[Any]) -> str:
    """How a line calls a class: NodeFinished is node_finished."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def to_fields(record: Any) -> dict[str, Any]:
    """The fields of a dataclass in types JSON has."""
    return {each.name: _out(getattr(record, each.name)) for each in fields(record)}


def _out(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_out(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if hasattr(value, "to_json"):
        return value.to_json()
    return to_fields(value) if is_dataclass(value) else value


def from_fields(kind: type[Record], data: Any, union: Callable[[Any], Any]) -> Record:
    """A `kind` from what `to_fields` gave. Raises ValueError where a field is missing or of another type."""
    if not isinstance(data, dict):
        raise ValueError(f"{kind.__name__} has to be an object")
    given = {}
    for each, hint in _hints(kind):  # type: ignore[arg-type]
        if each.name in data:
            given[each.name] = _in(hint, data[each.name], union, each.name)
        elif each.default is MISSING and each.default_factory is MISSING:
            raise ValueError(f"{kind.__name__} has no {each.name!r}")
    return kind(**given)


@cache
def _hints(kind: type[Any]) -> tuple[tuple[Field[Any], Any], ...]:
    hints = get_type_hints(kind)
    return tuple((each, hints[each.name]) for each in fields(kind))


def _in(hint: Any, value: Any, union: Callable[[Any], Any], name: str) -> Any:
    origin, of = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        if value is None and NoneType in of:
            return None
        members = [each for each in of if each is not NoneType]
        return _in(members[0], value, union, name) if len(members) == 1 else union(value)
    if origin is tuple and isinstance(value, list):
        if of[-1] is Ellipsis:
            return tuple(_in(of[0], each, union, name) for each in value)
        if len(of) == len(value):
            return tuple(_in(each, item, union, name) for each, item in zip(of, value))
    elif origin is Literal:
        if isinstance(value, str) and value in of:
            return value
    elif hint is float:
        if isinstance(value, str) and value in _NUMBERS:
            return _NUMBERS[value]
        if type(value) in (int, float):
            return float(value)
    elif is_dataclass(hint):
        return from_fields(hint, value, union)  # type: ignore[arg-type]
    elif type(value) is hint:
        return value
    raise ValueError(f"{name!r} is {value!r:.40}, which is not its type")
