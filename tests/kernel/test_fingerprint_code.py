"""Fingerprints of code, and of what cannot be read."""

from __future__ import annotations

import logging
import sys
import textwrap
import threading
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kernel.surroundings import Surroundings, look

from mliter_tui.kernel import plain
from mliter_tui.kernel.identity import identity


class Thing:
    def __init__(self, part: Any = None) -> None:
        self.part = part


def test_a_function_of_the_script() -> None:
    context = Surroundings()
    names = context.run("""
        import numpy as np
        rate = 0.1
        def step(x, history=[]):
            "Says what it does."
            return helper(x) * rate + np.mean(len(history))
        def same(x, history=[]):

            return helper(x) * rate + np.mean(len(history))
        step2 = step
    """)
    found = look(names["step"], context)
    assert found.refs == {"helper", "len", "rate", "np"} and found.requires == {"step"}
    assert found.storable and found.exact
    assert found.mutable == {identity(names["step"].__defaults__[0])}
    names["step"].__defaults__[0].append(1)
    assert look(names["step"], context).fp != found.fp
    names["step"].__defaults__[0].clear()
    step = "def step(x, history=[]):\n    return helper(x) * rate + np.mean(len(history))"
    other = Surroundings()
    again = other.run("import numpy as np\nrate = 2\n" + step)
    assert look(again["step"], other).fp == found.fp
    changed = Surroundings()
    edited = changed.run("import numpy as np\n" + step.replace("rate +", "rate -"))
    assert look(edited["step"], changed).fp != found.fp
    del names["step"]
    assert not look(names["step2"], context).storable


def test_closures_are_content_unless_the_cell_is_a_name() -> None:
    context = Surroundings()
    names = context.run("""
        def outer(kept):
            def inner():
                return kept
            return inner
        one, two, three = outer(1), outer(1), outer(2)
    """)
    one, two, three = names["one"], names["two"], names["three"]
    assert look(one, context).fp == look(two, context).fp != look(three, context).fp
    assert not look(one, context).storable
    context.cells = {identity(each.__closure__[0]): "outer.kept" for each in (one, three)}
    assert look(one, context).fp == look(three, context).fp
    assert "outer.kept" in look(one, context).refs


def test_a_class_of_the_script_and_its_instances() -> None:
    source = """
        class Model:
            "A model."
            scale = 2
            shared = []
            def fit(self, x):
                self.x = fetch(x)
                return self
        model = Model()
        model.w = [1]
    """
    context = Surroundings()
    names = context.run(source)
    found = look(names["model"], context)
    assert found.requires == {"Model"} and "fetch" in found.refs and found.storable
    shared = identity(names["Model"].shared)
    assert shared not in found.mutable and shared in look(names["Model"], context).mutable  # it is the class's
    moved, edited = Surroundings(), Surroundings()
    further_down = "\n\n" + textwrap.dedent(source).replace("A model", "The model")
    assert look(moved.run(further_down)["model"], moved).fp == found.fp
    assert look(edited.run(source.replace("scale = 2", "scale = 3"))["model"], edited).fp != found.fp
    names["Model"].shared.append(1)
    assert look(names["model"], context).fp != found.fp
    names["model"].w = names["Model"].shared
    aliased = look(names["model"], context)
    assert not aliased.storable  # a pickle of the instance would hold a copy of it
    assert shared in aliased.mutable


def test_definitions_of_local_modules_go_by_their_key() -> None:
    module = types.ModuleType("features")
    exec("def clean(x):\n    return x\nclass Step:\n    size = [1]\n    def run(self): return 1\n", vars(module))
    sys.modules["features"] = module
    try:
        context = Surroundings()
        context.local["features", "clean"] = "k1", frozenset({"mod:features:CFG"})
        context.local["features", "Step"] = "k2", frozenset()
        found = look([module.clean, module.Step()], context)
        assert found.refs == {"mod:features:CFG", "mod:features:clean", "mod:features:Step"}
        assert not found.requires and "features" not in found.packages
        context.local["features", "clean"] = ("k3", frozenset())
        changed = look([module.clean, module.Step()], context)
        assert changed.fp != found.fp
        module.Step.size.append(2)
        assert look([module.clean, module.Step()], context).fp != changed.fp
    finally:
        del sys.modules["features"]


def test_what_makes_a_value_unstorable() -> None:
    context = Surroundings()
    names = context.run("f = lambda x: x\ndef make():\n    class Inner: pass\n    return Inner\nInner = make()")
    for value in (names["f"], names["Inner"], names["Inner"](), np, {}.keys(), memoryview(b"a")):
        assert not look(value, context).storable and look(value, context).exact
    assert look(len).storable and look(np.mean).storable and look(pd.DataFrame).storable
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    assert not look(deep).storable


# -- what cannot be read -----------------------------------------------------------------------------------------------


def test_what_has_no_content_has_a_lineage(tmp_path: Path) -> None:
    import socket
    import sqlite3

    class Refuses:
        def __reduce__(self) -> Any:
            raise ValueError("no")

    with open(tmp_path / "file", "w") as file, socket.socket() as plug:
        base = sqlite3.connect(":memory:")
        for value in ((each for each in ()), file, plug, base, threading.Lock(), Refuses(), threading.Thread()):
            found = look([value])
            assert not found.exact and not found.storable
            assert identity(value) in found.mutable
            assert found.fp == look([value]).fp != look([value], Surroundings("another")).fp
        base.close()


def test_standard_streams_and_loggers_go_by_name() -> None:
    assert look(sys.stdout).exact and not look(sys.stdout).storable
    assert look(logging.getLogger("a")).fp != look(logging.getLogger("b")).fp
    assert look(logging.getLogger("a")).storable


def test_a_library_that_hides_its_state() -> None:
    kind = types.new_class("Figure", exec_body=lambda body: body.update(__module__="matplotlib.figure"))
    value = kind()
    value.title = "a"
    found = look({"figure": value})
    assert found.opaque == {"matplotlib"} and not found.storable and identity(value) in found.mutable
    value.title = "b"
    assert look({"figure": value}).fp == found.fp != look({"figure": value}, Surroundings("other")).fp


def test_depth_costs_no_stack() -> None:
    head = None
    for _ in range(30_000):
        head = Thing(head)
    found = look(head)
    assert found.exact and not found.storable and len(found.mutable) == 60_000
    while head is not None:  # freed one by one
        head = head.part


def test_tuples_shared_over_and_over_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from mliter_tui.kernel import walk

    monkeypatch.setattr(walk, "_MOST", 100_000)
    monkeypatch.setattr(plain, "_WIDTH", 10_000)
    many: Any = ()
    for _ in range(60):
        many = (many, many)
    assert not look(many).exact


