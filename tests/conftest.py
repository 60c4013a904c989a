"""What all tests share: child processes see this checkout, and a fixed environment."""

import compileall
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent

# An installed copy must not stand in for the checkout when a test starts python in another folder.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
# Nor must what whoever runs the tests has set: that there is no person to show an app to, or another size of terminal.
for name in ("MLITER_UI", "CI", "COLUMNS", "LINES"):
    os.environ.pop(name, None)
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell starts in the background
# Else each of the hundreds of runs would compile all of mliter again where bytecode is not to be written.
compileall.compile_dir(ROOT / "mliter_tui", quiet=1)

# The same examples each time: what passes on one machine does on the next. Others with --hypothesis-profile=search.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", max_examples=2000, deadline=None)
hypothesis.settings.load_profile("steady")

_PROCESSES = ("engine", "session", "history", "watching", "tui")  # folders whose tests start processes, or an app
_CASES = 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a test with many cases, each of which takes seconds, two run by default: the first and the last.

    All of them run with -m "slow or not slow".
    """
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.path.parent.name in _PROCESSES and hasattr(item, "callspec") and not item.get_closest_marker("slow"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for many in cases.values():
        if "project" in many[0].fixturenames or "tmp_path" in many[0].fixturenames:  # type: ignore[attr-defined]
            taken = {round(at * (len(many) - 1) / (_CASES - 1)) for at in range(_CASES)}
            for at, item in enumerate(many):
                if at not in taken:
                    item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's folder."""
    return ROOT


@pytest.fixture
def mliter(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`mliter(*words, **options of subprocess.run)`: the real command in a process of its own, in `tmp_path`."""

    def call(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
        settings: dict[str, object] = {"cwd": tmp_path, "capture_output": True, "text": True, "timeout": 120}
        settings |= {"stdin": subprocess.DEVNULL} | options
        return subprocess.run([sys.executable, "-m", "mliter_tui", *words], **settings)  # type: ignore[call-overload,no-any-return]

    return call
