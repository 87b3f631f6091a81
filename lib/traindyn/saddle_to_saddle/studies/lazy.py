"""Studies of lazy training: what it does to the kernel and to entries without data."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.completion import load_instance
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.hessian import tangent_kernel
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.results.lazy import KernelDistances, LazyRun, StepRun
from traindyn.saddle_to_saddle.theory.distances import kernel_scale
from traindyn.saddle_to_saddle.theory.lazy import hidden_motion, kernel_change, kernel_spread

PROBLEM, SIZE, DEPTH, GAMMA = "three_saddles", 10, 4, 0.75
WIDTHS = (32, 64, 128)
STARTS = {"ci": 192, "laptop": 192, "paper": 400}

KERNEL_WIDTH, KERNELS, ORTHOGONAL_KERNELS = 256, 200, 56

STEP_WIDTHS, STEP_STARTS = (128, 256, 512), (96, 96, 80)
"""Widths, and starts at each, of the smallest step to the target, which needs no training."""

SMALLER_GAMMA, SMALLER_STARTS = 1.5, 12
"""Starts in between, which are not lazy."""

STEPS = {GAMMA: 80, SMALLER_GAMMA: 800}
"""Steps of training; lazy networks fit by a factor near two per step."""


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
    width = KERNEL_WIDTH
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
def smallest_steps(context: Context) -> StepRun:
    """What the smallest step to the target does to the kernel, over the width."""
    target = load_instance(PROBLEM).target
    changes: list[np.ndarray] = []
    bare: list[np.ndarray] = []
    sizes: list[np.ndarray] = []
    for width, count in zip(STEP_WIDTHS, STEP_STARTS, strict=True):
        network = LinearNetwork(SIZE, SIZE, width, DEPTH)
        generator = context.numpy_generator(f"steps, width {width}")
        scale = kernel_scale(width, DEPTH, GAMMA)
        rows = []
        for _ in range(count):
            theta = network.random(width_scale(width, GAMMA), generator)
            start = network.product(theta)
            missing = target - start
            moved = theta + network.gradient(theta, missing) / scale
            change = tangent_kernel(network, moved) - tangent_kernel(network, theta)
            size = float(np.linalg.norm(change)) / (SIZE * scale)  # over the norm of κ
            # the measured change beside predictions: whole, without the start's matrix, at width 1
            predicted = [
                kernel_change(first, missing, some, DEPTH, GAMMA)
                for first, some in ((start, width), (0 * start, width), (start, 1))
            ]
            rows.append([size / p for p in predicted])
        for column, values in zip((changes, bare, sizes), np.array(rows).T, strict=True):
            column.append(values)
    return StepRun(tuple(changes), tuple(bare), tuple(sizes))


def _train(width: int, gamma: float, draws: int, generator: np.random.Generator) -> LazyRun:
    cost = load_instance(PROBLEM)
    assert cost.mask is not None
    network, hidden = LinearNetwork(SIZE, SIZE, width, DEPTH), ~cost.mask
    rate = 0.5 / max(kernel_scale(width, DEPTH, gamma), 90.0)
    record = np.array([0, STEPS[gamma]])
    rows = []
    for start in network.random(width_scale(width, gamma), generator, draws):
        end = descend(network, cost, start, rate, record)[-1]
        a0, a = network.product(start), network.product(end)
        change = _relative(tangent_kernel(network, end), tangent_kernel(network, start))
        motion = float(np.linalg.norm((a - a0)[hidden]))
        rows.append(
            (
                change / kernel_change(a0, a - a0, width, DEPTH, gamma),
                motion / hidden_motion(-cost.gradient(a0), hidden, width, DEPTH),
                float(cost.hidden_error(a) / cost.hidden_power),
            )
        )
    return LazyRun(*np.array(rows).T)


def _relative(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))
