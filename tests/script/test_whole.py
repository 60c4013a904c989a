"""What is not taken apart says why, in a sentence."""

from __future__ import annotations

import pytest

from mliter_tui.script.building import Steps
from mliter_tui.script.reading import always, read_script

CLASS = "class T:\n    def fit(self):\n        self.a = g()\n        self.b = g()\n        return self\n"
LEFT = {
    "for x in g():\n    fit(x)\n": "the loop may have many items: neither its text nor a variable says how many",
    "while True:\n    print(1)\n": "the loop calls nothing that takes long",
    "for x in [1, 2]:\n    fit(x)\n": "the passes of the loop took too little time",
    "if x:\n    import y\n    fit(y)\n": "the branches import or define something",
    "if x:\n    print(x)\n": "the branches call nothing that takes long",
    "with open('f') as f:\n    fit(f)\n": "there is one statement in the with",
    "with open('f') as f:\n    x = 1\n    print(x)\n": "the with calls nothing that takes long",
    "with Model() as m:\n    fit(m)\n    fit(m)\n":
        "what Model does to the process while the with goes on is not known",
    "with lock:\n    fit(1)\n    fit(2)\n": "nothing is called to make the context of the with",
    "with open('f') as (a, b):\n    fit(a)\n    fit(b)\n": "what the with binds is more than a name",
    "with catch_warnings(record=True) as w:\n    fit(1)\n    fit(2)\n": "the with records warnings",
    "for x in [1, 2]:\n    with open('f') as f:\n        fit(f)\n        break\n":
        "the passes of the loop took too little time",
    "try:\n    fit(1)\nfinally:\n    pass\n": "there is one statement in the try",
    "try:\n    import x\n    fit(1)\nexcept ImportError:\n    pass\n": "the try imports or defines something",
    "try:\n    x = 1\nexcept ValueError:\n    fit(2)\n": "the try calls nothing that takes long",
    "try:\n    fit(1)\n    fit(2)\nexcept* ValueError:\n    pass\n": "what is inside a try is not taken apart",
    "def f(x):\n    yield x\nf(1)\n": "f() is a generator",
    "@wraps\ndef f(x):\n    return x\nf(1)\n": "f() has a decorator",
    "def f(*x):\n    return x\nf(1)\n": "f() takes any number of arguments",
    "def f(x):\n    return locals()\nf(1)\n": "f() uses locals",
    "def f(x):\n    y = g(x)\n    return y\nf(1)\n": "f() has too little in it",
    "def f(x):\n    y = g(x)\n    y = g(y)\n    return y\nz = f(1) + f(2)\n":
        "the call of f() is part of a larger expression, or its arguments cannot be told from the text",
    "def f(x):\n    y = g(x)\n    y = g(y)\n    return y\nz = [f(1)]\nf = None\n": "f() may be bound anew",
    "z = g(1)\n": "",
    f"{CLASS}T().other()\n": "",
    f"{CLASS}z = [T().fit()]\n":
        "the call of fit() is part of a larger expression, or its arguments cannot be told from the text",
    f"{CLASS}for t in ts:\n    t.fit()\n": "the passes of the loop took too little time",
    f"{CLASS}t = T()\nt = h(t)\nt.fit()\n":
        "of which class the object is whose fit() is called cannot be told from the text",
    f"{CLASS}ts[0].fit()\n": "of which class the object is whose fit() is called cannot be told from the text",
    CLASS.replace("    def", "    @wraps\n    def") + "T().fit()\n": "T.fit() has a decorator",
    CLASS.replace("return self", "yield self") + "T().fit()\n": "T.fit() is a generator",
    CLASS.replace("g()", "super().g()") + "t = T()\nt.fit()\n": "T.fit() uses super",
    CLASS + "    fit = wraps(fit)\nT().fit()\n":
        "T.fit() may be bound anew, or is another one in a class that it is derived from",
}  # fmt: skip


@pytest.mark.parametrize("text", LEFT)
def test_the_obstacle_is_named(text: str) -> None:
    script = read_script(text, "train.py", steps=Steps(always, lambda whole, hints: None))
    told = [node.whole for node in script.nodes if node.kind != "def"]
    assert next(filter(None, told), "") == LEFT[text]


def test_a_call_that_did_not_pay_says_so_and_one_that_is_taken_apart_says_nothing() -> None:
    text = "def f(x):\n    y = g(x)\n    y = g(y)\n    return y\nz = f(1)\nif z:\n    f(2)\n"
    steps = Steps(lambda *_: False, lambda whole, hints: None)
    told = {node.lines[0]: node.whole for node in read_script(text, "train.py", steps=steps).nodes}
    assert told == {1: "", 5: "the call of f() took too little time", 6: "the branches took too little time"}
    assert not any(node.whole for node in read_script(text, "train.py").nodes)
