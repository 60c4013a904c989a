"""Reading a script: its statements as nodes, the names they use, the definitions they reach, their code keys. No I/O."""
