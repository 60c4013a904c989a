"""What a statement cannot have changed, told from its byte code and the types it works on (rule R5, made cheap).

Reading all values again that a statement could reach is safe and, for large nested ones, slow. Where a statement only
does what is known to change nothing, or nothing but the object it is done to, the rest need not be read again. The
lists here are of names that mean no change on *every* type of builtins, NumPy, pandas, SciPy, scikit-learn and
matplotlib that has them; a name not listed, a function or class of the user's, an iterator, a random generator, or a
type of another library anywhere in reach, and everything is read again.
"""

from __future__ import annotations

import builtins
import dis
import opcode
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Container
from functools import lru_cache
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from mliter_tui.codekey import names_of, placed_instructions
from mliter_tui.kernel.live import bare
from mliter_tui.kernel.positional import Call, calls_in, may_write
from mliter_tui.kernel.probing import is_a, module_of

if TYPE_CHECKING:
    from mliter_tui.kernel.live import Live

_BUILTINS = frozenset(
    "abs all any ascii bin bool bytes chr complex dict divmod enumerate filter float format frozenset hasattr hash hex "
    "int isinstance issubclass len list max min oct ord pow print range repr reversed round set slice sorted str sum "
    "tuple type zip".split()
)
_PURE = frozenset(
    # containers and text
    "capitalize casefold finditer findall match fullmatch search group groups start end span copy count decode "
    "encode endswith find format get index isalnum isalpha isdigit islower isspace isupper items join keys ljust "
    "lower lstrip most_common replace rfind rjust rsplit rstrip split splitlines startswith strip title translate "
    "upper values zfill union intersection difference issubset issuperset isdisjoint "
    # arrays
    "T all any argmax argmin argsort astype base conj cumprod cumsum diagonal dot dtype flat flatten imag item "
    "itemsize max mean min nbytes ndim nonzero prod ptp ravel real repeat reshape round searchsorted shape size "
    "squeeze std strides sum swapaxes take tobytes tolist trace transpose var view clip "
    # tables
    "abs add agg aggregate align all any applymap asfreq assign between bfill cat columns combine_first corr cov "
    "cummax cummin describe diff div drop drop_duplicates dropna dt dtypes duplicated empty eq equals expanding "
    "explode ffill fillna filter first floordiv ge get_group groupby groups gt head iat idxmax idxmin iloc "
    "indices info isoformat strftime strptime now today apply interpolate isin isna isnull iterrows itertuples "
    "join kurt last le loc lt mad map mask median melt memory_usage merge mod mode mul name names ne nlargest "
    "notna notnull nsmallest nunique pct_change pipe pivot pivot_table pow quantile query rank reindex rename "
    "reset_index resample rolling sample select_dtypes sem set_axis set_index shift skew sort_index sort_values "
    "stack str sub swaplevel tail to_csv to_dict to_frame to_json to_list to_markdown to_numpy to_string truediv "
    "tz_convert tz_localize unique unstack value_counts where xs year month day hour minute weekday dayofweek "
    "date time days seconds total_seconds contains len extract get_dummies array categories codes "
    # estimators
    "predict predict_proba predict_log_proba decision_function score transform inverse_transform get_params "
    "get_feature_names_out kneighbors score_samples best_params_ best_score_ best_estimator_ cv_results_ classes_ "
    "coef_ intercept_ feature_importances_ components_ explained_variance_ratio_ cluster_centers_ labels_ "
    "inertia_ n_iter_ named_steps steps estimators_ support_ vocabulary_ data target feature_names target_names "
    "frame images DESCR "
    # drawing
    "annotate axhline axvline axes axis bar barh boxplot cla clf close colorbar contour contourf errorbar figure "
    "fill_between gca gcf grid hist hlines imshow legend matshow pcolormesh pie plot savefig scatter set_title "
    "set_xlabel set_xlim set_xscale set_xticklabels set_xticks set_ylabel set_ylim set_yscale set_yticklabels "
    "set_yticks set_zlabel show step subplot subplots subplots_adjust suptitle text tick_params tight_layout "
    "title twinx violinplot vlines xlabel xlim xscale xticks ylabel ylim yscale yticks cm tab10 viridis Blues "
    "get_cmap".split()
)
_RECEIVER = frozenset("append extend add update insert pop remove sort reverse clear setdefault discard".split())
"""Methods of builtin containers that change the object they are called on, and nothing else."""
_FITTING = frozenset("fit fit_transform fit_predict partial_fit set_params".split())
"""Methods that change an estimator, and not its data unless it was told not to copy."""
_APPLYING = frozenset(
    "predict predict_proba predict_log_proba decision_function score transform inverse_transform kneighbors "
    "score_samples".split()
)
"""Methods of estimators that read data, unless they were told to work in its memory."""
_TAME = frozenset("numpy pandas sklearn pyarrow matplotlib dateutil pytz zoneinfo".split())
_IN_PLACE_WORDS = ("inplace", "out", "copy", "overwrite")  # parts of keywords that may matter
_NUMPY_CHANGES = frozenset(
    "copyto put place putmask fill_diagonal put_along_axis random nditer frompyfunc vectorize apply_along_axis "
    "apply_over_axes piecewise fromiter fromfunction ndenumerate nested_iters add_newdoc lib ctypeslib memmap".split()
)
_NUMPY = frozenset({"numpy", "numpy.linalg", "numpy.fft"})
_SKLEARN_CHANGES = frozenset({"svd_flip", "softmax"})
_MODULES = frozenset("numpy pandas math statistics matplotlib os posixpath time".split())
_FUNCTIONS = frozenset("sklearn numpy pandas math matplotlib statistics posixpath time".split())
_TYPES = frozenset("sklearn numpy pandas pathlib collections datetime builtins matplotlib fractions".split())
"""Packages and modules, whole: a module of the user's may be called time_features."""
_CLASS_ATTRIBUTES = ("copy", "overwrite")

