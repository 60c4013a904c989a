"""The memory of arrays in a pickle: which bytes to keep, and how arrays lie in them again after a load.

Arrays that overlap share one *segment*, so views stay views; an array in the way of no other has a segment of its own,
and one that shows little of a huge base is made compact first. Memory of a pandas index is never shared (nothing could
write to it, but the series it came from could); blocks of pandas that share a segment are told so again, which is
what makes copy on write copy.
"""

from __future__ import annotations

import pickle
import random
import sys
from dataclasses import field
from typing import IO, Any

from mliter_tui.kernel.arrays import by_memory, extent
from mliter_tui.kernel.frames import arrays_of
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.optimizers import reduce_optimizer
from mliter_tui.kernel.tensors import reduce_tensor
from mliter_tui.lean import dataclass

_WASTE = 1 << 16  # bytes of gaps a view may keep on top of three times its own size
_INTERNED = 20_000  # objects up to which strings are looked at one by one
_NAME = 4096


class TooMany(Exception):
    """A pickle has more objects than are worth looking at for interned strings."""


@dataclass(slots=True)
class Segment:
    """A run of memory to be kept: first address, length in bytes, and what must stay alive until it is written."""

    address: int
    nbytes: int
    alive: object


@dataclass(slots=True)
class Array:
    """An array met while pickling. After `segments`: its segment, its offset in it and its strides there."""

    array: Any
    private: bool = False
    segment: int = -1
    offset: int = 0
    strides: tuple[int, ...] = ()
    alone: bool = True


@dataclass(slots=True)
class Block:
    """A block of a pandas container and the arrays its elements lie in. `group`: blocks that share memory."""

    arrays: list[Any]
    group: int = -1


@dataclass(slots=True)
class Foreign:
    """A buffer that another library keeps out of the pickle."""

    raw: memoryview
    segment: int = -1


@dataclass(slots=True)
class Found:
    """What a pickle refers to, in the order in which loading asks for it."""

    entries: list[Array | Block | Foreign] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)


class Pickler(pickle.Pickler):
    """A pickler of protocol 5 that leaves the memory of arrays out, and notes it in `found`."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, 5, buffer_callback=self._left_out)
        self.found = Found()
        self._tokens: dict[int, tuple[pickle.PickleBuffer, Array | Block]] = {}
        self._private: dict[int, object] = {}
        self.storages: dict[tuple[int, int], object] = {}  # of tensors
        numpy = sys.modules.get("numpy")
        self._ndarray = getattr(numpy, "ndarray", None)
        stream = getattr(getattr(getattr(numpy, "random", None), "mtrand", None), "_rand", None)
        self._streams = {identity(random._inst): "random", identity(stream): "numpy"}
        self._kinds: dict[type, str] = {}

    def _token(self, entry: Array | Block) -> pickle.PickleBuffer:
        token = pickle.PickleBuffer(bytearray(1))
        self._tokens[identity(token)] = token, entry
        return token

    def _left_out(self, buffer: pickle.PickleBuffer) -> bool:
        mine = self._tokens.get(identity(buffer))
        raw = buffer.raw()
        if mine is None and raw.nbytes == 0:
            return True
        self.found.entries.append(mine[1] if mine else Foreign(raw))
        return False

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if kind is self._ndarray:
            return self._reduce_array(value)
        if identity(value) in self._streams:
            return _stream, (self._streams[identity(value)],)
        if (role := self._kinds.get(kind)) is None:
            role = self._kinds[kind] = _role(kind)
        if role == "tensor":
            return reduce_tensor(self, value)
        if role == "optimizer":
            return reduce_optimizer(value)
        if role == "block":
            rebuild, args = value.__reduce__()[:2]
            return _block, (self._token(Block(arrays_of(value.values))), rebuild, args)
        if role == "manager":  # of a series: its own reduction bypasses the block
            return _manager, (kind, value.blocks[0], value.axes[0])
        if role == "index":
            return self._reduce_index(value)
        if role == "dtype" and kind_of(value.char) is value:
            return kind_of, (value.char,)  # one of NumPy's own: there is one of each, and NumPy's reduction copies it
        return NotImplemented

    def _reduce_array(self, array: Any) -> Any:
        dtype = array.dtype
        if by_memory(dtype) and dtype.itemsize:
            return _array, (self._token(Array(array, identity(array) in self._private)), dtype)
        if dtype.kind != "O" or dtype.fields is not None:
            return NotImplemented
        strides = compact(array)
        if strides is None:
            raise pickle.PicklingError("an array of objects whose elements overlap")
        state = array.ravel(order="C").tolist(), bool(array.flags.writeable)
        return _objects, (array.shape, strides), state, None, None, _fill

    def _reduce_index(self, index: Any) -> Any:
        """An index on a view of its own data, so that no memory or array object is shared with a series."""
        reduction = index.__reduce__()
        arguments = reduction[1]
        if not (len(arguments) == 2 and isinstance(arguments[1], dict) and "data" in arguments[1]):
            return NotImplemented
        view = arguments[1]["data"][:]
        for inner in arrays_of(view):
            self._private[identity(inner)] = (inner, view)
        return reduction[0], (arguments[0], {**arguments[1], "data": view})


class InterningPickler(Pickler):
    """A pickler that marks interned strings, so that they are the script's own constants again after a load."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self._left = _INTERNED

    def persistent_id(self, value: Any) -> str | None:
        self._left -= 1
        if self._left < 0:
            raise TooMany
        if type(value) is str and value.isascii() and len(value) < _NAME and _interned(value):
            return value
        return None


