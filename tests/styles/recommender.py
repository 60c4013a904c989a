"""Matrix factorization, k-means and Q-learning at module level, with counters and tables that functions change."""
# ruff: noqa - as people write them
import numpy as np, sys, os, json, math, csv, textwrap
from collections import defaultdict, deque, ChainMap
from itertools import product
from pathlib import Path

GLOBAL_STEP = 0
METRICS = {}
defaults = {"factors": 5, "reg": 0.05, "lr": 0.02, "iters": 6}
overrides = json.load(open("override.json")) if Path("override.json").is_file() else {}
params = ChainMap(overrides, defaults)


def log(msg, *args):
    print(f"[{GLOBAL_STEP:04d}] " + msg % args)


def tick(n=1):
    global GLOBAL_STEP
    GLOBAL_STEP += n
    return GLOBAL_STEP


def make_ratings(n_users=40, n_items=30, density=0.25):
    U = np.random.normal(size=(n_users, 3)); V = np.random.normal(size=(n_items, 3))
    R = U @ V.T
    mask = np.random.random(R.shape) < density
    triples = [(u, i, round(float(R[u, i]), 3)) for u, i in zip(*np.nonzero(mask))]
    return triples, R


np.random.seed(0)
triples, truth = make_ratings()
with open("ratings.csv", "w", newline="") as f:
    csv.writer(f).writerows(triples)
log("%d ratings", len(triples))
rows = [(int(u), int(i), float(r)) for u, i, r in csv.reader(open("ratings.csv"))]
n_users = max(u for u, _, _ in rows) + 1
n_items = max(i for _, i, _ in rows) + 1
P = np.random.normal(scale=0.1, size=(n_users, params["factors"]))
Q = np.random.normal(scale=0.1, size=(n_items, params["factors"]))
bu, bi = np.zeros(n_users), np.zeros(n_items)
mu = np.mean([r for *_, r in rows])
by_user = defaultdict(lambda: defaultdict(float))
for u, i, r in rows:
    by_user[u][i] = r


def sgd(rows, lr, reg):
    err2 = 0.0
    for u, i, r in rows:
        e = r - (mu + bu[u] + bi[i] + P[u] @ Q[i])
        err2 += e * e
        bu[u] += lr * (e - reg * bu[u])
        bi[i] += lr * (e - reg * bi[i])
        Pu = P[u].copy()
        P[u] += lr * (e * Q[i] - reg * P[u])
        Q[i] += lr * (e * Pu - reg * Q[i])
    tick()
    return math.sqrt(err2 / len(rows))


curve = []
for it in range(params["iters"]):
    np.random.shuffle(rows)
    rmse = sgd(rows, params["lr"], params["reg"])
    curve.append(rmse)
    log("iter %d rmse %.4f", it, rmse)
    METRICS[f"rmse@{it}"] = round(rmse, 4)
assert curve[0] > curve[-1]
print(json.dumps(METRICS))


def recommend(u, n=3):
    s = mu + bu[u] + bi + Q @ P[u]
    for i in by_user[u]:
        s[i] = -np.inf
    return np.argsort(-s)[:n].tolist()


print({u: recommend(u) for u in (0, 1, 2)})
print(len(by_user), len(by_user[999]), len(by_user))

# k-means
pts = np.concatenate([P, P + 0.5])
cent = pts[:4].copy()
for _ in range(10):
    d = ((pts[:, None] - cent) ** 2).sum(-1)
    lab = d.argmin(1)
    old = cent.copy()
    for k in range(len(cent)):
        if (lab == k).any():
            cent[k] = pts[lab == k].mean(0)
    tick(2)
    if np.allclose(old, cent):
        log("k-means converged")
        break
print(np.bincount(lab).tolist())

# Q-learning on a grid
SIZE = 4
actions = [(0, 1), (1, 0), (0, -1), (-1, 0)]
table = {s: [0.0] * 4 for s in product(range(SIZE), repeat=2)}
rng = np.random.RandomState(3)
returns = deque(maxlen=20)
eps = 0.3
for episode in range(60):
    s, total, steps = (0, 0), 0.0, 0
    while s != (SIZE - 1, SIZE - 1) and steps < 50:
        a = rng.randint(4) if rng.rand() < eps else int(np.argmax(table[s]))
        nx = tuple(min(max(c + d, 0), SIZE - 1) for c, d in zip(s, actions[a]))
        reward = 10.0 if nx == (SIZE - 1, SIZE - 1) else -1.0
        table[s][a] += 0.5 * (reward + 0.9 * max(table[nx]) - table[s][a])
        s, total, steps = nx, total + reward, steps + 1
    returns.append(total)
    eps *= 0.97
    if episode % 20 == 19:
        log("episode %d mean %.2f", episode, np.mean(returns))
policy = "\n".join("".join(">v<^"[int(np.argmax(table[(r, c)]))] for c in range(SIZE)) for r in range(SIZE))
print(textwrap.indent(policy, "  "))
np.save("P.npy", P); np.savetxt("Q.txt", Q, fmt="%.4f")
print(sum(map(os.path.getsize, ["P.npy", "Q.txt"])), GLOBAL_STEP)
sys.exit(0 if curve[-1] < 1.5 else 3)
