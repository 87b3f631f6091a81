"""Nearest minima and explicit saddles of a given start."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from jaxtyping import Float

from traindyn.saddle_to_saddle.experiments.hessian import output_jacobian
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork

Array = np.ndarray


def nearest_minimum(
    network: LinearNetwork,
    start: Float[Array, " P"],
    target: Float[Array, "out in"],
    guess: Float[Array, " P"] | None = None,
    *,
    tolerance: float = 1e-10,
    sweeps: int = 500,
) -> Float[Array, " P"]:
    r"""Parameters near a start whose matrix is the target, by repeated linearization.

    Each sweep solves :math:`\min \lVert\theta - \theta_0\rVert` under the linearized constraint
    :math:`A + J(\theta' - \theta) = T`; a fixed point is a stationary point of the distance.

    Args:
        network: Shape of the network.
        start: The start :math:`\theta_0`.
        target: The target T.
        guess: Where the iteration begins; default: the start. The problem is not convex.
        tolerance: Largest error of A relative to the target.
        sweeps: Most sweeps.

    Raises:
        RuntimeError: If the constraint is not met.
    """
    theta = (start if guess is None else guess).copy()
    scale = float(np.linalg.norm(target))
    for _ in range(sweeps):
        jacobian = output_jacobian(network, theta)
        residual = (target - network.product(theta)).ravel() + jacobian @ (theta - start)
        step = jacobian.T @ np.linalg.solve(jacobian @ jacobian.T, residual)
        moved = start + step
        if np.linalg.norm(moved - theta) < tolerance * np.linalg.norm(theta):
            return moved
        theta = 0.5 * (theta + moved) if guess is not None else moved
    error = float(np.linalg.norm(network.product(theta) - target)) / scale
    if error > 1e-6:
        raise RuntimeError(f"the matrix misses the target by {error:.3g} after {sweeps} sweeps")
    return theta


def balanced_guess(
    network: LinearNetwork, start: Float[Array, " P"], target: Float[Array, "out in"]
) -> Float[Array, " P"]:
    r"""The balanced factors of the target in hidden frames that turn toward the start.

    With :math:`T = U S V^\top` the layers are :math:`O_l S^{1/L} O_{l-1}^\top`, where
    :math:`O_0 = V` and :math:`O_L = U`. Frame after frame takes the best place between its
    neighbors, which is a polar factor; twenty rounds settle all frames of four layers.
    """
    layers = network.layers(start)
    u, s, vt = np.linalg.svd(target)
    root = s ** (1 / network.depth)
    frames = [vt.T]
    for w in layers[:-1]:
        frames.append(_polar(w @ (frames[-1] * root)))
    frames.append(u)
    for _ in range(20):
        for level in range(1, network.depth):
            below = layers[level - 1] @ (frames[level - 1] * root)
            above = layers[level].T @ (frames[level + 1] * root)
            frames[level] = _polar(below + above)
    return network.flatten([(after * root) @ before.T for before, after in pairwise(frames)])


def _polar(matrix: Array) -> Array:
    """The nearest matrix with orthonormal columns."""
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray(left @ right)


def drop_modes(
    network: LinearNetwork,
    start: Float[Array, " P"],
    target: Float[Array, "out in"],
    modes: int,
) -> Float[Array, " P"]:
    """A saddle near the start: the weakest modes of the target leave the outer layers.

    The other modes are fitted, by the smallest change that keeps the dropped ones out.

    Args:
        network: Shape of the network.
        start: The start.
        target: The target.
        modes: Number of modes to drop, the weakest of the target first; at least 1.

    Raises:
        ValueError: If ``modes`` leaves [1, rank].
    """
    u, s, vt = np.linalg.svd(target)
    rank = int((s > 1e-12 * s[0]).sum())
    if not 1 <= modes <= rank:
        raise ValueError(f"modes must lie in [1, {rank}], got {modes}")
    kept = rank - modes
    out, into = u[:, kept:], vt[kept:].T
    layers = [w.copy() for w in network.layers(start)]
    layers[0] -= layers[0] @ into @ into.T
    layers[-1] -= out @ (out.T @ layers[-1])
    if kept == 0:
        return network.flatten(layers)
    # in the coordinates of the kept modes the outer layers are free
    inner = LinearNetwork(kept, kept, network.width, network.depth)
    reduced = [layers[0] @ vt[:kept].T, *layers[1:-1], u[:, :kept].T @ layers[-1]]
    fitted = inner.layers(nearest_minimum(inner, inner.flatten(reduced), np.diag(s[:kept])))
    result = [fitted[0] @ vt[:kept], *fitted[1:-1], u[:, :kept] @ fitted[-1]]
    return network.flatten(result)


def dropped_part(
    network: LinearNetwork,
    start: Float[Array, " P"],
    target: Float[Array, "out in"],
    modes: int,
) -> float:
    """What :func:`drop_modes` removes from the outer layers: a lower bound of its distance."""
    u, s, vt = np.linalg.svd(target)
    kept = int((s > 1e-12 * s[0]).sum()) - modes
    layers = network.layers(start)
    first, last = layers[0] @ vt[kept:].T, u[:, kept:].T @ layers[-1]
    return float(np.hypot(np.linalg.norm(first), np.linalg.norm(last)))
