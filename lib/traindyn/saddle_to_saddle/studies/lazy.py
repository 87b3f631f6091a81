"""Studies of lazy training: what it does to the kernel and to entries without data."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.completion import load_instance
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.hessian import tangent_kernel
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.results.lazy import KernelDistances, LazyRun
from traindyn.saddle_to_saddle.theory.distances import kernel_scale
from traindyn.saddle_to_saddle.theory.lazy import hidden_motion, kernel_change, kernel_spread

PROBLEM, SIZE, DEPTH, GAMMA = "three_saddles", 10, 4, 0.75
WIDTHS = (64, 128, 256)
STARTS = {"ci": 60, "laptop": 100, "paper": 400}
KERNELS, ORTHOGONAL_KERNELS = 200, 30

SMALLER_GAMMA, SMALLER_STARTS = 1.5, 9
"""Starts in between, which are not lazy."""

SADDLE_GAMMA, SADDLE_WIDTH = 2.0, 32
"""A start that is small enough for saddles."""


@study(stream="SS-4")
def lazy_training(context: Context, width: int) -> LazyRun:
    """Training from lazy starts."""
    starts = context.choose(**STARTS)
    return _train(width, GAMMA, starts, context.numpy_generator(f"width {width}"))


@study(stream="SS-4")
def smaller_starts(context: Context, width: int) -> LazyRun:
    """Training from starts that are too small for it to be lazy."""
    generator = context.numpy_generator(f"small start, width {width}")
    return _train(width, SMALLER_GAMMA, SMALLER_STARTS, generator)


@study(stream="SS-4")
def kernel_distances(context: Context) -> KernelDistances:
    """How far the kernel is from its mean at the largest width."""
    width = WIDTHS[-1]
    network = LinearNetwork(SIZE, SIZE, width, DEPTH)
    sigma = width_scale(width, GAMMA)
    normal = network.random(sigma, context.numpy_generator("kernels"), KERNELS)
    orthogonal = network.random(
        sigma, context.numpy_generator("orthogonal layers"), ORTHOGONAL_KERNELS
    )
    for layer in network.layers(orthogonal)[1:-1]:
        layer[...] = sigma * width**0.5 * np.linalg.qr(layer)[0]
    mean = kernel_scale(width, DEPTH, GAMMA) * np.eye(SIZE**2)
    expected = kernel_spread(width, DEPTH, SIZE, SIZE)

    def distances(starts: np.ndarray) -> np.ndarray:
        return np.array([_relative(tangent_kernel(network, s), mean) / expected for s in starts])

    return KernelDistances(distances(normal), distances(orthogonal))


@study(stream="SS-4")
def saddle_error(context: Context) -> float:
    """Error on hidden entries from a small start, over that of predicting zero."""
    cost = load_instance(PROBLEM)
    network = LinearNetwork(SIZE, SIZE, SADDLE_WIDTH, DEPTH)
    sigma = width_scale(SADDLE_WIDTH, SADDLE_GAMMA)
    theta = network.random(sigma, context.numpy_generator("small start"))
    end = descend(network, cost, theta, 0.007, np.array([0, 12_000]))[-1]
    return float(cost.hidden_error(network.product(end)) / cost.hidden_power)


def _train(width: int, gamma: float, draws: int, generator: np.random.Generator) -> LazyRun:
    cost = load_instance(PROBLEM)
    assert cost.mask is not None
    network, hidden = LinearNetwork(SIZE, SIZE, width, DEPTH), ~cost.mask
    rate = 0.5 / max(kernel_scale(width, DEPTH, gamma), 90.0)
    record = np.array([0, 200 if gamma < 1 else 800])
    rows = []
    for start in network.random(width_scale(width, gamma), generator, draws):
        end = descend(network, cost, start, rate, record)[-1]
        a0, a = network.product(start), network.product(end)
        change = _relative(tangent_kernel(network, end), tangent_kernel(network, start))
        motion = float(np.linalg.norm((a - a0)[hidden]))
        rows.append(
            (
                change / kernel_change(a0, a - a0, width, DEPTH, gamma),
                change / kernel_change(a0, a - a0, 1, DEPTH, gamma),
                motion / hidden_motion(-cost.gradient(a0), hidden, width, DEPTH),
                motion / float(np.linalg.norm(cost.target)),
                float(cost.hidden_error(a) / cost.hidden_power),
            )
        )
    return LazyRun(*np.array(rows).T)


def _relative(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))
