"""The view model: what a screen shows of an engine, as a state that events are applied to. No Textual, no I/O."""
