"""Sizes as people write them."""

from __future__ import annotations

import re

_LARGEST = 2**63 - 1
_SIZE = re.compile(r"([0-9]+)(?:\.([0-9]+))?\s*(?:([kmgtp])(i?))?b?", re.IGNORECASE | re.ASCII)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


def parse_size(text: str) -> int:
    """Bytes meant by a size such as 2GB, 1.5 GiB, 500m or 4096; units of 1000, with an i of 1024.

    Raises ValueError with the rest of a sentence ("must be ...") for anything else, for 0 and for over 8 EiB.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"must be a size such as 500MB or 2GB, not {text!r}")
    whole, part, unit, binary = (group or "" for group in match.groups())
    if len(whole) + len(part) > 30:
        raise ValueError("must be below 8 EiB")
    factor = (1024 if binary else 1000) ** _POWERS[unit.lower()]
    size: int = int(whole + part) * factor // 10 ** len(part)
    if size < 1:
        raise ValueError("must be above 0; to keep nothing, use --policy never")
    if size > _LARGEST:
        raise ValueError("must be below 8 EiB")
    return size