def _interned(text: str) -> bool:
    if sys.version_info >= (3, 13):
        return bool(sys._is_interned(text))
    # The compiler interns constants that look like names; asking about others would intern them.
    return (text.isidentifier() or text.replace("_", "0").isalnum()) and sys.intern(text) is text


def _role(kind: type) -> str:
    for base in kind.__mro__:
        if base.__qualname__ == "Tensor" and base.__module__ == "torch":
            return "tensor"
        if base.__qualname__ == "Optimizer" and base.__module__ == "torch.optim.optimizer":
            return "optimizer"
        if base.__qualname__ == "dtype" and base.__module__ == "numpy":
            return "dtype"
        if base.__qualname__ == "Block" and base.__module__ == "pandas._libs.internals":
            return "block"
        if base.__qualname__ == "SingleBlockManager" and base.__module__ == "pandas.core.internals.managers":
            return "manager"
        if base.__qualname__ == "Index" and base.__module__ in ("pandas", "pandas.core.indexes.base"):
            return "index"
    return ""


# -- after pickling: from addresses to segments ------------------------------------------------------------------------


def compact(array: Any) -> tuple[int, ...] | None:
    """Strides for the same layout with the smallest gaps that keep it; None where elements overlap."""
    item = array.itemsize
    if array.size == 0 or array.flags.c_contiguous:
        import numpy as np

        return tuple(np.empty(array.shape, array.dtype).strides)
    axes = [axis for axis in range(array.ndim) if array.shape[axis] > 1 and array.strides[axis] != 0]
    strides = [0] * array.ndim
    old_end = new_end = item  # bytes to the next element if nothing lay between: an axis there could be joined
    old_reach = new_reach = item  # bytes from the first element to the end of the last
    for axis in sorted(axes, key=lambda axis: abs(array.strides[axis])):
        stride, length = abs(array.strides[axis]), array.shape[axis]
        if stride < old_reach:
            return None
        new = new_end if stride == old_end else new_end + item if stride > old_end else new_reach
        strides[axis] = new if array.strides[axis] > 0 else -new
        old_end, new_end = stride * length, new * length
        old_reach, new_reach = old_reach + stride * (length - 1), new_reach + new * (length - 1)
    for axis in range(array.ndim):
        if array.shape[axis] <= 1:
            strides[axis] = item
    return tuple(strides)


def lay_out(found: Found) -> None:
    """Gives each entry its segment."""
    arrays = [entry for entry in found.entries if isinstance(entry, Array)]
    spans = sorted(((*extent(entry.array), at) for at, entry in enumerate(arrays) if not entry.private))
    end, group = -1, []
    groups: list[list[int]] = []
    for low, high, at in spans:
        if low < end and low != high:
            group.append(at)
        else:
            group = [at]
            groups.append(group)
        end = max(end, high)
    groups.extend([at] for at, entry in enumerate(arrays) if entry.private)
    for group in groups:
        _segment(found, [arrays[at] for at in group])
    _group_blocks(found, arrays)
    for entry in found.entries:
        if isinstance(entry, Foreign):
            entry.segment = len(found.segments)
            found.segments.append(Segment(0, entry.raw.nbytes, entry.raw))


