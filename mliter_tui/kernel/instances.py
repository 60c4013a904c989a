"""Readers for containers and instances: native ones element by element, all others through their own `__reduce_ex__`.

The reduction is the one a pickle of protocol 5 would hold, so that what is read is what would be stored.
"""

from __future__ import annotations

import copyreg
import enum
import itertools
import os
import pickle
import random
import sys
from collections.abc import Iterable
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel import process_state
from mliter_tui.kernel.definitions import Named, named
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.iterators import behind
from mliter_tui.kernel.plain import ATOMS, END, End, dumps
from mliter_tui.kernel.probing import stored

if TYPE_CHECKING:
    from mliter_tui.kernel.walk import Walk

_BY_REFERENCE, _TEMPORARY = 1, 2
_SMALL = 8  # elements up to which a container is read one by one, not surveyed first
_END = b"0"  # marshal's end of a dict


def of_end(walk: Walk, _: End) -> None:
    walk.emit(_END)


def _count(length: int) -> bytes:
    return (length & 0xFFFFFFFF).to_bytes(4, "little")


def of_list(walk: Walk, value: list[object]) -> Iterable[object] | None:
    if identity(value) in walk.seen:
        walk.met(value)
        return None
    kinds = set(map(type, value))
    if not kinds <= ATOMS and len(value) > _SMALL and walk.subtree(value):
        return None
    walk.met(value)
    if kinds <= ATOMS:
        walk.emit(dumps(value, 2))
        return None
    walk.keep.append(value)  # it may have been made to be read: its id must not be given to another
    walk.emit(b"[" + _count(len(value)))
    return walk.pieces(list(value))


def of_tuple(walk: Walk, value: tuple[object, ...]) -> Iterable[object] | None:
    if set(map(type, value)) <= ATOMS:
        walk.emit(dumps(value, 2))
        return None
    if len(value) > _SMALL and walk.subtree(value):
        return None
    walk.keep.append(value)
    walk.emit(b"(" + _count(len(value)))
    walk.enter |= walk.flags & _TEMPORARY
    return walk.pieces(list(value))


def of_dict(walk: Walk, value: dict[object, object]) -> Iterable[object] | None:
    if identity(value) in walk.seen:
        walk.met(value)
        return None
    flat = set(map(type, value.values())) <= ATOMS and set(map(type, value)) <= ATOMS
    if not flat and len(value) > _SMALL and walk.subtree(value):
        return None
    walk.met(value)
    if flat:
        walk.emit(dumps(value, 2))
        return None
    walk.keep.append(value)
    walk.emit(b"{")
    return walk.pieces([*itertools.chain.from_iterable(value.items()), END])


def of_mapping(walk: Walk, value: dict[object, object]) -> Iterable[object] | None:
    """A Counter, defaultdict or OrderedDict: its items as those of a dict, since a reduction would copy them first."""
    if walk.met(value):
        return None
    kind, attributes = type(value), getattr(value, "__dict__", None) or None
    if kind.__name__ == "Counter" and attributes is not None:
        walk.unstorable()  # its reduction leaves them out
    if kind.__name__ in _CHANGED_BY_USE:
        walk.wild = True
    walk.emit(b"\1mapping{" + _count(len(value)))
    around = [kind, getattr(value, "default_factory", None), attributes and walk.state(value, attributes)]
    return walk.pieces([*around, *value, *value.values()])  # apart, as each part is mostly of one type


def of_bunch(walk: Walk, value: dict[object, object]) -> Iterable[object] | None:
    """A scikit-learn Bunch: its items; its `__setstate__` forgets the attributes on purpose."""
    if walk.met(value):
        return None
    walk.emit(b"\1bunch{")
    return [*itertools.chain.from_iterable(value.items()), END, type(value)]


