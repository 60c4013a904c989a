"""The commands that look back: history in, text, JSON or files out; a script is run by the engine only."""
