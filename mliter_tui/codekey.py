"""Code keys: what a code object does, without where it stands (rule R3).

Two code objects with the same fingerprint behave alike under the same interpreter: byte code, constants, names and
flags are compared; line numbers, file name, comments and layout are not. Docstrings count only when asked for.
Both the static side (statements of a script that has not run yet) and the dynamic side (function objects met in a
value) use this module, so that their keys agree.
"""

from __future__ import annotations

import builtins
import dis
import opcode
import re
import sys
from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache
from types import CodeType

from xxhash import xxh3_128

from mliter_tui.lean import dataclass

_OPS = opcode.opmap
_BUILTINS = frozenset(vars(builtins))
_EXTENDED = _OPS["EXTENDED_ARG"]


def _ops(*names: str) -> frozenset[int]:
    return frozenset(_OPS[name] for name in names if name in _OPS)


_NAME_READ = _ops("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
_GLOBAL_READ = _ops("LOAD_GLOBAL")
_WRITE = _ops("STORE_NAME", "STORE_GLOBAL")
_DELETE = _ops("DELETE_NAME", "DELETE_GLOBAL")
_DEREF_READ = _ops("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF", "LOAD_CLOSURE")
_DEREF_WRITE = _ops("STORE_DEREF")
_DEREF_DELETE = _ops("DELETE_DEREF")
_DEREF = _DEREF_READ | _DEREF_WRITE | _DEREF_DELETE
_ATTRIBUTE = _ops("LOAD_ATTR", "LOAD_METHOD")
_ATTRIBUTE_CHANGE = _ops("STORE_ATTR", "DELETE_ATTR")
_ITEM_CHANGE = _ops("STORE_SUBSCR", "DELETE_SUBSCR")
_SIMPLE = _ops("LOAD_CONST", "LOAD_FAST", "LOAD_DEREF", "LOAD_SMALL_INT") | _NAME_READ | _GLOBAL_READ
_SETTERS = frozenset({"setattr", "delattr"})
_IMPORT = _ops("IMPORT_NAME")
_IMPORT_FROM = _ops("IMPORT_FROM")
_IMPORT_STAR = _ops("IMPORT_STAR")  # 3.12 folds it into CALL_INTRINSIC_1 2
_CONSTANT = _ops("LOAD_CONST", "RETURN_CONST")
_LOAD_CONST = _OPS["LOAD_CONST"]
_CALL = frozenset(v for k, v in _OPS.items() if k.startswith(("CALL", "IMPORT_NAME", "PRECALL")))
_BETWEEN = frozenset({"CACHE", "PUSH_NULL"})
_GLOBAL_SHIFT = 1 if sys.version_info >= (3, 11) else 0
_ATTR_SHIFT = 1 if sys.version_info >= (3, 12) else 0
_HAS_DOCSTRING_FLAG = 0x4000000  # from 3.14 on; a function without one has no constant in its place then


PART = "cls:"
"""Begins the names of methods that are known by themselves: "cls:Trainer:fit" (see kernel/parts)."""
EVERYTHING = "*"
"""Stands among names read for all there are: code that asks for names no analysis can follow."""
UNPICKLING = "<pickled>"
"""Stands among names read for what a pickle may name: classes and functions of the script."""
_ASKING = frozenset({"_getframe", "currentframe", "testmod", "__subclasses__", "get_type_hints"})
_QUERIES = frozenset({"query", "eval"})  # methods of tables; "@name" in their text is a variable
_LOADERS = frozenset({"load", "loads", "read_pickle", "Unpickler"})
_QUERIED = re.compile(r"@\s*([^\W\d]\w*)")
_PAIRS = {
    _OPS[f"{first}_{second}"]: (_OPS[first], _OPS[second])
    for first in ("LOAD_FAST", "STORE_FAST") for second in ("LOAD_FAST", "STORE_FAST") if f"{first}_{second}" in _OPS
}  # fmt: skip


def instructions(code: CodeType) -> Iterator[tuple[int, int]]:
    """(opcode, argument) pairs, EXTENDED_ARG folded in; far cheaper than dis.get_instructions.

    What does the work of two, as Python has some since 3.13, is given as these two.
    """
    return ((op, argument) for _, op, argument in placed_instructions(code))


def placed_instructions(code: CodeType) -> Iterator[tuple[int, int, int]]:
    """As of `instructions`, each with where it stands, to be jumped to; the second of two has -1."""
    begin = -1
    raw = code.co_code
    extended = 0
    for i in range(0, len(raw), 2):
        op = raw[i]
        begin = i if begin < 0 else begin
        if op == _EXTENDED:
            extended = (extended | raw[i + 1]) << 8
            continue
        argument, extended = extended | raw[i + 1], 0
        if op in _PAIRS:
            first, second = _PAIRS[op]
            yield begin, first, argument >> 4
            yield -1, second, argument & 15
        else:
            yield begin, op, argument
        begin = -1


@dataclass(slots=True)
class Names:
    """Names a code object (and the functions nested in it) uses beyond its own locals.

    reads, writes, deletes: global or module-level names. free_reads, free_writes, free_deletes: variables of an
    enclosing function. chains: dotted paths read from a global name ("np.random.seed"). bare: global names used
    for more than an attribute. imports: modules imported.
    strings: variables named in the text of a query ("x > @k"). stores: global names in whose attributes or items it
    stores ("np" of `np.x = 1`).
    attributes: every attribute name. calls: whether anything is called at all. star: `from x import *`.
    """

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    deletes: set[str] = field(default_factory=set)
    free_reads: set[str] = field(default_factory=set)
    free_writes: set[str] = field(default_factory=set)
    free_deletes: set[str] = field(default_factory=set)
    chains: set[str] = field(default_factory=set)
    imports: set[tuple[str, int, tuple[str, ...]]] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    strings: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)
    calls: bool = False
    star: bool = False


