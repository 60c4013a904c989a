"""Loops that are taken pass by pass, branches, and what they collect."""

import time

import numpy as np

EPOCHS = 4
RATES = [0.1, 0.2, 0.3]
points = np.linspace(0.0, 1.0, 50_000)


class Model:
    def __init__(self, rate):
        self.rate, self.weights = rate, np.zeros(50_000)

    def learn(self, values):
        self.weights += self.rate * (values - self.weights)
        time.sleep(0.2)


model = Model(0.5)
losses = []
for epoch in range(EPOCHS):
    model.learn(points)
    loss = float(((points - model.weights) ** 2).mean())
    losses.append(loss)
    print(f"epoch {epoch}: {loss:.6f}")

found = {}
for rate in RATES:
    other = Model(rate)
    other.learn(points)
    found[rate] = float(other.weights.sum())

if EPOCHS > 2:
    time.sleep(0.3)
    rough = points[::10].copy()
    print("rough", round(float(rough.sum()), 4))
print("best", min(found), round(min(losses), 6))