def of_set(walk: Walk, value: set[object] | frozenset[object]) -> Iterable[object] | None:
    """A set in the order in which it is iterated, which prints show."""
    mutable = type(value) is set
    if mutable and walk.met(value):
        return None
    order = list(value)
    if len(order) > 1 and not _steady(value, order):
        walk.unstorable()
    walk.emit(b"<" if mutable else b">")
    walk.enter |= walk.flags & _TEMPORARY
    return walk.elements(order)


def _steady(value: set[object] | frozenset[object], order: list[object]) -> bool:
    """Whether a set made anew from its elements, here or in another process, is iterated in the same order."""
    kinds = set(map(type, order))
    inside = set(map(type, itertools.chain.from_iterable(order))) if kinds == {tuple} else kinds  # type: ignore[arg-type]
    flat = inside <= ATOMS and NoneType not in inside
    return (flat or all(map(_hashed_by_content, order))) and list(type(value)(order)) == order


def _hashed_by_content(value: object) -> bool:
    kind = type(value)
    if value is None:
        return sys.version_info >= (3, 12)  # before, the hash of None was its address
    if kind in ATOMS:
        return True
    if kind is tuple or kind is frozenset:
        return all(map(_hashed_by_content, value))  # type: ignore[call-overload]
    if isinstance(value, enum.Enum):
        return kind.__hash__ is enum.Enum.__hash__
    # Types with an inherited or hand-written hash may go by address somewhere below.
    return (kind.__module__, kind.__name__) in _HASHED or (
        kind.__module__ == "numpy" and hasattr(kind, "dtype") and kind.__name__ not in ("void", "object_"))


_HASHED = frozenset({
    ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time"), ("datetime", "timedelta"),
    ("decimal", "Decimal"), ("fractions", "Fraction"), ("uuid", "UUID"), ("pathlib", "PosixPath"),
    ("pathlib", "PurePosixPath"), ("pathlib._local", "PosixPath"), ("pathlib._local", "PurePosixPath"),
    ("pandas", "Timestamp"), ("pandas", "Timedelta"), ("pandas._libs.tslibs.timestamps", "Timestamp"),
})


def of_bytearray(walk: Walk, value: bytearray) -> None:
    if not walk.met(value):
        walk.emit(b"\1bytearray" + len(value).to_bytes(8, "little"))
        walk.emit(memoryview(value))
        if value and "numpy" in sys.modules:  # an array may lie in it
            import ctypes

            start = ctypes.addressof(ctypes.c_char.from_buffer(value))
            walk.holds(start, start + len(value), False, False, walk.number(value))


def of_typed_array(walk: Walk, value: Any) -> Iterable[object] | None:
    if identity(value) not in walk.seen and len(value):
        start, length = value.buffer_info()
        walk.holds(start, start + length * value.itemsize, False, False, -1 - len(walk.memory))
    return of_instance(walk, value)


def of_memoryview(walk: Walk, value: memoryview) -> Iterable[object] | None:
    if walk.met(value):
        return None
    walk.unstorable()
    try:
        content = value.tobytes()
    except ValueError:  # released
        walk.emit(b"\1released view")
        return None
    walk.emit(b"\1view" + dumps((value.format, value.shape, value.strides, value.readonly, content), 2))
    return [value.obj]


def of_pickle_buffer(walk: Walk, value: pickle.PickleBuffer) -> None:
    raw = value.raw()
    walk.emit(b"\1buffer" + bytes([raw.readonly]) + raw.nbytes.to_bytes(8, "little"))
    walk.emit(raw)


def of_view(walk: Walk, value: Any) -> Iterable[object] | None:
    """A live view of a dict: the mapping behind it. Cannot be pickled."""
    walk.unstorable()
    walk.emit(f"\1dict view {type(value).__name__}\0".encode())
    mapping = behind(value)
    if len(mapping) == 1 and not (isinstance(value, MappingProxyType) and isinstance(mapping[0], type)):
        return mapping
    walk.unreadable(value)
    return None


def of_name(walk: Walk, value: object) -> None:
    walk.emit(f"\1name {value!r}\0".encode())


