"""Text out: what happened and what is planned, as plain lines; no terminal library, no colour."""
