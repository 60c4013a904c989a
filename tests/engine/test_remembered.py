"""The nodes of a script come out of the store as they went in, and only for the same text."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from mliter_tui.engine import remembered
from mliter_tui.engine.remembered import script_of
from mliter_tui.store import Store

TEXT = '''"""A script."""
from __future__ import annotations
import sys

def helper(x: int) -> int:
    return x + 1

def main(n=3):
    total = 0
    for i in range(n):
        total += helper(i)
    return total

if __name__ == "__main__":
    sys.exit(main())
'''


def test_nodes_are_the_same_and_are_not_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path / "store") as store:
        first = script_of(store, TEXT, "/x/train.py")
    monkeypatch.setattr(remembered, "read_script", None)
    with Store.open(tmp_path / "store") as store:
        again = script_of(store, TEXT, "/x/train.py")
    assert [asdict(n) for n in again.nodes] == [asdict(n) for n in first.nodes]
    assert asdict(again) == asdict(first)


def test_another_text_is_read_anew(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        script_of(store, TEXT, "/x/train.py")
        edited = script_of(store, TEXT.replace("x + 1", "x + 2"), "/x/train.py")
        assert "x + 2" in "".join(n.source for n in edited.nodes)
        moved = script_of(store, "\n" + TEXT, "/x/train.py")
        assert moved.nodes[0].lines != edited.nodes[0].lines
        assert script_of(store, TEXT, "/y/train.py").filename == "/y/train.py"


def test_what_does_not_compile_is_not_remembered(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store, pytest.raises(SyntaxError):
        script_of(store, "x = (\n", "/x/train.py")
