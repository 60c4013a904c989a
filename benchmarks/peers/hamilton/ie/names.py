"""Names of diseases in a sequence of tags."""


def names_in(tags):
    """Disease names as (first, last) positions; a name that begins with an I counts, too."""
    found, begin = [], None
    for at, tag in enumerate([*tags, 0]):
        if begin is not None and tag != 2:
            found.append((begin, at - 1))
            begin = None
        if tag == 1 or (tag == 2 and begin is None):
            begin = at
    return found
