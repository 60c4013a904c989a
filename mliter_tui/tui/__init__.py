"""The Textual app: screens, widgets, keys, theme. A reader of events and a sender of commands."""
