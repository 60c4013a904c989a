"""Loops taken pass by pass: results as under python after any edit, and only the passes run that the edit reaches."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

ALL = {"MLITER_PASSES_FROM": "0"}
WORK = "def work(x):\n    return sum(i * i + x for i in range(30_000))\n\n"
SLOW = WORK.replace("30_000", "400_000")  # so that it pays to load what it gives

EPOCHS = (
    SLOW
    + """
weights, losses = [1.0, 2.0], []
for epoch in range(4):
    step = work(epoch)
    weights = [w * 0.5 + step % 7 for w in weights]
    loss = sum(weights)
    losses.append(loss)
    print("epoch", epoch, loss)
print(weights, losses)
"""
)

MODELS = (
    SLOW
    + """
scores = {}
for name, size in [("small", 1), ("large", 2)]:
    fitted = work(size) % 1000
    scores[name] = fitted * size
    print(name, scores[name])
print(max(scores, key=scores.get))
"""
)


def steps(outcome: object) -> int:
    """How often the costly statement ran."""
    return sum(label in ("step", "fitted") for label in outcome.computed)  # type: ignore[attr-defined]


def edit(project: Project, text: str, before: str, after: str) -> str:
    assert before in text
    text = text.replace(before, after)
    project.script(text)
    return text


def test_more_epochs_resume_where_the_loop_was(project: Project) -> None:
    project.script(EPOCHS)
    assert steps(project.run(env=ALL)) == 4
    project.unchanged(env=ALL)
    text = edit(project, EPOCHS, "range(4)", "range(7)")
    assert steps(project.run(env=ALL)) == 3
    edit(project, text, "range(7)", "range(2)")
    assert steps(project.run(env=ALL)) == 0


def test_a_model_added_to_a_loop_is_one_pass(project: Project) -> None:
    project.script(MODELS)
    assert steps(project.run(env=ALL)) == 2
    text = edit(project, MODELS, '("large", 2)]', '("large", 2), ("huge", 3)]')
    assert steps(project.run(env=ALL)) == 1
    text = edit(project, text, '[("small", 1), ', "[")
    assert steps(project.run(env=ALL)) == 0
    edit(project, text, '("large", 2)', '("large", 5)')
    assert steps(project.run(env=ALL)) == 1


COLLECTED = SLOW + """
scores, rows = {}, []
for size in [1, 2]:
    scores[size] = work(size) % 1000
    rows.append(work(size + 1) % 7)
print(scores, rows)
"""


@pytest.mark.slow
def test_what_is_collected_does_not_depend_on_what_was_collected_before(project: Project) -> None:
    def made() -> int:
        return sum(label.startswith("value of") for label in project.run(env=ALL).computed)

    project.script(COLLECTED)
    assert made() == 4
    text = edit(project, COLLECTED, "[1, 2]", "[5, 1, 2]")
    assert made() == 2
    edit(project, text, "scores, rows = {}, []", "scores, rows = {0: 0}, [0]")
    assert made() == 0


SEARCH = SLOW + """
for size in [3, 5, 7]:
    fitted = work(size) % 1000
    if fitted == -1:
        break
else:
    step = work(fitted)
    print("none of", size, step % 7)
