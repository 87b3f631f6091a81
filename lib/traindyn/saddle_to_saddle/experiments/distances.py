"""Nearest minima and explicit saddles of given starts, many at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, forward

Array = np.ndarray


def nearest_minimum(
    network: LinearNetwork,
    starts: Float[Array, "*batch P"],
    target: Float[Array, "out in"],
    guess: Float[Array, "*batch P"] | None = None,
    *,
    tolerance: float = 1e-9,
    sweeps: int = 10_000,
) -> Float[Array, "*batch P"]:
    r"""Parameters near every start whose matrix is the target, by repeated linearization.

    Each sweep solves :math:`\min \lVert\theta - \theta_0\rVert` under the linearized constraint
    :math:`A + J(\theta' - \theta) = T`; a fixed point is a stationary point of the distance. The
    solution is :math:`\theta_0 + J^\top K^{-1}(T - A + J(\theta - \theta_0))` with the small kernel
    :math:`K = J J^\top`, so the Jacobian J itself is never formed.

    Args:
        network: Shape of the network.
        starts: The starts :math:`\theta_0`.
        target: The target T.
        guess: Where the iteration begins; default: the starts. The problem is not convex.
        tolerance: Largest change of the parameters in the last sweep, relative to them.
        sweeps: Most sweeps.

    Raises:
        RuntimeError: If the constraint is not met.
    """
    batch = np.atleast_2d(starts)
    theta = batch.copy() if guess is None else np.atleast_2d(guess).copy()
    moving = np.arange(len(batch))
    for _ in range(sweeps):
        here = theta[moving]
        kernel, pushed = _linearized(network, here, here - batch[moving])
        residual = target - network.product(here) + pushed
        flat = residual.reshape(*residual.shape[:-2], -1, 1)
        weights = np.linalg.solve(kernel, flat).reshape(residual.shape)
        moved = batch[moving] + network.gradient(here, weights)
        change = np.linalg.norm(moved - here, axis=-1) / np.linalg.norm(here, axis=-1)
        settled = change < tolerance
        step = moved if guess is None else 0.1 * here + 0.9 * moved
        theta[moving] = np.where(settled[:, None], moved, step)
        moving = moving[~settled]
        if not moving.size:
            break
    missed = np.linalg.norm(network.product(theta) - target, axis=(-2, -1)).max()
    if (error := float(missed / np.linalg.norm(target))) > 1e-6:
        raise RuntimeError(f"the matrix misses the target by {error:.3g} after {sweeps} sweeps")
    return theta.reshape(starts.shape)


def _linearized(network: LinearNetwork, theta: Array, change: Array) -> tuple[Array, Array]:
    """The kernel, over the entries of A row by row, and what a change of theta adds to A."""
    layers, changes = network.layers(theta), network.layers(change)
    before = [np.eye(network.inputs), *forward(layers)[:-1]]
    after = [np.eye(network.outputs)]
    for w in layers[:0:-1]:
        after.append(after[-1] @ w)
    kernel = pushed = np.zeros(())
    for b, w, f in zip(after[::-1], changes, before, strict=True):
        pushed = pushed + b @ w @ f
        sides = np.einsum("...op,...ij->...oipj", b @ b.mT, f.mT @ f)
        kernel = kernel + sides.reshape(*sides.shape[:-4], sides.shape[-4] * sides.shape[-3], -1)
    return kernel, pushed


def balanced_guess(
    network: LinearNetwork, starts: Float[Array, "*batch P"], target: Float[Array, "out in"]
) -> Float[Array, "*batch P"]:
    r"""The balanced factors of the target in hidden frames that turn toward the starts.

    With :math:`T = U S V^\top` the layers are :math:`O_l S^{1/L} O_{l-1}^\top`, where
    :math:`O_0 = V` and :math:`O_L = U`. Frame after frame takes the best place between its
    neighbors, which is a polar factor; twenty rounds settle all frames of four layers.
    """
    layers = network.layers(starts)
    u, s, vt = np.linalg.svd(target)
    root = s ** (1 / network.depth)
    frames = [vt.T]
    for w in layers[:-1]:
        frames.append(_polar(w @ (frames[-1] * root)))
    frames.append(u)
    for _ in range(20):
        for level in range(1, network.depth):
            below = layers[level - 1] @ (frames[level - 1] * root)
            above = layers[level].mT @ (frames[level + 1] * root)
            frames[level] = _polar(below + above)
    batch = starts.shape[:-1]
    found = [(after * root) @ before.mT for before, after in pairwise(frames)]
    return network.flatten([np.broadcast_to(w, (*batch, *w.shape[-2:])) for w in found])


def _polar(matrix: Array) -> Array:
    """The nearest matrix with orthonormal columns."""
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray(left @ right)


def drop_modes(
    network: LinearNetwork,
    starts: Float[Array, "*batch P"],
    target: Float[Array, "out in"],
    modes: int,
) -> Float[Array, "*batch P"]:
    """A saddle near every start: the weakest modes of the target leave the outer layers.

    The other modes are fitted, by the smallest change that keeps the dropped ones out.

    Args:
        network: Shape of the network.
        starts: The starts.
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
    layers = [w.copy() for w in network.layers(starts)]
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
    starts: Float[Array, "*batch P"],
    target: Float[Array, "out in"],
    modes: int,
) -> Float[Array, " *batch"]:
    """What :func:`drop_modes` removes from the outer layers: a lower bound of its distance."""
    u, s, vt = np.linalg.svd(target)
    kept = int((s > 1e-12 * s[0]).sum()) - modes
    layers = network.layers(starts)
    first, last = layers[0] @ vt[kept:].T, u[:, kept:].T @ layers[-1]
    norms = (np.linalg.norm(part, axis=(-2, -1)) for part in (first, last))
    return np.asarray(np.hypot(*norms))


