"""What an edit was for: its kind (dpr, li, ppr) and its letter (S M P H R C N), from the source alone.

dpr: data preprocessing; li: learning and inference; ppr: postprocessing. S start, M model, P preprocessing, H hyper-
parameter of a model, R of preprocessing, C combined (something of the model's and of the preprocessing's), N none of
these. Kinds are those of D. Xin et al., "How Developers Iterate on Machine Learning Workflows" (2018); letters those of
A. Lee et al., "Demystifying a Dark Art" (2020).

Each part of an edit belongs to a stage: that of the innermost call it stands in whose role is known; a constant to that
of what uses it; anything else to that of its place in the flow of values. Output is N, wherever it stands. A change of
comments and layout has the kind of the statements it touches.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable

from mliter_tui.history.edits import Edit, Edits, Statement, Version, edits
from mliter_tui.history.parts import Part, constant, parts, scalar, whole
from mliter_tui.history.roles import SEEDS, Stage
from mliter_tui.history.staging import Staging
from mliter_tui.kinds import KINDS, Letter
from mliter_tui.lean import dataclass

LAYOUT = "comments and layout"
"""What is told of an edit that changes no code."""
RULES = 3
"""The version of the rules: labels that were told by others are told anew."""
_STREAMS = frozenset({"default_rng", "RandomState", "Random", "Generator"})


@dataclass(frozen=True, slots=True)
class Label:
    """kind None: nothing changed. why: the parts it is told by, in words; by_hand: the user said so."""

    kind: Stage | None
    letter: Letter
    why: tuple[str, ...] = ()
    by_hand: bool = False
    seed_only: bool = False

    @property
    def text(self) -> str:
        """As it stands in a column: `li H`."""
        return f"{self.kind or '-'} {self.letter}"


@dataclass(frozen=True, slots=True)
class _Found:
    stage: Stage
    letter: Letter
    words: str
    seed: bool = False


def label(before: Version | None, after: Version) -> Label:
    """The label of the edit that led from one version to the other; of the first version it is S.

    Versions are the texts of the script (under "") and its modules by name of file.
    """
    if before is None:
        return Label("dpr", "S", ("first version",))
    try:
        return _label(before, after)
    except RecursionError:  # an expression of thousands of terms
        return Label("dpr", "N", ("too deeply nested to be read",))


def _label(before: Version, after: Version) -> Label:
    found = edits(before, after)
    if not found.edits and not found.layout:
        return Label(None, "N", ("nothing changed",))
    now = Staging(after)
    if not found.edits:
        return Label(_of_layout(found, now), "N", (LAYOUT,))
    then = Staging(before)
    told = [each for edit in found.edits for each in _of_edit(edit, then, now)]
    return _together(told)


def _of_layout(found: Edits, staging: Staging) -> Stage:
    stages = Counter(
        stage for file, line in found.layout if (stage := staging.at_line(file, line)) is not None
    )
    return stages.most_common(1)[0][0] if stages else "ppr"


def _together(told: list[_Found]) -> Label:
    """The label of the whole, from those of the parts."""
    why = tuple(dict.fromkeys(each.words for each in told))
    of = {stage: [each for each in told if each.stage == stage and each.letter != "N"] for stage in KINDS}
    model = any(each.letter == "M" for each in of["li"])
    real = [each for each in told if each.letter != "N"]
    if real and all(each.seed for each in real):
        return Label("li" if of["li"] else "dpr", "N", why, seed_only=True)
    if of["dpr"] and of["li"]:
        return Label("dpr", "C", why)
    if of["li"]:
        return Label("li", "M" if model else "H", why)
    if of["dpr"]:
        return Label("dpr", "P" if any(each.letter == "P" for each in of["dpr"]) else "R", why)
    for stage in ("ppr", "dpr", "li"):
        if any(each.stage == stage for each in told):
            return Label(stage, "N", why)
    return Label("dpr", "N", ("imports only",))


def _of_edit(edit: Edit, then: Staging, now: Staging) -> Iterable[_Found]:
    statement = edit.after if edit.after is not None else edit.before
    assert statement is not None
    if isinstance(statement.node, ast.Import | ast.ImportFrom | ast.Pass | ast.Global | ast.Nonlocal):
        return []
    staging = now if edit.after is not None else then
    if isinstance(statement.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and edit.kind != "edited":
        return []  # what it holds has edits of its own
    if edit.kind == "edited" and edit.before is not None and edit.after is not None:
        differing = parts(edit.before.node, edit.after.node)
    else:
        differing = [whole(statement.node, edit.after is None)]
    told = []
    for part in differing:
        gone = part.after is None and edit.before is not None
        told.append(_of_part(part, edit.before if gone and edit.before else statement, then if gone else staging))
    return told


def _of_part(part: Part, statement: Statement, staging: Staging) -> _Found:
    words = _words(part, statement)
    if staging.only_output(statement) or (part.calls and staging.in_output(part, statement)):
        return _Found(staging.place(statement), "N", words)
    stage, called = staging.stage(part, statement)
    seed = _is_seed(part, statement)
    if stage == "ppr":
        return _Found("ppr", "N", words)
    if stage == "li":
        return _Found("li", _model_letter(part, statement, staging, called), words, seed)
    return _Found("dpr", _data_letter(part, statement), words, seed)


def _is_seed(part: Part, statement: Statement) -> bool:
    """Whether a part is a number that some random stream begins with."""
    node = statement.node
    if not (scalar(part.before) and scalar(part.after)):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    names = [part.keyword, _argument(statement).lstrip("-").replace("-", "_"), *map(ast.unparse, targets)]
    called = [ast.unparse(call.func).rpartition(".")[2] for call in part.calls[:1]]
    return any(SEEDS.match(name) for name in (*names, *called) if name) or any(name in _STREAMS for name in called)


def _model_letter(part: Part, statement: Statement, staging: Staging, called: bool) -> Letter:
    """M where other models or other code of a model's are there, else H."""
    models = [staging.models_in(each, statement) for each in (part.before, part.after)]
    if models[0] != models[1]:
        return "M"
    if constant(part.before) and constant(part.after):
        return "H"
    if called or part.keyword or any(staging.trains(each, statement) for each in (part.before, part.after)):
        return "H"
    return "M" if staging.own_model(statement) else "H"


