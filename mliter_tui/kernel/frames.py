"""Readers for pandas and Arrow values: column by column, whatever the blocks or chunks they are kept in.

Operations that only read consolidate blocks, and equal columns may lie in many chunks: neither is content. What a
pandas container owns is copied on write, so sharing it with another container says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from xxhash import xxh3_128

from mliter_tui.kernel.arrays import by_memory, describe, digest, note_memory
from mliter_tui.kernel.identity import identity
from mliter_tui.kernel.plain import dumps

if TYPE_CHECKING:
    from mliter_tui.kernel.walk import Walk

_OWNED = 4
_ROWS = 4096  # rows transposed at once
_INTERNAL = frozenset({"_mgr", "_attrs", "_flags", "_name", "_item_cache", "_typ", "attrs"})


def of_frame(walk: Walk, frame: Any) -> Iterable[object] | None:
    """A DataFrame or Series."""
    if walk.met(frame):
        return None
    walk.holder = walk.number(frame)
    walk.enter |= _OWNED
    series = frame.ndim == 1
    extra = {key: value for key, value in vars(frame).items() if key not in _INTERNAL}
    if set(extra) - set(frame._metadata):
        walk.unstorable()  # pandas' pickle drops attributes it does not know
    walk.emit(b"\1frame" + dumps((frame.shape, bool(frame.flags.allows_duplicate_labels)), 2))
    children: list[object] = [type(frame), _Apart(frame.attrs)]
    children.append(_Apart(frame._name) if series else frame.columns)
    children.append(frame.index)
    children.append(_Apart(tuple(extra.items()) or None))
    for block in frame._mgr.blocks:
        _note_block(walk, block)
    children.extend(_columns(frame))
    return children


class _Apart:
    """Something that a container refers to without owning its memory."""

    def __init__(self, value: object) -> None:
        self.value = value


def of_apart(walk: Walk, apart: _Apart) -> Iterable[object]:
    walk.enter &= ~_OWNED
    return [apart.value]


class _Column:
    """The digest of one column of numbers."""

    def __init__(self, kind: tuple[object, ...], content: bytes, size: int) -> None:
        self.kind = kind
        self.content = content
        self.size = size


def of_column(walk: Walk, column: _Column) -> None:
    walk.emit(b"\1column" + dumps(column.kind, 2) + column.content)
    walk.size += column.size


def _note_block(walk: Walk, block: Any) -> None:
    for array in arrays_of(block.values):
        flags, walk.flags = walk.flags, walk.flags | _OWNED
        note_memory(walk, array, walk.holder, by_memory(array.dtype))
        walk.flags = flags


def arrays_of(values: Any) -> list[Any]:
    """The ndarrays that an array of pandas keeps its elements in, to be changed in place."""
    import numpy as np

    if isinstance(values, np.ndarray):
        return [values]
    found: list[Any] = []
    for name in ("_ndarray", "_data", "_mask", "_left", "_right", "_sparse_values"):
        inner = getattr(values, name, None)
        if inner is not None and inner is not values and not isinstance(inner, memoryview):
            found.extend(arrays_of(inner))
    unique = {identity(each): each for each in found}
    return list(unique.values())


def _columns(frame: Any) -> list[object]:
    """One child for each column, in order."""
    import numpy as np

    columns: dict[int, object] = {}
    for block in frame._mgr.blocks:
        values = block.values
        places = [0] if frame.ndim == 1 else block.mgr_locs.as_array.tolist()
        if not isinstance(values, np.ndarray):
            if getattr(values, "ndim", 1) == 2:
                columns.update((place, values[row]) for row, place in enumerate(places))
            else:
                columns.update((place, values) for place in places)
            continue
        rows = values.reshape(1, -1) if values.ndim == 1 else values
        if not by_memory(values.dtype):
            columns.update((place, _Elements(row)) for place, row in zip(places, rows))
            continue
        kind, size = describe(values.dtype), rows.shape[1] * values.itemsize
        columns.update((place, _Column(kind, each, size)) for place, each in zip(places, _digests(rows)))
    return [columns[place] for place in sorted(columns)]


def _digests(rows: Any) -> list[bytes]:
    """The digest of each row of a matrix; in tiles where a row is scattered over memory."""
    import numpy as np

    if rows.flags.c_contiguous or rows.shape[0] == 1 or rows.dtype.fields is not None or rows.dtype.itemsize >= 16:
        return [digest(row) for row in rows]
    hashers = [xxh3_128() for _ in range(rows.shape[0])]
    for start in range(0, rows.shape[1], _ROWS):
        tile = np.ascontiguousarray(rows[:, start:start + _ROWS]).view(np.uint8)
        for hasher, row in zip(hashers, tile):
            hasher.update(row)
    return [hasher.digest() for hasher in hashers]


class _Elements:
    """A column or index of objects."""

    def __init__(self, values: Any) -> None:
        self.values = values


def of_elements(walk: Walk, elements: _Elements) -> Iterable[object] | None:
    walk.emit(b"\1objects" + dumps(describe(elements.values.dtype), 2))
    walk.enter &= ~_OWNED
    return walk.elements(elements.values.tolist())


def _array(values: Any) -> object:
    """A child for an array inside a container: content, dtype and shape, but neither layout nor flags."""
    import numpy as np

    if not isinstance(values, np.ndarray):
        return values
    if not by_memory(values.dtype):
        return _Elements(values)
    return _Column((*describe(values.dtype), values.shape), digest(np.ascontiguousarray(values)), values.nbytes)


def of_index(walk: Walk, index: Any) -> Iterable[object] | None:
    walk.reached("pandas")
    if walk.context.labels and walk.met(index):
        return None
    walk.emit(b"\1index")
    walk.enter |= _OWNED
    # Depending on the version of pandas, the frequency of dates is the index's or its array's.
    return [type(index), *map(_Apart, index.names), _Apart(getattr(index, "_freq", None)), _array(index._data)]


def of_range_index(walk: Walk, index: Any) -> Iterable[object] | None:
    walk.reached("pandas")
    if walk.context.labels and walk.met(index):
        return None
    walk.emit(b"\1range index" + dumps((index.start, index.stop, index.step), 2))
    return [type(index), _Apart(index.name)]


def of_multi_index(walk: Walk, index: Any) -> Iterable[object] | None:
    walk.reached("pandas")
    if walk.context.labels and walk.met(index):
        return None
    walk.emit(b"\1multi index" + dumps((index.nlevels, index.sortorder), 2))
    walk.enter |= _OWNED
    return [type(index), *map(_Apart, index.names), *index.levels, *map(_array, index.codes)]


def of_dtype(walk: Walk, dtype: Any) -> Iterable[object]:
    walk.reached("pandas")
    walk.enter &= ~_OWNED
    if hasattr(dtype, "categories"):
        walk.emit(b"\1category" + dumps(bool(dtype.ordered), 2))
        return [type(dtype), dtype.categories]
    walk.emit(b"\1dtype" + dumps((repr(dtype), str(dtype), repr(getattr(dtype, "na_value", None))), 2))
    return [type(dtype)]


def of_extension_array(walk: Walk, array: Any) -> Iterable[object] | None:
    """An array of pandas by what it means; a raw one has identity, one in a container has not."""
    from mliter_tui.kernel.instances import of_instance

    owned = bool(walk.flags & _OWNED)
    kind = type(array)
    if str(kind.__module__).partition(".")[0] != "pandas":
        return of_instance(walk, array)
    if not owned:
        if walk.met(array):
            return None
        for inner in arrays_of(array):
            note_memory(walk, inner, walk.number(array), by_memory(inner.dtype))
    walk.enter |= _OWNED
    walk.emit(b"\1extension" + dumps(tuple(array.shape), 2))
    if hasattr(array, "_pa_array"):
        return [kind, array.dtype, array._pa_array]
    if hasattr(array, "_mask") and hasattr(array, "_data"):
        data = array._data
        if array._mask.any():
            data = data.copy()
            data[array._mask] = data.dtype.type()  # what lies under the mask has no meaning
        return [kind, array.dtype, _array(data), _array(array._mask)]
    if hasattr(array, "_ndarray"):
        freq = getattr(array, "_freq", None)
        return [kind, array.dtype, freq, _array(array._ndarray)]
    if hasattr(array, "_left") and hasattr(array, "_right"):
        return [kind, array.dtype, array._left, array._right]
    if hasattr(array, "_sparse_values"):
        index = array._sparse_index
        places = index.to_int_index().indices
        return [kind, array.dtype, type(index), int(index.length), _array(places), _array(array._sparse_values)]
    return of_instance(walk, array)


def of_object(walk: Walk, value: Any) -> Iterable[object] | None:
    """A group-by, a window and the like: attributes, without what reading them has cached."""
    from mliter_tui.kernel.instances import of_instance

    attributes = getattr(value, "__dict__", None)
    if attributes is None or "_cache" not in attributes:
        return of_instance(walk, value)
    if walk.met(value):
        return None
    walk.wild = True  # reading it fills its caches
    walk.emit(b"\1pandas" + dumps(tuple(key for key in attributes if key != "_cache"), 2))
    return [type(value), *(each for key, each in attributes.items() if key != "_cache")]


def of_arrow_column(walk: Walk, column: Any) -> Iterable[object] | None:
    """An Arrow array, chunked or not: immutable, so content alone; the same for any chunks and offsets."""
    import pyarrow as pa

    walk.reached("pyarrow")
    kind = column.type
    walk.emit(b"\1arrow" + dumps((type(column).__name__, str(kind), len(column), column.null_count), 2))
    walk.size += column.nbytes
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    whole = _integers(kind)
    if whole is not None:
        chunks, kind = [chunk.view(whole) for chunk in chunks], whole
    if not _flat(kind):
        return walk.elements(column.to_pylist())
    lengths, content, missing = xxh3_128(), xxh3_128(), xxh3_128()
    for chunk in chunks:
        _feed_chunk(chunk, kind, lengths, content, missing)
    walk.emit(lengths.digest() + content.digest() + missing.digest())
    return None


def _texts(kind: Any) -> bool:
    import pyarrow as pa

    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _integers(kind: Any) -> Any:
    """The integer type that dates and times of an Arrow type are; None for other types."""
    import pyarrow as pa

    if not pa.types.is_temporal(kind) or pa.types.is_interval(kind):
        return None
    return pa.int32() if kind.bit_width == 32 else pa.int64()


def _flat(kind: Any) -> bool:
    import pyarrow as pa

    return _texts(kind) or pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _feed_chunk(chunk: Any, kind: Any, lengths: Any, content: Any, missing: Any) -> None:
    import numpy as np
    import pyarrow as pa

    if len(chunk) == 0:
        return
    if chunk.null_count:
        missing.update(np.ascontiguousarray(chunk.is_null().to_numpy(zero_copy_only=False)).view(np.uint8))
        empty = b"" if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else ""
        chunk = chunk.fill_null(empty if _texts(kind) else pa.scalar(0, pa.int8()).cast(kind))
    else:
        missing.update(bytes(len(chunk)))
    if not _texts(kind):
        content.update(np.ascontiguousarray(chunk.to_numpy(zero_copy_only=False)).view(np.uint8))
        return
    large = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
    _, offsets, data = chunk.buffers()
    width = np.dtype(np.int64 if large else np.int32)
    places = np.frombuffer(offsets, width, len(chunk) + 1, chunk.offset * width.itemsize)
    lengths.update(np.diff(places).astype(np.int64))
    if data is not None:
        content.update(memoryview(data)[int(places[0]):int(places[-1])])


def of_arrow_table(walk: Walk, table: Any) -> Iterable[object]:
    walk.reached("pyarrow")
    metadata = table.schema.metadata
    names = tuple(table.schema.names), tuple(field.nullable for field in table.schema)
    walk.emit(b"\1table" + dumps((type(table).__name__, names, table.num_rows), 2))
    return [tuple(metadata.items()) if metadata else None, *(table.column(place) for place in range(table.num_columns))]
