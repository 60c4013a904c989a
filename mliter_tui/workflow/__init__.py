"""The DAG of a script and the difference of two scripts: pure structure, no I/O."""
