"""Study of the second escape of two layers on drawn problems of matrix completion."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.batched_flow import flow_to_level
from traindyn.saddle_to_saddle.experiments.completion import draw_completion
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.results.second_escapes import SecondEscapes
from traindyn.saddle_to_saddle.theory.escape import second_escape_slope
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

PROBLEMS = {"ci": 128, "laptop": 128, "paper": 200}
SIZE, WIDTH, OBSERVED = 8, 10, 40
VALUES = (8.0, 5.0, 3.0)
"""Singular values of the targets."""

SCALES = (1e-13, 1e-15)
LEVEL = 0.5
"""Second singular value that counts as having escaped, far below that of every second saddle."""

NEW, STEPS = 1e-3, 20_000
"""Size of the first hidden unit of the greedy algorithm, and steps of descent to its saddle."""


@study(stream="SS-19")
def second_escapes(context: Context) -> SecondEscapes:
    """Times of the second escape, and the gradients that predict them."""
    generator = context.numpy_generator("drawn problems")
    problems = [
        draw_completion(VALUES, SIZE, OBSERVED, generator)
        for _ in range(context.choose(**PROBLEMS))
    ]
    cost = SquaredError(
        np.array([problem.target for problem in problems]),
        np.array([problem.mask for problem in problems]),
    )
    return escapes_of(cost, generator)


def escapes_of(cost: SquaredError, generator: np.random.Generator) -> SecondEscapes:
    """Second escapes from one start per problem."""
    network = LinearNetwork(SIZE, SIZE, WIDTH, 2)
    starts = network.random(1.0, generator, len(cost.target))
    early, late = (
        flow_to_level(network, cost, scale * starts, LEVEL, index=2, relative_tolerance=1e-8).times
        for scale in SCALES
    )
    u, s, vt = np.linalg.svd(-cost.gradient(np.zeros_like(cost.target)))
    after = np.linalg.svd(-cost.gradient(_first_saddles(cost, u, vt)), compute_uv=False)
    return SecondEscapes(
        (late - early) / np.log(SCALES[0] / SCALES[1]),
        np.array(
            [
                second_escape_slope(*rates)
                for rates in zip(*s.T[:2].tolist(), after[:, 0].tolist(), strict=True)
            ]
        ),
        1 / s[:, 1],
    )


def _first_saddles(cost: SquaredError, u: np.ndarray, vt: np.ndarray) -> np.ndarray:
    """Where one hidden unit ends that starts along the largest singular pair."""
    network = LinearNetwork(SIZE, SIZE, 1, 2)
    starts = network.flatten([NEW * vt[:, :1], NEW * u[:, :, :1]])
    rate = 1 / largest_curvature(2, VALUES[0])
    return network.product(descend(network, cost, starts, rate, np.array([0, STEPS]))[-1])
