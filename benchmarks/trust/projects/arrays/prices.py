"""Helpers for prices."""

from functools import lru_cache


@lru_cache(maxsize=None)
def rate(year):
    return 1.0 + year / 100


def scaled(rows):
    """The rows in today's money."""
    return rows * rate(7)


def adjusted(rows):
    """The rows against their mean."""
    return rows - rows.mean()