def _data_letter(part: Part, statement: Statement) -> Letter:
    """R where only a number, a switch or a chosen word is another one, else P."""
    if part.before is None and part.after is not None and isinstance(part.after, ast.stmt):
        return "P"
    if part.after is None and isinstance(part.before, ast.stmt):
        return "P"
    if scalar(part.before) and scalar(part.after):
        return "R"
    if not (constant(part.before) and constant(part.after)):
        return "P"
    texts = isinstance(part.now, ast.Constant)
    inside = part.around[0] if part.around else None
    collection = isinstance(inside, ast.List | ast.Tuple | ast.Set | ast.Dict | ast.Subscript)
    if texts and not collection and (part.keyword or part.calls or _is_default(statement)):
        return "R"
    return "R" if part.keyword and not collection and not isinstance(part.now, ast.List | ast.Tuple) else "P"


def _is_default(statement: Statement) -> bool:
    return isinstance(statement.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign)


def _words(part: Part, statement: Statement) -> str:
    """The part in words, short."""
    where = f"line {statement.lines[0]}" if not statement.file else f"{statement.file}:{statement.lines[0]}"
    old, new = (_short(each) for each in (part.before, part.after))
    name = f"{part.keyword}=" if part.keyword else _key_of(part, statement)
    if (argument := _argument(statement)) and part.keyword:
        name = f"{argument} {name}"
    if part.before is None:
        return f"{where}: + {name}{new}"
    return f"{where}: - {name}{old}" if part.after is None else f"{where}: {name}{old} → {new}"


def _key_of(part: Part, statement: Statement) -> str:
    """What a constant inside of a collection belongs to: the key of a dict, else the name it is assigned to."""
    inner: ast.AST = part.now
    for around in part.around:
        if isinstance(around, ast.Dict):
            keys = [key for key, value in zip(around.keys, around.values) if value is inner and key is not None]
            return f"{_short(keys[0])}: " if keys else ""
        if isinstance(around, ast.Call):
            return ""
        inner = around
    targets = statement.node.targets if isinstance(statement.node, ast.Assign) else []
    inside = bool(part.around) and constant(part.now)
    return f"{_short(targets[0])} = " if inside and len(targets) == 1 else ""


def _argument(statement: Statement) -> str:
    """The option that a statement declares to argparse, as it is typed."""
    call = getattr(statement.node, "value", None)
    if not isinstance(call, ast.Call) or getattr(call.func, "attr", "") != "add_argument" or not call.args:
        return ""
    first = call.args[0]
    return str(first.value) if isinstance(first, ast.Constant) else ""


def _short(node: ast.AST | None) -> str:
    text = " ".join(ast.unparse(node).split()) if node is not None else ""
    return text if len(text) <= 40 else text[:39] + "…"
