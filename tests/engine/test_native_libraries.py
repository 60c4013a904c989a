"""Libraries that open files from C++ or Rust: what they read is an input, what they write is put back."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

pytestmark = pytest.mark.slow

CASES = {
    "h5py": ("f.h5", "import h5py\nwith h5py.File(N, 'w') as f:\n    f['x'] = [V, 2]\n", "import h5py\nwith h5py.File(N) as f:\n    x = list(f['x'])\n"),
    "tables": ("f.h5", "import tables\nf = tables.open_file(N, 'w')\nf.create_array('/', 'x', [V, 2])\nf.close()\n", "import tables\nf = tables.open_file(N)\nx = f.root.x[:]\nf.close()\n"),
    "xgboost": ("f.json", "import xgboost as xgb, numpy as np\nb = xgb.train({'max_depth': 2}, xgb.DMatrix(np.arange(20.0).reshape(10, 2), np.arange(10.0) * V), 2)\nb.save_model(N)\n", "from xgboost import XGBRegressor\nimport numpy as np\nm = XGBRegressor()\nm.load_model(N)\nx = m.predict(np.arange(20.0).reshape(10, 2))[:3]\n"),
    "lightgbm": ("f.txt", "import lightgbm as lgb, numpy as np\nb = lgb.train({'verbose': -1, 'min_data_in_leaf': 1}, lgb.Dataset(np.arange(40.0).reshape(20, 2), np.arange(20.0) * V), 2)\nb.save_model(N)\n", "import lightgbm as lgb, numpy as np\nb = lgb.Booster(model_file=N)\nx = b.predict(np.arange(40.0).reshape(20, 2))[:3]\n"),
    "catboost": ("f.cbm", "from catboost import CatBoostRegressor\nimport numpy as np\nm = CatBoostRegressor(iterations=3, verbose=0, allow_writing_files=False)\nm.fit(np.arange(20.0).reshape(10, 2), np.arange(10.0) * V)\nm.save_model(N)\n", "from catboost import CatBoostRegressor\nimport numpy as np\nm = CatBoostRegressor()\nm.load_model(N)\nx = m.predict(np.arange(20.0).reshape(10, 2))[:3]\n"),
    "cv2": ("f.png", "import cv2, numpy as np\ncv2.imwrite(N, np.full((4, 4), V, np.uint8))\n", "import cv2\nx = cv2.imread(N).sum()\n"),
    "safetensors": ("f.st", "import safetensors.numpy as s, numpy as np\ns.save_file({'x': np.array([V, 2])}, N)\n", "from safetensors import safe_open\nwith safe_open(N, 'np') as f:\n    x = f.get_tensor('x')\n"),
    "soundfile": ("f.wav", "import soundfile as sf, numpy as np\nsf.write(N, np.full(10, V / 10), 8000)\n", "import soundfile as sf\nx, rate = sf.read(N)\n"),
    "polars": ("f.pq", "import polars as pl\npl.DataFrame({'x': [V, 2]}).write_parquet(N)\n", "import polars as pl\nx = pl.read_parquet(N)['x'].to_list()\n"),
    "torch": ("f.pt", "import torch\ntorch.save({'x': torch.tensor([V, 2])}, N)\n", "import torch\nx = torch.load(N)\n"),
    "duckdb": ("f.csv", "with open(N, 'w') as f:\n    print('x', V, 2, sep='\\n', file=f)\n", "import duckdb\nx = duckdb.sql(f\"select sum(x) from '{N}'\").fetchall()\n"),
}  # fmt: skip
HEAD = "N = 'dat'\nN = N + 'a/{}'\nV = {}\n"  # nowhere does the path stand as it is


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", CASES)
def test_files_are_followed(project: Project, library: str) -> None:
    pytest.importorskip(library, reason=f"{library} is not installed (pip install {library})")
    name, writes, reads = CASES[library]
    (project.folder / "data").mkdir()
    file = project.folder / "data" / name

    def script(value: int, *parts: str) -> None:
        project.script(HEAD.format(name, value) + "".join(parts) + "print('end', V)\n")
        project.run(files=False)  # some write their time, or where they are, into the file

    for value in (1, 3, 1):
        script(value, writes, reads, "print(x)\n")
    file.unlink()
    script(1, writes)
    script(3, writes)
    assert file.exists()
    script(1, writes)
    project.script(HEAD.format(name, 0) + reads + "print(x)\n")
    project.run(files=False)
    for value in (3, 1):
        script(value, writes)
        project.script(HEAD.format(name, 0) + reads + "print(x)\n")
        project.run(files=False)
