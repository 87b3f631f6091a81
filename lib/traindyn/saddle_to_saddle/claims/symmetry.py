"""Claim SS-6: changes of the hidden bases, what they leave alone and what the flow conserves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.stats import ortho_group

from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.flow import flow
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.symmetry import change_hidden_bases, conserved, include
from traindyn.saddle_to_saddle.experiments.targets import random_target

VALUES = (2.0, 1.5, 1.0, 0.5)


@registry.claim(
    6,
    source="abstract: symmetries",
    basis="stated",
    statement=(
        "Rotations of the hidden bases and inclusions in wider networks commute with training; "
        "other changes of basis leave the function but not the path."
    ),
)
def symmetry(context: Context) -> tuple[None, list[Part]]:
    """SS-6."""
    generator = context.numpy_generator("network")
    network = LinearNetwork(4, 4, 6, 3)
    cost = SquaredError(random_target(VALUES, 4, generator))
    theta = network.random(0.3, generator)
    record = np.array([0, 2000])

    def trained(net: LinearNetwork, start: np.ndarray) -> np.ndarray:
        return descend(net, cost, start, 0.02, record)[-1]

    turns = [ortho_group.rvs(6, random_state=generator) for _ in range(2)]
    stretch = [np.diag(np.geomspace(0.5, 2.0, 6)), np.eye(6)]
    end = trained(network, theta)

    def difference(bases: list[np.ndarray]) -> float:
        changed = trained(network, change_hidden_bases(network, theta, bases))
        return float(np.abs(changed - change_hidden_bases(network, end, bases)).max())

    wide, start = include(network, theta, 9)
    included = float(np.abs(trained(wide, start) - include(network, end, 9)[1]).max())
    noisy = start + 1e-3 * generator.standard_normal(start.shape)
    perturbed = float(np.abs(trained(wide, noisy) - include(network, end, 9)[1]).max())
    path = flow(network, cost, theta, 40.0, relative_tolerance=1e-12, absolute_tolerance=1e-14)
    drift = _change(network, path.theta[[0, -1]])
    rates = np.array([0.02, 0.01, 0.005])
    descent = [
        _change(network, descend(network, cost, theta, rate, np.array([0, round(40 / rate)])))
        for rate in rates
    ]
    orders = [float(np.log2(a / b)) for a, b in pairwise(descent)]
    twice = [_change(network, _heun(network, cost, theta, rate, 40.0)) for rate in rates[:2]]
    return None, [
        Part(
            "Rotated start, 2,000 steps of descent: largest difference from the rotated end",
            0.0,
            Estimate(difference(turns)),
            Test("exact", 1e-11, "rounding over 2,000 steps"),
            [Control("stretched bases", Estimate(difference(stretch)))],
        ),
        Part(
            "Inclusion in a wider network: largest difference from the included end",
            0.0,
            Estimate(included),
            Test("exact", 1e-11, "rounding over 2,000 steps"),
            [Control("new weights of 0.001 instead of 0", Estimate(perturbed))],
        ),
        Part(
            "Gradient flow: largest change of W′W − WW′ between neighboring layers",
            0.0,
            Estimate(drift),
            Test("exact", 1e-9, "a thousand times the tolerance of the solver"),
            [Control("gradient descent at η = 0.02", Estimate(descent[0]))],
        ),
        Part(
            "Gradient descent: order of that change in the learning rate",
            1.0,
            Estimate(orders[-1]),
            Test("slope", 0.1, "the next order in η"),
            [
                Control(
                    "Heun's method in place of single slopes",
                    Estimate(float(np.log2(twice[0] / twice[1]))),
                )
            ],
        ),
    ]


def _change(network: LinearNetwork, ends: np.ndarray) -> float:
    """Largest change between two networks of what the flow conserves."""
    return max(float(np.abs(q[-1] - q[0]).max()) for q in conserved(network, ends))


def _heun(
    network: LinearNetwork, cost: SquaredError, theta: np.ndarray, rate: float, horizon: float
) -> np.ndarray:
    """The flow by steps with the mean of the slopes at both ends: start and end."""

    def slope(point: np.ndarray) -> np.ndarray:
        return -network.gradient(point, cost.gradient(network.product(point)))

    point = theta
    for _ in range(round(horizon / rate)):
        first = slope(point)
        point = point + rate / 2 * (first + slope(point + rate * first))
    return np.stack([theta, point])