def of_enum(walk: Walk, value: enum.Enum) -> Iterable[object]:
    walk.emit(b"\1enum" + dumps(getattr(value, "_name_", None), 2))
    return [type(value), Named(getattr(value, "_value_", None))]


def of_logger(walk: Walk, value: Any) -> None:
    """A logger by its name; what it was set to counts, but a pickle does not hold it."""
    state = process_state.of_logger(value)
    walk.emit(b"\1logger" + dumps(str(value.name), 2))
    if state != process_state.UNTOUCHED:
        walk.unstorable()
        walk.emit(dumps(process_state.describe({"": state}, [""]), 2))


def of_environment(walk: Walk, value: Any) -> Iterable[object] | None:
    walk.unstorable()
    if value is not os.environ and walk.met(value):
        return None
    walk.emit(b"\1environment")
    return [tuple(sorted(value.items()))]


def of_stream(walk: Walk, value: Any) -> Iterable[object] | None:
    """A file: the standard ones by name, one in memory by content, others not at all."""
    for name in ("stdin", "stdout", "stderr"):
        if value is getattr(sys, name, None) or value is getattr(sys, f"__{name}__", None):
            walk.unstorable()
            walk.emit(b"\1stream" + dumps(name, 2))
            return None
    return of_instance(walk, value)


def of_unreadable(walk: Walk, value: object) -> None:
    if not walk.met(value):
        walk.unreadable(value)


CONNECTION = "a connection"


def of_connection(walk: Walk, value: object) -> None:
    """An end of a pipe or socket: what comes out of it is the outside's."""
    walk.opaque.add(CONNECTION)
    of_unreadable(walk, value)


def of_opaque(walk: Walk, value: object) -> None:
    from mliter_tui.kernel.handlers import opaque_library

    library = opaque_library(type(value))
    walk.opaque.add(library)
    walk.packages.add(library)
    of_unreadable(walk, value)


def of_exception(walk: Walk, value: BaseException) -> Iterable[object] | None:
    """An exception; its traceback, and an `__init__` of its own that a pickle would call wrongly, keep it unstored."""
    kind = type(value)
    own = any("__init__" in vars(base) or "__new__" in vars(base) for base in kind.__mro__ if base.__flags__ & 1 << 9)
    if value.__traceback__ is not None or value.__context__ is not None or value.__cause__ is not None or own:
        walk.unstorable()
    return of_instance(walk, value)


def of_named_tuple(walk: Walk, value: tuple[object, ...]) -> Iterable[object]:
    walk.emit(b"\1tuple" + _count(len(value)))
    return [type(value), *tuple.__iter__(value)]


def of_value(walk: Walk, value: object) -> Iterable[object] | None:
    """An immutable object: its reduction, without identity."""
    return _reduced(walk, value)


def of_instance(walk: Walk, value: object) -> Iterable[object] | None:
    """Any other object: its reduction, with identity."""
    if type(value) is random.Random and value is random._inst:
        walk.emit(b"\1stream of random")  # the module's own generator is a stream of the run, not a value
        return None
    if walk.met(value):
        return None
    if type(value) in walk.plain:
        return _attributes(walk, value)
    return _reduced(walk, value)


_STATEFUL = frozenset({"itertools", "functools", "contextvars"})
_CHANGED_BY_USE = frozenset({"defaultdict", "ChainMap", "partial"})
_GENERATORS = ("random", "numpy.random.")
_MOCKS = frozenset({"unittest.mock", "mock.mock"})


