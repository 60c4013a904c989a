"""Reading a script: its statements as nodes, names they use, definitions they reach, code keys. No I/O."""
