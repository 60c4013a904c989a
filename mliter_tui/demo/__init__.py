"""Series of real edits, played: a person's saves of a script, with mliter and plain Python beside each other."""
