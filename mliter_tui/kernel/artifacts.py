"""Artifacts: values on disk, as content-addressed objects and a manifest that names them (rule R12).

An object is a file under `objects/`, named by the xxh3-128 of its content, written once and never changed. A value is
one payload (a pickle, the table of its arrays, and memory too small for a file of its own) plus buffers. The manifest
carries a digest keyed with the user's key over all of it, checked before anything is unpickled. Large buffers are
mapped copy-on-write: a load costs no reading, and what a script does to the value reaches no file.
"""

from __future__ import annotations

import base64
import ctypes
import gc
import hashlib
import hmac
import io
import mmap
import os
import pickle
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xxhash import xxh3_128_hexdigest

from mliter_tui.kernel.arrays import Mapping
from mliter_tui.kernel.memory import (
    Array,
    Block,
    Found,
    InterningPickler,
    Pickler,
    Segment,
    TooMany,
    Unpickler,
    lay_out,
)

__all__ = ["Damaged", "check", "dump", "load"]

_VERSION = 1
_INLINE = 32 << 10  # payloads below it stand in the manifest itself
_OWN = 4 << 10  # segments from it on are files of their own
_MAPPED = 1 << 20  # buffers from it on are mapped; those below are read, and their content is verified
_FILES = 32  # files of under _MAPPED bytes that one value may have; more are packed into one
_ALIGN = 64
_HEAD = struct.Struct("<8sQQ")
_MAGIC = b"mliter\0\1"


class Damaged(Exception):
    """An artifact that is missing, truncated, altered or from elsewhere. The message is one sentence."""


# -- writing -----------------------------------------------------------------------------------------------------------


def dump(roots: dict[str, object], folder: Path, key: bytes) -> dict[str, Any]:
    """Writes values that belong together; returns the manifest to load them by, of JSON types only.

    `pickle` is [name, size] of the payload's object, or a small payload itself in base64; `buffers` the same pairs for
    the other objects; `bytes` the size of all of it.

    Raises pickle.PicklingError where a value cannot be kept, OSError where the disk will not take it.
    """
    found, stream = _pickled(roots)
    lay_out(found)
    files, places, blob = _arranged(found)
    table = pickle.dumps(_table(found, places), 5)
    payload = b"".join((_HEAD.pack(_MAGIC, len(blob), len(table)).ljust(_ALIGN, b"\0"), blob, table, stream))
    buffers = [_write(folder, view) for view in files]
    inline = len(payload) < _INLINE
    pickled = base64.b64encode(payload).decode() if inline else list(_write(folder, memoryview(payload)))
    manifest: dict[str, Any] = {
        "version": _VERSION, "pickle": pickled, "buffers": [[name, nbytes] for name, nbytes in buffers],
        "bytes": len(payload) + sum(nbytes for _, nbytes in buffers),
    }
    manifest["digest"] = _digest(manifest, payload, key)
    return manifest


def _pickled(roots: dict[str, object]) -> tuple[Found, bytes]:
    """The pickle of the roots and what it leaves out. What a library's own code raises becomes a PicklingError."""
    for kind in (InterningPickler, Pickler):
        file = io.BytesIO()
        pickler = kind(file)
        try:
            pickler.dump(roots)
        except TooMany:
            continue
        except (MemoryError, pickle.PicklingError):
            raise
        except Exception as error:  # the __reduce__ of any class may raise anything
            raise pickle.PicklingError(f"{type(error).__name__}: {error}") from error
        finally:
            pickler.clear_memo()  # a pickler holds itself: what it has seen would go later than python lets go of it
        return pickler.found, file.getvalue()
    raise AssertionError("the plain pickler has no limit")


def _view(segment: Segment) -> memoryview:
    if isinstance(segment.alive, memoryview):
        return segment.alive.cast("B") if segment.alive.nbytes else segment.alive
    return memoryview((ctypes.c_char * segment.nbytes).from_address(segment.address)).cast("B")


