r"""The greedy low-rank algorithm: one hidden unit more per stage, along the steepest direction.

Stage :math:`k` starts at a critical point of width :math:`k - 1`, adds one hidden unit along the
top singular pair of :math:`-\nabla C(A)`, and flows to a critical point of width :math:`k`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.saddle_to_saddle.experiments.costs import Cost
from traindyn.saddle_to_saddle.experiments.flow import Path, flow
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork

Array = np.ndarray


@dataclass(frozen=True)
class Stage:
    """One stage of the algorithm.

    Args:
        path: The path to the critical point.
        singular_values: Of minus the gradient of the cost where the stage starts, largest first.
    """

    path: Path
    singular_values: Array

    @property
    def a(self) -> Array:
        """The matrix at the end of the stage."""
        return self.path.network.product(self.path.theta[-1])

    @property
    def loss(self) -> float:
        """The cost at the end of the stage."""
        return float(self.path.cost.value(self.a))


def widen(layers: list[Array], u: Array, v: Array, epsilon: float) -> list[Array]:
    """Layers with one hidden unit more, so that A gains ``epsilon**L u vᵀ``."""
    first, *middle, last = layers
    return [
        np.vstack([first, epsilon * v]),
        *(_bordered(w, epsilon) for w in middle),
        np.hstack([last, epsilon * u[:, None]]),
    ]


def _bordered(w: Array, corner: float) -> Array:
    result = np.pad(w, [(0, 1), (0, 1)])
    result[-1, -1] = corner
    return result


def greedy_path(
    cost: Cost,
    depth: int,
    stages: int,
    *,
    epsilon: float = 1e-3,
    tolerance: float = 1e-9,
) -> list[Stage]:
    """Run the algorithm stage by stage with gradient flow.

    A stage ends when the norm of the gradient has fallen to ``tolerance`` of its largest value
    within the stage: the flow first has to leave the saddle it starts at, so a small norm alone
    would return that saddle again.

    Args:
        cost: What it descends.
        depth: Number of layers.
        stages: Number of stages; fewer come back if the gradient of the cost vanishes.
        epsilon: Size of the new weights, in (0, 1).
        tolerance: See above.

    Raises:
        ValueError: If a number leaves its range.
    """
    if not 0 < epsilon < 1:
        raise ValueError(f"epsilon must lie in (0, 1), got {epsilon}")
    if stages < 1:
        raise ValueError(f"stages must be at least 1, got {stages}")
    outputs, inputs = cost.shape
    layers = [np.zeros((0, inputs)), *[np.zeros((0, 0))] * (depth - 2), np.zeros((outputs, 0))]
    found: list[Stage] = []
    for width in range(1, stages + 1):
        a = found[-1].a if found else np.zeros((outputs, inputs))
        u, s, vt = np.linalg.svd(-cost.gradient(a))
        if s[0] < 1e-9 * (found[0].singular_values[0] if found else 1.0):
            break
        layers = widen(layers, u[:, 0], vt[0], epsilon)
        network = LinearNetwork(inputs, outputs, width, depth)
        path = _to_critical_point(network, cost, network.flatten(layers), s[0], epsilon, tolerance)
        layers = network.layers(path.theta[-1])
        found.append(Stage(path, s))
    return found


def _to_critical_point(
    network: LinearNetwork, cost: Cost, start: Array, s: float, epsilon: float, tolerance: float
) -> Path:
    """Flow until the gradient has risen and fallen again; double the horizon until it has."""
    depth = network.depth
    escape = np.log(1 / epsilon) / s if depth == 2 else epsilon ** (2 - depth) / ((depth - 2) * s)
    horizon = 2.0 * escape
    while True:
        path = flow(network, cost, start, horizon, method="LSODA", absolute_tolerance=1e-14)
        norms = path.gradient_norm
        peak = int(np.argmax(norms))
        if peak < len(norms) - 1 and norms[-1] < tolerance * norms[peak]:
            return path
        horizon *= 2
