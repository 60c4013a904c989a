"""The nodes: each function is one, and its parameters name those it needs."""

import numpy as np
from hamilton.function_modifiers import extract_fields
from slowlearn import Forest, embed

from prices import adjusted, scaled

SEEN = []
LABELS = np.array([0, 1, 0, 1, 1, 0])


@extract_fields({"prices": np.ndarray, "first": np.ndarray})
def loaded(names: list) -> dict:
    """All prices, and a look at those of the first three."""
    prices = embed(names)
    return {"prices": prices, "first": prices[:3].copy()}


@extract_fields({"mine": dict, "yours": dict})
def options(trees_shared: int) -> dict:
    """What the two models are made with."""
    shared = {"trees": trees_shared, "weights": embed(["shared"]).ravel().tolist()}
    return {"mine": shared, "yours": dict(shared)}


def learn(rows: np.ndarray, trees: int) -> Forest:
    """A model of the rows as the two helpers leave them."""
    rows = adjusted(scaled(rows))
    model = Forest(trees, seed=3)
    model.fit(rows, LABELS)
    return model
