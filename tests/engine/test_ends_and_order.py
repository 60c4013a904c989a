"""Output order, the ends a run can come to, and signals: as under plain python."""

from __future__ import annotations

from typing import Any

_ALTERNATING = """\
    import sys
    print("a", flush=True)
    print("b", file=sys.stderr)
    print("c", flush=True)
    print("d", file=sys.stderr)
    print("e")
    print("f", file=sys.stderr)
    x = sum(range(10))
"""


def test_output_of_both_streams_keeps_its_order_in_one_pipe(project: Any) -> None:
    project.script(_ALTERNATING)
    project.run(merged=True)
    project.unchanged(merged=True)
    project.unchanged(merged=True, env={"PYTHONUNBUFFERED": "1"})
    project.script(_ALTERNATING.replace("range(10)", "range(11)"))
    project.run(merged=True)


def test_what_was_recorded_apart_is_replayed_in_order_in_one_pipe(project: Any) -> None:
    project.script(_ALTERNATING)
    project.run()
    project.run(merged=True)


def test_c_output_recorded_in_one_pipe_is_told_apart_in_two(project: Any) -> None:
    project.script("import os, sys\nos.write(2, b'raw\\n')\nprint('a', flush=True)\nos.write(1, b'out\\n')\n")
    project.run(merged=True)
    project.run(stderr=True)
