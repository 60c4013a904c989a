"""Readers for NumPy values: dtype, shape, layout and content; the memory itself is hashed, not a copy of it.

Layout is what code can tell: C or Fortran contiguous, else the order, sign and repetition of the axes. The distance
between the elements of a sparse view is not, so that a small view of a huge array may be stored without it.
"""

from __future__ import annotations

import functools
import mmap
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128

from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.plain import dumps

if TYPE_CHECKING:
    from mliter_tui.kernel.walk import Walk

_OWNED = 4
_TEMPORARY = 2
_BLOCK = 1 << 16  # elements copied at once where memory is not contiguous, or has gaps
_NUMBERS = "biufc"  # kinds of dtypes


class Mapping(mmap.mmap):
    """Memory of an artifact, mapped copy-on-write: writes to it reach no file, unlike those to a script's own maps."""


_KNOWN: dict[str, tuple[object, ...]] = {}


def describe(dtype: Any) -> tuple[object, ...]:
    """A dtype as plain atoms; equal dtypes of other platforms' names are equal."""
    if dtype.isbuiltin == 1:  # asking for a name takes microseconds, and most arrays have one of few
        if (known := _KNOWN.get(dtype.str)) is None:
            known = _KNOWN[dtype.str] = (dtype.str, dtype.name)
        return known
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return ("sub", describe(base), tuple(shape))
    if dtype.fields is not None:
        fields = tuple(
            (name, entry[1], str(entry[2]) if len(entry) > 2 else "", describe(entry[0]))
            for name in dtype.names if (entry := dtype.fields[name])
        )
        return ("struct", dtype.itemsize, dtype.isalignedstruct, fields)
    return (dtype.str, dtype.name)


def by_memory(dtype: Any) -> bool:
    """Whether an element is nothing but its bytes: no pointers to objects or strings elsewhere."""
    return not dtype.hasobject and dtype.kind != "T"


@functools.lru_cache(maxsize=256)
def _gaps(dtype: Any) -> tuple[tuple[int, int], ...]:
    """Bytes [start, end) of an element that mean nothing and may hold anything."""
    used = _used(dtype)
    edges = [at for at in range(1, len(used)) if used[at] != used[at - 1]]
    runs = zip([0, *edges], [*edges, len(used)])
    return tuple((start, end) for start, end in runs if start < end and not used[start])


