"""The store: what was computed, kept on disk; local, private, verified, within a budget."""

from .aside import Aside
from .errors import StoreError
from .objects import digest
from .records import Artifact, CheckReport, Evicted, GcReport, Kept
from .store import Store

__all__ = ["Artifact", "Aside", "CheckReport", "Evicted", "GcReport", "Kept", "Store", "StoreError", "digest"]
