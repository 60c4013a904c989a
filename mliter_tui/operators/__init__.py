"""What is known about libraries: which of their calls inside a statement can be answered from the store, one file each.

A library is registered as an entry point of the group `mliter.operators`, named after its top-level module; the object
it names is called with a `kernel.recall.Recall` once that module has been imported by the script, and again when more
modules have come.
"""
