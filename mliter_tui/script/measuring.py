"""What a script measures: the truth and the predictions that it hands to a measure, by name.

Found are calls of scikit-learn's measures, `accuracy_score(y_test, pred)`, under whatever name the library has, and
shares of equal ones, `(pred == y_test).mean()`. Truth and predictions are variables, as they are or as a column
(`test["label"]`), an attribute or a method of theirs (`y_test.values`); what is computed in place has no name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from mliter_tui.lean import dataclass
from mliter_tui.readings import naming
from mliter_tui.syntax import every

Kind = Literal["labels", "numbers", "scores"]
"""Of predictions: classes, numbers, or scores of which a class is made by a threshold."""

_LABELS = frozenset(
    "accuracy_score balanced_accuracy_score f1_score fbeta_score precision_score recall_score jaccard_score "
    "matthews_corrcoef cohen_kappa_score classification_report confusion_matrix precision_recall_fscore_support "
    "zero_one_loss hamming_loss accuracy".split()
)
_NUMBERS = frozenset(
    "mean_absolute_error mean_squared_error root_mean_squared_error median_absolute_error r2_score max_error "
    "mean_absolute_percentage_error mean_squared_log_error explained_variance_score mean_pinball_loss".split()
)
_SCORES = frozenset("roc_auc_score average_precision_score log_loss brier_score_loss roc_curve".split())
_OF_ARRAYS = frozenset("values to_numpy tolist ravel flatten numpy array astype reset_index cpu detach".split())
"""Attributes and methods that leave a column what it is."""
_TRUTH = re.compile(
    r"(?i)^(y|labels?|targets?|truth|gold|expected|actual)(_?(test|val|valid|dev|train|true|te|va|tr))?$"
)


@dataclass(frozen=True, slots=True)
class Operand:
    """A variable, or a column of it."""

    name: str
    column: str | None = None

    @property
    def text(self) -> str:
        return self.name if self.column is None else f"{self.name}[{self.column!r}]"


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of predictions. line: where the call stands."""

    kind: Kind
    truth: Operand
    said: Operand
    line: int


def measured(source: str) -> tuple[Measured, ...]:
    """Each pair of truth and predictions once, in order of the source; none where it is not Python."""
    return _read(source)[0]


def predicted_from(source: str) -> tuple[str, ...]:
    """Names of the variables that models predict from, the last one first."""
    return _read(source)[1]


@lru_cache(maxsize=16)
def _read(source: str) -> tuple[tuple[Measured, ...], tuple[str, ...]]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return (), ()
    found: dict[tuple[Kind, Operand, Operand], Measured] = {}
    tables: list[tuple[int, str]] = []
    for node in every(tree):
        if isinstance(node, ast.Call):
            told = _of_call(node)
            match node:
                case ast.Call(func=ast.Attribute(attr=method), args=[first, *_]) if method.startswith("predict"):
                    operand = _operand(first)
                    tables += [(node.lineno, operand.name)] if operand is not None else []
        elif isinstance(node, ast.Compare):
            told = _of_comparison(node)
        else:
            continue
        for each in told:
            found.setdefault((each.kind, each.truth, each.said), each)
    in_order = tuple(sorted(found.values(), key=lambda each: each.line))
    return in_order, tuple(dict.fromkeys(name for _, name in sorted(tables, reverse=True)))


def names_measured(source: str) -> frozenset[str]:
    """Names of all that a comparison of predictions asks for: the truth, what was predicted, and from what."""
    if not any(word in source for word in _SIGNS):
        return frozenset()  # without reading it
    found = {name for each in measured(source) for name in (each.truth.name, each.said.name)}
    return frozenset(found | set(predicted_from(source))) if found else frozenset()


_SIGNS = ("_score", "_error", "_loss", "_report", "_matrix", "==")


_BOUND = re.compile(r"\s*([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?::[^=(]+)?=(?!=)\s*(?:\w+\()?([\w.]*)[^=]*\(")


def bound_measures(source: str) -> tuple[str, ...]:
    """Names that an assignment binds to what a call makes, where these or the call say that it measures a model."""
    found = _BOUND.match(source)
    if found is None:
        return ()
    names = tuple(re.split(r"\s*,\s*", found[1]))
    call = found[2].rpartition(".")[2]
    if len(names) == 1 and naming.measures(call):
        return names
    return tuple(name for name in names if naming.measures(name))


def _of_call(node: ast.Call) -> Iterator[Measured]:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            pass
        case _:
            return
    kind: Kind | None = "labels" if name in _LABELS else "numbers" if name in _NUMBERS else None
    kind = "scores" if name in _SCORES else kind
    if kind is None:
        return
    named = {each.arg: each.value for each in node.keywords}
    said = next((named[key] for key in ("y_pred", "y_score", "y_prob", "y_proba") if key in named), None)
    given = [*node.args[:2], *([] if len(node.args) > 1 or said is None else [said])]
    if "y_true" in named:
        given.insert(0, named["y_true"])
    operands = [_operand(each) for each in given[:2]]
    if len(operands) == 2 and operands[0] is not None and operands[1] is not None:
        yield Measured(kind, operands[0], operands[1], node.lineno)


def _of_comparison(node: ast.AST) -> Iterator[Measured]:
    """Of `a == b` between two variables one of which is called as truths are."""
    match node:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            one, other = _operand(left), _operand(right)
            if one is None or other is None:
                return
            ranks = [bool(_TRUTH.match(each.column or each.name)) for each in (one, other)]
            if ranks == [False, True]:
                yield Measured("labels", other, one, node.lineno)
            elif ranks == [True, False]:
                yield Measured("labels", one, other, node.lineno)


def _operand(node: ast.expr) -> Operand | None:
    match node:
        case ast.Name(id=name):
            return Operand(name)
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(column))):
            return Operand(name, column)
        case ast.Attribute(value=inner, attr=attribute) if attribute in _OF_ARRAYS:
            return _operand(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr=attribute)) if attribute in _OF_ARRAYS:
            return _operand(inner)
        case ast.Call(func=ast.Name(id="list") | ast.Attribute(attr="asarray" | "array"), args=[inner, *_]):
            return _operand(inner)
        case ast.Attribute(value=ast.Name(id=name), attr=column) if _TRUTH.match(column):
            return Operand(name, column)  # test.label
    return None
