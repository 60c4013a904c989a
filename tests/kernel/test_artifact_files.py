"""Artifacts on disk: private, stored once, verified; damage never passes for a value."""

from __future__ import annotations

import base64
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernel.surroundings import KEY

from mliter_tui.kernel.artifacts import Damaged, check, dump, load


def objects(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "objects").rglob("*") if path.is_file())


def test_objects_are_private_named_by_content_and_stored_once(tmp_path: Path) -> None:
    from xxhash import xxh3_128_hexdigest

    values = {"a": np.arange(400_000.0), "b": np.arange(400_000.0), "c": np.arange(3000.0)}
    first = dump(values, tmp_path, KEY)
    paths = objects(tmp_path)
    assert len(first["buffers"]) == 3 and len(paths) == 2
    times = {path: path.stat().st_mtime_ns for path in paths}
    for path in paths:
        assert path.parent.name + path.name == xxh3_128_hexdigest(path.read_bytes())
        assert path.stat().st_mode & 0o777 == 0o600
    assert dump(values, tmp_path, KEY) == first
    assert {path: path.stat().st_mtime_ns for path in objects(tmp_path)} == times
    assert first["bytes"] >= 2 * 400_000 * 8 + 24_000
    assert isinstance(first["pickle"], str)
    wide = dump({"a": list(range(30_000))}, tmp_path, KEY)
    assert wide["pickle"][0] in {path.parent.name + path.name for path in objects(tmp_path)}


def test_many_middling_arrays_make_few_files(tmp_path: Path) -> None:
    values = [np.full(1001, k) for k in range(600)]
    manifest = dump({"values": values}, tmp_path, KEY)
    assert len(manifest["buffers"]) == 1
    loaded = load(manifest, tmp_path, KEY)["values"]
    assert all(np.array_equal(a, b) for a, b in zip(loaded, values))
    assert all(array.ctypes.data % 64 == 0 for array in loaded)


def damage(folder: Path, how: str, path: Path) -> None:
    if how == "missing":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)


@pytest.mark.parametrize("how", ["missing", "truncated", "altered"])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_damage_is_seen(how: str, which: int, tmp_path: Path) -> None:
    values = {"large": np.arange(200_000.0), "middle": np.arange(2000.0), "pickle": [f"{k}" for k in range(9000)]}
    manifest = dump(values, tmp_path, KEY)
    names = [*(name for name, _ in manifest["buffers"]), manifest["pickle"][0]]
    sizes = {name: (tmp_path / "objects" / name[:2] / name[2:]).stat().st_size for name in names}
    name = sorted(names, key=sizes.__getitem__)[which]
    damage(tmp_path, how, tmp_path / "objects" / name[:2] / name[2:])
    with pytest.raises(Damaged):
        check(manifest, tmp_path, KEY)
    if how != "altered" or sizes[name] < 1 << 20:  # content of large buffers is left to `check`
        with pytest.raises(Damaged):
            load(manifest, tmp_path, KEY)


class Trap:
    """Its unpickling leaves a trace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_nothing_foreign_or_altered_is_unpickled(tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    manifest = dump({"a": Trap(sprung)}, tmp_path, KEY)
    with pytest.raises(Damaged):
        load(manifest, tmp_path, b"another key")
    payload = base64.b64decode(manifest["pickle"])
    honest = dump({"a": [1]}, tmp_path, KEY)
    forged: list[dict[str, Any]] = [
        {**honest, "pickle": manifest["pickle"]}, {**manifest, "digest": honest["digest"]}, {**manifest, "digest": ""},
        {key: value for key, value in manifest.items() if key != "digest"}, {**manifest, "version": 2}, {},
        {**manifest, "pickle": base64.b64encode(payload[:-1] + b"!").decode()}, {**manifest, "pickle": 3},
        {**manifest, "buffers": [["../../etc/passwd", 3]]}, {**manifest, "buffers": [["0" * 32, 3]]},
        {**manifest, "pickle": ["../../../etc/passwd", 3]}, {**manifest, "buffers": None},
    ]
    for each in forged:
        with pytest.raises(Damaged):
            load(each, tmp_path, KEY)
        with pytest.raises(Damaged):
            check(each, tmp_path, KEY)
    assert not sprung.exists()
    load(manifest, tmp_path, KEY)
    assert sprung.exists()


class Fickle:
    def __setstate__(self, state: Any) -> None:
        raise RuntimeError("not any more")

    def __getstate__(self) -> Any:
        return {"a": 1}


class Refuses:
    def __reduce__(self) -> Any:
        raise RuntimeError("no")


def test_values_that_cannot_be_written_or_read_back(tmp_path: Path) -> None:
    manifest = dump({"a": Fickle()}, tmp_path, KEY)
    with pytest.raises(Damaged, match="not any more"):
        load(manifest, tmp_path, KEY)
    with open(os.devnull) as file:
        for value in (Refuses(), lambda: 1, (each for each in ()), file):
            with pytest.raises(pickle.PicklingError):
                dump({"a": value}, tmp_path, KEY)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        dump({"a": np.arange(3000.0)}, tmp_path, KEY)
    assert not objects(tmp_path)


def test_a_truncated_object_is_written_again(tmp_path: Path) -> None:
    values = {"a": np.arange(3000.0)}
    manifest = dump(values, tmp_path, KEY)
    objects(tmp_path)[0].write_bytes(b"half")
    assert dump(values, tmp_path, KEY) == manifest
    check(manifest, tmp_path, KEY)


ELSEWHERE = """
import json, sys
from pathlib import Path
from mliter_tui.kernel.artifacts import dump, load
class Model:
    def __init__(self): self.parts = [self, "setosa"]
def use(x): return x
folder = Path(sys.argv[2])
if sys.argv[1] == "write":
    import numpy as np, pandas as pd
    table = pd.DataFrame({"a": np.arange(200000.), "b": "x"})
    values = {"model": Model(), "use": use, "table": table, "kind": Model}
    (folder / "manifest").write_text(json.dumps(dump(values, folder, b"k")))
else:
    values = load(json.loads((folder / "manifest").read_text()), folder, b"k")
    assert values["model"].parts[0] is values["model"] and type(values["model"]) is Model is values["kind"]
    assert values["use"] is use and values["model"].parts[1] is "setosa"
    table = values["table"]
    assert table["a"].sum() == 199999 * 100000 and set(table["b"]) == {"x"}
    table.loc[0, "a"] = 5
    print("read")
"""


def test_another_process_reads_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(ELSEWHERE)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for word in ("write", "read"):
        done = subprocess.run([sys.executable, "-W", "ignore", script, word, tmp_path], capture_output=True, text=True,
                              env=environment)
        assert done.returncode == 0, done.stderr
    assert done.stdout == "read\n"