print(fitted)
"""


@pytest.mark.slow
def test_the_else_of_a_loop_is_taken_apart_and_comes_when_the_loop_was_not_left(project: Project) -> None:
    project.script(SEARCH)
    assert steps(project.run(env=ALL)) == 4
    text = edit(project, SEARCH, '"none of"', '"nothing in"')
    assert steps(project.run(env=ALL)) == 0
    text = edit(project, text, "work(fitted)", "work(fitted + 1)")
    assert steps(project.run(env=ALL)) == 1
    last = f"== {_fitted(5)}:"
    text = edit(project, text, "== -1:", last)
    outcome = project.run(env=ALL)
    assert steps(outcome) == 0 and "size" not in outcome.stdout.decode()
    passed = {node for event in outcome.events if event["type"] == "not_reached" for node in event["nodes"]}
    assert len(passed) >= 2
    edit(project, text, last, "== -1:")
    assert steps(project.run(env=ALL)) == 0


def _fitted(size: int) -> int:
    return sum(i * i + size for i in range(400_000)) % 1000


@pytest.mark.parametrize("text", [EPOCHS, MODELS], ids=["epochs", "models"])
def test_an_edit_of_the_last_statement_repeats_nothing_before_it(project: Project, text: str) -> None:
    project.script(text)
    project.run(env=ALL)
    edit(project, text, "    print(", '    print("then:", ')
    assert steps(project.run(env=ALL)) == 0


@pytest.mark.slow
def test_passes_go_on_being_taken_while_they_pay_and_cheap_ones_are_one_node(project: Project) -> None:
    project.script(
        "import time\n\ndef slow(x):\n    time.sleep(0.3)\n    return x\n\ndef quick(x):\n    return x + 1\n\n"
        "a = b = 0\nfor i in range(3):\n    a = slow(a + i)\nfor i in range(300):\n    b = quick(b)\nprint(a, b)\n"
    )
    labels = project.run().computed
    assert labels.count("a") == 3
    assert labels.count("b") == 1  # the first pass; then the rest at once
    assert [label for label in labels if label.startswith("rest")] == ["rest of for i in range(300):"]
    project.unchanged()


@pytest.mark.slow
def test_a_bar_of_progress_that_asks_for_the_time_repeats_no_pass(project: Project) -> None:
    text = EPOCHS.replace("in range(4)", "in bar(range(4))").replace(
        "weights, losses =", "import sys, time\n\ndef bar(items):\n    begin = time.time()\n    for item in items:\n"
        "        yield item\n        print('at', time.time() - begin, file=sys.stderr)\n\ndata = work(9)\nweights, losses =",
    ).replace("work(epoch)", "work(epoch) + data % 7")  # fmt: skip
    project.script(text)
    assert steps(project.run(env=ALL)) == 4
    outcome = project.run(env=ALL)
    assert steps(outcome) == 0 and "data" not in outcome.computed
    edit(project, text, "range(4)", "range(6)")
    assert steps(project.run(env=ALL)) == 2


TIMED = SLOW + """
import time
for n in range(3):
    begin = time.time()
    step = sum(work(n + k) for k in range(5)) % 7
    print(n, step, time.time() - begin > 0)
    print(f"{time.time() - begin:.9f}", file=log)
