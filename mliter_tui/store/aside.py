"""Artifacts that were evicted and can be brought back for a while: an undo.

Their object files get a second name, which a collection takes for a leftover once it is an hour old: the bytes are gone
for the budget at once, for the disk when they are forgotten.
"""

from __future__ import annotations

import os

from mliter_tui.lean import dataclass

from .artifacts import objects_of
from .blobs import Blobs
from .objects import FileObjects
from .records import Artifact

__all__ = ["Aside", "Asides"]


@dataclass(frozen=True, slots=True)
class Aside:
    """An artifact that was taken out; links: second name of each of its object files. freed: bytes."""

    artifact: Artifact
    links: dict[str, str]
    freed: int


class Asides(Blobs):
    """Eviction that can be undone."""

    def set_aside(self, fp: str) -> Aside | None:
        """Evict a value, and be able to bring it back; None where it is not kept."""
        artifact = self.artifact(fp)
        if artifact is None:
            return None
        links: dict[str, str] = {}
        if isinstance(self._objects, FileObjects):
            for name in objects_of(artifact.manifest):
                links[name] = f"{self._objects.folder}/.aside-{os.getpid()}-{name}"
                try:
                    os.link(self._objects.path(name), links[name])
                except FileExistsError:
                    pass  # another artifact with this buffer was set aside before
                except OSError:
                    links.pop(name)  # the file system has no links: then it cannot be undone
        return Aside(artifact, links, self.evict(fp))

    def bring_back(self, aside: Aside) -> bool:
        """Undo `set_aside`; False where the bytes are gone or there is no room."""
        artifact, objects = aside.artifact, self._objects
        if not isinstance(objects, FileObjects):
            return False
        for name in objects_of(artifact.manifest):
            if objects.size(name) is None and not (name in aside.links and objects.link(name, aside.links[name])):
                return False
        if not self.add_artifact(
            artifact.fp, artifact.manifest, load_seconds=artifact.load_seconds,
            compute_seconds=artifact.compute_seconds, label=artifact.label,
        ):  # fmt: skip
            return False
        if artifact.pinned:
            self.pin(artifact.fp)
        return True

    def forget(self, aside: Aside) -> None:
        """It will not be brought back."""
        for link in aside.links.values():
            try:
                os.unlink(link)
            except OSError:
                pass  # forgotten before, with another artifact that had this buffer
