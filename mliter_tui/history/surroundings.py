"""What an iteration ran under: Python, the machine, and the packages there were, as a dict of types JSON has.

Packages are what lies in the folders of installed packages, by the names of their metadata: reading these costs a
listing of each folder and nothing for each package. It is the same for most iterations, and kept once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

from mliter_tui.distributions import distributions, folders_of_packages, name_and_version


def surroundings(folders: Iterable[str] | None = None) -> dict[str, Any]:
    """python, implementation, platform, machine, host, and packages by name. folders: by default those of sys.path."""
    system = os.uname() if hasattr(os, "uname") else None
    return {
        "python": ".".join(map(str, sys.version_info[:3])), "implementation": sys.implementation.name,
        "platform": f"{system.sysname} {system.release}" if system is not None else sys.platform,
        "machine": system.machine if system is not None else "", "host": system.nodename if system is not None else "",
        "packages": packages(sys.path if folders is None else folders),
    }  # fmt: skip


def packages(folders: Iterable[str]) -> dict[str, str]:
    """Versions of installed packages by name; the first folder that has one counts, as it does for an import."""
    found: dict[str, str] = {}
    for folder in folders_of_packages(folders):
        for each in distributions(folder):
            name, version = name_and_version(each)
            found.setdefault(name.lower().replace("_", "-"), version or "?")
    return dict(sorted(found.items()))
