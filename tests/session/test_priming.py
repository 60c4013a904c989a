"""What a waiting process does ahead of a save counts only where the saved script begins alike: never what it left."""

from __future__ import annotations

import site
import subprocess
import sys
import time
from pathlib import Path

import pytest
from session.driver import Engine

TEXT = """
import json
import warnings
warnings.filterwarnings("ignore")
import os
LIMIT = 3
import numpy as np
np.set_printoptions(precision=3)
import random
x = np.arange(LIMIT) / 7
print(x, random.__name__, len(warnings.filters) > 0)
"""


def python(folder: Path) -> str:
    done = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def ahead(engine: Engine, since: int) -> list[str]:
    """Labels of the nodes that nobody had to wait for."""
    done = (e for e in engine.events[since:] if e["type"] == "node_finished" and e["action"] == "compute")
    return [e["label"] for e in done if e["seconds"] == 0.0]


@pytest.mark.slow
def test_imports_and_settings_are_there_when_a_save_comes(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        for old, new in (("/ 7", "/ 9"), ("/ 9", "/ 11")):
            at = engine.save(old, new)
            assert engine.finished(at)["status"] == "ok"
            assert engine.output(at) == python(tmp_path)
            done = ahead(engine, at)
            assert done == [
                "import json", "import warnings", 'warnings.filterwarnings("ignore")', "import os",
                "import numpy as np", "np.set_printoptions(precision=3)", "import random",
            ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("precision=3", "precision=2"),
        ("np.set_printoptions(precision=3)\n", ""),
        ('warnings.filterwarnings("ignore")\n', ""),
        ("import os\n", "import os\nimport numpy\nnumpy.set_printoptions(suppress=True, sign='+')\n"),
        ("import json\n", "print('first')\nimport json\n"),
        ("import random\n", "import random\nnp.set_printoptions(precision=1)\n"),
        ("LIMIT = 3", "LIMIT = 4"),
    ],
)
def test_a_script_that_begins_in_another_way_gets_none_of_it(tmp_path: Path, old: str, new: str) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        at = engine.save(old, new)
        assert engine.finished(at)["status"] == "ok"
        assert engine.output(at) == python(tmp_path)
        back = engine.save("/ 7", "/ 8")
        engine.finished(back)
        assert engine.output(back) == python(tmp_path)


@pytest.mark.slow
def test_what_an_import_read_counts_as_it_is_at_the_save(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 3\n")
    text = "import matplotlib as mpl\nk = 1\nprint(k, mpl.rcParams['lines.linewidth'])\n"
    with Engine(tmp_path, text) as engine:
        engine.finished()
        (tmp_path / "matplotlibrc").write_text("lines.linewidth: 5\n")
        at = engine.save("k = 1", "k = 2")
        engine.wait("iteration_finished", at)
        engine.wait("output", at, lambda e: "2 5.0" in e["text"])


@pytest.mark.slow
def test_a_setting_that_fails_now_is_the_scripts_own_failure(tmp_path: Path) -> None:
    with Engine(tmp_path, TEXT) as engine:
        engine.finished()
        at = engine.save("np.set_printoptions(precision=3)", "np.set_printoptions(precision=3, nonsense=1)")
        assert engine.finished(at)["status"] == "failed"
        assert "TypeError" in engine.output(at, "stderr") and "line 8" in engine.output(at, "stderr")


@pytest.mark.slow
def test_a_local_module_beside_it_is_never_imported_ahead(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("VALUE = 1\n")
    text = "import json\nimport numpy as np\nimport helper\nk = 1\nprint(helper.VALUE + k)\n"
    with Engine(tmp_path, text) as engine:
        engine.finished()
        at = engine.save("k = 1", "k = 2")
        engine.finished(at)
        assert engine.output(at) == "3\n" and "import helper" not in ahead(engine, at)
        at = engine.save("VALUE = 1", "VALUE = 10", tmp_path / "helper.py")
        engine.finished(at)
        assert engine.output(at) == "12\n"
        (tmp_path / "json.py").write_text("raise SystemExit('mine')\n")
        at = engine.save("k = 2", "k = 3")
        assert engine.finished(at)["exit_status"] == 1 and engine.output(at, "stderr") == "mine\n"


@pytest.fixture
def packages(tmp_path: Path) -> tuple[Path, Path]:
    """(interpreter, folder) of an environment of its own, into whose folder packages can be put."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "own"], cwd=tmp_path, check=True)
    folder = next(tmp_path.glob("own/lib/*/site-packages"))
    (folder / "ours.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return tmp_path / "own" / "bin" / "python", folder


def test_a_file_that_comes_to_be_while_a_process_waits_counts(
    tmp_path: Path, packages: tuple[Path, Path]
) -> None:
    python, folder = packages
    (folder / "asking.py").write_text("import os\nVALUE = 'there' if os.path.exists('mark') else 'not there'\n")
    with Engine(tmp_path, "import asking\nprint(asking.VALUE)\n", "--manual", "--python", str(python)) as engine:
        engine.wait("plan_ready")
        time.sleep(1.0)  # a process has imported it by now
        (tmp_path / "mark").write_text("")
        at = engine.send("run_now")
        engine.finished(at)
        assert engine.output(at) == "there\n"


@pytest.mark.slow
def test_what_an_import_read_ahead_stays_known_when_the_lines_have_moved(
    tmp_path: Path, packages: tuple[Path, Path]
) -> None:
    python, folder = packages
    (folder / "first.py").write_text("")
    (folder / "telling.py").write_text(  # talks to the outside, and so is no node to execute ahead
        "import subprocess\nsubprocess.run(['true'])\nVALUE = open('cfg.txt').read()\n"
    )
    (tmp_path / "cfg.txt").write_text("one")
    text = "import first\nimport telling\nk = 1\nprint(k, telling.VALUE)\n"
    with Engine(tmp_path, text, "--python", str(python)) as engine:
        engine.finished()
        for k in (2, 3):
            at = engine.save(f"k = {k - 1}", f"# moved\nk = {k}")
            engine.finished(at)
            at = engine.save("import first\n", "# also moved\n\nimport first\n")
            engine.finished(at)
        time.sleep(1.0)
        (tmp_path / "cfg.txt").write_text("two")
        engine.wait("output", at, lambda e: e["text"] == "3 two\n")
