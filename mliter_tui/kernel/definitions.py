"""Readers for functions, classes and modules: by what they do where the user wrote them, by name where a library did.

A pickle names functions and classes instead of holding them. What they hold (defaults, closures, class attributes) is
read all the same, for it decides what a call does, but in the mode BY_REFERENCE: it does not make a value unstorable.
"""

from __future__ import annotations

import functools
import gc
import sys
import types
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mliter_tui.codekey import code_fingerprint, global_names, imported_names
from mliter_tui.kernel import parts
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.plain import ATOMS, dumps

if TYPE_CHECKING:
    from mliter_tui.kernel.walk import Walk

_BY_REFERENCE, _NAMED = 1, 8

# Class attributes that the interpreter makes, or that say where a class stands rather than what it is.
_MADE = frozenset({
    "__dict__", "__weakref__", "__slotnames__", "__module__", "__qualname__", "_abc_impl", "__firstlineno__", 
    "__static_attributes__",
    "__annotate__", "__annotate_func__", "__annotations_cache__",
})


def resolves(walk: Walk, module: str, qualname: str, value: object) -> bool:
    """Whether a pickle that names module and qualname would find this very object."""
    found: object = walk.context.main if module == "__main__" else sys.modules.get(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    return found is value


def named(walk: Walk, module: str, qualname: str, value: object) -> bool:
    """Notes that a pickle of the value would name this object, or that what it names reaches it, as a class its base.

    Whether it is what the name stands for. What is below it belongs to that name, then, and whoever else reaches it
    depends on the name instead.
    """
    found = resolves(walk, module, qualname, value)
    top = qualname.partition(".")[0]
    if not found:
        walk.unstorable()
        walk.emit(b"\1nameless")  # a pickle made while it had its name must not stand for it
    elif module == "__main__":
        (walk.refs if walk.flags & _BY_REFERENCE else walk.requires).add(top)
        if identity(vars(walk.context.main)[top]) not in walk.roots:
            walk.enter |= _NAMED
    elif walk.context.is_local_module(module):
        walk.refs.add(f"mod:{module}:{top}")
        if identity(vars(sys.modules[module])[top]) not in walk.roots:
            walk.enter |= _NAMED
    return found


def _text(*parts: object) -> bytes:
    return dumps(tuple(str(part) for part in parts), 2)


def _code(walk: Walk, code: types.CodeType) -> bytes:
    return bytes(code_fingerprint(code, walk.context.keep_docstrings))


def of_code(walk: Walk, code: types.CodeType) -> None:
    walk.unstorable()
    walk.emit(b"\1code" + _code(walk, code))


def of_cell(walk: Walk, cell: types.CellType) -> Iterable[object] | None:
    name = walk.context.cells.get(identity(cell))
    if name is not None:
        walk.refs.add(name)
        walk.emit(b"\1ref" + _text(name))
        return None
    if walk.met(cell):
        return None
    try:
        content = cell.cell_contents
    except ValueError:
        walk.emit(b"\1cell-")
        return None
    walk.emit(b"\1cell+")
    return [content]


def of_function(walk: Walk, function: types.FunctionType) -> Iterable[object] | None:
    module, qualname = str(function.__module__), function.__qualname__
    walk.reached(module)
    is_named = named(walk, module, qualname, function)
    context = walk.context
    home = str(function.__globals__.get("__name__"))
    local = context.is_local_module(home) or context.is_local_module(module)
    script = module == "__main__" or function.__globals__ is vars(context.main)
    if not script and not local and is_named and not context.is_foreign(home):
        walk.emit(b"\1library" + _text(module, qualname))
        return None
    walk.wild = True
    if (part := context.part(function)):
        walk.parts.add(part)
    if not is_named:
        walk.held.add((function.__code__, home))
    if walk.met_definition(function, is_named):
        return None
    walk.emit(b"\1function" + _text(module, qualname, function.__name__, home) + _code(walk, function.__code__))
    if function.__globals__ is vars(context.main):
        walk.refs |= global_names(function.__code__)  # builtins too: a later statement may hide one
        walk.imports |= imported_names(function.__code__)
    elif local:
        _local_function(walk, home, module, qualname, function.__code__.co_qualname)
    walk.enter |= _BY_REFERENCE
    if home == "functools" and function.__code__.co_qualname == "singledispatch.<locals>.wrapper":
        return [tuple(function.registry.items())]  # type: ignore[attr-defined]  # the cache beside it holds weak references
    return [*_held(function), *(function.__closure__ or ())]


def _held(function: types.FunctionType) -> list[object]:
    """Defaults, attributes and annotations: a list of fixed length."""
    annotations: object
    if sys.version_info >= (3, 14):  # evaluating them may raise; the code that would is part of the function's own
        annotations = None
    else:
        annotations = function.__annotations__ or None
    return [
        function.__defaults__, function.__kwdefaults__, _attributes(function), annotations,
        len(function.__closure__ or ()),
    ]


def _attributes(function: types.FunctionType) -> object:
    """What was set on a function. Where nobody else has its dictionary, that is no object that may be shared: else all
    instances of a class with a decorated method would be one with the class.
    """
    attributes = function.__dict__
    if sys.getrefcount(attributes) > _ONLY_ITS:
        return attributes
    return tuple(attributes.items()) or None


_ONLY_ITS = 3  # the function, the variable, and the argument


def _local_function(walk: Walk, home: str, module: str, qualname: str, defined: str) -> None:
    """A function goes by where its code stands and by where it says it does; made code by the module's whole."""
    found = _local(walk, home, defined)
    if (module, qualname) != (home, defined):
        found |= _local(walk, module, qualname)
    if not found:
        _local(walk, home if walk.context.is_local_module(home) else module, "*")


def _local(walk: Walk, module: str, qualname: str) -> bool:
    """Writes the key of a definition in one of the user's modules, or of the outermost one it stands in."""
    found = walk.context.local_definition(module, qualname)
    if found is None:
        found = walk.context.local_definition(module, qualname.partition(".")[0])
    if found is None:
        return False
    key, refs = found
    walk.emit(b"\1local" + _text(key))
    walk.refs |= refs
    return True


def of_builtin(walk: Walk, function: Any) -> Iterable[object] | None:
    """A function written in C: by name, with the object it is bound to."""
    owner = function.__self__
    if owner is None or isinstance(owner, types.ModuleType):
        module = str(function.__module__ or "builtins")
        walk.reached(module)
        if function.__module__ is not None:
            named(walk, module, function.__qualname__, function)
        walk.emit(b"\1library" + _text(module, function.__qualname__))
        return None
    walk.emit(b"\1bound" + _text(function.__name__))
    return [owner]


def of_method(walk: Walk, method: types.MethodType) -> Iterable[object]:
    walk.emit(b"\1method" + _text(getattr(method.__func__, "__name__", "")))
    if getattr(method.__self__, getattr(method.__func__, "__name__", ""), None) != method:
        walk.unstorable()  # a pickle asks the object for the name
    return [method.__self__, Named(method.__func__)]


class Named:
    """Something that a pickle reaches through the object or class it belongs to."""

    def __init__(self, value: object) -> None:
        self.value = value


def of_named(walk: Walk, named: Named) -> Iterable[object]:
    walk.enter |= _BY_REFERENCE
    return [named.value]


def of_wrapped(walk: Walk, wrapped: staticmethod[Any, Any] | classmethod[Any, Any, Any]) -> Iterable[object]:
    walk.unstorable()
    walk.emit(b"\1wrapped" + _text(type(wrapped).__name__))
    return [wrapped.__func__]


def of_property(walk: Walk, value: property) -> Iterable[object]:
    walk.unstorable()
    walk.emit(b"\1property")
    return [value.fget, value.fset, value.fdel]


def of_cached_property(walk: Walk, value: functools.cached_property[Any]) -> Iterable[object]:
    walk.unstorable()
    walk.emit(b"\1cached property")
    return [value.func, value.attrname]


def of_lru_cache(walk: Walk, function: Any) -> Iterable[object] | None:
    """A cached function: what it wraps, and of what it remembers that which callers can change."""
    module, qualname = str(function.__module__), str(function.__qualname__)
    named(walk, module, qualname, function)
    if module != "__main__" and not walk.context.is_local_module(module) and resolves(walk, module, qualname, function):
        walk.reached(module)
        walk.emit(b"\1library" + _text(module, qualname))
        return None
    if walk.met_definition(function):
        return None
    walk.wild = True
    walk.emit(b"\1lru_cache")
    walk.enter |= _BY_REFERENCE
    kept = _remembered(function)
    if kept:
        walk.unstorable()
    return [function.__wrapped__, tuple(function.cache_parameters().values()), *kept]


def _remembered(function: Any) -> list[object]:
    """Arguments and results that a cached function holds; none where all of them are atoms, and so follow from it."""
    own = vars(function)
    held = [each for each in gc.get_referents(function) if each is not own and each is not function.__wrapped__]
    if function.cache_parameters()["maxsize"] is None:
        held = [each for memory in held if type(memory) is dict for pair in memory.items() for each in pair]
    else:  # a dict of links, the links' keys and results, and what the type is made with
        held = [each for each in held if not isinstance(each, (dict, type)) and type(each) is not object]
    flat = (each for value in held for each in (value if type(value) is tuple else (value,)))
    return [] if all(type(each) in ATOMS or type(each) is object for each in flat) else held


def of_descriptor(walk: Walk, value: Any) -> None:
    """A method or attribute slot of a class written in C; of a script's class the class says the rest."""
    owner = value.__objclass__
    walk.reached(str(owner.__module__))
    walk.emit(b"\1descriptor" + _text(owner.__module__, owner.__qualname__, value.__name__))


def of_ufunc(walk: Walk, value: Any) -> None:
    walk.reached("numpy")
    name, home = value.__name__, "numpy"
    if not resolves(walk, home, name, value):
        modules = list(sys.modules.items())
        home = next((key for key, each in modules if getattr(each, "__dict__", {}).get(name) is value), "")
    if home in ("", "__main__"):
        walk.unreadable(value)  # made by np.frompyfunc: the loop is compiled code
        return
    walk.reached(home)
    walk.emit(b"\1ufunc" + _text(home, name))


def of_module(walk: Walk, module: types.ModuleType) -> None:
    walk.unstorable()
    walk.reached(module.__name__)
    walk.emit(b"\1module" + _text(module.__name__))
    if walk.context.is_local_module(module.__name__):
        walk.wild = True
        _local(walk, module.__name__, "*")


def of_class(walk: Walk, cls: type) -> Iterable[object] | None:
    mode, is_named = (cls, walk.flags & _BY_REFERENCE), True
    if (written := walk.classes.get(mode)) is not None:
        walk.emit(written)
        return None
    module, qualname = str(cls.__module__), cls.__qualname__
    own = module == "__main__" or walk.context.is_local_module(module) or walk.context.is_foreign(module)
    if cls is types.NoneType or cls is types.EllipsisType or cls is types.NotImplementedType:
        walk.classes[mode] = b"\1class" + _text(qualname)
    else:
        walk.reached(module)
        is_named = named(walk, module, qualname, cls)
        if not own:
            walk.classes[mode] = b"\1class" + _text(module, qualname)
    if not own:
        walk.emit(walk.classes[mode])
        return None
    walk.wild = True
    known = walk.met_definition(cls, is_named)
    walk.classes[mode] = walk.definition_number(cls)
    return None if known else _body(walk, cls, module, qualname)


def _body(walk: Walk, cls: type, module: str, qualname: str) -> Iterable[object]:
    """What a class of the user's is made of: attributes may have been set, or made, after its body ran."""
    walk.emit(b"\1class:" + _text(module, qualname))
    walk.finalizes |= "__del__" in vars(cls)
    if module != "__main__":
        _local(walk, module, qualname)
    walk.enter |= _BY_REFERENCE
    attributes = {
        name: value for name, value in vars(cls).items()
        if name not in _MADE and (name != "__doc__" or walk.context.keep_docstrings)
        and not isinstance(value, types.MemberDescriptorType)
    }
    walk.emit(dumps(tuple(attributes), 2))
    own = parts.parts_of(walk.context, cls)
    walk.refs |= {parts.name_of(cls, name) for name in own}
    return [type(cls), cls.__bases__, *(_Part(v) if name in own else v for name, v in attributes.items())]


class _Part:
    """A method that is known by itself: what shows of it in its class."""

    def __init__(self, value: object) -> None:
        self.value = value


def of_part(walk: Walk, part: _Part) -> Iterable[object]:
    walk.emit(b"\1part")
    functions = parts.functions_of(part.value)
    annotations = [tuple(f.__annotations__.items()) for f in functions] if sys.version_info < (3, 14) else []
    documents = [f.__doc__ for f in functions] if walk.context.keep_docstrings else []
    return [parts.shape(part.value), *annotations, *documents]