def _is_method(op: int, arg: int) -> bool:
    """Whether an attribute is looked up in order to be called."""
    return op != _OPS["LOAD_ATTR"] or bool(_ATTR_SHIFT and arg & 1)


def _variable(code: CodeType, index: int) -> str:
    """The name behind a *_DEREF argument (an index into locals plus cells plus free variables)."""
    return code._varname_from_oparg(index)  # type: ignore[attr-defined,no-any-return]


def _note_asking(into: Names, name: str, always: bool = False) -> None:
    """A name whose use may lead to others that are not in the code."""
    if always or name in _ASKING:
        into.reads.add(EVERYTHING)
    if name in _LOADERS:
        into.reads.add(UNPICKLING)


def _note_attribute(into: Names, name: str, called: bool) -> None:
    into.attributes.add(name)
    _note_asking(into, name, name == "modules" and not called)


def _note_query(into: Names, code: CodeType, op: int) -> None:
    """The instruction that makes the first argument of a query: a constant, or none at all, or who knows what."""
    if op == _LOAD_CONST:
        texts = [c for c in code.co_consts if isinstance(c, str)]
        into.strings.update(name for text in texts for name in _QUERIED.findall(text))
    elif op not in _CALL:
        into.reads.add(EVERYTHING)


def _note_end(into: Names, op: int, chain: str, holder: str) -> None:
    """What is done with a chain of names that ends here; `holder`: with the one before it, which it indexes."""
    if chain and "." not in chain:
        into.bare.add(chain)
    if op in _ATTRIBUTE_CHANGE or op in _ITEM_CHANGE:
        into.stores.add((chain if op in _ATTRIBUTE_CHANGE else holder).partition(".")[0])


def _note_free(into: Names, op: int, name: str, free: frozenset[str]) -> None:
    """A variable of a cell: of an enclosing function, if it is among those."""
    if name in free:
        kind = into.free_reads if op in _DEREF_READ else into.free_writes if op in _DEREF_WRITE else into.free_deletes
        kind.add(name)


def _collect(code: CodeType, into: Names, outer_free: frozenset[str], top: bool) -> None:
    names = code.co_names
    chain = ""
    pending: tuple[str, int, tuple[str, ...]] | None = None
    free = outer_free if not top else frozenset(code.co_freevars)
    query = setting = False
    holder = ""  # what may be indexed by the simple value that was loaded last
    level, last = 0, None  # of an import: how many packages up it looks; it is the last constant but one
    for op, arg in instructions(code):
        if op in _ATTRIBUTE:
            name = names[arg >> _ATTR_SHIFT] if op == _OPS.get("LOAD_ATTR") else names[arg]
            query = name in _QUERIES
            _note_attribute(into, name, _is_method(op, arg))
            if chain:
                chain += "." + name
                into.chains.add(chain)
            continue
        if dis.opname[op] in _BETWEEN:
            continue
        if query:  # what follows is its first argument
            query = False
            _note_query(into, code, op)
        _note_end(into, op, chain, holder)
        holder = chain if op in _SIMPLE else ""
        chain = ""
        if op in _NAME_READ or op in _GLOBAL_READ:
            chain = names[arg >> _GLOBAL_SHIFT] if op in _GLOBAL_READ else names[arg]
            into.reads.add(chain)
            into.chains.add(chain)
            _note_asking(into, chain)
            if setting:
                into.stores.add(chain)
        elif op in _WRITE:
            into.writes.add(names[arg]) if top or op == _OPS["STORE_GLOBAL"] else None
        elif op in _DELETE:
            into.deletes.add(names[arg]) if top or op == _OPS["DELETE_GLOBAL"] else None
        elif op in _DEREF:
            _note_free(into, op, _variable(code, arg), free)
        elif op in _IMPORT:
            pending = (names[arg], level, ())
            into.imports.add(pending)
            _note_asking(into, names[arg], names[arg] == "__main__")
        elif op in _IMPORT_FROM and pending is not None:
            into.imports.discard(pending)
            pending = (pending[0], pending[1], (*pending[2], names[arg]))
            into.imports.add(pending)
        elif op in _IMPORT_STAR or (dis.opname[op] == "CALL_INTRINSIC_1" and arg == 2):
            into.star = True
        elif op == _LOAD_CONST:
            level, last = (last if type(last) is int else 0), code.co_consts[arg]
        if op in _CALL:
            into.calls = True
        setting = chain in _SETTERS  # the next name is what it sets an attribute of
    into.stores.discard("")
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            # a free variable of the inner code belongs to us only where we do not own it as a cell ourselves
            inner = frozenset(n for n in constant.co_freevars if n in free and n not in code.co_cellvars)
            _collect(constant, into, inner, False)


