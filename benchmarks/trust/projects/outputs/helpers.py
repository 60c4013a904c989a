"""Helpers that are imported all at once."""


def centred(rows):
    return rows - rows.mean()
