"""Study of changes of the hidden bases, and of what training conserves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import ortho_group

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend, runge_kutta
from traindyn.saddle_to_saddle.experiments.flow import flow
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.symmetry import change_hidden_bases, conserved, include
from traindyn.saddle_to_saddle.results.symmetry import SymmetryRun

Array = np.ndarray

VALUES = (2.0, 1.5, 1.0, 0.5)
WIDTH, WIDER = 6, 9
NETWORKS = {"ci": 48, "laptop": 64, "paper": 96}
FOLLOWED = 10
"""Networks whose flow is followed, one by one and to many digits."""

STEPS = 2000
RATES = (0.02, 0.01)
HORIZON = 40.0
"""Time of the paths whose conservation is measured."""


@study(stream="SS-6")
def symmetries(context: Context) -> SymmetryRun:
    """Training of networks of three layers, and of their images."""
    generator, count = context.numpy_generator("network"), context.choose(**NETWORKS)
    network = LinearNetwork(4, 4, WIDTH, 3)
    cost = SquaredError(np.diag(VALUES))
    theta = network.random(0.3, generator, count)

    def trained(net: LinearNetwork, start: Array) -> Array:
        return descend(net, cost, start, RATES[0], np.array([0, STEPS]))[-1]

    turns = [ortho_group.rvs(WIDTH, count, random_state=generator) for _ in range(2)]
    stretch = [np.diag(np.geomspace(0.5, 2.0, WIDTH)), np.eye(WIDTH)]
    end = trained(network, theta)

    def changed(bases: Sequence[Array]) -> Array:
        moved = trained(network, change_hidden_bases(network, theta, bases))
        return np.asarray(np.abs(moved - change_hidden_bases(network, end, bases)).max(axis=1))

    wide, start = include(network, theta, WIDER)
    wide_end = include(network, end, WIDER)[1]
    noisy = start + 3e-3 * generator.standard_normal(start.shape)

    def changes(order: int) -> Array:
        found = []
        for rate in RATES:
            record = np.array([0, round(HORIZON / rate)])
            if order == 1:
                ends = descend(network, cost, theta, rate, record)
            else:
                ends = runge_kutta(network, cost, theta, rate, record, order)
            found.append(_change(network, ends))
        return np.array(found)

    return SymmetryRun(
        rotated=changed(turns),
        stretched=changed(stretch),
        included=np.abs(trained(wide, start) - wide_end).max(axis=1),
        disturbed=np.abs(trained(wide, noisy) - wide_end).max(axis=1),
        flow_changes=np.array([_flow_change(network, cost, one) for one in theta[:FOLLOWED]]),
        descent_changes=changes(1),
        heun_changes=changes(2),
    )


def _flow_change(network: LinearNetwork, cost: SquaredError, theta: Array) -> float:
    """Largest change along the flow of what it conserves."""
    path = flow(network, cost, theta, HORIZON, relative_tolerance=1e-12, absolute_tolerance=1e-14)
    return float(_change(network, path.theta[[0, -1]]))


def _change(network: LinearNetwork, ends: Array) -> Array:
    """Largest change between two ends of what the flow conserves."""
    changes = [np.abs(q[-1] - q[0]).max(axis=(-2, -1)) for q in conserved(network, ends)]
    return np.asarray(np.max(changes, axis=0))
