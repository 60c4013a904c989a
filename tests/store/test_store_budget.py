"""The budget: never exceeded, and spent on what saves most seconds per byte."""

import shutil
import tempfile
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mliter_tui.store import Store
from mliter_tui.store.budget import HALF_LIFE, SAME_TIME, Held, choose_victims, worth

Opened = Callable[..., Store]
Keep = Callable[..., bool]
OnDisk = Callable[[Store], int]


def test_room_is_made_by_the_least_seconds_per_byte(opened: Opened, keep: Keep) -> None:
    store = opened(100)
    for fp, size, seconds in (("poor", 40, 4.0), ("rich", 40, 400.0), ("poorest", 20, 1.0)):
        assert keep(store, fp, fp[:2].encode() * (size // 2), seconds=seconds)
    assert store.make_room(15, 1000.0, by="clf")
    assert {a.fp for a in store.artifacts()} == {"rich", "poor"}
    gone = store.evicted("poorest")
    assert gone is not None
    assert gone.by == "clf"


def test_nothing_leaves_for_a_newcomer_worth_less_or_too_large(opened: Opened, keep: Keep) -> None:
    store = opened(100)
    keep(store, "a", b"a" * 50, seconds=50.0)
    keep(store, "b", b"b" * 50, seconds=5.0)
    assert not store.make_room(50, 5.0), "as much per byte is not more"
    assert not store.make_room(60, 30.0), "b would go, but a is worth more"
    assert not store.make_room(101, 1e9)
    assert len(store.artifacts()) == 2
    assert store.make_room(50, 5.1)
    assert [x.fp for x in store.artifacts()] == ["a"]


def test_pinned_and_planned_values_stay(opened: Opened, keep: Keep) -> None:
    store = opened(100)
    keep(store, "pinned", b"p" * 50, seconds=0.0)
    keep(store, "planned", b"q" * 50, seconds=0.0)
    store.pin("pinned")
    assert not store.make_room(10, 1e9, keep={"planned"})
    assert store.make_room(10, 1e9)
    assert [x.fp for x in store.artifacts()] == ["pinned"]


def test_old_use_counts_less(opened: Opened, keep: Keep) -> None:
    store = opened(100)
    keep(store, "a", b"a" * 50, seconds=10.0)
    keep(store, "b", b"b" * 50, seconds=8.0)
    with store.transaction():
        store._catalog.now("UPDATE artifact SET used = used - ? WHERE fp = 'a'", (HALF_LIFE + SAME_TIME,))
    assert store.make_room(50, 9.0)
    assert [x.fp for x in store.artifacts()] == ["b"]


def test_a_large_value_stays_for_a_small_one_that_saves_far_less(opened: Opened, keep: Keep) -> None:
    store = opened(100)
    keep(store, "large", b"l" * 90, seconds=90.0)
    assert not keep(store, "small", b"s" * 20, seconds=40.0), "twice as much per byte, but less than half in all"
    assert keep(store, "other", b"o" * 20, seconds=46.0)
    assert [x.fp for x in store.artifacts()] == ["other"]
    assert keep(store, "small", b"s" * 20, seconds=40.0), "in what it leaves free there is room for more"


def test_a_value_added_without_asking_obeys_the_budget_too(opened: Opened, keep: Keep, on_disk: OnDisk) -> None:
    store = opened(100)
    assert keep(store, "a", b"a" * 60, seconds=10.0)
    assert not keep(store, "b", b"b" * 60, seconds=1.0)
    assert store.artifact("b") is None
    assert on_disk(store) == 60, "what was refused is deleted"
    assert keep(store, "c", b"c" * 60, seconds=100.0)
    assert [x.fp for x in store.artifacts()] == ["c"]
    assert on_disk(store) == 60


def test_room_for_one_who_shares_with_the_evicted(opened: Opened, keep: Keep, on_disk: OnDisk) -> None:
    store = opened(100)
    keep(store, "old", b"o" * 30, b"shared" * 10, seconds=1.0)
    assert keep(store, "new", b"n" * 40, b"shared" * 10, seconds=100.0)
    assert [x.fp for x in store.artifacts()] == ["new"]
    assert store.used_bytes() == on_disk(store) == 100


def test_a_payload_that_stands_in_the_manifest_counts(opened: Opened, keep: Keep) -> None:
    store = opened(100)

    def inline(fp: str, size: int, seconds: float) -> bool:
        manifest = {"pickle": "A" * size, "buffers": []}
        return store.add_artifact(fp, manifest, load_seconds=0.0, compute_seconds=seconds, label=fp)

    assert inline("a", 60, 6.0)
    assert store.used_bytes() == 60
    assert not inline("b", 60, 1.0)
    assert inline("b", 60, 60.0)
    assert [(x.fp, x.nbytes) for x in store.artifacts()] == [("b", 60)]
    assert keep(store, "c", b"c" * 40, seconds=80.0)
    assert store.used_bytes() == 100
    assert store.make_room(50, 1e9)
    assert [x.fp for x in store.artifacts()] == ["c"]
    assert store.evict("c") == 40
    assert inline("b", 33, 1.0)
    assert store.evict("b") == 33


def test_planned_values_stay_when_one_is_added(opened: Opened, written: Callable[..., dict[str, Any]]) -> None:
    store = opened(100)
    numbers = {"load_seconds": 0.0, "label": "x"}
    first, second = written(store, b"a" * 60), written(store, b"b" * 60)
    assert store.add_artifact("a", first, compute_seconds=1.0, **numbers)  # type: ignore[arg-type]
    assert not store.add_artifact("b", second, compute_seconds=9.0, keep=["a"], **numbers)  # type: ignore[arg-type]
    assert [x.fp for x in store.artifacts()] == ["a"]


def test_large_blobs_take_part_and_small_ones_stay(opened: Opened, keep: Keep) -> None:
    store = opened(300_000)
    large = store.put_blob(b"x" * 200_000, benefit=1.0)
    small = store.put_blob(b"y" * 1000, benefit=0.0)
    assert not store.make_room(200_000, 0.5)
    assert store.make_room(200_000, 60.0)
    assert store.blob(large) is None
    assert store.blob(small) is not None


def test_a_blob_without_room_is_not_kept(opened: Opened, on_disk: OnDisk) -> None:
    store = opened(1000)
    name = store.put_blob(b"x" * 1001)
    assert not store.holds(name)
    assert store.blob(name) is None
    assert on_disk(store) == store.used_bytes() == 0


def test_a_smaller_budget_shrinks_the_store(opened: Opened, keep: Keep) -> None:
    store = opened(1000)
    for n in range(10):
        keep(store, f"a{n}", bytes([n]) * 100, seconds=float(n))
    store.close()
    assert {a.fp for a in opened(250).artifacts()} == {"a9", "a8"}


def test_worth_halves_with_time_and_ignores_a_clock_set_back() -> None:
    assert worth(8.0, 0.0, SAME_TIME + 2 * HALF_LIFE) == 2.0
    assert worth(8.0, 0.0, SAME_TIME) == 8.0
    assert worth(8.0, 100.0, 0.0) == 8.0
    assert worth(-1.0, 0.0, 0.0) == 0.0


SIZES = {"p": 5, "q": 7, "r": 11, "s": 2}
things = st.lists(
    st.tuples(st.sets(st.sampled_from(sorted(SIZES)), min_size=1), st.integers(0, 9), st.booleans()), max_size=6
)


@given(things, st.integers(1, 30), st.integers(1, 9))
def test_victims_suffice_are_evictable_and_none_is_superfluous(
    made: list[tuple[set[str], int, bool]], need: int, density: int
) -> None:
    held = [
        Held(str(n), tuple((o, SIZES[o]) for o in sorted(objects)), float(value), fixed)
        for n, (objects, value, fixed) in enumerate(made)
    ]

    def freed(leaving: set[str]) -> int:
        stay = {o for thing in held if thing.name not in leaving for o, _ in thing.objects}
        return sum(size for o, size in SIZES.items() if o not in stay and any(o in t[0] for t in made))

    victims = choose_victims(held, need, float(density))
    cheap = {t.name for t in held if not t.fixed and t.worth == 0}
    if victims is None:
        assert freed(cheap) < need, "worthless things alone would have sufficed"
        return
    chosen = set(victims)
    assert len(chosen) == len(victims)
    assert freed(chosen) >= need
    assert not any(thing.fixed for thing in held if thing.name in chosen)
    assert all(freed(chosen - {name}) < need for name in chosen)


def test_density_is_the_limit_without_sharing() -> None:
    held = [Held(str(n), ((f"o{n}", 10),), float(n), False) for n in range(5)]
    for need, density in ((10, 0.05), (20, 0.15), (50, 0.45), (50, 0.39), (21, 0.15)):
        names = choose_victims(held, need, density)
        count = -(-need // 10)
        cheapest = [str(n) for n in range(count)]
        fits = all(0.1 * int(n) < density for n in cheapest)
        assert (sorted(names) if names is not None else None) == (cheapest if fits else None)
    assert all(choose_victims(list(pair), 20, 9.0) is not None for pair in combinations(held, 2))


def test_shared_bytes_are_charged_in_parts() -> None:
    held = [
        Held("a", (("shared", 100),), 6.0, False),
        Held("b", (("shared", 100),), 6.0, False),
        Held("c", (("own", 100),), 10.0, False),
    ]
    assert choose_victims(held, 100, 1.0) == ["c"], "10 seconds for 100 bytes, where the pair is worth 12"


actions = st.lists(
    st.tuples(
        st.sampled_from(["add", "room", "blob", "pin", "unpin", "evict", "touch", "gc"]),
        st.integers(0, 5), st.integers(1, 60), st.integers(0, 20), st.integers(0, 2),
    ),
    max_size=30,
)  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions)
def test_the_budget_holds_whatever_is_done(
    written: Callable[..., dict[str, Any]], on_disk: OnDisk, tmp_path: Path, todo: list[Any]
) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    with Store.open(folder, 150) as store:
        for act, n, size, seconds, shared in todo:
            fp = f"fp{n}"
            if act == "add":
                manifest = written(store, bytes([n, size]) * size, bytes([shared]) * 40)
                store.add_artifact(fp, manifest, load_seconds=1.0, compute_seconds=seconds, label=fp)
            elif act == "room":
                before = store.used_bytes()
                fits = store.make_room(size, seconds)
                assert store.used_bytes() + size <= 150 if fits else store.used_bytes() == before
            elif act == "blob":
                store.put_blob(bytes([n]) * size)
            elif act == "gc":
                store.gc(now=True)
            elif act == "touch":
                store.touch([fp])
            else:
                getattr(store, act)(fp)
            assert store.used_bytes() == on_disk(store) <= 150
        assert store.check(full=True).damaged == ()
        assert store.notes == []
    shutil.rmtree(folder)