def _arranged(found: Found) -> tuple[list[memoryview], list[tuple[int, int]], bytes]:
    """Files to write, where each segment lies (file or -1 for the payload, offset), and the payload's share."""
    views = [_view(segment) for segment in found.segments]
    middle = sum(_OWN <= view.nbytes < _MAPPED for view in views)
    packed, blob = bytearray(), bytearray()
    files: list[memoryview] = []
    places: list[tuple[int, int]] = []
    for view in views:
        if view.nbytes >= _MAPPED or (view.nbytes >= _OWN and middle <= _FILES):
            places.append((len(files), 0))
            files.append(view)
            continue
        into = packed if view.nbytes >= _OWN else blob
        into.extend(bytes(-len(into) % _ALIGN))
        places.append((-1 if into is blob else -2, len(into)))
        into.extend(view)
    if packed:
        places = [(len(files) if file == -2 else file, offset) for file, offset in places]
        files.append(memoryview(packed))
    return files, places, bytes(blob)


def _table(found: Found, places: list[tuple[int, int]]) -> list[tuple[Any, ...]]:
    """What loading hands to the pickle, one entry for each thing left out of it."""
    rows: list[tuple[Any, ...]] = []
    for entry in found.entries:
        if isinstance(entry, Block):
            rows.append(("block", entry.group))
            continue
        file, offset = places[entry.segment]
        if isinstance(entry, Array):
            array = entry.array
            own = entry.alone and bool(array.flags.owndata) and file == -1
            rows.append(("array", file, offset + entry.offset, array.shape, entry.strides,
                         bool(array.flags.writeable), own))
        else:
            rows.append(("foreign", file, offset, entry.raw.nbytes))
    return rows


def _path(folder: Path, name: str) -> Path:
    return folder / "objects" / name[:2] / name[2:]


def _write(folder: Path, view: memoryview) -> tuple[str, int]:
    """Writes an object unless it is there; returns its name and size."""
    name = xxh3_128_hexdigest(view)
    path = _path(folder, name)
    try:
        if path.stat().st_size == view.nbytes:
            return name, view.nbytes
    except OSError:
        pass
    try:
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)  # mode 0600
    except FileNotFoundError:
        path.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            done = 0
            while done < view.nbytes:
                done += file.write(view[done:]) or 0
            if view.nbytes >= _MAPPED and hasattr(os, "fdatasync"):
                os.fdatasync(file.fileno())  # its content is not verified at a load, so a power cut must not lose it
        os.replace(temporary, path)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise
    return name, view.nbytes


def _digest(manifest: dict[str, Any], payload: bytes, key: bytes) -> str:
    secret = key if len(key) <= hashlib.blake2b.MAX_KEY_SIZE else hashlib.blake2b(key).digest()
    seal = hashlib.blake2b(key=secret, digest_size=32)
    seal.update(repr((manifest["version"], manifest["bytes"], len(payload))).encode())
    for name, nbytes in manifest["buffers"]:
        seal.update(f"{name}:{nbytes}\n".encode())
    seal.update(payload)
    return seal.hexdigest()


# -- reading -----------------------------------------------------------------------------------------------------------


def load(manifest: dict[str, Any], folder: Path, key: bytes) -> dict[str, Any]:
    """The values of a manifest. Raises Damaged."""
    payload = _payload(manifest, folder, key)
    memories: list[Mapping | None] = [_memory(folder, name, nbytes) for name, nbytes in manifest["buffers"]]
    _, small, length = _HEAD.unpack_from(payload)
    table = pickle.loads(memoryview(payload)[_ALIGN + small:_ALIGN + small + length])
    blob = _fresh(small) if small else None
    if blob is not None:
        blob[:] = payload[_ALIGN:_ALIGN + small]
    memories.append(blob)  # index -1
    stream = io.BytesIO(memoryview(payload)[_ALIGN + small + length:])
    # A pickle makes nothing that could be collected yet, but each few hundred objects of it would have all looked at.
    collecting = gc.isenabled()
    gc.disable()
    try:
        roots = Unpickler(stream, buffers=_handed(table, memories)).load()
    except MemoryError:
        raise
    except Exception as error:  # a class may have changed since, and its __setstate__ raise anything
        raise Damaged(f"the stored value cannot be read back ({type(error).__name__}: {error})") from error
    finally:
        if collecting:
            gc.enable()
    if not isinstance(roots, dict):
        raise Damaged("the stored value is not what the manifest says")
    return roots


