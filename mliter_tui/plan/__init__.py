"""What to compute, load and prune, and what to keep: pure functions, no I/O."""
