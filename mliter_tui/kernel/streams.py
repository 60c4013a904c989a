"""Random streams as values (rule R7): the hidden generators of `random` and `numpy.random`.

Each stream has a token: the fingerprint of its state once it was seeded, a lineage as long as it never was. A change of
state during a node means the node drew from (or seeded) the stream. Drawing before seeding reads the stream.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xxhash import xxh3_128_hexdigest

UNSEEDED = "unseeded"


def _random_module() -> Any:
    return sys.modules.get("random")


def _numpy_module() -> Any:
    return sys.modules.get("numpy.random.mtrand")


@dataclass(frozen=True)
class Change:
    """What a node did to a stream: image and pickled state after it, and whether it drew before it seeded."""

    raw: bytes
    state: bytes
    read: bool


class Stream:
    """One hidden generator. `token` names its state; `raw` is a cheap image of it to see changes by."""

    def __init__(self, name: str, module: Callable[[], Any], seeders: tuple[str, ...]) -> None:
        self.name, self.module, self.seeders = name, module, seeders
        self.token = UNSEEDED
        self.raw: bytes | None = None
        self.pending: tuple[str, bytes] | None = None
        self.wrapped = False
        self.seeded_from: bytes | None = None  # the state found when the node first seeded

    def state(self) -> Any:
        m = self.module()
        return m.getstate() if self.name == "random" else m.get_state(legacy=False)

    def image(self) -> bytes:
        if self.name == "random":
            _, internal, gauss = self.state()
            return repr(gauss).encode() + memoryview(__import__("array").array("Q", internal)).tobytes()
        s = self.state()
        return s["state"]["key"].tobytes() + repr((s["state"]["pos"], s["has_gauss"], s["gauss"])).encode()  # type: ignore[no-any-return]

    def restore(self, token: str, data: bytes) -> None:
        if self.module() is None:
            self.pending = (token, data)
            return
        m = self.module()
        state = pickle.loads(data)
        m.setstate(state) if self.name == "random" else m.set_state(state)
        self.token, self.raw, self.pending = token, self.image(), None

    def _wrap(self) -> None:
        """Seeding functions note the state they found; as bound methods of one generator they can be replaced."""
        if self.wrapped:
            return
        self.wrapped = True
        owners = [self.module()] if self.name == "random" else [self.module(), sys.modules.get("numpy.random")]
        for owner in owners:
            for attribute in self.seeders:
                original = getattr(owner, attribute, None)
                if original is not None:
                    setattr(owner, attribute, self._seeder(original))

    def _seeder(self, original: Callable[..., Any]) -> Callable[..., Any]:
        import functools

        @functools.wraps(original)
        def seed(*args: Any, **kwargs: Any) -> Any:
            found = self.image() if self.seeded_from is None else None
            result = original(*args, **kwargs)
            unknown = not args and not kwargs or (args and args[0] is None)
            if not unknown and found is not None:
                self.seeded_from = found
            return result

        return seed

    def begin(self, look: bool = True) -> None:
        """A node is about to run. `look`: something may have drawn since the last `change`."""
        self.seeded_from = None
        if self.module() is None:
            return
        self._wrap()
        if self.pending is not None:
            self.restore(*self.pending)
        if look or self.raw is None:
            self.raw = self.image()

    def change(self) -> Change | None:
        """What happened since `begin`; None if the node left the stream alone, or it has only come to be."""
        if self.module() is None:
            return None
        fresh = self.raw is None
        self._wrap()
        found, self.raw = self.raw, self.image()
        if fresh or found is None or (self.raw == found and self.seeded_from is None):
            return None
        read = self.seeded_from is None or self.seeded_from != found
        return Change(self.raw, pickle.dumps(self.state(), 5), read)

    def end(self, change: Change, lineage: str) -> dict[str, Any]:
        """{"before", "after", "state", "read"} for the coordinator, of a change that a node with this lineage made."""
        before = self.token
        if before.startswith(UNSEEDED) and change.read:
            self.token = UNSEEDED + xxh3_128_hexdigest((before + lineage).encode())
        else:
            self.token = xxh3_128_hexdigest(b"stream" + change.raw)
        return {"before": before, "after": self.token, "state": change.state, "read": change.read}


def streams() -> dict[str, Stream]:
    return {
        "rng:random": Stream("random", _random_module, ("seed", "setstate")),
        "rng:numpy": Stream("numpy", _numpy_module, ("seed", "set_state")),
    }