"""


@pytest.mark.slow
def test_times_that_a_loop_prints_stay_shown_where_nothing_is_new_in_the_pass(project: Project) -> None:
    text = TIMED.replace("import time\n", "import sys, time\nlog = sys.stderr\n")
    project.script(text)
    first = project.run(env=ALL).stderr
    assert project.unchanged(env=ALL).stderr == first
    edit(project, text, "range(3)", "range(4)")
    assert project.run(env=ALL).stderr.startswith(first)
    edit(project, text, "print(n, step,", "print('n', n, step,")
    again = project.run(env=ALL)
    assert steps(again) == 0 and all(float(line) < 5 for line in again.stderr.split())
    assert again.stderr != first, "of a statement that is new, the times are new"


def test_a_cheap_loop_that_asks_for_the_time_runs_again(project: Project) -> None:
    project.script(WORK + "import time, sys\nfor n in range(2):\n    print(work(n) and time.time_ns(), file=sys.stderr)\n")
    assert project.run(env=ALL).stderr != project.run(env=ALL).stderr


def test_a_loop_that_was_cut_short_goes_on_behind_its_last_pass(project: Project) -> None:
    text = EPOCHS.replace("    losses.append", "    if epoch == 2:\n        1 / 0\n    losses.append")
    project.script(text)
    assert steps(project.run(env=ALL)) == 3
    edit(project, text, "1 / 0", "pass")
    assert steps(project.run(env=ALL)) == 1


LOOPS = {
    "continue": "for i in range(4):\n    if i % 2:\n        continue\n    print(i, work(i) % 9)\nprint(i)\n",
    "break": "for i in range(9):\n    n = work(i) % 9\n    if n > EDIT:\n        break\n    print(i, n)\nprint(i, n)\n",
    "break_in_try": "for i in range(5):\n    try:\n        if work(i) and i == EDIT:\n            break\n    finally:\n        print('done', i)\nprint(i)\n",
    "while": "n = 0\nwhile n < EDIT + 2:\n    n += 1\n    print(work(n) % 9)\nprint(n)\n",
    "while_true": "n = 0\nwhile True:\n    n += 1\n    if work(n) and n > EDIT:\n        break\nprint(n)\n",
    "while_walrus": "items = [3, 2, 1]\nwhile (k := len(items)) > 1:\n    items.pop()\n    print(k, work(k) % 9 + EDIT)\nprint(items, k)\n",
    "nested": "for i in range(3):\n    for j in range(2):\n        if work(j) and j == i:\n            continue\n        if i == EDIT:\n            break\n        print(i, j)\n    print('row', i)\nprint(i, j)\n",
    "else": "for i in range(3):\n    if work(i) and i == EDIT:\n        break\nelse:\n    print('all')\nprint(i)\n",
    "else_behind_the_last": "for i in range(2):\n    print(work(i) % 9)\nelse:\n    n = work(i + EDIT) % 9\n    print('all', n)\nprint(i, n)\n",
    "else_of_an_inner_loop": "for i in range(4):\n    for j in range(3):\n        if work(j) % 9 and j == i - EDIT:\n            break\n    else:\n        print('none', i)\n        continue\n    print('found', i, j)\n    if i == 3:\n        break\nelse:\n    print('never')\nprint(i, j)\n",
    "else_leaves": "for i in range(3):\n    for j in range(2):\n        print(i, j, work(j) % 9)\n    else:\n        if i == EDIT:\n            break\n        print('on')\nprint(i, j)\n",
    "else_has_loops": "for i in range(EDIT):\n    print(work(i) % 9)\nelse:\n    for j in range(2):\n        for k in range(2):\n            if work(k) and k == EDIT - 1:\n                break\n            print(j, k)\n        else:\n            print('inner', j)\n    else:\n        print('outer')\nprint(j, k)\n",
    "while_else": "n = 0\nwhile n < 3:\n    n += 1\n    if work(n) and n == EDIT + 1:\n        break\nelse:\n    print('end', work(n) % 9)\nprint(n)\n",
    "else_in_a_function": "def search(xs, wanted):\n    tried = 0\n    for x in xs:\n        tried += 1\n        if work(x) and x == wanted:\n            print('there')\n            break\n    else:\n        print('not there')\n        return -1, tried\n    return x, tried\nprint(search([1, 2, 3], EDIT))\nprint(search([1, 2, 3], 9))\nprint(search([], EDIT))\n",
    "else_in_a_branch": "if EDIT:\n    for i in range(2):\n        if work(i) and i == EDIT:\n            break\n    else:\n        print('all', work(i) % 9)\nelse:\n    print('other')\nprint(i)\n",
    "empty": "for i in range(EDIT - 1):\n    print(work(i))\nprint('i' in globals())\n",
    "targets": "d, a = {}, [0]\nfor d['k'], (a[0], *more) in [(EDIT, (2, 3)), (4, (5, 6, 7))]:\n    print(work(d['k']) % 9, a, more)\nprint(d)\n",
    "enumerate": "for n, (x, y) in enumerate(zip([1, EDIT], 'ab'), 1):\n    print(n, work(x) % 9, y)\n",
    "dict": "d = {'a': 1, 'b': EDIT}\nfor k, v in d.items():\n    print(k, work(v) % 9)\n",
    "generator": "def items():\n    try:\n        for i in range(3):\n            print('making', i)\n            yield i + EDIT\n    finally:\n        print('closed')\nfor i in items():\n    print(work(i) % 9)\n    if i > 2:\n        break\nprint('behind')\n",
    "generator_expression": "k = EDIT\nfor i in (x * k for x in range(3)):\n    k = work(i) % 9\n    print(i, k)\n",
    "iterator_kept": "it = iter([1, 2, 3, EDIT])\nfor i in it:\n    print(i, work(i) % 9)\n    if i == 2:\n        break\nprint(list(it))\n",
    "growing": "todo = [EDIT]\nfor i in todo:\n    if work(i) and i < 4:\n        todo.append(i + 1)\nprint(todo)\n",
    "shrinking": "todo = [1, 2, 3, 4]\nfor i in todo:\n    print(i, work(i) % 9)\n    if i == EDIT:\n        todo.remove(i)\nprint(todo)\n",
    "changed_dict": "d = {1: 1}\nfor k in d:\n    d[k + work(k)] = EDIT\n",
    "objects": "class Model:\n    def __init__(self, n):\n        self.n, self.fitted = n, None\n    def fit(self, x):\n        self.fitted = work(x) % 9 + self.n\nmodels = [Model(1), Model(EDIT), Model(3)]\nfor model in models:\n    model.fit(2)\n    print(model.fitted)\nprint([m.fitted for m in models], model is models[-1])\n",
    "closures": "fs = []\nfor i in range(3):\n    n = work(i) % 9\n    fs.append(lambda: i + n + EDIT)\nprint([f() for f in fs])\n",
    "file": "open('in.txt', 'w').write('a\\nbb\\nEDIT\\n')\nwith open('in.txt') as f:\n    pass\nf = open('in.txt')\nfor line in f:\n    print(len(line), work(len(line)) % 9, line.strip())\nf.close()\n",
    "random": "import random\nrandom.seed(EDIT)\nfor i in range(3):\n    print(i, random.random(), work(i) % 9)\nprint(random.random())\n",
    "deleted": "for i in range(3):\n    n = work(i) % 9\n    print(n + EDIT)\n    del n\nprint('n' in globals())\n",
    "rebound": "xs = [1, 2, 3]\nfor x in xs:\n    xs = [9]\n    print(x, work(x) % 9 + EDIT)\nprint(xs)\n",
    "shadowed": "iter, next, range_ = None, None, range\nfor i in range_(2):\n    print(work(i) % 9 + EDIT)\n",
    "function": "def train(n, rate=0.5):\n    best = None\n    for i in range(n):\n        value = work(i) % 9 * rate\n        if best is not None and value < best:\n            return i, value\n        best = value\n        print('kept', i, value)\n    return n, best\nprint(train(EDIT + 4))\nprint(train(3, 1.0))\n",
    "function_nested": "def grid(sizes):\n    found = []\n    for size in sizes:\n        for rate in (0.1, EDIT):\n            score = work(size) * rate % 9\n            if score > 8:\n                continue\n            found.append((size, rate, score))\n        print('size', size)\n    return found\nprint(grid([1, 2]))\n",
    "calls_inside": "def fit(x, scale):\n    a = work(x)\n    b = a % 9 * scale\n    print('fit', x)\n    return b\nfor i in range(3):\n    score = fit(i, EDIT)\n    print(score)\n",
    "calls_of_loops": "def outer(n):\n    total = 0\n    for i in range(n):\n        total += work(i) % 9\n        print('in', n, i)\n    return total\nfor n in (2, 3):\n    t = outer(n + EDIT)\n    print(t)\n",
    "comprehension_after": "for i in range(2):\n    rows = [work(x) % 9 for x in range(i + 1)]\n    total = sum(r * EDIT for r in rows)\n    print(total)\n",
    "annotated": "total: int = 0\nfor i in range(3):\n    n: int = work(i) % 9\n    total += n\nprint(total + EDIT)\n",
    "pass_only_function": "def f():\n    for i in range(3):\n        print(work(i) % 9)\n        pass\n    print('end', EDIT)\n    x = 1\nf()\n",
    "global_in_function": "count = 0\ndef bump():\n    global count\n    for i in range(3):\n        count += work(i) % 9\n        print(count)\n    print('bumped')\n    return None\nbump()\nprint(count + EDIT)\n",
    "collected": "found, rows = {0: EDIT}, []\nfor i in range(3):\n    found[i] = [work(i) % 9]\n    rows.append(found[i])\n    rows.append(work(EDIT) % 9)\nfound[0].append(5)\nprint(found, rows, rows[0] is found[0])\n",
    "collected_in_a_function": "def table(n):\n    cells, seen = {}, set()\n    for i in range(n):\n        for j in 'ab':\n            cells[i, j] = {'v': work(i) % 9}\n            seen.add(len(j) + work(i))\n        print(len(cells), len(seen))\n    return cells\nprint(table(EDIT + 1))\n",
    "collection_bound_anew": "rows = kept = []\ndef bad(x):\n    global rows\n    rows = [x]\n    return work(x) % 9\nfor i in range(EDIT + 1):\n    rows.append(bad(i))\n    print(i)\nprint(rows, kept)\n",
    "exit": "import sys\nfor i in range(5):\n    print(i, work(i) % 9)\n    if i == EDIT:\n        sys.exit(3)\n",
}  # fmt: skip


ENDS = ("changed_dict", "exit")
TOGETHER = [name for name in LOOPS if name not in ENDS]


def several(programs: dict[str, str], names: list[str], value: str) -> str:
    """Many programs in one script."""
    texts = (programs[name].replace("EDIT", value).replace("import random\n", "") for name in names)
    return WORK + "import random\n" + "".join(f"print({name!r})\n{text}" for name, text in zip(names, texts))


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["0", pytest.param("99", marks=pytest.mark.slow)], ids=["passes", "rest"])
@pytest.mark.parametrize("part", [0, 3, *(pytest.param(part, marks=pytest.mark.slow) for part in (1, 2))])
def test_loops_give_what_python_gives(project: Project, part: int, limit: str) -> None:
    project.with_values(several(LOOPS, TOGETHER[part::4], "EDIT"), "1", "2", "1", env={"MLITER_PASSES_FROM": limit})


@pytest.mark.parametrize("name", ENDS)
def test_a_loop_that_ends_the_script_ends_it_as_in_python(project: Project, name: str) -> None:
    for value in ("1", "1", "2"):
        project.script(WORK + LOOPS[name].replace("EDIT", value))
        project.run(env=ALL, stderr=True)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["auto", "always"])
@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_gives_what_python_gives(project: Project, name: str, policy: str) -> None:
    for value in ("1", "1", "2", "0", "1"):
        project.script(WORK + LOOPS[name].replace("EDIT", value))
        project.run(env=ALL, options=("--policy", policy), stderr=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_whose_body_is_edited_gives_what_python_gives(project: Project, name: str) -> None:
    text = WORK + LOOPS[name].replace("EDIT", "1")
    for marks in ("% 9", "% 8", "% 9 + 1"):
        project.script(text.replace("% 9", marks))
        project.run(env=ALL, stderr=True)


ERRORS = {
    "not_iterable": "for i in 5:\n    work(i)\n",
    "unpacking": "for a, b in [(1, 2), 3]:\n    print(work(a) % 9)\n",
    "in_iterator": "def items():\n    yield 1\n    raise ValueError('no more')\nfor i in items():\n    print(i, work(i) % 9)\n",
    "in_body": "for i in range(3):\n    n = work(i) % 9\n    print(n, 1 / (1 - i))\n",
    "in_condition": "n = 1\nwhile 1 / n:\n    n -= 1\n    print(work(n) % 9)\n",
    "in_function": "def train(n):\n    print('begin')\n    for i in range(n):\n        value = work(i) % 9\n        value / (1 - i)\n    return value\nprint(train(3))\n",
    "in_rest": "for i in range(9):\n    n = work(1) % 9\n    print([1, 2, 3, 4][i])\n",
    "unbound": "def f():\n    for i in []:\n        work(i)\n    print('behind')\n    return i\nf()\n",
    "in_turn": "for i in range(3):\n    if work(i) and 1 / (1 - i) < 0:\n        continue\n    print(i)\n",
}  # fmt: skip


@pytest.mark.parametrize("everything", [True, False], ids=["passes", "rest"])
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_in_a_loop_is_shown_as_python_shows_it(project: Project, name: str, everything: bool) -> None:
    project.script(WORK + ERRORS[name])
    for _ in range(2):
        project.run(env=ALL if everything else {"MLITER_PASSES_FROM": "99"}, stderr=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", LOOPS)
def test_the_rest_of_a_loop_done_at_once_gives_what_python_gives(project: Project, name: str) -> None:
    for value in ("1", "1", "2"):
        project.script(WORK + LOOPS[name].replace("EDIT", value))
        project.run(env={"MLITER_PASSES_FROM": "99"}, stderr=True)


def test_what_stands_behind_a_loop_is_explained_with_its_value(project: Project) -> None:
    project.script(SLOW + "total = 0\nfor n in range(3):\n    total += work(n)\nfinal = sum(work(total % k) for k in (5, 7, 9, 11))\nprint(final)\n")
    project.run(env=ALL, options=("--policy", "always"))
    command = [sys.executable, "-m", "mliter_tui", "why", "--json", "--cache", str(project.cache), "train.py:7"]
    told = subprocess.run(command, cwd=project.folder, env=project.environment(ALL), capture_output=True, check=True)
    (node,) = json.loads(told.stdout)["nodes"]
    assert [value["kept"] for value in node["values"] if value["name"] == "final"] == [True]
