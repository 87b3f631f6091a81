r"""What the data of a regression predict for training from a small start, linear and rectified.

A linear network climbs the singular values of the least-squares fit one after another: its stages
are the reduced-rank regressions. A rectified network of two layers leaves the origin along the unit
vectors :math:`w` that maximize :math:`\lVert \mathbb{E}[y \max(w \cdot x, 0)] \rVert`.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def fitted_singular_values(
    x: Float[Array, "in samples"], y: Float[Array, "out samples"]
) -> Float[Array, " rank"]:
    r"""Singular values of the least-squares fit :math:`\hat Y / \sqrt N`, largest first.

    The best matrix of rank :math:`k` (reduced-rank regression) keeps the first :math:`k` of them;
    its loss is :math:`\frac{1}{2N}\lVert Y \rVert^2 - \frac12 \sum_{i \le k} \hat s_i^2`.

    Args:
        x: Inputs, one sample per column.
        y: Outputs, one sample per column.

    Source: A. Izenman, J. Multivariate Anal. 5 (1975) 248, with the identity as weight.

    >>> fitted_singular_values(np.eye(2), np.diag([3.0, 1.0])) * 2**0.5
    array([3., 1.])
    """
    _, spread, rows = np.linalg.svd(x, full_matrices=False)
    projected = y @ rows[spread > 1e-9 * spread[0]].T
    return np.linalg.svd(projected, compute_uv=False) / np.sqrt(x.shape[1])


def linear_escape_rate(x: Float[Array, "in samples"], y: Float[Array, "out samples"]) -> float:
    r"""Operator norm of :math:`\mathbb{E}[y x^\top]`: the rate at which two linear layers escape.

    >>> linear_escape_rate(np.eye(2), np.diag([4.0, 1.0]))
    2.0
    """
    return float(np.linalg.norm(y @ x.T / x.shape[1], 2))


def relu_escape_rate(
    x: Float[Array, "in samples"],
    y: Float[Array, "out samples"],
    generator: np.random.Generator,
    starts: int = 64,
    sweeps: int = 300,
) -> float:
    r"""The rate :math:`\max_{|w|=1} \lVert \mathbb{E}[y \max(w \cdot x, 0)] \rVert`.

    Near the origin every neuron of a two-layer network moves on its own: with incoming weights
    :math:`c w` and outgoing weights :math:`c u` its size obeys
    :math:`\dot c = c\, u \cdot \mathbb{E}[y \max(w \cdot x, 0)]`, and :math:`u, w` turn uphill.
    The best unit vector is found by ascent from many starts, for the function has several maxima on
    the sphere. It has kinks where a sample changes sides, so the steps shrink as :math:`1/k` and
    the best value counts.

    Args:
        x: Inputs, one sample per column.
        y: Outputs, one sample per column.
        generator: Source of the starts.
        starts: Number of random starts.
        sweeps: Steps of ascent from each.

    Raises:
        ValueError: If ``starts`` or ``sweeps`` is below 1.

    >>> x, y = np.array([[1.0, -2.0]]), np.array([[1.0, 3.0]])
    >>> relu_escape_rate(x, y, np.random.default_rng(0))  # w = -1: (3 · 2) / 2
    3.0
    """
    if min(starts, sweeps) < 1:
        raise ValueError(f"starts and sweeps must be at least 1, got {starts} and {sweeps}")
    w = generator.standard_normal((starts, x.shape[0]))
    samples = x.shape[1]
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    best = 0.0
    for sweep in range(sweeps):
        active = np.maximum(w @ x, 0.0)
        pull = active @ y.T / samples
        rates = np.linalg.norm(pull, axis=1)
        best = max(best, float(rates.max()))
        u = pull / np.maximum(rates, 1e-300)[:, None]
        uphill = ((u @ y) * (active > 0)) @ x.T
        w += (
            uphill * (2 / (sweep + 1) / np.maximum(np.linalg.norm(uphill, axis=1), 1e-300))[:, None]
        )
        w /= np.linalg.norm(w, axis=1, keepdims=True)
    return best
