"""The one exception the store lets out.

Everything that can happen to a disk (damage, no space, no permission) is a miss and a note, not an exception; what is
left are the cases in which going on would be wrong or would touch what is not ours.
"""

from __future__ import annotations

from mliter_tui.errors import StoreUnavailable

__all__ = ["StoreError"]


class StoreError(StoreUnavailable):
    """A store that must not be used; the message is one sentence that says what to do."""
