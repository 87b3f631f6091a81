r"""The first escape from the origin, followed in even time and measured.

Near zero the norm of the parameters grows as :math:`\lVert\theta\rVert^{L-1}`: a plateau of length
:math:`\alpha^{-(L-2)}` ends in an escape of length one, and a clock with 16 digits soon cannot
tell the two apart. In the time :math:`d\tau = \lVert\theta\rVert^{L-2}\,dt` the norm grows
exponentially at every depth, and the path stays the same. The clock :math:`t` is carried along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float
from scipy.integrate import DOP853, RK45
from scipy.optimize import brentq

from traindyn.saddle_to_saddle.experiments.costs import Cost
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork

Array = np.ndarray
MOST_STEPS = 20_000
"""Steps after which a path that has not escaped is given up; an escape takes some hundreds."""


@dataclass(frozen=True)
class Escapes:
    """Networks at the moment when their matrices have a given operator norm.

    Args:
        network: Their shape.
        theta: Their parameters, one network per row.
        times: The times since the start.
    """

    network: LinearNetwork
    theta: Float[Array, "starts P"]
    times: Float[Array, " starts"]

    @property
    def a(self) -> Float[Array, "starts out in"]:
        """The matrices."""
        return self.network.product(self.theta)

    def angles(
        self, u: Float[Array, " out"], v: Float[Array, " in"]
    ) -> tuple[Float[Array, " starts"], Float[Array, " starts"]]:
        """Angles of the top singular vectors to given unit vectors, in radians."""
        left, _, right = np.linalg.svd(self.a)
        return _angles(left[..., 0], u), _angles(right[:, 0], v)

    @property
    def layer_ratios(self) -> Float[Array, " starts"]:
        """Second over first singular value, the largest over the layers; 0 if all are vectors."""
        return layer_ratios(self.network, self.theta)

    @property
    def misalignment(self) -> Float[Array, " starts"]:
        """One minus the cosine between what a layer writes and the next reads, the largest.

        It is half the squared sine of a small angle, taken as that to keep its digits.
        """
        svd = [np.linalg.svd(w) for w in self.network.layers(self.theta)]
        pairs = [(before[0][..., 0], after[2][:, 0]) for before, after in pairwise(svd)]
        angles = [_angles(written, read) for written, read in pairs]
        return np.asarray(2 * np.sin(np.max(angles, axis=0) / 2) ** 2)

    @property
    def norm_spread(self) -> Float[Array, " starts"]:
        """Largest over smallest operator norm of the layers, minus one."""
        norms = [np.linalg.norm(w, 2, axis=(1, 2)) for w in self.network.layers(self.theta)]
        return np.asarray(np.max(norms, axis=0) / np.min(norms, axis=0) - 1)

    def distances_to_path(
        self, u: Float[Array, " out"], v: Float[Array, " in"]
    ) -> Float[Array, " starts"]:
        r"""Distances to a balanced network of width one with the same operator norm.

        Its layers are :math:`c\, q_l q_{l-1}^\top` with :math:`c^L` the norm, :math:`q_0 = v`,
        :math:`q_L = u`, and hidden unit vectors :math:`q_l` along what the network sends there.
        """
        size = np.linalg.norm(self.a, 2, axis=(1, 2)) ** (1 / self.network.depth)
        layers = self.network.layers(self.theta)
        vector, total = np.broadcast_to(v, (len(self.theta), len(v))), 0.0
        for level, w in enumerate(layers):
            sent = np.einsum("bij,bj->bi", w, vector)
            last = level == len(layers) - 1
            after = (
                u * np.where(sent @ u < 0, -1.0, 1.0)[:, None]
                if last
                else sent / np.linalg.norm(sent, axis=1, keepdims=True)
            )
            rest = w - size[:, None, None] * after[:, :, None] * vector[:, None, :]
            total = total + (rest**2).sum(axis=(1, 2))
            vector = after
        return np.sqrt(total)


def layer_ratios(
    network: LinearNetwork, theta: Float[Array, "starts P"]
) -> Float[Array, " starts"]:
    """Second over first singular value of a layer, the largest over the layers."""
    spectra = [np.linalg.svd(w, compute_uv=False) for w in network.layers(theta)]
    ratios = [s[:, 1] / s[:, 0] if s.shape[1] > 1 else np.zeros(len(s)) for s in spectra]
    return np.asarray(np.max(ratios, axis=0))


def _angles(ones: Array, others: Array) -> Array:
    cosine = (ones * others).sum(axis=-1)
    sine = np.linalg.norm(ones - cosine[:, None] * others, axis=-1)
    return np.asarray(np.arctan2(sine, np.abs(cosine)))


def escape(
    network: LinearNetwork,
    cost: Cost,
    starts: Float[Array, "starts P"],
    levels: Sequence[float],
    *,
    relative_tolerance: float = 1e-10,
) -> list[Escapes]:
    """Follow the flow from every start until the operator norms of A have reached all levels.

    Args:
        network: Shape of the networks.
        cost: What the flow descends.
        starts: Starts of similar size, one network per row: they share the solver's steps.
        levels: Operator norms, rising.
        relative_tolerance: Relative error per step. Above 1e-6 a solver of lower order follows the
            path, which then takes less memory.

    Returns:
        The networks at each level.

    Raises:
        ValueError: If the levels do not rise or a start has reached the first one.
        RuntimeError: If a path does not get there in 20,000 steps.
    """
    levels = list(levels)
    if not levels or min(np.diff([0.0, *levels])) <= 0:
        raise ValueError(f"levels must rise from above 0, got {levels}")
    count, size = starts.shape

    def norms(state: Array) -> Array:
        theta = state.reshape(count, size + 1)[:, :-1]
        return np.asarray(np.linalg.norm(network.product(theta), 2, axis=(1, 2)))

    def velocity(_: float, state: Array) -> Array:
        theta = np.ascontiguousarray(state.reshape(count, size + 1)[:, :-1])
        pace = np.linalg.norm(theta, axis=1, keepdims=True) ** (2 - network.depth)
        gradient = network.gradient(theta, cost.gradient(network.product(theta)))
        return np.hstack([-pace * gradient, pace]).ravel()

    state = np.hstack([starts, np.zeros((count, 1))]).ravel()
    if (norms(state) >= levels[0]).any():
        raise ValueError(f"starts must lie below {levels[0]}, got norms {norms(state)}")
    solver = (DOP853 if relative_tolerance <= 1e-6 else RK45)(
        velocity,
        0.0,
        state,
        np.inf,
        rtol=relative_tolerance,
        atol=1e-3 * relative_tolerance * float(np.abs(starts).max()),
    )
    found = np.full((len(levels), count, size + 1), np.nan)
    missing: Bool[Array, "levels starts"] = np.ones((len(levels), count), dtype=bool)
    for _ in range(MOST_STEPS):
        if not missing.any():
            thetas, times = found[..., :-1], found[..., -1]
            return [Escapes(network, *pair) for pair in zip(thetas, times, strict=True)]
        solver.step()
        reached = missing & (norms(solver.y) >= np.array(levels)[:, None])
        if reached.any():
            inside = solver.dense_output()

            def above(tau: float, row: int, level: float) -> float:
                return float(norms(inside(tau))[row] - level)  # noqa: B023  used before it changes

            for which, row in np.argwhere(reached):
                ends = solver.t_old, solver.t
                tau = brentq(above, *ends, args=(row, levels[which]), xtol=1e-14, rtol=1e-14)
                found[which, row] = inside(tau).reshape(count, size + 1)[row]
        missing &= ~reached
    raise RuntimeError(f"the operator norm did not reach {levels} in {MOST_STEPS} steps")


def climb(
    network: LinearNetwork,
    direction: Float[Array, "out in"],
    starts: Float[Array, "replicas P"],
    sweeps: int,
) -> Float[Array, "replicas P"]:
    r"""Ascent of :math:`\langle G, W_L \cdots W_1\rangle` on the unit sphere.

    Each sweep adds the gradient to the parameters, in steps of 0.3 over the speed of escape, and
    normalizes: the directions of the flow near the origin, whatever its speed.

    Args:
        network: Shape of the networks.
        direction: The matrix G.
        starts: Parameters, one network per row; their norm does not matter.
        sweeps: Number of sweeps.
    """
    theta = starts / np.linalg.norm(starts, axis=1, keepdims=True)
    step = 0.3 * network.depth ** (network.depth / 2 - 1) / np.linalg.norm(direction, 2)
    for _ in range(sweeps):
        theta = theta + step * network.gradient(theta, direction[None])
        theta /= np.linalg.norm(theta, axis=1, keepdims=True)
    return theta
