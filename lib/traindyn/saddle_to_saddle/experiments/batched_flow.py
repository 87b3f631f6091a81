r"""Gradient flow of many networks at once, each with steps of its own size.

Small networks spend their time in calls, not in arithmetic: a batch pays for them once. Every
network keeps its own error control, so that it moves as it would alone. The solver is the explicit
method of Dormand and Prince of order 8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.integrate import DOP853

from traindyn.saddle_to_saddle.experiments.costs import Cost
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork

Array = np.ndarray

STAGES = DOP853.n_stages
SAFETY, SMALLEST, LARGEST = 0.9, 0.2, 6.0
"""Factors of the step size: below the one that the error allows, and how fast it may change."""


@dataclass(frozen=True)
class Crossings:
    """Networks at the moments when a singular value of their matrices reaches a level.

    Args:
        theta: Parameters.
        times: Times since the start.
    """

    theta: Float[Array, "replicas P"]
    times: Float[Array, " replicas"]


def flow_to_level(
    network: LinearNetwork,
    cost: Cost,
    starts: Float[Array, "replicas P"],
    level: float,
    *,
    index: int = 1,
    relative_tolerance: float = 1e-10,
    most_steps: int = 100_000,
) -> Crossings:
    r"""Follow the flow of every network until a singular value of A reaches a level.

    The state of a network is :math:`(\theta, t)` in the clock
    :math:`d\tau = \lVert\theta\rVert^{L-2} dt`, in which every depth leaves the origin
    exponentially. A step that passes the level is cut, and the steps after it are aimed at the
    level by the growth of the last one.

    Args:
        network: Shape of the networks.
        cost: What they descend; its targets may have one entry per network.
        starts: Parameters at time 0.
        level: The level, positive and above the singular value at the start.
        index: Number of the singular value; 1 is the largest.
        relative_tolerance: Relative error per step, and of the level that counts as reached.
        most_steps: Steps after which to give up.

    Raises:
        ValueError: If a start is not finite or zero, or has reached the level.
        RuntimeError: If a network does not reach it.
    """
    starts = np.asarray(starts, dtype=float)
    if not np.isfinite(starts).all() or not starts.any(axis=1).all():
        raise ValueError("starts must be finite and not zero")
    state = np.concatenate([starts, np.zeros((len(starts), 1))], axis=1)
    norms = np.linalg.norm(starts, axis=1)
    absolute = np.repeat(1e-13 * np.abs(starts).max(axis=1)[:, None], state.shape[1], axis=1)
    absolute[:, -1] = relative_tolerance * norms ** (2.0 - network.depth)
    ahead = _log_distance(network, state, level, index)
    if (ahead <= 0).any():
        raise ValueError(f"starts must be below the level {level}, got one above")
    step = np.full(len(state), 1e-2)
    slopes = _slopes(network, cost, state)
    for _ in range(most_steps):
        there = np.abs(ahead) < relative_tolerance
        if there.all():
            return Crossings(state[:, :-1], state[:, -1])
        step = np.where(there, 0.0, step)
        moved, after, error = _try_step(
            network, cost, state, slopes, step, absolute, relative_tolerance
        )
        left = _log_distance(network, moved, level, index)
        good = (error < 1) & (left > -relative_tolerance)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = np.clip(SAFETY * error ** (-1 / 8), SMALLEST, LARGEST)
            # steps of this size to the level, from where the next one begins
            aim = np.where(good, left, ahead) / (ahead - left)
        allowed = np.where(error < 1, factor, np.minimum(factor, 1.0))
        step = step * np.where((error < 1) & (ahead > left) & (aim < allowed), aim, allowed)
        state, slopes = (
            np.where(good[:, None], new, old) for new, old in ((moved, state), (after, slopes))
        )
        ahead = np.where(good, left, ahead)
    raise RuntimeError(f"level {level} was not reached in {most_steps} steps")


def _log_distance(network: LinearNetwork, state: Array, level: float, index: int) -> Array:
    """Logarithm of the level over the singular value."""
    values = np.linalg.svd(network.product(state[:, :-1]), compute_uv=False)[:, index - 1]
    return np.asarray(np.log(level) - np.log(values))


def _slopes(network: LinearNetwork, cost: Cost, state: Array) -> Array:
    """Velocities of parameters and time in the stretched clock."""
    theta = state[:, :-1]
    pace = np.linalg.norm(theta, axis=1, keepdims=True) ** (2.0 - network.depth)
    velocity = network.gradient(theta, -cost.gradient(network.product(theta)))
    return np.concatenate([pace * velocity, pace], axis=1)


def _try_step(
    network: LinearNetwork,
    cost: Cost,
    state: Array,
    slopes: Array,
    step: Array,
    absolute: Array,
    relative: float,
) -> tuple[Array, Array, Array]:
    """The state after a step, its slopes, and the error over the tolerance."""
    stages = np.empty((STAGES + 1, *state.shape))
    stages[0] = slopes
    h = step[:, None]
    for i in range(1, STAGES):
        stages[i] = _slopes(network, cost, state + h * np.tensordot(DOP853.A[i, :i], stages[:i], 1))
    moved = state + h * np.tensordot(DOP853.B, stages[:-1], 1)
    stages[-1] = _slopes(network, cost, moved)
    scale = absolute + relative * np.maximum(np.abs(state), np.abs(moved))
    fifth, third = (
        np.sum((np.tensordot(e, stages, 1) / scale) ** 2, axis=1) for e in (DOP853.E5, DOP853.E3)
    )
    size = fifth + 0.01 * third
    error = np.where(size > 0, step * fifth / np.sqrt(np.maximum(size, 1e-300)), 0.0)
    error /= np.sqrt(state.shape[1])
    finite = np.isfinite(moved).all(axis=1) & np.isfinite(error)
    moved = np.where(finite[:, None], moved, state)
    return moved, stages[-1], np.where(finite, error, np.inf)