def _segment(found: Found, arrays: list[Array]) -> None:
    number = len(found.segments)
    spans = [extent(entry.array) for entry in arrays]
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    if len(arrays) == 1:
        array = arrays[0].array
        strides = compact(array) if high - low > 4 * array.nbytes + _WASTE else None
        if strides is not None:
            array = _copied(array, strides)
            low, high = extent(array)
        arrays[0].strides = tuple(array.strides)
        arrays[0].array = array
    for entry in arrays:
        entry.segment = number
        entry.alone = len(arrays) == 1
        entry.offset = entry.array.__array_interface__["data"][0] - low
        entry.strides = tuple(entry.array.strides)
    found.segments.append(Segment(low, high - low, arrays))


def _copied(array: Any, strides: tuple[int, ...]) -> Any:
    """The same elements at other strides, in memory of their own."""
    import numpy as np

    copy = spread(array.shape, array.dtype, strides)
    copy[...] = array
    copy.flags.writeable = array.flags.writeable
    return copy if np.shares_memory(copy, copy) else array


def spread(shape: tuple[int, ...], dtype: Any, strides: tuple[int, ...]) -> Any:
    """A new array with these strides."""
    import numpy as np

    reach = [stride * (length - 1) for stride, length in zip(strides, shape) if length]
    start = -sum(each for each in reach if each < 0)
    length = (start + sum(each for each in reach if each > 0)) // dtype.itemsize + 1
    base = np.empty(max(length, 1), dtype) if dtype.hasobject else np.zeros(max(length, 1), dtype)
    return np.ndarray(shape, dtype, base, start, strides)


def _group_blocks(found: Found, arrays: list[Array]) -> None:
    where = {identity(entry.array): entry.segment for entry in arrays}
    holders: dict[int, list[Block]] = {}
    for entry in found.entries:
        if isinstance(entry, Block):
            for segment in {where[identity(array)] for array in entry.arrays if identity(array) in where}:
                holders.setdefault(segment, []).append(entry)
    for segment, blocks in holders.items():
        if len(blocks) > 1:
            for block in blocks:
                block.group = segment


# -- loading -----------------------------------------------------------------------------------------------------------


def _stream(name: str) -> Any:
    """The generator behind a module's own functions."""
    if name == "random":
        return random._inst
    import numpy as np

    return np.random.mtrand._rand


def kind_of(char: str) -> Any:
    """NumPy's data type of this one letter code."""
    import numpy as np

    return np.dtype(char)


def _array(place: tuple[Any, int, tuple[int, ...], Any, bool, bool], dtype: Any) -> Any:
    import numpy as np

    memory, offset, shape, strides, writeable, own = place
    if 0 in shape:
        array = np.empty(shape, dtype)
    else:
        array = np.ndarray(shape, dtype, memory, offset, strides)
    if own and not array.flags.owndata:
        array = array.copy(order="K")
    if not writeable:
        array.flags.writeable = False
    return array


def _objects(shape: tuple[int, ...], strides: tuple[int, ...]) -> Any:
    import numpy as np

    array = np.empty(shape, object)
    if array.strides == strides:
        return array
    array = np.empty(shape, object, order="F")
    return array if array.strides == strides else spread(shape, np.dtype(object), strides)


def _fill(array: Any, state: tuple[list[Any], bool]) -> None:
    import numpy as np

    values, writeable = state
    flat = np.empty(len(values), object)
    flat[:] = values
    if array.size:
        array[...] = flat.reshape(array.shape)
    array.flags.writeable = writeable


def _block(place: tuple[int, dict[int, Any]], rebuild: Any, arguments: tuple[Any, ...]) -> Any:
    block = rebuild(*arguments)
    group, shared = place
    if group >= 0:
        refs = shared.setdefault(group, block.refs)
        if refs is not block.refs:
            block.refs = refs
            refs.add_reference(block)
    return block


def _manager(kind: Any, block: Any, axis: Any) -> Any:
    return kind(block, axis)


class Unpickler(pickle.Unpickler):
    """Reads what `Pickler` wrote."""

    def persistent_load(self, pid: Any) -> Any:
        return sys.intern(pid)
