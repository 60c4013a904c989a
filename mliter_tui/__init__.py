"""mliter: incremental runs of ordinary Python machine-learning scripts, planned exactly and explained."""

__version__ = "0.1.0"
