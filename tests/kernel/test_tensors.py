"""Tensors of torch: by content with gradients and graphs, stored with the memory they share."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernel.surroundings import Surroundings, back, fp, look

from mliter_tui.kernel import optimizers
from mliter_tui.kernel.identity import identity

torch: Any = pytest.importorskip("torch", reason="torch is not installed (pip install torch)")


def trained() -> Any:
    """A layer with gradients, and its optimizer after a step."""
    torch.manual_seed(0)
    layer = torch.nn.Linear(3, 2)
    optimizer = torch.optim.Adam(layer.parameters())
    layer(torch.ones(4, 3)).pow(2).sum().backward()
    optimizer.step()
    return layer, optimizer


def parameter() -> Any:
    made = torch.nn.Parameter(torch.arange(3.0))
    made.grad = torch.ones(3)
    made.note = "own"
    return made


KINDS: dict[str, Any] = {
    "floats": lambda: torch.arange(6.0).reshape(2, 3), "transposed": lambda: torch.arange(6.0).reshape(2, 3).t(),
    "bools": lambda: torch.tensor([True, False]), "half": lambda: torch.ones(3, dtype=torch.bfloat16),
    "complex": lambda: torch.tensor([1 + 2j, 3 - 1j]).conj(), "empty": lambda: torch.empty(0, 4),
    "single": lambda: torch.tensor(3), "part": lambda: torch.arange(10.0)[3:5],
    "expanded": lambda: torch.ones(1, 3).expand(4, 3), "parameter": parameter, "trained": trained,
    "model": lambda: torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.Dropout(0.1), torch.nn.ReLU()),
    "tied": lambda: [p := torch.nn.Parameter(torch.ones(2)), p], "dtype": lambda: [torch.float16, torch.device("cpu")],
    "views": lambda: [t := torch.arange(6.0), t[:3], t[2:]], "needs a gradient": lambda: torch.ones(2).requires_grad_(),
    "generator": lambda: torch.Generator().manual_seed(3), "frozen": lambda: torch.nn.Parameter(torch.ones(2), False),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_comes_back_as_it_was(kind: str, tmp_path: Path) -> None:
    value = KINDS[kind]()
    found = look(value)
    assert found.exact and found.storable
    assert fp(KINDS[kind]()) == found.fp, "equal values are equal in every process"
    loaded = back(tmp_path, value=value)
    assert type(loaded) is type(value) and fp(loaded) == found.fp


def test_what_a_pickle_of_torchs_own_leaves_out_is_there(tmp_path: Path) -> None:
    layer, optimizer = back(tmp_path, value=trained())
    before, _ = trained()
    assert torch.equal(layer.weight.grad, before.weight.grad)
    assert optimizer.param_groups[0]["params"][0] is layer.weight
    whole, first, _ = back(tmp_path, value=KINDS["views"]())
    first[0] = 9.0
    assert whole[0] == 9.0 and whole.untyped_storage().data_ptr() == first.untyped_storage().data_ptr()
    whole.resize_(20)


@pytest.mark.filterwarnings("error")
def test_an_optimizer_comes_back_with_the_scheduler_that_counts_its_steps(tmp_path: Path) -> None:
    optimizer = torch.optim.SGD([parameter()], lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    optimizer.step()
    assert look([optimizer, scheduler]).storable
    optimizer, scheduler = back(tmp_path, value=[optimizer, scheduler])
    assert fp([optimizer, scheduler]) == fp(back(tmp_path, value=[optimizer, scheduler]))
    scheduler.step()  # it would warn if it did not know of the step before
    assert scheduler.optimizer is optimizer and scheduler.get_last_lr() == [0.05]
    optimizer.register_step_pre_hook(print)
    assert not look(optimizer).storable


def test_an_optimizer_with_a_pickle_of_its_own_keeps_to_it(tmp_path: Path) -> None:
    class Own(torch.optim.SGD):
        def __getstate__(self) -> dict[str, Any]:
            return {**super().__getstate__(), "note": "own"}

    assert not optimizers.is_usual(Own([parameter()], lr=0.5))
    assert optimizers.is_usual(torch.optim.SGD([parameter()], lr=0.5))


CHANGES: dict[str, Any] = {
    "element": lambda p: p.data.__setitem__(0, 7.0), "gradient": lambda p: p.grad.zero_(),
    "no gradient": lambda p: setattr(p, "grad", None), "needs": lambda p: p.requires_grad_(False),
    "attribute": lambda p: setattr(p, "note", "other"), "shape": lambda p: setattr(p, "data", p.data.reshape(3, 1)),
    "dtype": lambda p: (setattr(p, "grad", None), setattr(p, "data", p.data.int().float().double())),
    "hook": lambda p: p.register_hook(abs),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_shows(change: str) -> None:
    value = parameter()
    before = fp(value)
    CHANGES[change](value)
    assert fp(value) != before


def test_of_two_tensors_in_one_storage_it_shows_where_they_lie() -> None:
    t = torch.zeros(6)
    assert len({fp([t[:3], t[3:]]), fp([t[:3], t[2:5]]), fp([t[:3], t[3:].clone()])}) == 3


def reached(value: Any, layer: Any) -> set[str]:
    """Which parameters of a layer a value reaches."""
    mutable = look(value).mutable
    return {name for name, each in layer.named_parameters() if identity(each) in mutable}


def test_a_graph_reaches_what_a_backward_pass_changes_until_it_is_released() -> None:
    layer = torch.nn.Linear(3, 1)
    loss = layer(torch.ones(2, 3)).pow(2).mean()
    found = look(loss)
    assert not found.storable and reached(loss, layer) == {"weight", "bias"}
    assert look(copy.copy(layer)).storable
    loss.backward(retain_graph=True)
    assert reached(loss, layer) == {"weight", "bias"}
    loss.backward()
    assert reached(loss, layer) == set() and not look(loss).storable


def test_a_graph_that_saved_nothing_is_never_released() -> None:
    layer = torch.nn.Linear(3, 1)
    loss = layer.weight.sum() + (layer.bias * layer.bias).sum()
    loss.backward()
    assert reached(loss, layer) == {"weight"}  # a second pass would still come through to it


def test_a_graph_reaches_the_backward_pass_that_the_user_wrote() -> None:
    context = Surroundings()
    names = context.run("""
    import torch
    calls = []
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a * a
        @staticmethod
        def backward(ctx, g):
            calls.append(1)
            return g * 2 * ctx.saved_tensors[0]
    loss = Square.apply(torch.ones(2, requires_grad=True)).sum()
    """)
    assert "calls" in look(names["loss"], context).refs


def test_a_graph_goes_by_the_node_that_made_it() -> None:
    layer = torch.nn.Linear(3, 1)
    loss = layer(torch.ones(2, 3)).sum()
    assert look(loss, Surroundings("a")).fp == look(loss, Surroundings("a")).fp != look(loss, Surroundings("b")).fp
    plain = loss.detach()
    assert look(plain, Surroundings("a")).fp == look(plain, Surroundings("b")).fp


def test_a_graph_with_functions_of_torchs_own_in_python_can_be_read() -> None:
    layer = torch.nn.Linear(3, 1)
    layer.register_full_backward_hook(lambda module, given, out: None)
    loss = layer(torch.ones(2, 3)).sum()
    assert reached(loss, layer) == {"weight", "bias"}
    loss.backward()
    look(loss)


def test_hooks_of_the_user_for_what_a_graph_saves_are_not_called() -> None:
    called: list[str] = []

    def unpack(saved: Any) -> Any:
        called.append("unpack")
        return saved

    x = torch.ones(3, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpack):
        loss = (x * x).sum()
    look(loss)
    loss.backward()
    count = len(called)
    assert not look(loss).storable and len(called) == count


def test_memory_in_common_with_an_array_is_not_stored() -> None:
    array = np.arange(4.0)
    assert not look([array, torch.from_numpy(array)]).storable
    assert look(torch.from_numpy(array)).storable


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "special",
    [
        lambda: torch.eye(2).to_sparse(), lambda: torch.empty(2, device="meta"),
        lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        lambda: type("Own", (torch.Tensor,), {})([1.0]),
    ],
)  # fmt: skip
def test_special_kinds_are_not_claimed_to_be_known(special: Any) -> None:
    found = look(special())
    assert not found.exact and not found.storable
