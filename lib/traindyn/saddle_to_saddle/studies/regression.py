"""Regressions whose inputs are not white: where paths leave to, and where they rest."""

from __future__ import annotations

import numpy as np
from scipy.stats import ortho_group

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.batched_flow import flow_to_level
from traindyn.saddle_to_saddle.experiments.costs import Regression
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.results.plateaus import RegressionRun
from traindyn.saddle_to_saddle.studies.plateaus import (
    SIZE,
    WIDTH,
    descend_in_steps,
    rests,
    waiting_steps,
)
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

Array = np.ndarray

VARIANCES = (2.0, 1.2, 0.7, 0.4)
"""Of the inputs, along directions of their own."""

FITTED = (2.0, 1.0, 0.5)
"""Singular values of the fitted outputs over the root of the number of samples. What cannot be
fitted would add a constant to the loss; there is none."""

PROBLEMS = {"ci": 48, "laptop": 64, "paper": 96}
SCALES = {2: 1e-13, 3: 3e-3}
"""Scale of the start per depth, where the rests are sought."""

DIRECTION_SCALE, EARLY = 1e-10, 2e-3
"""Scale of the start and operator norm of A where the first direction is read off."""


@study(stream="SS-14")
def regressions(context: Context, depth: int) -> RegressionRun:
    """Paths of drawn regressions, and what becomes of them with other inputs.

    The law of the start is the same in all bases. Drawn are therefore the directions of the fit
    relative to those of the inputs alone.
    """
    count = context.choose(**PROBLEMS)
    turns = ortho_group.rvs(SIZE, count, random_state=context.numpy_generator("data"))
    spread = np.sqrt(np.array(VARIANCES))
    fit = np.array([*FITTED, *[0.0] * (SIZE - len(FITTED))])
    # as many samples as inputs: the moments of the data are all that counts
    x = SIZE**0.5 * np.broadcast_to(np.diag(spread), turns.shape)
    y = SIZE**0.5 * fit[:, None] * turns.mT
    network = LinearNetwork(SIZE, SIZE, WIDTH, depth)
    directions = network.random(1.0, context.numpy_generator(f"L{depth}"), count)
    cross = np.linalg.svd(Regression(x, y).cross_moment)[0][:, :, 0]
    white = Regression(SIZE**0.5 * np.broadcast_to(np.eye(SIZE), turns.shape), y)
    angles, whitened = (
        _angles(_first_direction(network, cost, directions), cross)
        for cost in (Regression(x, y), white)
    )
    return RegressionRun(
        x,
        y,
        _losses(network, x, y, SCALES[depth] * directions),
        angles,
        whitened,
        _angles(np.broadcast_to(np.eye(SIZE)[0], cross.shape), cross),
    )


def _first_direction(network: LinearNetwork, cost: Regression, directions: Array) -> Array:
    """Top left singular vectors of the matrices that have just left the origin."""
    theta = flow_to_level(network, cost, DIRECTION_SCALE * directions, EARLY).theta
    return np.asarray(np.linalg.svd(network.product(theta))[0][:, :, 0])


def _losses(network: LinearNetwork, x: Array, y: Array, starts: Array) -> Array:
    """Losses of the rests at ranks one and two; NaN without one."""
    largest = FITTED[0] / VARIANCES[-1] ** 0.5  # singular value of a solution
    rate = 1.4 / (VARIANCES[0] * largest_curvature(network.depth, largest))
    steps = waiting_steps(
        network.depth, FITTED[-1] * VARIANCES[-1] ** 0.5, float(starts.std()), rate
    )
    paths = descend_in_steps(network, Regression(x, y), starts, rate, steps)
    found = np.full((len(starts), 2), np.nan)
    for row, path, one, other in zip(found, paths, x, y, strict=True):
        run = rests(path.of(Regression(one, other)), float(starts.std()), largest)
        for plateau in run.plateaus:
            if plateau.rank in (1, 2):
                row[plateau.rank - 1] = plateau.loss
    return found


def _angles(ones: Array, others: Array) -> Array:
    """Angles between the lines of unit vectors, in degrees."""
    cosines = np.abs((ones * others).sum(axis=1))
    return np.asarray(np.degrees(np.arccos(np.minimum(1.0, cosines))))
