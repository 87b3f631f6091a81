"""How closely networks pass the saddles of ranks one and two, and how these are curved."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend, logarithmic_steps, runge_kutta
from traindyn.saddle_to_saddle.experiments.flow import Path
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path
from traindyn.saddle_to_saddle.experiments.hessian import hessian
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.symmetry import include
from traindyn.saddle_to_saddle.results.saddles import Passages, Spectra
from traindyn.saddle_to_saddle.studies.plateaus import SIZE, VALUES, WIDTH, waiting_steps
from traindyn.saddle_to_saddle.theory.saddles import largest_curvature

Array = np.ndarray

SCALES = {2: (1e-6, 1e-10, 1e-14), 3: (1e-2, 3e-3, 1e-3), 4: (4e-2, 2e-2, 1e-2)}
"""Scales of the start, per depth."""

STARTS = {
    2: {"ci": 48, "laptop": 64, "paper": 96},
    3: {"ci": 56, "laptop": 64, "paper": 96},
    4: {"ci": 48, "laptop": 64, "paper": 96},
}
"""Starts per depth, of which medians are taken: some see two modes grow at nearly one time."""
FLOW_STEP, FLOW_STEPS = 0.05, 1600
"""Steps for two layers, which are followed as a flow: exponents depend on the rates of growth."""

GENERIC = 32
"""Drawn saddles that are not visited."""

TARGET = np.diag([*VALUES, *[0.0] * (SIZE - len(VALUES))])


@study(stream="SS-12")
def passages(context: Context, depth: int) -> Passages:
    """How closely two saddles are passed, from several directions at several scales."""
    network = LinearNetwork(SIZE, SIZE, WIDTH, depth)
    starts = context.choose(**STARTS[depth])
    directions = network.random(1.0, context.numpy_generator(f"L{depth}"), starts)
    found = np.array(
        [[_closest(path) for path in _paths(network, directions, s)] for s in SCALES[depth]]
    )
    gradients, gaps = np.moveaxis(found, -1, 0)
    return Passages(np.array(SCALES[depth]), gradients, gaps)


def _paths(network: LinearNetwork, directions: Array, scale: float) -> list[Path]:
    """Paths of all starts: of the flow for two layers, of descent for more."""
    cost, starts = SquaredError(TARGET), scale * directions
    if network.depth == 2:
        rate, record = FLOW_STEP, np.arange(FLOW_STEPS)
        theta = runge_kutta(network, cost, starts, rate, record)
    else:
        rate = 1.4 / largest_curvature(network.depth, VALUES[0])
        record = logarithmic_steps(waiting_steps(network.depth, VALUES[-1], scale, rate), 200)
        theta = descend(network, cost, starts, rate, record)
    return [Path(network, cost, rate * record, theta[:, i]) for i in range(len(starts))]


def _closest(path: Path) -> list[tuple[float, float]]:
    """For the saddles of rank one and two: smallest gradient, and the gap of the loss there."""
    learned = [int(np.argmax(path.singular_values[:, i] > s / 2)) for i, s in enumerate(VALUES)]
    norms, found = path.gradient_norm, []
    for rank in (1, 2):
        before, after = learned[rank - 1 : rank + 1]
        closest = before + int(np.argmin(norms[before:after])) if after > before else before
        near, weights = slice(closest, closest + 1), np.ones(1)
        if path.network.depth == 2:  # a flow, of which the record is a fine one
            near = slice(closest - 1, closest + 2)
            weights = weights_at_least(path.times[near], norms[near])
        gaps = [loss_gap(path.network, theta, TARGET, rank) for theta in path.theta[near]]
        found.append((float(weights @ norms[near]), abs(float(weights @ gaps))))
    return found


def weights_at_least(times: Array, values: Array) -> Array:
    """Weights of three times that interpolate where the parabola through the values is least.

    Without them the time is known to half a spacing of the record, in which a quantity that is
    not at an extreme moves by as many times its own rate.
    """
    early, middle, late = times
    first, second = np.diff(values) / np.diff(times)
    bend = (second - first) / (late - early)
    least = (early + middle) / 2 - first / (2 * bend) if bend > 0 else middle
    others = np.array([[middle, late], [early, late], [early, middle]])
    return np.asarray(((least - others) / (times[:, None] - others)).prod(axis=1))


def loss_gap(network: LinearNetwork, theta: Array, target: Array, rank: int) -> float:
    r"""Squared error less that of the saddle of a rank, without cancellation.

    With the best matrix :math:`T_k` of rank k, :math:`\langle T - T_k, T_k \rangle = 0`, and the
    losses differ by :math:`\tfrac12\lVert A - T_k\rVert^2 - \langle T - T_k, A\rangle`. The outer
    layers are turned into the singular bases of the target before they are multiplied: the entries
    of A that wait are then products of small numbers, not differences of large ones.
    """
    u, s, vt = np.linalg.svd(target)
    first, *middle, last = network.layers(theta)
    a = network.product(network.flatten([first @ vt.T, *middle, u.T @ last]))
    missed = a - np.diag([*s[:rank], *[0.0] * (len(s) - rank)])
    return float((missed**2).sum() / 2 - s[rank:] @ np.diag(a)[rank:])


@study(stream="SS-13")
def curvatures(context: Context, depth: int) -> Spectra:
    """Spectra of the Hessian at the origin, at two visited saddles, and at some that are not.

    Only the latter are drawn.
    """
    cost = SquaredError(TARGET)
    network = LinearNetwork(SIZE, SIZE, WIDTH, depth)
    epsilon = 1e-3 if depth < 4 else 0.02
    visited = [
        include(stage.path.network, stage.path.theta[-1], WIDTH)[1]
        for stage in greedy_path(cost, depth, 2, epsilon=epsilon, tolerance=1e-12)
    ]
    generic = network.random(1.0, context.numpy_generator("middle"), GENERIC)
    layers = network.layers(generic)
    layers[0][...] = layers[-1][...] = 0.0
    origin, *others = (
        np.linalg.eigvalsh(hessian(network, cost, theta))
        for theta in (np.zeros(network.size), *visited, *generic)
    )
    return Spectra(origin, np.array(others[:2]), np.array(others[2:]))
