"""What tells an object from all others as long as it lives, as `id` does.

Each call of `id` is an event for audit hooks, and as there is one in a kernel it would take ten times as long.
"""

from __future__ import annotations

from collections.abc import Callable

identity: Callable[[object], int] = object.__hash__
