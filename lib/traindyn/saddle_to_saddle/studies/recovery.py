"""What four methods recover of matrices of low rank of which some entries are observed."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.completion import draw_completion, smallest_nuclear_norm
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.flow import flow
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.plateaus import rank_of
from traindyn.saddle_to_saddle.results.completion import ShareRun
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

SIZE = 10
VALUES = (2.0, 1.0)
"""Singular values of the targets."""

SHARES = (0.4, 0.5, 0.6, 0.7)
PROBLEMS = {"ci": 5, "laptop": 9, "paper": 25}
"""Problems per share."""

LARGE = {"γ = 1": (1.0, 20), "lazy": (0.75, 60)}
"""Exponent and width of the large starts."""


@study(stream="SS-21")
def recover(context: Context, share: float) -> ShareRun:
    """Errors of four methods and ranks of two of their solutions, per problem."""
    generator = context.numpy_generator(f"share {share}")
    errors: dict[str, list[float]] = {}
    ranks: dict[str, list[int]] = {}
    for _ in range(context.choose(**PROBLEMS)):
        cost = draw_completion(VALUES, SIZE, round(SIZE**2 * share), generator)
        for name, found in _solutions(cost, generator).items():
            errors.setdefault(name, []).append(_error(cost, found))
            ranks.setdefault(name, []).append(rank_of(found, VALUES[0]))
    return ShareRun(
        {name: np.array(found) for name, found in errors.items()},
        np.array(ranks["small start"]),
        np.array(ranks["lazy"]),
    )


@study(stream="SS-21")
def too_few_entries(context: Context) -> float:
    """Error from a small start with fewer entries, 26, than degrees of freedom, 27."""
    cost = draw_completion((3.0, 2.0, 1.0), 6, 26, context.numpy_generator("too few"))
    return _error(cost, _small_start(cost))


def _error(cost: SquaredError, a: np.ndarray) -> float:
    """Relative error on the hidden entries."""
    return float(np.sqrt(cost.hidden_error(a) / cost.hidden_power))


def _solutions(cost: SquaredError, generator: np.random.Generator) -> dict[str, np.ndarray]:
    """The matrices that four methods find, by name."""
    found = {"small start": _small_start(cost)}
    for name, (gamma, width) in LARGE.items():
        network = LinearNetwork(SIZE, SIZE, width, 3)
        rate = 0.7 / max(3 * width ** (2 * (1 - gamma)), largest_curvature(3, 3.0))
        start = network.random(width_scale(width, gamma), generator)
        theta = descend(network, cost, start, rate, np.array([0, 2000]))[-1]
        found[name] = network.product(theta)
    return {**found, "nuclear norm": smallest_nuclear_norm(cost)}


def _small_start(cost: SquaredError) -> np.ndarray:
    """Where the flow ends from a small start, the same for every problem of a size."""
    network = LinearNetwork(cost.shape[1], cost.shape[0], SIZE, 3)
    start = network.random(3e-3, np.random.default_rng(1))
    path = flow(network, cost, start, 2e4, method="LSODA", relative_tolerance=1e-6)
    return path.a[-1]
