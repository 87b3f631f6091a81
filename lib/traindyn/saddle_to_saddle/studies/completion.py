"""Matrix completion by gradient descent from small and large starts, beside the greedy stages."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.completion import load_instance
from traindyn.saddle_to_saddle.experiments.descent import descend, logarithmic_steps
from traindyn.saddle_to_saddle.experiments.flow import Path
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus
from traindyn.saddle_to_saddle.results.completion import CompletionRun, GreedyStage
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

INSTANCE = "three_saddles"
SIZE, DEEP, THREE = 10, 4, 3
"""Rows of the target, and the two depths."""

TOP = 8.0
"""Operator norm of the target."""

WIDTH = 100
STEPS = {"ci": 14_000, "laptop": 14_000, "paper": 60_000}
"""Steps of four layers from a small start, long enough for three escapes."""

SMALL_STARTS = {"ci": 12, "laptop": 12, "paper": 24}

WIDTHS = {"ci": (32, 64, 100), "laptop": (32, 64, 100), "paper": (32, 128, 400, 1000)}
"""Widths of the networks of three layers that are compared at three sizes of the start."""

REGIME_STARTS, FEW = {"ci": 32, "laptop": 40, "paper": 48}, 4
SMALL_REGIME_STARTS = {"ci": 12, "laptop": 16, "paper": 48}
"""Starts at the largest width, where only a figure needs them, and small ones, which take long;
twice as many at the smallest width, where they scatter."""


@study(stream="greedy stages")
def greedy_stages(
    instance: str, depth: int, stages: int, epsilon: float
) -> tuple[GreedyStage, ...]:
    """Where the stages of the greedy algorithm end on a stored problem. Nothing is drawn."""
    found = greedy_path(load_instance(instance), depth, stages, epsilon=epsilon)
    return tuple(GreedyStage(stage.a, stage.loss) for stage in found)


@study(stream="SS-15")
def small_starts(context: Context) -> tuple[CompletionRun, ...]:
    """Runs of four layers from small starts, γ = 2."""
    steps, starts = context.choose(**STEPS), context.choose(**SMALL_STARTS)
    return _descend(DEEP, WIDTH, 2.0, steps, starts, context.numpy_generator("start"))


@study(stream="SS-16")
def regime(context: Context, gamma: float, width: int) -> tuple[CompletionRun, ...]:
    """Runs of three layers at one size of the start; small ones wait as the root of the width."""
    steps = round(400 * width**0.5) if gamma > 1 else 800
    generator = context.numpy_generator(f"gamma {gamma}, width {width}")
    smallest, *_, largest = context.choose(**WIDTHS)
    if gamma > 1:
        starts = context.choose(**SMALL_REGIME_STARTS) * (2 if width == smallest else 1)
    else:
        starts = context.choose(**REGIME_STARTS) if width == largest else FEW
    return _descend(THREE, width, gamma, steps, starts, generator)


def _descend(
    depth: int, width: int, gamma: float, steps: int, starts: int, generator: np.random.Generator
) -> tuple[CompletionRun, ...]:
    """Gradient descent of deep nets on the observed entries, with all that the figures need."""
    cost = load_instance(INSTANCE)
    network = LinearNetwork(SIZE, SIZE, width, depth)
    rate = _rate(depth, width, gamma)
    record = logarithmic_steps(steps, 50 if width < 500 else 20)  # gigabytes of parameters
    start = network.random(width_scale(width, gamma), generator, starts)
    theta = descend(network, cost, start, rate, record)
    paths = (Path(network, cost, rate * record, theta[:, i]) for i in range(starts))
    return tuple(_completed(path, gamma, record) for path in paths)


def _completed(path: Path, gamma: float, record: np.ndarray) -> CompletionRun:
    """A run beside the greedy stages."""
    cost, a = load_instance(INSTANCE), path.a
    stages = greedy_stages(INSTANCE, path.network.depth, 3, 0.05)
    basis, _ = np.linalg.qr(np.array([stage.a.ravel() for stage in stages[:2]]).T)
    away = [np.linalg.norm(a - stage.a, axis=(1, 2)) for stage in stages[:2]]
    closest = [int(np.argmin(distance)) for distance in away]
    cut = [_truncated(cost.target, rank) for rank in (1, 2)]
    return CompletionRun(
        gamma,
        path.network.width,
        record,
        path.loss,
        cost.hidden_error(a) / cost.hidden_power,
        path.singular_values,
        find_plateaus(path, scale=TOP),
        float(path.gradient_norm.max()),
        np.array([float(cost.value(0 * a[0])), *(stage.loss for stage in stages)]),
        a.reshape(len(a), -1) @ basis,
        np.array([stage.a.ravel() @ basis for stage in stages]),
        np.array(
            [d[i] / np.linalg.norm(s.a) for d, i, s in zip(away, closest, stages, strict=False)]
        ),
        np.array([path.loss[i] / s.loss for i, s in zip(closest, stages, strict=False)]),
        np.array([np.linalg.norm(a - t, axis=(1, 2)).min() / np.linalg.norm(t) for t in cut]),
        np.array([float(cost.value(t)) / s.loss for t, s in zip(cut, stages, strict=False)]),
    )


def _truncated(target: np.ndarray, rank: int) -> np.ndarray:
    """The best matrix of a rank for the whole target."""
    u, s, vt = np.linalg.svd(target)
    return np.asarray((u[:, :rank] * s[:rank]) @ vt[:rank])


def _rate(depth: int, width: int, gamma: float) -> float:
    """A stable learning rate: 1.2 over the largest curvature, at the start or once learned."""
    lazy = depth * width ** ((1 - gamma) * (depth - 1))
    return 1.2 / max(1.5 * lazy, largest_curvature(depth, TOP))
