"""`python -m mliter_tui`: the same as the command `mliter`."""

import sys

from mliter_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
