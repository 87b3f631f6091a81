"""What four methods recover of matrices of low rank of which some entries are observed."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.completion import draw_completion, smallest_nuclear_norm
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.plateaus import rank_of
from traindyn.saddle_to_saddle.results.completion import ShareRun
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

SIZE, DEPTH = 10, 3
VALUES = (2.0, 1.0)
"""Singular values of the targets."""

SHARES = (0.4, 0.5, 0.6, 0.7)
PROBLEMS, MORE = {"ci": 12, "laptop": 14, "paper": 32}, {0.5: 14, 0.7: 4}
"""Problems per share for the figure, and how many times as many where a claim is decided."""

FEW_PROBLEMS = 216

SMALL_SCALE, SMALL_TIME = 1e-2, 700.0
"""Scale of the small start, and how long it is trained."""

LARGE, LARGE_STEPS = {"γ = 1": (1.0, 20), "lazy": (0.75, 40)}, 600
"""Exponent and width of the large starts, and the steps of their training."""

EXCESS = 2.0
"""Norm that no solution exceeds by much, over that of the target, for the learning rate."""

FEW_SIZE, FEW_VALUES, FEW_OBSERVED = 6, (3.0, 2.0, 1.0), 26
"""Problems with fewer entries than the 27 degrees of freedom of a matrix of rank three."""


@study(stream="SS-21")
def recover(context: Context, share: float) -> ShareRun:
    """Errors of four methods and ranks of two of their solutions, per problem."""
    generator = context.numpy_generator(f"share {share}")
    count = context.choose(**PROBLEMS) * MORE.get(share, 1)
    problems = [
        draw_completion(VALUES, SIZE, round(SIZE**2 * share), generator) for _ in range(count)
    ]
    cost = _together(problems)
    found = {"small start": _small_start(cost, generator)}
    for name, (gamma, width) in LARGE.items():
        network = LinearNetwork(SIZE, SIZE, width, DEPTH)
        rate = 0.7 / max(
            DEPTH * width ** (2 * (1 - gamma)), largest_curvature(DEPTH, EXCESS * VALUES[0])
        )
        starts = network.random(width_scale(width, gamma), generator, count)
        ends = descend(network, cost, starts, rate, np.array([0, LARGE_STEPS]))[-1]
        found[name] = network.product(ends)
    found["nuclear norm"] = np.array([smallest_nuclear_norm(p, tolerance=1e-4) for p in problems])
    return ShareRun(
        {name: _errors(cost, a) for name, a in found.items()},
        np.array([rank_of(a, VALUES[0]) for a in found["small start"]]),
        np.array([rank_of(a, VALUES[0]) for a in found["lazy"]]),
    )


@study(stream="SS-21")
def too_few_entries(context: Context) -> np.ndarray:
    """Errors from small starts with fewer entries than degrees of freedom."""
    generator = context.numpy_generator("too few")
    cost = _together(
        [
            draw_completion(FEW_VALUES, FEW_SIZE, FEW_OBSERVED, generator)
            for _ in range(FEW_PROBLEMS)
        ]
    )
    return _errors(cost, _small_start(cost, generator))


def _together(problems: list[SquaredError]) -> SquaredError:
    """One cost for a batch of networks, each with a problem of its own."""
    masks = [np.asarray(problem.mask) for problem in problems]
    return SquaredError(np.array([problem.target for problem in problems]), np.array(masks))


def _errors(cost: SquaredError, a: np.ndarray) -> np.ndarray:
    """Relative errors on the hidden entries."""
    return np.asarray(np.sqrt(cost.hidden_error(a) / cost.hidden_power))


def _small_start(cost: SquaredError, generator: np.random.Generator) -> np.ndarray:
    """Where gradient descent ends from small starts, one per problem."""
    size = cost.shape[0]
    network = LinearNetwork(size, size, size, DEPTH)
    starts = network.random(SMALL_SCALE, generator, len(cost.target))
    top = EXCESS * float(np.linalg.norm(cost.target, 2, (1, 2)).max())
    rate = 1.4 / largest_curvature(DEPTH, top)
    record = np.array([0, round(SMALL_TIME / rate)])
    return network.product(descend(network, cost, starts, rate, record)[-1])
