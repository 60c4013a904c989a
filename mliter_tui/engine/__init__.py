"""The coordinator: reads the script, looks up traces, plans, drives a kernel, writes the journal."""