def _reduced(walk: Walk, value: object) -> Iterable[object] | None:
    kind = type(value)
    home = str(kind.__module__)
    if home in _MOCKS:
        walk.unreadable(value)  # asked for anything, a mock makes another one
        return behind(value)
    if home in _STATEFUL or kind.__name__ in _CHANGED_BY_USE or hasattr(kind, "__next__"):
        walk.wild = True
    if home.startswith(_GENERATORS):
        walk.draws = True
    if home == "itertools" and sys.version_info >= (3, 12):
        walk.unreadable(value)  # their reduction is deprecated, and says so on stderr
        return behind(value)
    try:
        reducer = copyreg.dispatch_table.get(kind)
        reduction: Any = reducer(value) if reducer is not None else value.__reduce_ex__(5)
        if not isinstance(reduction, str):
            func, args, state, items, pairs, setter = (*reduction, None, None, None, None)[:6]
            items = list(items) if items is not None else None
            pairs = list(pairs) if pairs is not None else None
    except (Exception, SystemExit):  # any code may run here; whatever it raises, the object cannot be read
        walk.unreadable(value)
        return None
    if isinstance(reduction, str):
        return _global(walk, value, reduction)
    walk.keep.append(reduction)
    if _is_plain(kind, func, state, items, pairs):
        walk.plain.add(kind)
        return _attributes(walk, value)
    attributes = getattr(value, "__dict__", None) if state else None
    if type(attributes) is dict and (state is attributes or (type(state) is tuple and state[0] is attributes)):
        walk.state(value, attributes)
    # An attribute dictionary comes to be when someone looks for it: none and an empty one are the same.
    if type(state) is tuple and state and type(state[-1]) is dict and not state[-1]:
        state = (*state[:-1], None)
    walk.emit(b"\1reduced")
    walk.enter |= _TEMPORARY
    return [func, args, state or None, items, pairs, setter]


def _is_plain(kind: type, func: object, state: object, items: object, pairs: object) -> bool:
    """Whether instances of the type are their class and their attributes, by the reduction that all objects inherit."""
    return (
        func is copyreg.__newobj__  # type: ignore[attr-defined]
        and inherits_reduction(kind)
        and getattr(kind, "__getstate__", None) is object.__getstate__
        and not hasattr(kind, "__getnewargs__") and not hasattr(kind, "__getnewargs_ex__")
        and kind not in copyreg.dispatch_table and items is None and pairs is None
        and not copyreg._slotnames(kind)  # type: ignore[attr-defined]
        and not isinstance(state, tuple) and kind.__dictoffset__ != 0
        and not any(isinstance(vars(base).get("__dict__"), property) for base in kind.__mro__)
    )


def inherits_reduction(kind: type) -> bool:
    """Whether a type has no way of its own to be pickled."""
    own: list[Any] = [kind.__reduce_ex__, kind.__reduce__]
    return own[0] is object.__reduce_ex__ and own[1] is object.__reduce__


def _attributes(walk: Walk, value: object) -> Iterable[object] | None:
    kind, attributes = type(value), value.__dict__
    written = walk.classes.get((kind, walk.flags & _BY_REFERENCE))
    if written is not None and attributes and not walk.flags & _TEMPORARY and identity(attributes) not in walk.seen \
            and set(map(type, attributes.values())) <= ATOMS and set(map(type, attributes)) <= ATOMS:
        walk.state(value, attributes)  # many small instances: the class is known and the attributes are flat
        walk.met(attributes)
        walk.emit(b"\1object" + written + dumps(attributes, 2))
        return None
    walk.emit(b"\1object")
    return [kind, walk.state(value, attributes) if attributes else None]


def _global(walk: Walk, value: object, name: str) -> Iterable[object] | None:
    """An object that a pickle finds by name in its module."""
    module = getattr(value, "__module__", None) or next(
        (key for key, each in list(sys.modules.items())
         if key != "__main__" and getattr(each, "__dict__", {}).get(name) is value), "__main__")
    walk.reached(str(module))
    named(walk, str(module), name, value)
    wrapped = stored(value, "__wrapped__")  # compiled or cached by a library, written in the script
    walk.emit(b"\1global" + dumps((str(module), name, wrapped is not None), 2))
    walk.enter |= _BY_REFERENCE
    return [wrapped] if wrapped is not None else None
