"""How closely the flow passes the saddles of ranks one and two, and how they are curved."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path
from traindyn.saddle_to_saddle.experiments.hessian import hessian
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.symmetry import include
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.saddles import Passages, Spectra
from traindyn.saddle_to_saddle.studies.plateaus import SIZE, VALUES, WIDTH
from traindyn.saddle_to_saddle.theory.escape import escape_time

SCALES = {
    2: (1e-6, 1e-8, 1e-10, 1e-12, 1e-14),
    3: (1e-3, 1e-4, 1e-5, 1e-6),
    4: (1e-2, 3e-3, 1e-3, 3e-4),
}
"""Scales of the start, per depth. The origin of more layers is left after times of 1e7 and less, so
that the next escapes keep their digits."""


@study(stream="SS-12")
def passages(context: Context, depth: int, scales: tuple[float, ...]) -> Passages:
    """How closely two saddles are passed from one direction at several scales."""
    target = random_target(VALUES, SIZE, context.numpy_generator("target"))
    network = LinearNetwork(SIZE, SIZE, WIDTH, depth)
    direction = network.random(1.0, context.numpy_generator(f"L{depth}"))
    found = [_closest(network, target, scale * direction, scale) for scale in scales]
    gradients, gaps = np.moveaxis(np.array(found), -1, 0)
    return Passages(np.array(scales), gradients, gaps)


def _closest(
    network: LinearNetwork, target: np.ndarray, start: np.ndarray, scale: float
) -> list[tuple[float, float]]:
    """For the saddles of rank one and two: smallest gradient, and the gap of the loss there."""
    two_layers = network.depth == 2
    end = 4 * escape_time(network.depth, VALUES[2], scale, 1.0) + 20
    path = flow(
        network,
        SquaredError(target),
        start,
        end,
        times=np.linspace(0, end, 20_001) if two_layers else None,
        method="DOP853" if two_layers else "LSODA",
        relative_tolerance=1e-10,
        absolute_tolerance=1e-14 * scale,
        events=tuple(singular_value_reaches(i + 1, s / 2) for i, s in enumerate(VALUES)),
        stop_at_last_event=True,
    )
    found = []
    for rank in (1, 2):
        before, after = path.event_times[rank - 1 : rank + 1]
        between = np.flatnonzero((path.times > before) & (path.times < after))
        closest = between[np.argmin(path.gradient_norm[between])]
        gap = loss_gap(network, path.theta[closest], target, rank)
        found.append((float(path.gradient_norm[closest]), gap))
    return found


def loss_gap(network: LinearNetwork, theta: np.ndarray, target: np.ndarray, rank: int) -> float:
    r"""Distance of the squared error from that of the saddle of a rank, without cancellation.

    With the best matrix :math:`T_k` of rank k, :math:`\langle T - T_k, T_k \rangle = 0`, and the
    losses differ by :math:`\tfrac12\lVert A - T_k\rVert^2 - \langle T - T_k, A\rangle`. The outer
    layers are turned into the singular bases of the target before they are multiplied: the entries
    of A that wait are then products of small numbers, not differences of large ones.
    """
    u, s, vt = np.linalg.svd(target)
    first, *middle, last = network.layers(theta)
    a = network.product(network.flatten([first @ vt.T, *middle, u.T @ last]))
    missed = a - np.diag([*s[:rank], *[0.0] * (len(s) - rank)])
    return abs(float((missed**2).sum() / 2 - s[rank:] @ np.diag(a)[rank:]))


@study(stream="SS-13")
def curvatures(context: Context, depth: int) -> Spectra:
    """Spectra of the Hessian at the origin, at two visited saddles, and at one that is not."""
    cost = SquaredError(random_target(VALUES, SIZE, context.numpy_generator("target")))
    network = LinearNetwork(SIZE, SIZE, WIDTH, depth)
    epsilon = 1e-3 if depth < 4 else 0.02
    visited = [
        include(stage.path.network, stage.path.theta[-1], WIDTH)[1]
        for stage in greedy_path(cost, depth, 2, epsilon=epsilon, tolerance=1e-12)
    ]
    generic = context.numpy_generator("middle").standard_normal(network.size)
    layers = network.layers(generic)
    layers[0][...] = layers[-1][...] = 0.0
    origin, *saddles, generic = (
        np.linalg.eigvalsh(hessian(network, cost, theta))
        for theta in (np.zeros(network.size), *visited, generic)
    )
    return Spectra(origin, np.array(saddles), generic)
