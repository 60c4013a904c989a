"""Files that libraries open from C++ or Rust: which function of theirs is given the path, to read or to write there.

Python has no event for these. The functions are wrapped once their module has been imported; what they do stays
theirs. What else is opened behind Python's back is seen by its name alone (`native`), or not at all.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from mliter_tui.kernel.hiding import hide

if TYPE_CHECKING:
    from mliter_tui.kernel.observe import Observer


class _Opener(NamedTuple):
    """A function, or a method of a class, of a module. at, name: which argument is the path, or several of them.

    mode: what it does there, as of `open`; or which argument says so.
    """

    module: str
    function: str
    at: int
    name: str
    mode: str | tuple[int, str]


def _all(module: str, functions: str, at: int, name: str, mode: str) -> list[_Opener]:
    return [_Opener(module, function, at, name, mode) for function in functions.split()]


_ARROW, _POLARS = "pyarrow.parquet.core", "polars.io"
_OPENERS = (
    _Opener("pandas.io.parquet", "_get_path_or_handle", 0, "path", (3, "mode")),
    _Opener("pandas.io.orc", "read_orc", 0, "path", "r"),
    _Opener("pandas.io.pytables", "HDFStore.__init__", 1, "path", (2, "mode")),
    *_all(_ARROW, "read_table", 0, "source", "r"), *_all(_ARROW, "read_metadata read_schema", 0, "where", "r"),
    *_all(_ARROW, "ParquetFile.__init__", 1, "source", "r"),
    *_all(_ARROW, "ParquetDataset.__init__", 1, "path_or_paths", "r"),
    *_all(_ARROW, "ParquetWriter.__init__", 1, "where", "w"),
    *_all("pyarrow.dataset", "dataset", 0, "source", "r"),
    *_all("pyarrow.feather", "read_table read_feather", 0, "source", "r"),
    *_all("pyarrow.feather", "write_feather", 1, "dest", "w"),
    *_all("pyarrow.csv", "read_csv open_csv", 0, "input_file", "r"),
    *_all("pyarrow.csv", "write_csv", 1, "output_file", "w"),
    *_all("pyarrow.json", "read_json", 0, "input_file", "r"),
    *_all("pyarrow.orc", "read_table", 0, "source", "r"), *_all("pyarrow.orc", "write_table", 1, "where", "w"),
    *_all(f"{_POLARS}.csv.functions", "read_csv scan_csv read_csv_batched", 0, "source", "r"),
    *_all(f"{_POLARS}.parquet.functions", "read_parquet scan_parquet", 0, "source", "r"),
    *_all(f"{_POLARS}.ipc.functions", "read_ipc scan_ipc read_ipc_stream", 0, "source", "r"),
    *_all(f"{_POLARS}.ndjson", "read_ndjson scan_ndjson", 0, "source", "r"),
    *_all(f"{_POLARS}.json.read", "read_json", 0, "source", "r"),
    *_all(f"{_POLARS}.avro", "read_avro", 0, "source", "r"),
    *_all(f"{_POLARS}.spreadsheet.functions", "read_excel read_ods", 0, "source", "r"),
    *_all("polars.dataframe.frame",
          "DataFrame.write_csv DataFrame.write_parquet DataFrame.write_json DataFrame.write_ndjson DataFrame.write_ipc "
          "DataFrame.write_ipc_stream DataFrame.write_avro", 1, "file", "w"),
    *_all("polars.lazyframe.frame",
          "LazyFrame.sink_csv LazyFrame.sink_parquet LazyFrame.sink_ipc LazyFrame.sink_ndjson", 1, "path", "w"),
    _Opener("h5py._hl.files", "File.__init__", 1, "name", (2, "mode")),
    *_all("xgboost.core", "Booster.load_model", 1, "fname", "r"),
    *_all("xgboost.core", "DMatrix.__init__", 1, "data", "r"),
    *_all("xgboost.core", "Booster.save_model", 1, "fname", "w"),
    *_all("lightgbm.basic", "Dataset.__init__", 1, "data", "r"),
    *_all("lightgbm.basic", "Booster.__init__", 3, "model_file", "r"),
    *_all("lightgbm.basic", "Booster.save_model", 1, "filename", "w"),
    *_all("cv2", "imread", 0, "filename", "r"), *_all("cv2", "imwrite", 0, "filename", "w"),
    *_all("torch.serialization", "_open_zipfile_writer", 0, "name_or_buffer", "w"),
    *_all("torch.serialization", "load", 0, "f", "r"), *_all("torch.jit._serialization", "load", 0, "f", "r"),
    _Opener("tables.file", "open_file", 0, "filename", (1, "mode")),
    _Opener("soundfile", "SoundFile.__init__", 1, "file", (2, "mode")),
    *_all("catboost.core", "CatBoost.load_model", 1, "fname", "r"),
    *_all("catboost.core", "Pool.__init__", 1, "data", "r"),
    *_all("catboost.core", "CatBoost.save_model", 1, "fname", "w"),
    *_all("safetensors", "safe_open", 0, "filename", "r"),
    *_all("safetensors.torch", "load_file", 0, "filename", "r"),
    *_all("safetensors.torch", "save_file", 1, "filename", "w"),
    *_all("safetensors.numpy", "load_file", 0, "filename", "r"),
    *_all("safetensors.numpy", "save_file", 1, "filename", "w"),
)  # fmt: skip


def openers(observer: Observer) -> dict[str, Callable[[Any], None]]:
    """What sees to each module of these once it has been imported."""
    return dict.fromkeys((opener.module for opener in _OPENERS), functools.partial(_wrap, observer))


def _wrap(observer: Observer, module: Any) -> None:
    for opener in _OPENERS:
        if opener.module != module.__name__:
            continue
        *inside, name = opener.function.split(".")
        owner = functools.reduce(lambda owner, part: getattr(owner, part, None), inside, module)
        function = getattr(owner, name, None)
        if function is not None:  # another version of the library may have none
            setattr(owner, name, _telling(observer, function, opener))
    hide()


def _telling(observer: Observer, function: Callable[..., Any], opener: _Opener) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        def given(at: int, name: str) -> Any:
            return args[at] if len(args) > at else kwargs.get(name)

        mode = opener.mode if isinstance(opener.mode, str) else str(given(*opener.mode) or "r")
        observer.take_opened(given(opener.at, opener.name), mode)
        return function(*args, **kwargs)

    return wrapper
