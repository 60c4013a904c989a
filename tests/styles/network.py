"""A network in NumPy alone: layers that update their weights in place, views of them, early stopping, a pickle."""
# ruff: noqa - as people write them
import pickle, os
import numpy as np
from collections import defaultdict, namedtuple

Batch = namedtuple("Batch", "x y idx")
rs = np.random.RandomState(1)
N, D, H, K = 400, 12, 16, 3
lr, momentum, epochs, batch_size = 0.1, 0.9, 8, 40
DTYPE = np.float32

centers = rs.randn(K, D).astype(DTYPE) * 1.5
labels = rs.randint(K, size=N)
data = centers[labels] + rs.randn(N, D).astype(DTYPE)
mean, std = data.mean(0), data.std(0)
data -= mean
data /= std
train_x, val_x = data[:300], data[300:]
train_y, val_y = labels[:300], labels[300:]


class Layer:
    registry = []

    def __init__(self, n_in, n_out, name):
        self.W = (rs.randn(n_in, n_out) * np.sqrt(2.0 / n_in)).astype(DTYPE)
        self.b = np.zeros(n_out, dtype=DTYPE)
        self.vW = np.zeros_like(self.W)
        self.vb = np.zeros_like(self.b)
        self.name = name
        self.flat = self.W.ravel()
        Layer.registry.append(self)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, g):
        self.gW = self.x.T @ g / len(g)
        self.gb = g.mean(0)
        return g @ self.W.T

    def step(self, lr, momentum):
        self.vW *= momentum
        self.vW -= lr * self.gW
        self.W += self.vW
        self.vb *= momentum
        self.vb -= lr * self.gb
        self.b += self.vb


class Relu:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, g):
        return g * self.mask

    def step(self, *a):
        pass


def softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    e /= e.sum(axis=1, keepdims=True)
    return e


def batches(x, y, size):
    order = np.random.permutation(len(x))
    for i in range(0, len(x), size):
        idx = order[i:i + size]
        yield Batch(x[idx], y[idx], idx)


net = [Layer(D, H, "fc1"), Relu(), Layer(H, K, "fc2")]
np.random.seed(7)
history = defaultdict(list)
best, best_state, patience, bad = -1.0, None, 3, 0
seen = np.zeros(300, dtype=int)
for epoch in range(epochs):
    total = 0.0
    for b in batches(train_x, train_y, batch_size):
        out = b.x
        for layer in net:
            out = layer.forward(out)
        p = softmax(out)
        total += -np.log(p[np.arange(len(b.y)), b.y] + 1e-9).sum()
        grad = p
        grad[np.arange(len(b.y)), b.y] -= 1
        for layer in reversed(net):
            grad = layer.backward(grad)
        for layer in net:
            layer.step(lr, momentum)
        seen[b.idx] += 1
    out = val_x
    for layer in net:
        out = layer.forward(out)
    acc = float((out.argmax(1) == val_y).mean())
    history["loss"].append(round(float(total) / 300, 5))
    history["acc"].append(acc)
    print(f"epoch {epoch}: loss {history['loss'][-1]:.4f} acc {acc:.3f}", end="\n" if epoch % 2 else " | ")
    if acc > best:
        best, bad = acc, 0
        best_state = [(l.W.copy(), l.b.copy()) for l in net if isinstance(l, Layer)]
    else:
        bad += 1
        if bad >= patience:
            print("\nearly stop at", epoch)
            break
    lr *= 0.95
print()
print("flat shares memory:", np.shares_memory(net[0].flat, net[0].W), net[0].flat[:2].round(3))
print("registered", [l.name for l in Layer.registry], Layer.registry[0] is net[0])
print("seen", seen.min(), seen.max(), "lr", round(lr, 5))
with open("best.pkl", "wb") as f:
    pickle.dump({"state": best_state, "acc": best, "history": dict(history)}, f)
for l, (W, b) in zip(Layer.registry, best_state):
    l.W[...] = W
    l.b[:] = b
print("restored", round(float(net[0].flat.sum()), 4), history["missing"])
hist, edges = np.histogram(net[2].W, bins=4)
print(hist.tolist(), len(history))
np.savez("weights.npz", **{l.name: l.W for l in Layer.registry})
