"""Training with torch: after any edit, what python prints, and only the epochs run that the edit reaches."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

pytest.importorskip("torch", reason="torch is not installed (pip install torch)")
PASSES = {"MLITER_PASSES_FROM": "0.002"}
pytestmark = pytest.mark.slow  # it takes seconds to be imported, in every run

DATA = """
import torch
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(1)
X = torch.randn(20000, 10)
y = X[:, :1] * 2 + 0.1 * torch.randn(20000, 1)
"""

EPOCHS = DATA + """

class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.first, self.second = nn.Linear(10, hidden), nn.Linear(hidden, 1)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return self.second(self.drop(torch.relu(self.first(x))))


def train_epoch(model, optimizer, batch=50):
    model.train()
    total = 0.0
    for i in range(0, len(X), batch):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(X[i:i + batch]), y[i:i + batch])
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


model = Net(16)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
for epoch in range(3):
    loss = train_epoch(model, optimizer)
    scheduler.step()
    print("epoch", epoch, round(loss, 4), scheduler.get_last_lr())
model.eval()
with torch.no_grad():
    predicted = model(X)
print("mse", round(float(((predicted - y) ** 2).mean()), 5), model.first.weight.grad.abs().sum())
torch.save(model.state_dict(), "model.pt")
"""

PLAIN = DATA + """
w = torch.zeros(10, 1, requires_grad=True)
half = X[:10000]
shared = half.numpy()
losses = []
for epoch in range(4):
    predicted = X @ w
    loss = ((predicted - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.05 * w.grad
    losses.append(loss.item())
    print("epoch", epoch, loss, w.grad[0])
    w.grad.zero_()
half[0] = 5.0
shared[1] = 6.0
print(X[:2], losses[-1], w.grad.sum(), loss)
"""


def test_more_epochs_resume_and_the_end_repeats_none(project: Project) -> None:
    def epochs() -> int:
        return sum(label.startswith("scheduler.step") for label in project.run(env=PASSES).computed)

    project.script(EPOCHS)
    assert epochs() == 3
    project.unchanged(env=PASSES)
    text = EPOCHS.replace('print("mse"', 'print("error"')
    project.script(text)
    assert epochs() == 0
    project.script(text.replace("range(3)", "range(5)"))
    assert 2 <= epochs() <= 3  # a step of the scheduler is cheaper to repeat than to load


EDITS = {
    "epochs": [
        ("range(3)", "range(4)"), ("lr=1e-3", "lr=2e-3"), ("Net(16)", "Net(8)"), ("batch=50", "batch=100"),
        ("Dropout(0.1)", "Dropout(0.2)"), ("total += loss.item()", "total += loss.item() / 2"), ("StepLR(optimizer, 2)",
        "StepLR(optimizer, 1)"), ("relu", "tanh"), ("manual_seed(0)", "manual_seed(1)"), ("abs().sum()", "mean()"),
        ("        optimizer.zero_grad()\n", "        optimizer.zero_grad(set_to_none=False)\n"),
    ],
    "plain": [
        ("range(4)", "range(6)"), ("0.05", "0.1"), ("w.grad[0]", "w.grad[1]"), ("    w.grad.zero_()\n", ""),
        ("half[0] = 5.0", "half[2] = 4.0"), ("X @ w", "X @ w + 0.1"), ("losses[-1]", "losses[0]"),
        (".mean()", ".sum()"),
        ("X[:10000]", "X[100:]"), ("print(X[:2]", "print(X[:3]"), ("loss.item()", "float(loss) * 2"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("policy", ["auto", "always"])
@pytest.mark.parametrize("name", EDITS)
def test_edits_of_a_training_give_what_python_gives(project: Project, name: str, policy: str) -> None:
    text = {"epochs": EPOCHS, "plain": PLAIN}[name]
    draw = random.Random(policy)
    edits = EDITS[name].copy()
    draw.shuffle(edits)
    project.script(text)
    project.run(options=("--policy", policy), env=PASSES)
    for before, after in [*edits, *edits[:2]]:
        assert before in text or after in text
        text = text.replace(before, after) if before in text else text.replace(after, before)
        project.script(text)
        project.run(options=("--policy", policy), env=PASSES)


CALLED = {
    "a function": "class Square(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a):\n        ctx.save_for_backward(a)\n        return a * a\n    @staticmethod\n    def backward(ctx, g):\n        calls.append(len(calls))\n        return g * 2 * ctx.saved_tensors[0]\nloss = Square.apply(x).sum()\n",
    "a hook in the middle": "h = x * 2\nh.register_hook(lambda g: calls.append(g.sum().item()))\nloss = (h * 3).sum()\n",
    "a hook on a leaf": "x.register_hook(lambda g: calls.append(g.sum().item()))\nloss = (x * 3).sum()\n",
    "a hook of a module": "torch.manual_seed(0)\nm = torch.nn.Linear(2, 1)\nm.register_full_backward_hook(lambda mod, g, out: calls.append(len(out)))\nloss = m(x).sum()\n",
    "an unpacking": "def unpack(t):\n    calls.append(1)\n    return t\nwith torch.autograd.graph.saved_tensors_hooks(lambda t: t, unpack):\n    loss = (x * x).sum()\n",
}  # fmt: skip


@pytest.mark.parametrize("case", CALLED)
def test_what_a_backward_pass_calls_of_the_users_is_seen(project: Project, case: str) -> None:
    text = "import torch\ncalls = []\nx = torch.ones(2, requires_grad=True)\n" + CALLED[case] + "loss.backward()\n"
    for end in ("print(calls, x.grad)\n", "print(x.grad, calls)\n"):
        project.script(text + end)
        project.run(options=("--policy", "always"))
