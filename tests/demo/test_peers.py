"""The demos as users of other tools would write them: they are edited as the demos are, and give what those give."""

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from mliter_tui.demo.series import Series, read, shipped

ROOT = Path(__file__).resolve().parents[2]
DEMOS = ("census", "genomics", "ie", "mnist")
PORTS = sorted((path.parent.parent.name, path.parent.name) for path in (ROOT / "benchmarks/peers").glob("*/*/train.py"))


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("series_tools")


def test_each_tool_has_the_demos_that_it_can_have() -> None:
    """Two are no pipelines; benchmarks/peers/README.md says why."""
    every = {(tool, demo) for tool in ("joblib", "marimo", "hamilton") for demo in DEMOS}
    assert set(PORTS) == every | {("pipeline", "census"), ("pipeline", "mnist")}


@pytest.mark.parametrize("missing", [(), ("matplotlib",)], ids=["all", "no-matplotlib"])
@pytest.mark.parametrize(("tool", "demo"), PORTS)
def test_a_port_has_the_edits_of_its_demo(tool: str, demo: str, missing: tuple[str, ...]) -> None:
    folder = ROOT / "benchmarks" / "peers" / tool / demo
    own = (folder / "series.toml").is_file()
    port = read(folder, missing, None if own else ROOT / "demos" / demo)
    plain = read(ROOT / "demos" / demo, missing)
    assert [(v.kind, v.letter, v.what) for v in port.versions] == [(v.kind, v.letter, v.what) for v in plain.versions]
    assert same(port) == same(plain)
    for number, version in enumerate(port.versions):
        for name, text in version.files.items():
            compile(text, f"{name} of version {number}", "exec")


def same(series: Series) -> list[int]:
    """Of each version, the first that has the same text."""
    texts = [version.files for version in series.versions]
    return [texts.index(text) for text in texts]


@pytest.mark.slow
@pytest.mark.parametrize(("tool", "demo"), PORTS)
def test_a_port_prints_and_writes_what_the_demo_does(tool: str, demo: str, tmp_path: Path, tools: ModuleType) -> None:
    """At first, and again when it is served from the cache."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    setting = tools.Setting(sys.executable, {**os.environ, "MPLBACKEND": "Agg", **threads}, 0.0, 300.0)
    port = tools.TOOLS[tool].variant(shipped(demo), setting)
    if isinstance(port, str):
        pytest.skip(port)  # the tool is not installed; benchmarks/peers/README.md says how it is
    runs = []
    for name, series, times in (("plain", shipped(demo), 1), (tool, port, 2)):
        (tmp_path / name).mkdir()
        given = tools.begin(series, tmp_path / name)
        for _ in range(times):
            run = tools.process([sys.executable, "train.py"], tmp_path / name, setting)
            assert run.exit_status == 0
            runs.append((run.stdout.decode(), tools.found(tmp_path / name, given)))
    assert runs[1] == runs[0] and runs[2] == runs[0]
    assert tools.size(tmp_path / tool / tools.TOOLS[tool].store) > 0
