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
SIZE, DEPTH = 10, 4
TOP = 8.0
"""Operator norm of the target."""

WIDTH = 100
STEPS = {"ci": 24_000, "laptop": 24_000, "paper": 100_000}
"""Steps from a small start, long enough for three escapes."""

LARGE_STEPS = {0.75: 1500, 1.0: 3000}
"""Steps from starts that do not wait, per γ."""

WIDTHS = {"ci": (32, 64, 100), "laptop": (32, 64, 128), "paper": (32, 128, 400, 1000)}
"""Widths of the networks that are compared at three sizes of the start."""


@study(stream="greedy stages")
def greedy_stages(
    instance: str, depth: int, stages: int, epsilon: float
) -> tuple[GreedyStage, ...]:
    """Where the stages of the greedy algorithm end on a stored problem. Nothing is drawn."""
    found = greedy_path(load_instance(instance), depth, stages, epsilon=epsilon)
    return tuple(GreedyStage(stage.a, stage.loss) for stage in found)


@study(stream="SS-15")
def small_start(context: Context, steps: int | None = None) -> CompletionRun:
    """A run from a small start, γ = 2; a number of steps stops it early."""
    steps = context.choose(**STEPS) if steps is None else steps
    return _descend(WIDTH, 2.0, steps, context.numpy_generator("start"))


@study(stream="SS-15")
def large_start(context: Context) -> CompletionRun:
    """A run from a large start, γ = 1."""
    return _descend(WIDTH, 1.0, LARGE_STEPS[1.0], context.numpy_generator("large start"))


@study(stream="SS-16")
def regime(context: Context, gamma: float, width: int) -> CompletionRun:
    """A run at one size of the start; a small one waits for a time in proportion to the width."""
    steps = LARGE_STEPS.get(gamma, max(24_000, 190 * width))
    generator = context.numpy_generator(f"gamma {gamma}, width {width}")
    return _descend(width, gamma, steps, generator)


def _descend(width: int, gamma: float, steps: int, generator: np.random.Generator) -> CompletionRun:
    """Gradient descent of a deep net on the observed entries, with all that the figures need."""
    cost = load_instance(INSTANCE)
    stages = greedy_stages(INSTANCE, DEPTH, 3, 0.05)
    network = LinearNetwork(SIZE, SIZE, width, DEPTH)
    rate = _rate(width, gamma)
    record = logarithmic_steps(steps, 50 if width < 500 else 20)  # gigabytes of parameters
    start = network.random(width_scale(width, gamma), generator)
    path = Path(network, cost, rate * record, descend(network, cost, start, rate, record))
    a = path.a
    basis, _ = np.linalg.qr(np.array([stage.a.ravel() for stage in stages[:2]]).T)
    away = [np.linalg.norm(a - stage.a, axis=(1, 2)) for stage in stages[:2]]
    closest = [int(np.argmin(distance)) for distance in away]
    return CompletionRun(
        gamma,
        width,
        record,
        path.loss,
        cost.hidden_error(a) / cost.hidden_power,
        path.singular_values,
        find_plateaus(path, scale=TOP),
        np.array([float(cost.value(0 * a[0])), *(stage.loss for stage in stages)]),
        a.reshape(len(a), -1) @ basis,
        np.array([stage.a.ravel() @ basis for stage in stages]),
        np.array(
            [d[i] / np.linalg.norm(s.a) for d, i, s in zip(away, closest, stages, strict=False)]
        ),
        np.array([path.loss[i] / s.loss for i, s in zip(closest, stages, strict=False)]),
    )


def _rate(width: int, gamma: float) -> float:
    """A stable learning rate: 0.7 over the largest curvature, at the start or once learned."""
    lazy = DEPTH * width ** ((1 - gamma) * (DEPTH - 1))
    return 0.7 / max(lazy, largest_curvature(DEPTH, TOP))
