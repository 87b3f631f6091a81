"""Study of changes of the hidden bases, and of what training conserves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import ortho_group

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.flow import flow
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.symmetry import change_hidden_bases, conserved, include
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.symmetry import SymmetryRun

VALUES = (2.0, 1.5, 1.0, 0.5)
WIDTH, WIDER = 6, 9
STEPS = 2000
RATES = (0.02, 0.01, 0.005)
HORIZON = 40.0
"""Time of the paths whose conservation is measured."""


@study(stream="SS-6")
def symmetries(context: Context) -> SymmetryRun:
    """Training of a network of three layers, and of its images."""
    generator = context.numpy_generator("network")
    network = LinearNetwork(4, 4, WIDTH, 3)
    cost = SquaredError(random_target(VALUES, 4, generator))
    theta = network.random(0.3, generator)

    def trained(net: LinearNetwork, start: np.ndarray) -> np.ndarray:
        return descend(net, cost, start, RATES[0], np.array([0, STEPS]))[-1]

    turns = [ortho_group.rvs(WIDTH, random_state=generator) for _ in range(2)]
    stretch = [np.diag(np.geomspace(0.5, 2.0, WIDTH)), np.eye(WIDTH)]
    end = trained(network, theta)

    def changed(bases: Sequence[np.ndarray]) -> float:
        moved = trained(network, change_hidden_bases(network, theta, bases))
        return float(np.abs(moved - change_hidden_bases(network, end, bases)).max())

    wide, start = include(network, theta, WIDER)
    wide_end = include(network, end, WIDER)[1]
    noisy = start + 1e-3 * generator.standard_normal(start.shape)
    path = flow(network, cost, theta, HORIZON, relative_tolerance=1e-12, absolute_tolerance=1e-14)
    descents = [
        descend(network, cost, theta, rate, np.array([0, round(HORIZON / rate)])) for rate in RATES
    ]
    return SymmetryRun(
        rotated=changed(turns),
        stretched=changed(stretch),
        included=float(np.abs(trained(wide, start) - wide_end).max()),
        disturbed=float(np.abs(trained(wide, noisy) - wide_end).max()),
        flow_change=_change(network, path.theta[[0, -1]]),
        rates=np.array(RATES),
        descent_changes=np.array([_change(network, ends) for ends in descents]),
        heun_changes=np.array(
            [_change(network, _heun(network, cost, theta, rate)) for rate in RATES[:2]]
        ),
    )


def _change(network: LinearNetwork, ends: np.ndarray) -> float:
    """Largest change between two networks of what the flow conserves."""
    return max(float(np.abs(q[-1] - q[0]).max()) for q in conserved(network, ends))


def _heun(network: LinearNetwork, cost: SquaredError, theta: np.ndarray, rate: float) -> np.ndarray:
    """The flow by steps with the mean of the slopes at both ends: start and end."""

    def slope(point: np.ndarray) -> np.ndarray:
        return -network.gradient(point, cost.gradient(network.product(point)))

    point = theta
    for _ in range(round(HORIZON / rate)):
        first = slope(point)
        point = point + rate / 2 * (first + slope(point + rate * first))
    return np.stack([theta, point])
