"""Past iterations: what is kept of them, and how two of them compare; nothing here runs a script."""
