"""The part that runs inside the user's process: fingerprint values, keep them, observe what is read and written."""
