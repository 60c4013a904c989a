"""The table of readers: which function writes objects of a type into a walk.

A type is looked up itself, then each class it inherits from, by name, so that no library is imported to be listed.
Readers of library types are remembered; those of a script's own classes only for one walk, since the class may go.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mliter_tui.kernel import arrays, definitions, frames, instances, iterators, optimizers, tensors

if TYPE_CHECKING:
    from mliter_tui.kernel.walk import Handler, Walk

_EXACT: dict[str, Handler] = {
    "builtins.list": instances.of_list,
    "builtins.tuple": instances.of_tuple,
    "builtins.dict": instances.of_dict,
    "builtins.set": instances.of_set,
    "collections.Counter": instances.of_mapping,
    "collections.defaultdict": instances.of_mapping,
    "collections.OrderedDict": instances.of_mapping,
    "builtins.frozenset": instances.of_set,
    "builtins.bytearray": instances.of_bytearray,
    "array.array": instances.of_typed_array,
    "builtins.memoryview": instances.of_memoryview,
    "builtins.NotImplementedType": instances.of_name,
    "builtins.mappingproxy": instances.of_view,
    "builtins.generator": iterators.of_generator,
    "itertools.cycle": iterators.of_cycle,
    **dict.fromkeys(iterators.ITERATORS, iterators.of_iterator),
    "builtins.dict_keys": instances.of_view,
    "builtins.dict_values": instances.of_view,
    "builtins.dict_items": instances.of_view,
    "builtins.cell": definitions.of_cell,
    "builtins.code": definitions.of_code,
    "builtins.function": definitions.of_function,
    "builtins.builtin_function_or_method": definitions.of_builtin,
    "builtins.method": definitions.of_method,
    "builtins.method-wrapper": definitions.of_builtin,
    "builtins.staticmethod": definitions.of_wrapped,
    "builtins.classmethod": definitions.of_wrapped,
    "builtins.property": definitions.of_property,
    "functools.cached_property": definitions.of_cached_property,
    "functools._lru_cache_wrapper": definitions.of_lru_cache,
    "mliter_tui.kernel.definitions.Named": definitions.of_named,
    "mliter_tui.kernel.definitions._Part": definitions.of_part,
    "mliter_tui.kernel.arrays._Part": arrays.of_part,
    "mliter_tui.kernel.frames._Apart": frames.of_apart,
    "mliter_tui.kernel.frames._Column": frames.of_column,
    "mliter_tui.kernel.frames._Elements": frames.of_elements,
    "mliter_tui.kernel.plain.End": instances.of_end,
    "pickle.PickleBuffer": instances.of_pickle_buffer,
    "_pickle.PickleBuffer": instances.of_pickle_buffer,
}

_INHERITED: dict[str, Handler] = {
    "builtins.type": definitions.of_class,
    "builtins.module": definitions.of_module,
    "builtins.wrapper_descriptor": definitions.of_descriptor,
    "builtins.method_descriptor": definitions.of_descriptor,
    "builtins.classmethod_descriptor": definitions.of_descriptor,
    "builtins.getset_descriptor": definitions.of_descriptor,
    "builtins.member_descriptor": definitions.of_descriptor,
    "enum.Enum": instances.of_enum,
    "logging.Logger": instances.of_logger,
    "os._Environ": instances.of_environment,
    "weakref.ReferenceType": instances.of_unreadable,
    "builtins.weakref": instances.of_unreadable,
    "weakref.ProxyType": instances.of_unreadable,
    "weakref.CallableProxyType": instances.of_unreadable,
    "_io._IOBase": instances.of_stream,
    "threading.Thread": instances.of_unreadable,
    "multiprocessing.connection._ConnectionBase": instances.of_connection,
    "_socket.socket": instances.of_connection,
    "builtins.BaseException": instances.of_exception,
    "builtins.range": instances.of_value,
    "builtins.slice": instances.of_value,
    "re.Pattern": instances.of_value,
    "types.GenericAlias": instances.of_value,
    "types.UnionType": instances.of_value,
    "typing._Final": instances.of_value,
    "datetime.date": instances.of_value,
    "datetime.time": instances.of_value,
    "datetime.timedelta": instances.of_value,
    "datetime.tzinfo": instances.of_value,
    "decimal.Decimal": instances.of_value,
    "fractions.Fraction": instances.of_value,
    "uuid.UUID": instances.of_value,
    "pathlib.PurePath": instances.of_value,
    "pathlib._local.PurePath": instances.of_value,
    "sklearn.utils._bunch.Bunch": instances.of_bunch,
    "numpy.ma.MaskedArray": arrays.of_masked_array,
    "numpy.ma.core.MaskedArray": arrays.of_masked_array,
    "numpy.memmap": arrays.of_memmap,
    "numpy.ndarray": arrays.of_array,
    "numpy.generic": arrays.of_scalar,
    "numpy.flatiter": arrays.of_flat,
    "numpy.dtype": arrays.of_dtype,
    "numpy.ufunc": definitions.of_ufunc,
    "numpy.random.mtrand.RandomState": arrays.of_random_state,
    "torch.Tensor": tensors.of_tensor,
    "torch.optim.optimizer.Optimizer": optimizers.of_optimizer,
    "pandas.DataFrame": frames.of_frame,
    "pandas.core.frame.DataFrame": frames.of_frame,
    "pandas.Series": frames.of_frame,
    "pandas.core.series.Series": frames.of_frame,
    "pandas.RangeIndex": frames.of_range_index,
    "pandas.core.indexes.range.RangeIndex": frames.of_range_index,
    "pandas.MultiIndex": frames.of_multi_index,
    "pandas.core.indexes.multi.MultiIndex": frames.of_multi_index,
    "pandas.Index": frames.of_index,
    "pandas.core.indexes.base.Index": frames.of_index,
    "pandas.core.arrays.base.ExtensionArray": frames.of_extension_array,
    "pandas.api.extensions.ExtensionArray": frames.of_extension_array,
    "pandas.core.dtypes.base.ExtensionDtype": frames.of_dtype,
    "pandas.api.extensions.ExtensionDtype": frames.of_dtype,
    "pandas._libs.tslibs.period._Period": instances.of_value,
    "pandas._libs.tslibs.offsets.BaseOffset": instances.of_value,
    "pandas._libs.interval.IntervalMixin": instances.of_value,
    "pandas._libs.missing.NAType": instances.of_value,
    "pandas.core.base.PandasObject": frames.of_object,
    "polars.lazyframe.frame.LazyFrame": instances.of_unreadable,  # what it will read of files is not in it
    "pyarrow._dataset.Dataset": instances.of_unreadable,
    "pyarrow._dataset.Scanner": instances.of_unreadable,
    "pyarrow.lib.ChunkedArray": frames.of_arrow_column,
    "pyarrow.lib.Array": frames.of_arrow_column,
    "pyarrow.lib.Table": frames.of_arrow_table,
    "pyarrow.lib.RecordBatch": frames.of_arrow_table,
    "pyarrow.lib.DataType": instances.of_value,
    "pyarrow.lib.Field": instances.of_value,
    "pyarrow.lib.Schema": instances.of_value,
}

_OPAQUE = {"matplotlib": "matplotlib", "mpl_toolkits": "matplotlib"}

_remembered: dict[type, Handler] = {}


def _name(kind: type) -> str:
    return f"{type.__dict__['__module__'].__get__(kind)}.{kind.__qualname__}"


def find(walk: Walk, kind: type) -> Handler:
    """The reader for objects of a type."""
    if (handler := _remembered.get(kind)) is not None:
        return handler
    handler = _search(kind)
    top = str(kind.__module__).partition(".")[0]
    lasting = top in sys.stdlib_module_names or (top in sys.modules and "<locals>" not in kind.__qualname__)
    if lasting and top != "__main__" and not walk.context.is_local_module(str(kind.__module__)):
        _remembered[kind] = handler
    else:
        walk.local_handlers[kind] = handler
    return handler


def _search(kind: type) -> Handler:
    lineage = kind.__mro__
    for base in lineage:
        if str(base.__module__).partition(".")[0] in _OPAQUE:
            return instances.of_opaque
    if (handler := _EXACT.get(_name(kind))) is not None:
        return handler
    for base in lineage:
        if (handler := _INHERITED.get(_name(base))) is not None:
            return handler
    if tuple in lineage and kind.__dictoffset__ == 0 and instances.inherits_reduction(kind):
        return instances.of_named_tuple
    return instances.of_instance


def opaque_library(kind: type) -> str:
    """The library that hides the state of objects of this type."""
    return next(_OPAQUE[top] for base in kind.__mro__ if (top := str(base.__module__).partition(".")[0]) in _OPAQUE)