_OPS = opcode.opmap
_STOPS = frozenset(
    code for name, code in _OPS.items()
    if name in ("STORE_ATTR", "DELETE_SUBSCR", "DELETE_ATTR", "STORE_GLOBAL", "DELETE_GLOBAL",
                "BEFORE_WITH", "BEFORE_ASYNC_WITH", "LOAD_SPECIAL", "GET_AWAITABLE", "GET_AITER", "DELETE_DEREF",
                "STORE_SLICE", "IMPORT_NAME", "IMPORT_STAR", "CALL_FUNCTION_EX", "LOAD_BUILD_CLASS")
)  # fmt: skip
_SUSPENDS = frozenset(_OPS[n] for n in ("YIELD_VALUE", "SEND", "RETURN_GENERATOR") if n in _OPS)
_ATTRIBUTE = frozenset(_OPS[n] for n in ("LOAD_ATTR", "LOAD_METHOD") if n in _OPS)
_NAMED = frozenset(_OPS[n] for n in ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_DEREF", "LOAD_FAST") if n in _OPS)
_STORE = frozenset(_OPS[n] for n in ("STORE_NAME", "STORE_FAST", "STORE_DEREF") if n in _OPS)
_SWAP = _OPS["SWAP"]
_CACHE, _BINARY, _INTRINSIC = _OPS["CACHE"], _OPS["BINARY_OP"], _OPS.get("CALL_INTRINSIC_1")
_STORE_ITEM, _STORE_LOCAL, _CONSTANT = _OPS["STORE_SUBSCR"], _OPS["STORE_FAST"], _OPS["LOAD_CONST"]
_KEYS = frozenset(_OPS[n] for n in ("LOAD_CONST", "LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF") if n in _OPS)
_INDEXERS = (".loc", ".iloc", ".at", ".iat")
_BUILDS = frozenset(
    _OPS[n] for n in ("BUILD_LIST", "BUILD_MAP", "BUILD_SET", "BUILD_CONST_KEY_MAP", "LIST_EXTEND", "DICT_UPDATE")
    if n in _OPS
)
_CONTAINERS = (list, dict, set, Counter, OrderedDict, defaultdict, deque)
_IN_PLACE = range(13, 26)  # arguments of BINARY_OP that are `+=` and the like
_HARMLESS_INTRINSICS = (3, 5, 6)  # the end of a generator, unary plus, a list made a tuple
_ATTR_SHIFT = 1 if sys.version_info >= (3, 12) else 0
_INNER = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<lambda>", "<genexpr>"})


class Doings(NamedTuple):
    """What byte code does that could change something. known: False where that cannot be told.

    attributes: (variable or dotted path, "" for any other object; attribute looked up in it).
    receivers: variables whose object a container method, or a store to an item, changes. otherwise: those of them where
    that is anything but `x["name"] = ...`. calls: as of `calls_in`.
    """

    known: bool
    attributes: frozenset[tuple[str, str]] = frozenset()
    receivers: frozenset[str] = frozenset()
    otherwise: frozenset[str] = frozenset()
    calls: frozenset[Call] = frozenset()


@lru_cache(maxsize=4096)
def doings(code: CodeType) -> Doings:
    """The doings of one statement's code and the comprehensions and lambdas in it; cached."""
    attributes: set[tuple[str, str]] = set()
    receivers: set[str] = set()
    otherwise: set[str] = set()
    bound: set[str] = set()
    fresh: set[str] = set()
    calls: set[Call] = set()
    todo = [code]
    while todo:
        one = todo.pop()
        calls |= calls_in(one)
        bound.update(one.co_varnames[: one.co_argcount + one.co_kwonlyargcount])
        if not _read(one, attributes, receivers, otherwise, bound, fresh):
            return Doings(False)
        for constant in one.co_consts:
            if isinstance(constant, CodeType):
                if constant.co_name not in _INNER:
                    return Doings(False)
                todo.append(constant)
            elif isinstance(constant, tuple) and any(
                isinstance(word, str) and any(part in word for part in _IN_PLACE_WORDS) for word in constant
            ):
                return Doings(False)
    receivers -= fresh - bound
    if receivers & bound:
        return Doings(False)  # what a loop variable or a parameter is bound to may be an element of anything
    bound |= fresh
    # an attribute of what the statement itself binds says nothing about a module of that name
    found = frozenset(("" if root.partition(".")[0] in bound else root, name) for root, name in attributes)
    return Doings(True, found, frozenset(receivers), frozenset(otherwise), frozenset(calls))


def _read(
    code: CodeType, attributes: set[tuple[str, str]], receivers: set[str], otherwise: set[str], bound: set[str],
    fresh: set[str],
) -> bool:  # fmt: skip
    """Collect from one code object; False where it does what cannot be followed.

    receivers, otherwise: as of Doings; fresh: variables bound to new, empty or literal, containers or to constants;
    those in `bound` too have other things bound as well.
    """
    root, before, given, roots = "", -1, 0, ["", "", ""]  # of the last instructions, the latest last
    made = 0  # new containers, or constants, that lie on top of the stack
    joins = frozenset(dis.findlabels(code.co_code))  # type: ignore[arg-type]
    for at, op, argument in placed_instructions(code):
        if op == _CACHE:
            continue
        if at in joins:  # what lies on the stack may be another thing: `(x if y else z).append(1)`
            root, before, given, roots, made = "", -1, 0, ["", "", ""], 0
        again = before == _BINARY and given in _IN_PLACE  # `x += y`: what x is bound to may have changed
        if op in _STOPS or (again and op not in _STORE):
            return False
        if op in _SUSPENDS and code.co_name != "<genexpr>":
            return False
        if op == _INTRINSIC and argument not in _HARMLESS_INTRINSICS:
            return False
        if op in _ATTRIBUTE:
            name = code.co_names[argument >> (_ATTR_SHIFT if dis.opname[op] == "LOAD_ATTR" else 0)]
            attributes.add((root, name))
            if name in _RECEIVER:
                if not root or "." in root:
                    return False
                receivers.add(root)
                otherwise.add(root)
            root = f"{root}.{name}" if root else ""
        elif op == _STORE_ITEM:
            # `x[key] = ...` with a constant or a variable for the key: x is what was loaded before it
            if not roots[1] or before not in _KEYS or ("." in roots[1] and not roots[1].endswith(_INDEXERS)):
                return False
            receivers.add(roots[1].partition(".")[0])
            if "." in roots[1] or before != _CONSTANT or type(code.co_consts[given]) is not str:
                otherwise.add(roots[1].partition(".")[0])
            root = ""
        else:
            root = _name(code, op, argument) if op in _NAMED else ""
        if op in _STORE and again:
            receivers.add(_name(code, op, argument))
            otherwise.add(_name(code, op, argument))
        elif op in _STORE:
            name = _name(code, op, argument)
            (fresh if (made or before in _BUILDS) and op == _STORE_LOCAL else bound).add(name)
        lies = (op in _BUILDS and not argument) or op == _CONSTANT
        made = made + 1 if lies else made - 1 if op in _STORE and made else made * (op == _SWAP and argument <= made)
        before, given, roots = op, argument, [roots[1], roots[2], root]
    return True


def _name(code: CodeType, op: int, argument: int) -> str:
    name = dis.opname[op]
    if name in ("LOAD_NAME", "STORE_NAME"):
        return code.co_names[argument]
    if name == "LOAD_GLOBAL":
        return code.co_names[argument >> 1]
    return str(code._varname_from_oparg(argument))  # type: ignore[attr-defined]


def suspects(code: CodeType | None, live: Live, needs: list[str]) -> set[str] | None:
    """Names whose values the statement may have changed; None where it may be any that shares with what it needs."""
    if code is None:
        return None
    done = doings(code)
    if not done.known or not all(_harmless(live, needs, root, name) for root, name in done.attributes):
        return None
    fitting = any(name in _FITTING for _, name in done.attributes)
    applying = fitting or any(name in _APPLYING for _, name in done.attributes)
    if not done.receivers <= set(map(bare, needs)) or any(_writes(live, needs, *call) for call in done.calls):
        return None  # `list.append(rows, 1)`, `np.add(x, 1, x)`
    found: set[str] = set()
    alone: set[str] = set()
    for name in needs:
        value = live.get(name)
        local = bare(name)
        if value is live.missing:
            if local in done.receivers or (fitting and not hasattr(builtins, local)):
                return None  # it was changed, and then let go of
            if hasattr(builtins, local) and local not in _BUILTINS:
                return None
            continue
        if is_a(value, ModuleType) or callable(value):
            if local in done.receivers:
                return None  # `deque.append(rows, 1)`
            verdict = _callable(value, live)
            if verdict is None:
                return None
            if verdict:
                continue
        scan = live.scans.get(name)
        if scan is None or "scipy" in scan.packages or scan.counts:
            found.add(name)  # sparse matrices tidy themselves up as they are read, search trees count
            continue
        if scan.wild or not (scan.exact or scan.opaque == {"matplotlib"}) or not scan.packages <= _TAME:
            return None
        if scan.draws and not _draws_nothing(value):
            found.add(name)
        if "sklearn" in scan.packages and applying and _shares_memory(value):
            return None
        if "sklearn" in scan.packages and fitting:
            found.add(name)
        if local in done.receivers:
            (alone if _changes_alone(value, local in done.otherwise) else found).add(name)
    return live.touched(found).union(*(live.holding(name) for name in alone))


def _changes_alone(value: Any, otherwise: bool) -> bool:
    """Whether nothing but this very object changes: neither what is in it nor memory that others see."""
    kind = type(value)
    if kind in _CONTAINERS:
        return True
    if otherwise or kind.__name__ != "DataFrame" or module_of(kind).partition(".")[0] != "pandas":
        return False
    pandas = sys.modules["pandas"]
    copies = int(pandas.__version__.partition(".")[0]) >= 3 or pandas.options.mode.copy_on_write is True
    return copies and bool(value.columns.is_unique)


def _harmless(live: Live, needs: list[str], root: str, name: str) -> bool:
    """Whether looking an attribute up, and calling it, changes nothing but the object it belongs to."""
    value = _at(live, needs, root)
    if type(value).__name__ == "ufunc" and name == "at":
        return False
    if name in _PURE or name in _RECEIVER or name in _FITTING:
        return True
    if not isinstance(value, ModuleType) or not _is_of(value.__name__, _MODULES, live):
        return False
    if value.__name__.startswith("numpy"):
        return value.__name__ in _NUMPY and hasattr(value, name) and name not in _NUMPY_CHANGES
    return hasattr(value, name)


def _at(live: Live, needs: list[str], path: str) -> Any:
    """What is in a variable, or by a dotted path in a module; None for anything else."""
    top, *rest = path.split(".")
    value = next((live.get(n) for n in live.scoped(top) if n in needs), None)
    for part in rest:
        value = getattr(value, part, None) if isinstance(value, ModuleType) else None
    return value


def _writes(live: Live, needs: list[str], root: str, name: str, given: float) -> bool:
    """Whether a call with so many arguments by place may change one of them."""
    if not name:
        return True
    if not root:
        value = _at(live, needs, name)
        if value is None or value is live.missing:
            value = getattr(builtins, name, None)
        return may_write(value, name, given)
    home = _at(live, needs, root)
    return may_write(getattr(home, name, None) if isinstance(home, ModuleType) else None, name, given)


def _callable(value: Any, live: Live) -> bool | None:
    """True: calling it changes no argument. False: look at the value itself. None: it may change anything."""
    module = "" if is_a(value, ModuleType) else module_of(value)
    if is_a(value, ModuleType):
        return None if live.is_local_module(value.__name__) else True
    if is_a(value, type):
        return True if _is_of(module, _TYPES, live) else None
    if is_a(value, FunctionType) and value.__globals__ is vars(live.main):
        return True if _changes_nothing(value, live) else None
    if is_a(value, FunctionType, BuiltinFunctionType):
        name = value.__name__
        if "inplace" in name or name in _SKLEARN_CHANGES:
            return None
        if module == "builtins":
            return True if name in _BUILTINS else None
        if name in _NUMPY_CHANGES and _is_of(module, {"numpy"}, live):
            return None
        return True if _is_of(module, _FUNCTIONS, live) else None
    return False if module_of(type(value)).partition(".")[0] in ("sklearn", "matplotlib", "numpy") else None


def _is_of(module: str, packages: Container[str], live: Live) -> bool:
    return module.partition(".")[0] in packages and not live.is_local_module(module)


def _changes_nothing(function: FunctionType, live: Live) -> bool:
    """Whether a function of the script only does what changes nothing but objects it has made itself.

    What it looks up in the script is among the names the statement needs, and is looked at by itself.
    """
    done = doings(function.__code__)
    globals_read = sorted(names_of(function.__code__).reads)
    return (
        done.known and not done.receivers and not function.__closure__ and not function.__dict__
        and not any(name in _FITTING for _, name in done.attributes)
        and all(_harmless(live, globals_read, root, name) for root, name in done.attributes)
        and not any(hasattr(builtins, n) and n not in _BUILTINS for n in globals_read if n not in vars(live.main))
    )


def _draws_nothing(value: Any) -> bool:
    """Whether a generator in reach is a fitted estimator's own: predicting and scoring leave it alone."""
    if not module_of(type(value)).startswith("sklearn.") or not hasattr(type(value), "fit"):
        return False
    try:
        parameters = value.get_params(deep=True)
    except Exception:  # of any class; not one of scikit-learn's own then
        return False
    if any(v is True and name.endswith("sample_posterior") for name, v in parameters.items()):
        return False  # it draws as it transforms
    return not any(module_of(type(v)).startswith(("numpy.random", "random")) for v in parameters.values())


def _shares_memory(value: Any) -> bool:
    """Whether an estimator, or one of a collection of them, was told to work in the memory of its data."""
    if isinstance(value, (dict, list, tuple)) and len(value) <= _MANY:
        return any(map(_shares_memory, value.values() if isinstance(value, dict) else value))
    kind = module_of(type(value)).partition(".")[0]
    if kind in ("builtins", "numpy", "pandas") or (kind == "sklearn" and not hasattr(type(value), "get_params")):
        return isinstance(value, (dict, list, tuple)) or str(getattr(value, "dtype", "")) == "object"
    try:
        parameters = value.get_params(deep=True)
    except Exception:  # of any class; not one of scikit-learn's own then
        return True
    return any(
        v is False and any(word in name for word in _CLASS_ATTRIBUTES) or isinstance(v, FunctionType)
        or (isinstance(v, type) and module_of(v) not in ("numpy", "builtins"))  # no more than a kind of numbers
        for name, v in parameters.items()
    )


_MANY = 100
"""Collections of more are taken for ones that hold such."""
