"""A session: the engine of `mliter watch`. It watches, plans, runs and is steered; commands in, events out."""
