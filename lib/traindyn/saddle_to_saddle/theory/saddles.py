r"""The saddles along the way: their losses, their curvature, and how closely they are passed."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def plateau_losses(singular_values: Float[Array, " n"]) -> Float[Array, " stages"]:
    r"""Losses of the best approximations of rank 0, 1, ..., :math:`\frac12\sum_{i>k} s_i^2`.

    Source: C. Eckart and G. Young, Psychometrika 1 (1936) 211.

    >>> plateau_losses(np.array([3.0, 2.0, 1.0]))
    array([7. , 2.5, 0.5])
    """
    squares = np.asarray(singular_values) ** 2 / 2
    return np.asarray(np.cumsum(squares[::-1])[::-1])


def reduced_rank_losses(
    x: Float[Array, "in samples"], y: Float[Array, "out samples"]
) -> Float[Array, " stages"]:
    r"""Losses of reduced-rank regression at ranks 0, 1, ..., for :math:`\frac{1}{2N}\|AX - Y\|^2`.

    The best matrix of rank k is the least-squares fit projected on the first k left singular
    vectors of its outputs; each adds :math:`\hat s_k^2 / 2` to the loss it saves.

    Source: A. Izenman, J. Multivariate Anal. 5 (1975) 248.
    """
    samples = x.shape[1]
    fit = np.linalg.lstsq(x.T, y.T, rcond=None)[0].T @ x / np.sqrt(samples)
    saved = np.concatenate([[0.0], np.cumsum(np.linalg.svd(fit, compute_uv=False) ** 2) / 2])
    return np.asarray((y**2).sum() / (2 * samples) - saved)


def kept_direction_loss(x: Float[Array, "in samples"], y: Float[Array, "out samples"]) -> float:
    r"""Smallest loss along the direction in which a small start leaves the origin.

    With the top singular triple :math:`(u, s, v)` of :math:`Y X^\top / N` the best multiple of
    :math:`u v^\top` saves :math:`s^2 / 2 v^\top M v`, where M is the second moment of the inputs.
    The rest is at least the loss of reduced-rank regression at rank one.

    >>> kept_direction_loss(np.eye(2), np.diag([2.0, 1.0]))  # white inputs: that of rank one
    0.25
    """
    samples = x.shape[1]
    _, s, vt = np.linalg.svd(y @ x.T / samples)
    moment = float(((vt[0] @ x) ** 2).sum() / samples)
    return float((y**2).sum() / (2 * samples) - s[0] ** 2 / (2 * moment))


def gradient_exponent(depth: int, s: float, next_s: float) -> float:
    r"""Exponent in the start's scale of the smallest gradient on a plateau.

    Two layers: the learned mode approaches as :math:`e^{-2st}` and the waiting one leaves as
    :math:`\alpha^{1 - s'/s} e^{s't}`; they are equal at
    :math:`\alpha^{p}` with :math:`p = (1 - s'/s)\, 2s / (2s + s')`. More layers: the gradient of
    the waiting mode is of order :math:`\alpha^{L-1}` all along.

    >>> gradient_exponent(2, 3.0, 2.0), gradient_exponent(3, 3.0, 2.0)
    (0.25, 2.0)
    """
    if depth > 2:
        return depth - 1.0
    return (1 - next_s / s) * 2 * s / (2 * s + next_s)


def largest_curvature(depth: int, s: float) -> float:
    r"""Largest eigenvalue of the Hessian where one mode is learned, :math:`L s^{2 - 2/L}`.

    At a balanced point the mode is :math:`a = c^L` with :math:`c = s^{1/L}` in each layer; the
    Gauss-Newton matrix along equal steps is :math:`L c^{2(L-1)}`.

    >>> largest_curvature(2, 3.0)
    6.0
    """
    return float(depth * s ** (2 - 2 / depth))


def smallest_curvature(depth: int, next_s: float) -> float:
    r"""Smallest eigenvalue at a visited saddle: :math:`-s'` for two layers, 0 for more.

    Two layers escape along :math:`dW_2\,dW_1`, a product of two steps. More layers need a product
    of L steps through hidden units that are all zero, so the second order vanishes.
    """
    return -next_s if depth == 2 else 0.0
