"""Start of a kernel process: `python -m mliter_tui.kernel FD`."""

from mliter_tui.kernel.session import main

main()
