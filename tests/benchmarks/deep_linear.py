"""Deep linear networks: gradient steps, batches, the flow and the compressed network."""

from __future__ import annotations

from functools import reduce

import numpy as np
import torch
from comparison import Row, compare

from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.symmetry import compress
from traindyn.saddle_to_saddle.experiments.targets import random_target

SIZE = 10
RATE = 0.01


def problem(size: int = SIZE) -> SquaredError:
    """A target of rank three."""
    return SquaredError(random_target([3.0, 2.0, 1.0], size, np.random.default_rng(0)))


def autograd_descent(layers: list[torch.Tensor], target: torch.Tensor, steps: int) -> None:
    """Gradient descent as one would write it down with torch."""
    for _ in range(steps):
        loss = 0.5 * ((reduce(lambda a, w: w @ a, layers) - target) ** 2).sum()
        gradients = torch.autograd.grad(loss, layers)
        with torch.no_grad():
            for w, g in zip(layers, gradients, strict=True):
                w -= RATE * g


def gradient_step(depth: int, width: int, minimum: float, steps: int) -> Row:
    """One step of gradient descent against torch's autograd."""
    network, cost = LinearNetwork(SIZE, SIZE, width, depth), problem()
    start = network.random(0.7 * width**-0.5, np.random.default_rng(1))
    record = np.array([0, steps])

    def ours() -> np.ndarray:
        return descend(network, cost, start, RATE, record)[-1]

    def reference() -> np.ndarray:
        layers = [torch.tensor(w, requires_grad=True) for w in network.layers(start)]
        autograd_descent(layers, torch.tensor(cost.target), steps)
        return network.flatten([w.detach().numpy() for w in layers])

    return compare(
        f"gradient step, {depth} layers of width {width}",
        ours,
        "torch autograd",
        reference,
        minimum,
        float(np.abs(ours() - reference()).max()),
        ours_work=steps,
        other_work=steps,
    )


def batch(replicas: int, steps: int) -> Row:
    """Gradient descent of many networks in one array against one after the other."""
    network, cost = LinearNetwork(6, 6, 12, 3), problem(6)
    starts = network.random(0.2, np.random.default_rng(1), replicas)
    record = np.array([0, steps])

    def ours() -> np.ndarray:
        return descend(network, cost, starts, RATE, record)[-1]

    def reference() -> np.ndarray:
        return np.array([descend(network, cost, start, RATE, record)[-1] for start in starts])

    return compare(
        f"gradient step, {replicas} networks at once",
        ours,
        "one network after the other",
        reference,
        8.0,
        float(np.abs(ours() - reference()).max()),
        ours_work=replicas * steps,
        other_work=replicas * steps,
    )


def escape_times(depth: int, alpha: float, horizon: float, rate: float, minimum: float) -> Row:
    """Times when three modes are half learned, to a relative error of 1e-6.

    The error of descent is of first order in its rate, so the steps it needs follow from one run:
    its error over 1e-6. The accuracy is that of the flow, against one with tighter tolerances.
    """
    network, cost = LinearNetwork(6, 6, 12, depth), problem(6)
    start = network.random(alpha, np.random.default_rng(1))
    events = tuple(singular_value_reaches(i, s / 2) for i, s in ((1, 3.0), (2, 2.0), (3, 1.0)))

    def followed(tolerance: float) -> np.ndarray:
        path = flow(network, cost, start, horizon, relative_tolerance=tolerance, events=events)
        return np.array(path.event_times)

    def descended() -> np.ndarray:
        steps = np.arange(0, round(horizon / rate), 20)
        theta = descend(network, cost, start, rate, steps)
        values = np.linalg.svd(network.product(theta), compute_uv=False)
        found = []
        for i, half in enumerate((1.5, 1.0, 0.5)):
            after = int(np.argmax(values[:, i] > half))
            pair = [after - 1, after]
            found.append(rate * np.interp(half, values[pair, i], steps[pair]))
        return np.array(found)

    exact = followed(1e-11)
    accuracy = float(np.abs(followed(1e-8) / exact - 1).max())
    error = float(np.abs(descended() / exact - 1).max())
    return compare(
        f"escape times to 1e-6, {depth} layers",
        lambda: followed(1e-8),
        "fixed-step descent, from its first-order error",
        descended,
        minimum,
        accuracy,
        other_work=1e-6 / error,
    )


def compression(width: int, steps: int) -> Row:
    """Two wide layers against the narrow network that moves like them."""
    network, cost = LinearNetwork(SIZE, SIZE, width, 2), problem()
    start = network.random(0.1 * width**-0.5, np.random.default_rng(1))
    record = np.array([0, steps])

    def ours() -> np.ndarray:
        narrow, theta = compress(network, start)
        return narrow.product(descend(narrow, cost, theta, RATE, record)[-1])

    def reference() -> np.ndarray:
        return network.product(descend(network, cost, start, RATE, record)[-1])

    return compare(
        f"descent of two layers of width {width:,}, compressed",
        ours,
        "the wide network",
        reference,
        2.5,
        float(np.abs(ours() - reference()).max()),
        ours_work=steps,
        other_work=steps,
    )


def rows(steps: int, alpha: float = 1e-3) -> list[Row]:
    """All rows.

    Args:
        steps: Steps of the descents that are timed.
        alpha: Scale of the start of three layers; of two layers, its square.
    """
    return [
        gradient_step(2, 10, 10.0, steps),
        gradient_step(4, 100, 3.5, steps // 4),
        batch(64, steps // 4),
        escape_times(2, alpha**2, 24.0, 0.01, 4000.0),
        escape_times(3, alpha, 0.6 / alpha, 0.02, 300.0),
        compression(1000, steps),
    ]