def distance_to_lost_rank(
    outer: Float[Array, "w n"], middle: Float[Array, "w v"], share: float = 0.5
) -> float:
    r"""Smallest change of two layers whose product loses rank, squared.

    For the product :math:`M^\top Z` of an outer layer Z and a middle one M to vanish on a unit
    vector u, Z must change by at least :math:`\lVert y - Zu\rVert` and M by
    :math:`\lVert M^\top \hat y\rVert` for some y. The least sum of squares, of which those of M
    count by a share, is

    .. math:: \min_u \; \lVert Zu\rVert^2 + \lambda_{\min}(s\,M M^\top - Zu\,(Zu)^\top) .

    The best u and y are found in turns, from every singular vector of Z.

    Args:
        outer: The outer layer Z, with hidden units as rows.
        middle: The middle layer M, with the same hidden units as rows.
        share: The share s.

    >>> round(distance_to_lost_rank(np.eye(3, 1), np.eye(3)), 9)  # all of the change in M
    0.5
    """
    vectors, values, _ = np.linalg.svd(middle)
    curved = np.zeros(len(vectors))
    curved[: len(values)] = share * values**2
    turned, found = vectors.T @ outer, np.inf
    for u in np.linalg.svd(turned)[2]:
        for _ in range(30):
            z = turned @ u
            extra = _secular(curved, z**2)
            line = z / np.maximum(curved + extra, 1e-300)
            line /= np.linalg.norm(line)
            along = turned.T @ line
            u = np.linalg.eigh(turned.T @ turned - np.outer(along, along))[1][:, 0]
        z = turned @ u
        found = min(found, float(z @ z) - _secular(curved, z**2))
    return found


def _secular(curved: Array, squares: Array) -> float:
    r"""The root :math:`x \ge 0` of :math:`\sum_i z_i^2 / (d_i + x) = 1`, or 0 without one."""
    if not squares.any() or (curved.min() > 0 and (squares / curved).sum() <= 1):
        return 0.0
    return float(brentq(lambda x: (squares / (curved + x)).sum() - 1, 1e-300, squares.sum()))