def _used(dtype: Any) -> bytes:
    """For each byte of an element whether it means something."""
    if dtype.subdtype is not None:
        base = _used(dtype.subdtype[0])
        return base * (int(dtype.itemsize) // len(base)) if base else b""
    if dtype.fields is not None:
        used = bytearray(dtype.itemsize)
        for entry in dtype.fields.values():
            for at, each in enumerate(_used(entry[0]), entry[1]):
                used[at] |= each
        return bytes(used)
    if dtype.kind in "fc" and dtype.itemsize in (16, 32) and dtype.str[1:] in ("f16", "c32"):  # an 80-bit float in 16
        import numpy as np

        if np.finfo(np.longdouble).nmant == 63:
            return (b"\1" * 10 + bytes(6)) * int(dtype.itemsize // 16)
    return b"\1" * int(dtype.itemsize)


def layout(array: Any) -> str | tuple[tuple[int, int], ...]:
    """'C', 'F', or for each axis the sign of its stride and its place when axes are ordered by stride."""
    if array.flags.c_contiguous:
        return "C"
    if array.flags.f_contiguous:
        return "F"
    strides = [stride if extent > 1 else 0 for stride, extent in zip(array.strides, array.shape)]
    order = sorted({abs(stride) for stride in strides})
    return tuple(((stride > 0) - (stride < 0), order.index(abs(stride))) for stride in strides)


def extent(array: Any) -> tuple[int, int]:
    """First and last-plus-one address of an array's elements; equal where it has none."""
    low = high = array.__array_interface__["data"][0]
    if array.size == 0:
        return low, low
    for stride, length in zip(array.strides, array.shape):
        if stride < 0:
            low += stride * (length - 1)
        else:
            high += stride * (length - 1)
    return low, high + array.itemsize


def feed(hasher: Any, array: Any) -> None:
    """Hashes the elements of an array in C order, or in memory order where it is Fortran contiguous."""
    import numpy as np

    dtype = array.dtype
    if array.size == 0 or dtype.itemsize == 0:
        return
    gaps = _gaps(dtype)
    if array.flags.f_contiguous and not array.flags.c_contiguous:
        array = array.T
    if array.flags.c_contiguous:
        if dtype.kind in _NUMBERS and not gaps:
            hasher.update(array)  # which is a buffer as it is
        elif not gaps:
            hasher.update(array.reshape(-1).view(np.uint8))
        else:
            flat = array.reshape(-1)
            for start in range(0, len(flat), _BLOCK):
                hasher.update(_without(gaps, flat[start : start + _BLOCK]))
        return
    array = array[tuple(slice(0, 1) if stride == 0 else slice(None) for stride in array.strides)]
    for block in np.nditer(array, ["external_loop", "buffered"], order="C", buffersize=_BLOCK):
        hasher.update(_without(gaps, block) if gaps else np.ascontiguousarray(block).view(np.uint8))


def _without(gaps: tuple[tuple[int, int], ...], block: Any) -> Any:
    """The memory of some elements in a row, with nothing in the gaps."""
    import numpy as np

    memory = np.ascontiguousarray(block).view(np.uint8).reshape(-1, block.dtype.itemsize).copy()
    for start, end in gaps:
        memory[:, start:end] = 0
    return memory


def digest(array: Any) -> bytes:
    hasher = xxh3_128()
    feed(hasher, array)
    return hasher.digest()


def header(array: Any) -> bytes:
    return dumps((describe(array.dtype), array.shape, layout(array), bool(array.flags.writeable)), 2)


def note_memory(walk: Walk, array: Any, holder: int, shareable: bool) -> None:
    """Notes where an array lies, to find those that overlap."""
    low, high = extent(array)
    if low != high:
        walk.holds(low, high, bool(walk.flags & _OWNED), shareable, holder)


def of_array(walk: Walk, array: Any) -> Iterable[object] | None:
    """An ndarray or an instance of a subclass; inside a pandas container it is content without identity."""
    import numpy as np

    owned = bool(walk.flags & _OWNED)
    if not owned and walk.met(array):
        return None
    temporary = identity(array) in walk.temporary
    exact = type(array) is np.ndarray
    plain = np.asarray(array)
    if not temporary:
        holder = walk.holder if owned else walk.number(array)
        note_memory(walk, plain, holder, exact and by_memory(plain.dtype))
        if not owned and _foreign(array):
            walk.unstorable()
    walk.emit(b"\1array" + header(plain))
    walk.size += plain.nbytes
    children: list[object] = []
    if not exact:
        attributes = getattr(array, "__dict__", None)
        if attributes or not (plain.flags.c_contiguous and plain.flags.writeable):
            walk.unstorable()  # NumPy's pickle of a subclass keeps neither attributes nor layout
        children = [type(array), walk.state(array, attributes) if attributes else None]
    if plain.dtype.metadata:
        walk.unstorable()
        children.append(tuple(plain.dtype.metadata.items()))
    if by_memory(plain.dtype):
        walk.emit(digest(plain))
    else:
        if plain.dtype.kind != "O" and layout(plain) != "C":
            walk.unstorable()
        inner = walk.elements(plain.ravel(order="C").tolist())
        if inner is not None:
            children.extend(inner)
    walk.enter &= ~_OWNED
    return children or None


def _foreign(array: Any) -> bool:
    """Whether an array lies in memory that a copy would not share: a file's, or that of a non-NumPy object."""
    owner = array
    while owner is not None and isinstance(owner, sys.modules["numpy"].ndarray):
        if type(owner).__name__ == "memmap" and getattr(owner, "mode", "c") in ("r+", "w+"):
            return bool(array.flags.writeable)
        owner = owner.base
    while isinstance(owner, memoryview):
        owner = owner.obj
    if isinstance(owner, mmap.mmap):
        return type(owner) is not Mapping
    return type(owner).__name__ in ("bytearray", "array", "SharedMemory")


def of_memmap(walk: Walk, array: Any) -> Iterable[object] | None:
    walk.unstorable()  # the file is its store
    if walk.met(array):
        return None
    import numpy as np

    plain = np.asarray(array)
    note_memory(walk, plain, walk.number(array), False)
    walk.emit(b"\1memmap" + header(plain) + digest(plain))
    walk.size += plain.nbytes
    return [type(array), str(array.mode), str(array.filename), int(array.offset)]


def of_masked_array(walk: Walk, array: Any) -> Iterable[object] | None:
    if walk.met(array):
        return None
    import numpy as np

    data, mask = np.ndarray.view(array, np.ndarray), array._mask
    number = walk.number(array)
    walk.emit(b"\1masked" + header(data) + dumps(bool(array._hardmask), 2))
    walk.size += data.nbytes
    for part in (data, mask):
        note_memory(walk, part, number, False)
    if layout(data) != "C" or not data.flags.writeable or layout(np.asarray(mask)) != "C":
        walk.unstorable()
    fill = array._fill_value  # set by the first look at `fill_value`, which is no change
    fill = np.asarray(np.ma.default_fill_value(data.dtype) if fill is None else fill)
    children = [type(array), array._optinfo or None, fill.tolist(), _Part(mask)]
    if by_memory(data.dtype):
        walk.emit(digest(data))
        return children
    inner = walk.elements(data.ravel(order="C").tolist())
    return [*children, *(inner or ())]


class _Part:
    """An array that belongs to an object read whole: content without identity."""

    def __init__(self, array: Any) -> None:
        self.array = array


def of_part(walk: Walk, part: _Part) -> None:
    walk.emit(b"\1part" + dumps((describe(part.array.dtype), part.array.shape), 2) + digest(part.array))


def of_scalar(walk: Walk, value: Any) -> Iterable[object] | None:
    walk.reached("numpy")
    dtype = value.dtype
    if dtype.fields is not None and not (walk.flags & _OWNED):  # a row of an array of records, in whose memory it lies
        if walk.met(value):
            return None
        if value.base is not None:
            walk.unstorable()
            low = value.__array_interface__["data"][0]
            walk.holds(low, low + dtype.itemsize, False, False, walk.number(value))
    walk.emit(b"\1scalar" + dumps((type(value).__name__, describe(dtype)), 2))
    if by_memory(dtype):
        import numpy as np

        walk.emit(digest(np.asarray(value)))
        return None
    return [value.item()]


def of_flat(walk: Walk, value: Any) -> Iterable[object] | None:
    """The items of an array in a row: they are its own."""
    walk.reached("numpy")
    if walk.met(value):
        return None
    walk.unstorable()
    walk.wild = True
    walk.emit(b"\1flat" + dumps(int(value.index), 2))
    return [value.base]


def of_dtype(walk: Walk, dtype: Any) -> Iterable[object] | None:
    walk.reached("numpy")
    walk.emit(b"\1dtype" + dumps((describe(dtype), dtype.metadata is not None), 2))
    if dtype.kind == "T":
        return [getattr(dtype, "na_object", None), dtype.coerce]
    if dtype.metadata is None:
        return None
    walk.unstorable()
    return [tuple(dtype.metadata.items())]


def of_random_state(walk: Walk, value: Any) -> Iterable[object] | None:
    """A RandomState; the one behind `np.random` is a stream of the run, not a value."""
    from mliter_tui.kernel.instances import of_instance

    if value is sys.modules["numpy"].random.mtrand._rand:
        walk.emit(b"\1stream of numpy.random")
        return None
    return of_instance(walk, value)
