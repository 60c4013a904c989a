"""Small random programs and edits of them, as hypothesis strategies.

A program is made of whole statements over a fixed pool of names, each of one type, that a header binds: so most
programs, and most edits of them, run to their end. What raises is a test as well. Every program is deterministic
under a fixed PYTHONHASHSEED: it seeds the streams that it draws from, and asks for no time, id or address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from hypothesis import strategies as st

# What stands for a placeholder: {i} an int, {l} a list, {d} a dict of values by int, {s} a set of int, {g} a function
# of one value, {h} a function that changes the list given, {p} a function without arguments, {o} an object, {w} a file.
POOL = {
    "i": ("i0", "i1", "i2"), "l": ("l0", "l1", "l2"), "d": ("d0", "d1"), "s": ("s0",), "g": ("g0", "g1"),
    "h": ("h0", "h1"), "p": ("p0", "p1"), "o": ("o0", "o1"), "w": ("out0.txt", "out1.txt"), "t": ("t0", "t1"),
}  # fmt: skip

HEADER = (
    "import random",
    "import helpers",
    "from helpers import scale, push, LIMITS",
    "random.seed(7)",
    "i0 = 1", "i1 = 2", "i2 = 3",
    "l0 = [1, 2]", "l1 = []", "l2 = [3]",
    "d0 = {1: 2}", "d1 = {}",
    "s0 = {1, 9}",
    "t0 = 'ab'", "t1 = (1, l0)",
    "def g0(x):\n    return x",
    "def g1(x, k=2):\n    return (x, k, i0)",
    "def h0(x):\n    x.append(5)",
    "def h1(x):\n    x.append(len(l0))",
    "def p0():\n    return i1",
    "def p1():\n    global i2\n    i2 += 1\n    return i2",
    "class Box:\n    shared = []\n    limit = 4\n    def __init__(self, n):\n        self.n = n\n"
    "        self.own = l2\n    def add(self, x):\n        self.n += 1\n        self.shared.append(x)\n"
    "        self.own.append(x)",
    "class Crate(Box):\n    kinds: dict = {}\n    def __init__(self, n):\n        super().__init__(n)\n"
    "        self.kinds[len(self.kinds)] = n",
    "o0 = Box(1)", "o1 = Crate(2)",
    "it = iter(l0)",
)  # fmt: skip

# Statements for any frame: they call functions of the script but define none.
COMMON = (
    "{i} = {n}", "{i} = {i} + {n}", "{i} = {i} * {n} - {i}", "{i} += {n}", "{i} = len({l}) + {n}", "{i} = len({d})",
    "{l} = [{n}, {i}]", "{l} = {l}", "{l} = {l}[:3]", "{l} = [{l}, {l}]", "{l} = [x for x in {l}[:4]]",
    "{l} = sorted({s})", "{l} = [{t}, {t}]",
    "{l}.append({n})", "{l}.append({i})", "{l}.append({l})", "{l} += [{n}]", "{l}.extend({l}[:2])",
    "{l}.insert(0, {n})", "{l}[0:1] = [{n}, {i}]", "{l}.reverse()", "del {l}[:1]", "{l}.clear()",
    "{d} = {{{n}: {i}}}", "{d} = {d}", "{d} = dict({d})", "{d}[{n}] = {i}", "{d}[{n}] = {l}", "{d}.update({d})",
    "{d}.pop({n}, None)", "{d}.setdefault({n}, []).append({n}) if {n} not in {d} else None",
    "{s} = {{{n}, {i}}}", "{s}.add({n})", "{s} |= {{{n}, {n}}}", "{s}.discard({n})", "{s} = set(x for x in range({n}))",
    "{t} = ({i}, {l})", "{t} = str({i})", "{t} = {t}",
    "{o} = {o}", "{o} = Box({n})", "{o}.add({n})", "{o}.n = {n}", "{o}.own = {l}", "Box.shared = [{n}]",
    "Box.shared.append({n})", "{o} = Crate({n})", "type({o}).shared.append({n})", "{l} = {o}.shared",
    "Crate.shared = {l}", "Box.limit = {n}", "Crate.limit = {i}", "{i} = {o}.limit", "type({o}).limit += {n}",
    "Crate.kinds[{n}] = {i}",
    "{d} = Crate.kinds", "Box.add.calls = {n}", "{i} = getattr({o}.add, 'calls', {n})", "{i} = len(Crate.kinds) + {n}",
    "{l}, {l} = {l}, {l}", "{i} = {i} if {i} > {n} else {n}",
    "if {i} > {n}:\n    {l}.append({n})\nelse:\n    {d}[{n}] = {n}",
    "for x in range({n} % 4):\n    {l}.append(x)", "for x in {l}[:3]:\n    {d}[len({d})] = x",
    "while l1 == [{n}]:\n    l1.append({i})",
    "for x in {l}[:3]:\n    {i} = len(str({g}(x)))\n    if {i} > {n}:\n        continue\n    {l}.append(x)",
    "for x in list({l}):\n    {h}({l})\n    if len({l}) > {n}:\n        break\n    {d}[{n}] = {g}({i})",
    "for k, x in enumerate({l}[:3]):\n    {l} = [{g}(x)]\n    for y in range({n} % 3):\n        {i} += len({g}(y))\n"
    "    print(k, {i})",
    "for k in {d}:\n    {i} = {p}()\n    {d}[k] = {n}", "for x in {s}:\n    {t} = ({g}(x), {n})",
    "for {o} in [{o}, Box({n})]:\n    {o}.add({n})\n    {h}({o}.own)", "for x in it:\n    {d}[len({d})] = {g}(x)",
    "while i1 < {n}:\n    i1 += 1\n    {l}.append({g}(i1))", "for x in (y + {i} for y in {l}[:2]):\n    {h}({l})",
    "if {i} > {n}:\n    {l} += [{g}({n})]\n    {i} = {p}()\nelif {i} % 2:\n    {h}({l})\nelse:\n    {d}[1] = {g}({i})",
    "if {g}({i}) in {l}:\n    {h}({l})\n    print({l})\nprint({i})", "if {l} and {p}():\n    {o}.add({g}({n}))",
    "for x in {l}[:3]:\n    if len({l}) > {n}:\n        {i} = {p}()\n        break\n    elif {i} % 2:\n"
    "        {h}({l})\n        continue\n    {d}[{n}] = {g}(x)",
    "if random.random() < {n} / 9:\n    for x in range({n} % 3):\n        {l}.append({g}(x))\nelse:\n    {h}({l})",
    "{l} = [{g}(x) for x in {l}[:3]]", "{l} = [{g}({i}) for x in range({n} % 4) if {g}(x) != {n}]",
    "{d} = {{k: {g}(v) for k, v in {d}.items()}}", "{i} = len([{p}() for x in {l}[:2]])",
    "{l} = [(x, {p}(), random.random()) for x in range({n} % 3)]", "print([{g}({l}) for {i} in {l}[:2]], {i})",
    "for x in {l}[:3]:\n    if {g}(x) == {n}:\n        break\nelse:\n    {l}.append({g}({i}))\n    print({i})",
    "for x in range({n} % 3):\n    while i1 < {n}:\n        i1 += 1 + len(str({g}(x)))\n        if i1 % 3 == 0:\n"
    "            break\n    else:\n        {h}({l})\n        continue\n    {l}.append({p}())",
    "while True:\n    i2 += 1\n    {l}.append({p}())\n    if i2 > {n} % 7:\n        break\n    print(random.random())",
    "for {i} in range({n} % 4):\n    try:\n        {l}.append({g}({d}[{i}]))\n    except KeyError:\n        continue\n"
    "    print({i}, random.random())",
    "for _ in range(2):\n    with open('{w}', 'a') as f:\n        f.write(str({g}({n})))\n"
    "    print(open('{w}').read())",
    "try:\n    {i} = {d}[{n}]\nexcept KeyError:\n    {l}.append({n})",
    "try:\n    {l}.append({n})\n    {n} // 0\nexcept ZeroDivisionError as error:\n    print(error)",
    "assert {i} > -{n}, {i}",
    "{h}({l})", "{i} = len(str({g}({n})))", "{l} = [{g}({i})]", "{i} = {p}()", "{p}()", "print({g}({n}))",
    "{l}.append(next(it, None))", "{h}({o}.own)",
    "{i} = random.randrange({n} + 1)", "{l}.append(random.randrange(90))", "random.shuffle({l})", "random.seed({n})",
    "{i} = scale({i} % 50)", "push({n})", "print(LIMITS, helpers.STATE)", "LIMITS.append({n})", "{l} = LIMITS",
    "helpers.FACTOR = {n}", "helpers.STATE.append({n})", "{i} = helpers.deep.twice({n})", "print(helpers.tail({l}))",
    "with open('{w}', 'w') as f:\n    f.write(str({i}))", "with open('{w}', 'a') as f:\n    print({n}, {i}, file=f)",
    "with open('{w}', 'w') as f:\n    f.write(str({l}))\nwith open('{w}', 'a') as f:\n    f.write('{n}')",
    "print(open('data.txt').read())", "{i} = len(open('data.txt').readlines())",
    "try:\n    print(open('{w}').read())\nexcept OSError:\n    print('none')",
    "import os; print(os.path.exists('{w}'))", "import os\nif os.path.exists('{w}'):\n    os.remove('{w}')",
    "({l} if {i} > {n} else {l}).append({n})", "({l} or {l}).append({n})", "({l} and {l})[:1] = [{n}]",
    "({d} if {i} % 2 else {d})[{n}] = {i}", "[{l}, {l}][{n} % 2].append({i})", "max({l}, {l}, key=len).append({n})",
    "list.append({l}, {n})", "dict.update({d}, {d})", "getattr({l}, 'append')({n})", "(x := {l}).append({n})",
    "{l} = {l} or [{n}]", "{l} = {l} if {i} > {n} else []\n{l}.append({n})", "{l} = x = [{n}]\nx.append({i})",
    "[x.append({n}) for x in ({l}, {l})]", "for x in ({l}, {l}):\n    x += [{n}]",
    "first, *rest = [{l}, {l}]\nfirst += rest",
    "{d} |= {{{n}: {l}}}", "{t} += ({n},)", "{i} += {i} if {i} > {n} else {n}", "{d}[{n}] = {l}\n{d}[{n}] += [{i}]",
    "match {l}:\n    case [x, *rest] if x == {n}:\n        rest.append(x)\n    case rest:\n        rest.append({n})",
    "print({i}, {l})", "print({l}, {l})", "print({l} is {l}, {d} is {d})", "print({d}, {s})", "print({o}.n, {o}.own)",
    "print({o}.own is {l}, {o} is {o}, Box.shared)", "print({t}, {i})", "print({i})", "print('say', {n})",
)  # fmt: skip

# Statements of the module only: what defines and deletes.
MODULE = (
    "def {g}(x, k={n}):\n    return (x, k)", "def {g}(x, k={i}):\n    return (x, k, {i})",
    "def {g}(x, kept=[]):\n    kept.append(x)\n    return list(kept)",
    "def {g}(x, kept={l}):\n    kept.append({n})\n    return len(kept)",
    "{g} = lambda x: (x, {i}, {n})", "{g} = lambda x, k={i}: [x, k]", "def {g}(x):\n    return [scale({n}), x]",
    "def {g}(x):\n    inner = [y + {n} for y in range(2)]\n    return inner, {p}()",
    "{g} = {g}",
    "def {h}(x):\n    x.append({n})\n    {l}.append({n})", "def {h}(x):\n    x += [{i}]",
    "def {h}(x):\n    del x[:{n} % 2]",
    "def {h}(x):\n    rows = x or []\n    rows.append({n})\n    return len(rows)",
    "def {h}(x):\n    rows = [] if {i} > {n} else x\n    rows += [{n}]\n    print(len(rows))",
    "def {h}(x):\n    rows, count = [], 0\n    rows += x[:2]\n    count += len(rows)\n    print(count, {n})",
    "def {h}(x):\n    rows = []\n    rows.append({n})\n    rows = again = x\n    rows.append(again is x)",
    "def {h}(x):\n    (x if {i} > {n} else {l}).append({n})", "def {h}(x):\n    list.append(x, {n})",
    "def {h}(x):\n    for row in (x, {l}):\n        row.append({n})", "def {h}(x):\n    [x, {l}][{n} % 2].append({n})",
    "def {h}(x):\n    {g}(x)\n    x.append({n})", "def {g}(x):\n    return {p}()",
    "def {h}(x):\n    {d}[{n}] = x", "{h} = {h}", "{h} = {l}.append",
    "def {p}():\n    global {i}\n    {i} += {n}\n    return {i}", "def {p}():\n    {o}.add({n})\n    return {o}.n",
    "def {p}():\n    {p}.calls = getattr({p}, 'calls', 0) + {n}\n    return {i}",
    "def {p}():\n    print('call', {n})\n    return {n}",
    "def make(n, store):\n    def count():\n        nonlocal n\n"
    "        n += {n}\n        store.append(n)\n        return n\n"
    "    return count\n{p} = make({n}, {l})",
    "def {p}():\n    push({n})\n    return random.randrange({n} + 9)",
    "def {p}():\n    return len(open('data.txt').read()) + {n}",
    "del {l}", "del {i}", "{l} = [{n}]", "it = iter({l})", "it = (x + {n} for x in range(3))",
    "{o}.hook = {h}", "getattr({o}, 'hook', h0)({l})", "globals()['{i}'] = {n}",
    "Box.add = lambda self, x: self.own.append(x + {n})",
    "from helpers import scale", "import helpers as again; again.STATE.append({n})",
)  # fmt: skip

KINDS = ("constant", "insert", "delete", "swap", "copy", "helpers", "data", "remove", "revert", "same")
ALL = "print(i0, i1, i2, l0, l1, l2, d0, d1, s0, t0, t1, o0.n, o0.own, o1.n, Box.shared, helpers.STATE, LIMITS)"

HELPERS = (
    "import deep", "FACTOR = 3", "STATE = []", "LIMITS = [4]", "OFFSET = 1",
    "def scale(x):\n    return x * FACTOR + OFFSET", "def push(x):\n    STATE.append(x + 2)\n    return STATE",
    "def tail(x, n=2):\n    return x[-n:] + LIMITS[:1]",
)  # fmt: skip
DEEP = ("BASE = 2", "def twice(x):\n    return x * BASE + 1")


@dataclass(frozen=True)
class Program:
    """A script, its two modules and its data. Every entry is one top-level statement (in `main`, `part`: of those).

    `part` is called twice from the module and, where there is one, from main.
    """

    body: tuple[str, ...]
    main: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    helpers: tuple[str, ...] = HELPERS
    deep: tuple[str, ...] = DEEP
    data: str = "one\ntwo\n"

    def files(self) -> dict[str, str]:
        """Text of each file by its name."""
        text = "\n".join(self.body) + "\n"
        if self.part:
            lines = "\n".join(("i1, d0, t0 = 4, {2: l0}, 'cd'", *self.part, "return i0, l0")).replace("\n", "\n    ")
            text += f"def part(i0, l0, l1=None):\n    global i2, l2, d1, s0, t1, o0, o1\n    {lines}\n"
            text += "i0, l0 = part(i1, l2)\nprint(i0, l0)\nl1.append(part(i0, l0, l1=[7]))\nprint(l1, i2, l2)\n"
        if self.main:
            called = ("i0, l1 = part(i1, [i0], l1)",) if self.part else ()
            local = ("i0, i1, l0, l1, d0, t0 = 4, 5, [6], [], {2: 8}, 'cd'", *called, *self.main)
            lines = "\n".join(local).replace("\n", "\n    ")
            text += f"def main():\n    global i2, l2, d1, s0, t1, o0, o1\n    {lines}\n"
            text += "if __name__ == '__main__':\n    main()\n"
        helpers, deep = "\n".join(self.helpers) + "\n", "\n".join(self.deep) + "\n"
        return {"train.py": text, "helpers.py": helpers, "deep.py": deep, "data.txt": self.data}


@dataclass(frozen=True)
class Edit:
    """What is done between two runs: to the program, and to the files beside it (`removed`)."""

    name: str
    program: Callable[[Program, Program], Program]
    removed: str | None = None

    def __repr__(self) -> str:
        return f"Edit({self.name})"


@st.composite
def statements(draw: st.DrawFn, templates: tuple[str, ...]) -> str:
    """One statement from the templates, its placeholders filled."""
    template = draw(st.sampled_from(templates))
    text = re.sub(r"\{n\}", lambda m: str(draw(st.integers(0, 40))), template)
    text = re.sub(r"\{([a-z])\}", lambda m: draw(st.sampled_from(POOL[m[1]])), text)
    return text.replace("{{", "{").replace("}}", "}")


@st.composite
def programs(draw: st.DrawFn, least: int = 4, most: int = 25) -> Program:
    """A program whose own statements, after the header, number `least` to `most`."""
    body = draw(st.lists(statements(COMMON + MODULE), min_size=least, max_size=most))
    main = draw(st.one_of(st.just([]), st.lists(statements(COMMON), min_size=1, max_size=8)))
    part = draw(st.one_of(st.just([]), st.lists(statements(COMMON), min_size=2, max_size=6)))
    ending = (ALL,) if draw(st.booleans()) else ()
    return Program((*HEADER, *body, *ending), tuple(main), tuple(part))


def _constant(text: str, which: int, value: int) -> str:
    """`text` with one of its integers changed."""
    found = list(re.finditer(r"(?<![\w.'])\d+(?![\w.'])", text))
    if not found:
        return text
    one = found[which % len(found)]
    return f"{text[: one.start()]}{value}{text[one.end() :]}"


def _at(where: str, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Callable[[Program, Program], Program]:
    def edit(now: Program, first: Program) -> Program:
        lines = getattr(now, where)
        return replace(now, **{where: change(lines)}) if lines else now

    return edit


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """One edit, of any program: positions count from the end, where the statements that differ stand."""
    kind = draw(st.sampled_from(KINDS))
    where = draw(st.sampled_from(("body", "body", "main", "part")))
    place = draw(st.integers(1, 26))
    value = draw(st.integers(0, 40))

    def spot(lines: tuple[str, ...]) -> int:
        return max(len(lines) - place, 0)

    if kind == "insert":
        new = draw(statements(COMMON + MODULE if where == "body" else COMMON))
        return Edit(f"insert {new!r} {place} {where}", _at(where, lambda s: (*s[: spot(s)], new, *s[spot(s) :])))
    if kind == "remove":
        return Edit("remove a file", lambda now, first: now, draw(st.sampled_from(POOL["w"])))
    if kind == "data":
        return Edit("data", lambda now, first: replace(now, data=f"three {value}\n"))
    if kind == "revert":
        return Edit("revert", lambda now, first: first)
    if kind == "same":
        return Edit("same", lambda now, first: now)
    if kind == "helpers":
        where = draw(st.sampled_from(("helpers", "deep")))
    changes: dict[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
        "delete": lambda s: (*s[: spot(s)], *s[spot(s) + 1 :]),
        "swap": lambda s: (*s[: spot(s)], *s[spot(s) : spot(s) + 2][::-1], *s[spot(s) + 2 :]),
        "copy": lambda s: (*s[: spot(s)], s[spot(s)], *s[spot(s) :]),
    }

    def constant(s: tuple[str, ...]) -> tuple[str, ...]:
        return (*s[: spot(s)], _constant(s[spot(s)], value, value), *s[spot(s) + 1 :])

    return Edit(f"{kind} {place} {value} {where}", _at(where, changes.get(kind, constant)))
