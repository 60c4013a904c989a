"""The difference of two versions of a script, node by node, and what it affects through which names.

Every node is in exactly one class: *unchanged* (same code key, same order), *moved* (same key, elsewhere), *edited*
(an old and a new node that are versions of one), *added* or *removed*. Code keys leave out layout, comments and line
numbers, so such edits are no difference. The diff explains; what may be reused is decided by traces, not here.

Matching is a patience diff on keys: what is unique in both is aligned by a longest increasing subsequence, then what
lies between; what has no unique key left is matched by difflib. Equal keys that stay over have moved. Edits are paired
first within the gap they lie in, then anywhere, by names bound, then by words of their source.
A node is *affected* when it is unchanged or moved itself, but a definition that reaches what it reads is another one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from mliter_tui.lean import dataclass
from mliter_tui.workflow.matching import align, pair_edits
from mliter_tui.workflow.reaching import Through, affected_nodes

Kind = Literal["unchanged", "moved", "edited", "added", "removed"]


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A node as the diff sees it: `key` stands for its behaviour, `reads` and `binds` are names at its own level."""

    key: str
    source: str
    label: str = ""
    reads: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one node: positions in the old and the new version, and the node there; None where it is not."""

    kind: Kind
    old: int | None
    new: int | None
    before: NodeKey | None
    after: NodeKey | None


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes, in the order of the new version, removed nodes last; `affected` is by position in the new one."""

    changes: tuple[Change, ...]
    affected: Mapping[int, tuple[Through, ...]]

    def of(self, kind: Kind) -> tuple[Change, ...]:
        """The changes of one class."""
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def empty(self) -> bool:
        """Whether the two versions behave alike, statement by statement."""
        return all(change.kind == "unchanged" for change in self.changes)

    def apply(self, old: Sequence[NodeKey]) -> list[str]:
        """The new version's keys, from the old version and this difference alone."""
        keys: dict[int, str] = {}
        for change in self.changes:
            if change.new is not None:
                same = change.kind in ("unchanged", "moved")
                source = old[change.old] if same and change.old is not None else change.after
                assert source is not None  # added and edited nodes carry what they became
                keys[change.new] = source.key
        return [keys[at] for at in range(len(keys))]

    def trail(self, new: int) -> list[int]:
        """From an affected node up to the node that changed, by position: [clf, Z_tr, scaler]; [new] if it is itself.

        It ends early where what reached the last node of it was removed.
        """
        found = [new]
        while new in self.affected:
            makers = [through.by for through in self.affected[new] if through.by is not None]
            if not makers:
                break
            new = max(makers)  # the nearest; always before the reader, so that this ends
            found.append(new)
        return found


def diff(old: Sequence[NodeKey], new: Sequence[NodeKey]) -> Diff:
    """The difference between two versions, each in program order."""
    old_keys, new_keys = [node.key for node in old], [node.key for node in new]
    kept = align(old_keys, new_keys)
    moved = _moved(old_keys, new_keys, kept)
    same = kept + moved
    edited = pair_edits(old, new, sorted(kept), same)
    changes: list[Change] = []
    for kind, pairs in (("unchanged", kept), ("moved", moved), ("edited", edited)):
        changes += [Change(kind, i, j, old[i], new[j]) for i, j in pairs]  # type: ignore[arg-type]
    used_old, used_new = {change.old for change in changes}, {change.new for change in changes}
    changes += [Change("added", None, j, None, node) for j, node in enumerate(new) if j not in used_new]
    changes.sort(key=lambda change: change.new or 0)
    changes += [Change("removed", i, None, node, None) for i, node in enumerate(old) if i not in used_old]
    return Diff(tuple(changes), affected_nodes(old, new, {j: i for i, j in same}))


def _moved(old: Sequence[str], new: Sequence[str], kept: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left over on both sides under the same key, in order."""
    used_old, used_new = {i for i, _ in kept}, {j for _, j in kept}
    left: dict[str, list[int]] = {}
    for i, key in enumerate(old):
        if i not in used_old:
            left.setdefault(key, []).append(i)
    taken: Counter[str] = Counter()
    pairs = []
    for j, key in enumerate(new):
        if j not in used_new and taken[key] < len(left.get(key, ())):
            pairs.append((left[key][taken[key]], j))
            taken[key] += 1
    return pairs
