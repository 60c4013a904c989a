"""Random streams as values (rule R7): the hidden generators of `random`, `numpy.random` and `torch`.

Each stream has a token: the fingerprint of its state once it was seeded, a lineage as long as it never was. A change of
state during a node means the node drew from (or seeded) the stream. Drawing before seeding reads the stream, and so
does asking for its state.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from typing import Any

from xxhash import xxh3_128_hexdigest

from mliter_tui.kernel.mersenne import Reader
from mliter_tui.lean import dataclass

UNSEEDED = "unseeded"


@dataclass(frozen=True)
class Change:
    """What a node did to a stream: image and pickled state after it, and whether it drew before it seeded.

    fresh: the stream came to be in this node, so nothing is known of the state it began with.
    """

    raw: bytes
    state: bytes
    read: bool
    fresh: bool = False


class Source:
    """Where a hidden generator is to be found, and how its state is read and set."""

    name = "random"
    seeders: tuple[str, ...] = ("seed", "setstate")
    readers: tuple[str, ...] = ("getstate",)

    def module(self, needed: bool = False) -> Any:
        """The module once it is loaded; `needed`: load it."""
        return sys.modules.get("random")

    def owners(self) -> list[Any]:
        return [self.module()]

    def state(self) -> Any:
        return self.module()._inst.getstate()

    def image(self) -> bytes:
        _, internal, gauss = self.state()
        return repr(gauss).encode() + memoryview(__import__("array").array("Q", internal)).tobytes()

    def restore(self, state: Any) -> None:
        self.module()._inst.setstate(state)

    def first(self) -> tuple[bool, bool]:
        """(was it touched, was it seeded) of a stream that came to be in this node."""
        return False, False


class _Numpy(Source):
    name = "numpy"
    _reader: Reader | None = None
    seeders, readers = ("seed", "set_state"), ("get_state",)

    def module(self, needed: bool = False) -> Any:
        found = sys.modules.get("numpy.random.mtrand")
        if found is None and (needed or "numpy" in sys.modules):  # numpy itself loads it when it is first asked for
            try:
                import numpy.random  # noqa: F401
            except Exception:  # not the library, or not a whole one
                return None
            found = sys.modules.get("numpy.random.mtrand")
        return found

    def owners(self) -> list[Any]:
        return [self.module(), sys.modules.get("numpy.random")]

    def state(self) -> Any:
        return self.module()._rand.get_state(legacy=False)

    def image(self) -> bytes:
        generator = self.module()._rand
        if self._reader is None or not self._reader.is_of(generator):
            self._reader = Reader(generator)
        return self._reader.image()

    def restore(self, state: Any) -> None:
        self.module()._rand.set_state(state)

    def first(self) -> tuple[bool, bool]:
        generator = self.module()._rand._bit_generator
        seed = getattr(generator, "seed_seq", None)
        if seed is None:  # what seeding leaves
            return True, True
        begun, now = type(generator)(seed).state["state"], generator.state["state"]
        return repr(begun["pos"]) != repr(now["pos"]) or begun["key"].tobytes() != now["key"].tobytes(), False


class _Torch(Source):
    """The CPU's default generator; it begins with entropy, so a fresh one is nobody's."""

    name = "torch"
    seeders, readers = ("manual_seed", "set_rng_state"), ("get_rng_state", "initial_seed")

    def module(self, needed: bool = False) -> Any:
        found = sys.modules.get("torch")
        return found if hasattr(found, "get_rng_state") else None

    def owners(self) -> list[Any]:
        return [self.module(), sys.modules.get("torch.random")]

    def state(self) -> Any:
        return self.module().default_generator.get_state().numpy().copy()

    def image(self) -> bytes:
        return self.state().tobytes()  # type: ignore[no-any-return]

    def restore(self, state: Any) -> None:
        self.module().default_generator.set_state(self.module().from_numpy(state))


class Stream:
    """One hidden generator. `token` names its state; `raw` is a cheap image of it to see changes by."""

    def __init__(self, source: Source) -> None:
        self.source, self.name = source, source.name
        self.token = UNSEEDED
        self.raw: bytes | None = None
        self.pending: tuple[str, bytes] | None = None
        self.wrapped = False
        self.looked = False  # the node asked for the state
        self.seeded_from: bytes | None = None  # the state found when the node first seeded

    @property
    def seeded(self) -> bool:
        """Whether its state is known from the script, now."""
        return self.seeded_from is not None or not self.token.startswith(UNSEEDED)

    def restore(self, token: str, data: bytes, needed: bool = False) -> None:
        """Put the stream in a state; `needed`: even if its module must be loaded for that."""
        if self.source.module(needed) is None:
            self.pending = (token, data)
            return
        self.source.restore(pickle.loads(data))
        self.token, self.raw, self.pending = token, self.source.image(), None

    def _wrap(self) -> None:
        """Seeding functions note the state they found; as bound methods of one generator they can be replaced."""
        if self.wrapped:
            return
        self.wrapped = True
        for owner in self.source.owners():
            for attribute in (*self.source.seeders, *self.source.readers):
                original = getattr(owner, attribute, None)
                if original is not None:
                    wrap = self._seeder if attribute in self.source.seeders else self._reader
                    setattr(owner, attribute, wrap(original))

    def _seeder(self, original: Callable[..., Any]) -> Callable[..., Any]:
        import functools

        @functools.wraps(original)
        def seed(*args: Any, **kwargs: Any) -> Any:
            found = self.source.image() if self.seeded_from is None else None
            result = original(*args, **kwargs)
            unknown = not args and not kwargs or (args and args[0] is None)
            if not unknown and found is not None:
                self.seeded_from = found
            return result

        return seed

    def _reader(self, original: Callable[..., Any]) -> Callable[..., Any]:
        import functools

        @functools.wraps(original)
        def read(*args: Any, **kwargs: Any) -> Any:
            if self.seeded_from is None:
                self.looked = True
            return original(*args, **kwargs)

        return read

    def begin(self, look: bool = True, needed: bool = False) -> None:
        """A node is about to run. `look`: something may have drawn since the last `change`.

        needed: the node may use the stream, even if it has to load the module itself.
        """
        self.seeded_from, self.looked = None, False
        if self.pending is not None:
            self.restore(*self.pending, needed=needed)
        if self.source.module() is None:
            return
        self._wrap()
        if look or self.raw is None:
            self.raw = self.source.image()
        self.looked = False

    def change(self) -> Change | None:
        """What happened since `begin`; None if the node left the stream alone, or it has only come to be."""
        if self.source.module() is None:
            return None
        self._wrap()
        found, self.raw = self.raw, self.source.image()
        if found is None:
            touched, seeded = self.source.first()
            if not touched:
                return None
            return Change(self.raw, pickle.dumps(self.source.state(), 5), not seeded, True)
        if self.raw == found and self.seeded_from is None and not self.looked:
            return None
        read = self.looked or self.seeded_from is None or self.seeded_from != found
        return Change(self.raw, pickle.dumps(self.source.state(), 5), read)

    def end(self, change: Change, lineage: str) -> dict[str, Any]:
        """{"before", "after", "state", "read"} for the coordinator, of a change that a node with this lineage made."""
        before = self.token
        if before.startswith(UNSEEDED) and change.read:
            begun = change.raw.hex() if change.fresh else ""
            self.token = UNSEEDED + xxh3_128_hexdigest((before + lineage + begun).encode())
        else:
            self.token = xxh3_128_hexdigest(b"stream" + change.raw)
        return {"before": before, "after": self.token, "state": change.state, "read": change.read}


def streams() -> dict[str, Stream]:
    return {f"rng:{source.name}": Stream(source) for source in (Source(), _Numpy(), _Torch())}
