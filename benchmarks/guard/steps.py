"""Steps of the script `functions.py`."""

import time

OFFSET = 1.0


def scaled(rows):
    top = rows.max()
    time.sleep(0.3)
    return rows / top


def shifted(rows):
    moved = rows + OFFSET
    time.sleep(0.1)
    return moved