@lru_cache(maxsize=8192)
def names_of(code: CodeType) -> Names:
    """All names used by a code object; cached, do not change the result."""
    found = Names()
    _collect(code, found, frozenset(), True)
    return found


def stores_attributes(code: CodeType) -> bool:
    """Whether it binds or deletes an attribute of anything, in code nested in it too."""
    if any(op in _ATTRIBUTE_CHANGE for op, _ in instructions(code)):
        return True
    return any(stores_attributes(c) for c in code.co_consts if isinstance(c, CodeType))


def global_names(code: CodeType) -> set[str]:
    """Names looked up in the module's globals by this code and the code nested in it, as a new set."""
    found = names_of(code)
    return found.reads | (found.writes - _BUILTINS) | found.strings


def imported_names(code: CodeType) -> set[str]:
    """What this code and the code nested in it imports: "module", and "module:name" for each name from it."""
    found = names_of(code).imports
    return {f"{module}:{name}" if name else module for module, _, wanted in found for name in ("", *wanted)}


def _constant(value: object, keep_docstrings: bool) -> bytes:
    if isinstance(value, CodeType):
        return b"c" + code_fingerprint(value, keep_docstrings)
    if isinstance(value, tuple):
        return b"(" + b"".join(_constant(v, keep_docstrings) for v in value) + b")"
    if isinstance(value, frozenset):
        return b"{" + b"".join(sorted(_constant(v, keep_docstrings) for v in value)) + b"}"
    text = repr(value).encode("utf-8", "surrogatepass")
    return b"%s:%d:%s" % (type(value).__name__.encode(), len(text), text)


def _has_docstring(code: CodeType) -> bool:
    if not code.co_consts or not isinstance(code.co_consts[0], str):
        return False
    if sys.version_info >= (3, 14):
        return bool(code.co_flags & _HAS_DOCSTRING_FLAG)
    return bool(code.co_flags & 0x2) and code.co_name != "<lambda>" and not code.co_name.startswith("<")


def _loads(raw: bytes, index: int) -> bool:
    """Whether byte code uses the constant of a small index."""
    return any(raw[i] in _CONSTANT and raw[i + 1] == index for i in range(0, len(raw), 2))


def _without_first_constant(raw: bytes) -> bytes | None:
    """Byte code as it would be without a constant it does not use; None where that is not easily had."""
    code = bytearray(raw)
    for i in range(0, len(code), 2):
        if code[i] == _OPS["EXTENDED_ARG"]:
            return None
        if code[i] in _CONSTANT:
            code[i + 1] -= 1
    return bytes(code)


def _class_docstring(code: CodeType) -> tuple[bytes, tuple[object, ...]] | None:
    """Byte code and constants of a class body without its `__doc__ = …`; None where there is none."""
    if code.co_flags & 0x2 or "__doc__" not in code.co_names:
        return None
    target = code.co_names.index("__doc__")
    raw, last = code.co_code, None
    for i in range(0, len(raw), 2):
        if raw[i] == _OPS["STORE_NAME"] and raw[i + 1] == target and last is not None:
            index = raw[last + 1]
            if raw[last] == _OPS["LOAD_CONST"] and isinstance(code.co_consts[index], str):
                constants = list(code.co_consts)
                rest = raw[:last] + raw[i + 2 :]
                if not _loads(rest, index):  # a text that the class uses besides stays
                    constants[index] = None
                return rest, tuple(constants)
        last = i
    return None


@lru_cache(maxsize=8192)
def code_fingerprint(code: CodeType, keep_docstrings: bool = False) -> bytes:
    """16 bytes: xxh3-128 over what the code does; equal for code that differs in position, comments or layout only."""
    raw, constants = code.co_code, code.co_consts
    flags = code.co_flags & ~_HAS_DOCSTRING_FLAG
    if not keep_docstrings:
        if _has_docstring(code) and not _loads(raw, 0):
            shifted = _without_first_constant(raw) if sys.version_info >= (3, 14) else None
            raw, constants = (raw, (None, *constants[1:])) if shifted is None else (shifted, constants[1:])
        stripped = _class_docstring(code)
        if stripped is not None:
            raw, constants = stripped
    if not code.co_flags & 0x2 and isinstance(constants, tuple):
        # a class body keeps its first line number among its constants from 3.13 on
        if "__firstlineno__" in code.co_names:
            constants = tuple(None if type(c) is int and c == code.co_firstlineno else c for c in constants)
    h = xxh3_128(raw)
    h.update(code.co_exceptiontable)
    h.update(b"\0".join(_constant(c, keep_docstrings) for c in constants))
    shape = (
        code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, flags, code.co_names, code.co_varnames,
        code.co_freevars, code.co_cellvars, code.co_name,
    )  # fmt: skip
    h.update(repr(shape).encode("utf-8", "surrogatepass"))
    return h.digest()
