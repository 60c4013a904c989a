"""Keyed digests of catalog rows, and the JSON they are taken over.

A row carries the digest of its own bytes under the user's key, so that a row altered by hand, cut short, or copied in
from another store is recognised and treated as absent. BLAKE2b in keyed mode (RFC 7693), 16 bytes.
"""

from __future__ import annotations

import json
from typing import Any

try:
    # The same class as hashlib's, without loading OpenSSL (10 ms).
    from _blake2 import blake2b
except ImportError:  # pragma: no cover - an interpreter built without it
    from hashlib import blake2b

__all__ = ["Sealer", "decode", "encode", "plain"]


def encode(payload: object) -> bytes:
    """JSON bytes of a payload; ASCII, so that names with undecodable bytes survive."""
    return json.dumps(payload, separators=(",", ":")).encode("ascii")


def decode(body: object) -> Any:
    """The payload of `encode`d bytes; ValueError for anything else."""
    if not isinstance(body, bytes):
        raise ValueError("not a stored payload")
    return json.loads(body.decode("ascii"))


def plain(text: str) -> str:
    """Text that SQLite can hold: lone surrogates (undecodable file names) are spelled out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class Sealer:
    """Makes and verifies the digests; parts are length-prefixed, so no two lists of parts give the same bytes."""

    __slots__ = ("_start",)

    def __init__(self, key: bytes) -> None:
        self._start = blake2b(key=key, digest_size=16)

    def __call__(self, kind: str, *parts: str | bytes) -> bytes:
        digest = self._start.copy()
        for part in (kind, *parts):
            data = part.encode("utf-8") if isinstance(part, str) else part
            digest.update(len(data).to_bytes(8, "little"))
            digest.update(data)
        return digest.digest()

    def holds(self, seal: object, kind: str, *parts: object) -> bool:
        """Whether `seal` is the digest of these parts; False for parts of a wrong type (an altered row)."""
        if not isinstance(seal, bytes):
            return False
        good = [part for part in parts if isinstance(part, (str, bytes))]
        return len(good) == len(parts) and seal == self(kind, *good)
