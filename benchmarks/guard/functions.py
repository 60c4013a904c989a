"""A `main` of steps, functions of its own and of a module, and an argument parser."""

import argparse
import time

import numpy as np
import steps


def prepare(count):
    rows = np.arange(count * 4, dtype=float).reshape(count, 4)
    time.sleep(0.4)
    rows = steps.scaled(rows)
    rows = steps.shifted(rows)
    return rows


def learn(rows, rate):
    gram = rows.T @ rows
    time.sleep(0.6)
    weights = np.linalg.solve(gram + np.eye(4), rows.sum(axis=0))
    return weights * rate


def report(weights, title):
    text = f"{title}: " + ", ".join(f"{value:.5f}" for value in weights)
    print(text)
    return text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=0.5)
    arguments = parser.parse_args()
    rows = prepare(40_000)
    first = learn(rows, arguments.rate)
    second = learn(rows[:1000], 1.0)
    lines = [report(first, "all"), report(second, "some")]
    with open("report.txt", "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
