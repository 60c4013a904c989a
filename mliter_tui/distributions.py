"""Installed distributions by what lies in the folders of packages: names and versions cost one listing of each."""

from __future__ import annotations

import os
from collections.abc import Iterable

_METADATA = (".dist-info", ".egg-info")


def folders_of_packages(path: Iterable[str]) -> list[str]:
    """Those of a module search path that packages are installed in."""
    return [folder for folder in path if folder.endswith("-packages") and os.path.isdir(folder)]


def distributions(folder: str) -> list[str]:
    """Names of the folders with the metadata of a distribution each, "numpy-2.4.6.dist-info", in order."""
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(_METADATA))
    except OSError:
        return []


def name_and_version(distribution: str) -> tuple[str, str]:
    """"numpy" and "2.4.6" of "numpy-2.4.6.dist-info"; there may be no version in it."""
    name, _, rest = distribution.rpartition(".")[0].partition("-")
    return name, rest.partition("-")[0]  # of an egg-info there may be "-py3.11" behind