def check(manifest: dict[str, Any], folder: Path, key: bytes, full: bool = True) -> None:
    """Verifies an artifact without unpickling it: sizes and the digest, with `full` the content of every buffer."""
    _payload(manifest, folder, key)
    for name, nbytes in manifest["buffers"]:
        if full:
            with _opened(folder, name, nbytes) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                whole = xxh3_128_hexdigest(content) == name
            if not whole:
                raise Damaged(f"object {name} does not hold what its name says")
        else:
            _opened(folder, name, nbytes).close()


def _payload(manifest: dict[str, Any], folder: Path, key: bytes) -> bytes:
    try:
        if manifest["version"] != _VERSION:
            raise Damaged("the artifact was written by another version")
        pickled = manifest["pickle"]
        if isinstance(pickled, str):
            payload = base64.b64decode(pickled, validate=True)
        else:
            payload = _path(folder, _checked(pickled[0])).read_bytes()
        for buffer, _ in manifest["buffers"]:
            _checked(buffer)
        genuine = hmac.compare_digest(_digest(manifest, payload, key), str(manifest["digest"]))
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise Damaged(f"the artifact is missing or incomplete ({type(error).__name__}: {error})") from error
    if not genuine:
        raise Damaged("the artifact was altered or written with another key")
    if not payload.startswith(_MAGIC):
        raise Damaged("the artifact is not one of this kind")
    return payload


def _checked(name: object) -> str:
    if not (isinstance(name, str) and len(name) == 32 and set(name) <= set("0123456789abcdef")):
        raise ValueError("a name that is no hash")
    return name


def _opened(folder: Path, name: str, nbytes: int) -> io.FileIO:
    try:
        file = io.FileIO(_path(folder, name))
    except OSError as error:
        raise Damaged(f"object {name} is missing ({error.strerror})") from error
    if os.fstat(file.fileno()).st_size != nbytes:
        file.close()
        raise Damaged(f"object {name} is truncated")
    return file


def _fresh(nbytes: int) -> Mapping:
    """Memory at the start of a page; private, so that a forked child's writes stay its own."""
    if hasattr(mmap, "MAP_PRIVATE"):
        return Mapping(-1, nbytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return Mapping(-1, nbytes)


def _memory(folder: Path, name: str, nbytes: int) -> Mapping:
    """The content of a buffer, writeable without reaching the file."""
    with _opened(folder, name, nbytes) as file:
        if nbytes >= _MAPPED:
            try:
                return Mapping(file.fileno(), nbytes, access=mmap.ACCESS_COPY)
            except OSError:
                pass  # too many maps or open files: read it
        memory = _fresh(nbytes)
        view, done = memoryview(memory), 0
        while done < nbytes and (got := file.readinto(view[done:])):
            done += got
        whole = xxh3_128_hexdigest(view) == name
        view.release()
    if not whole:
        raise Damaged(f"object {name} does not hold what its name says")
    return memory


def _handed(table: list[tuple[Any, ...]], memories: list[Mapping | None]) -> Iterator[Any]:
    shared: dict[int, Any] = {}
    for row in table:
        if row[0] == "block":
            yield row[1], shared
        elif row[0] == "array":
            _, file, offset, shape, strides, writeable, own = row
            yield memories[file], offset, shape, strides, writeable, own
        else:
            _, file, offset, nbytes = row
            memory = memories[file]
            assert memory is not None
            yield memoryview(memory)[offset:offset + nbytes]
