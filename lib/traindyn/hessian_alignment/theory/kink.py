r"""What a second derivative almost everywhere leaves out: the kink of the ReLU.

One neuron on the XOR mixture, :math:`z = v\,(w \cdot X)_+`, in the plane of :math:`\mu` and
:math:`\nu`. The mean loss is smooth in w, and its second derivative has two terms,

.. math:: v^2\, \mathbb{E}[s(1-s)\, 1_{w\cdot X > 0}\, XX^\top]
          + v\, \mathbb{E}[(s - y)\, \delta(w \cdot X)\, XX^\top] .

Automatic differentiation, sample by sample, sees the first one only: no sample lies on the kink.
Here both are integrals over :math:`u = w \cdot X / |w|` alone, because the logit depends on u only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special, stats

Array = np.ndarray
CORNERS = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
LABELS = np.array([1.0, 1.0, 0.0, 0.0])


class MeanLoss(NamedTuple):
    """Derivatives of the mean loss of one neuron by its two incoming weights."""

    gradient: Float[Array, "2"]
    almost_everywhere: Float[Array, "2 2"]
    kink: Float[Array, "2 2"]


def mean_loss_of_neuron(
    weights: Float[Array, "2"], second: float, precision: float, nodes: int = 200
) -> MeanLoss:
    r"""Gradient of the mean loss, and its second derivative in two terms.

    Args:
        weights: Incoming weights w along :math:`\mu` and :math:`\nu`, not both zero.
        second: Outgoing weight v.
        precision: :math:`\lambda`, positive.
        nodes: Points of the Gauss-Legendre rule.

    Raises:
        ValueError: If the weights are zero or ``precision`` is not positive.

    >>> loss = mean_loss_of_neuron(np.array([1.0, 0.0]), 1.0, 30.0)
    >>> loss.kink.round(12)[0]  # the kink bends the loss only across the weights
    array([0., 0.])
    """
    norm = float(np.linalg.norm(weights))
    if not norm > 0:
        raise ValueError("weights must not be zero")
    if not precision > 0:
        raise ValueError(f"precision must be positive, got {precision}")
    spread = precision**-0.5
    along = np.asarray(weights) / norm
    across = np.array([-along[1], along[0]])
    frame = np.stack([along, across])  # rows
    points, rule = np.polynomial.legendre.leggauss(nodes)
    reach = 1 + 10 * spread
    u, rule = reach * (points + 1) / 2, rule * reach / 2
    s = special.expit(second * norm * u)
    gradient, smooth, kink = np.zeros(2), np.zeros((2, 2)), np.zeros((2, 2))
    for corner, label in zip(CORNERS, LABELS, strict=True):
        center, side = frame @ corner
        density = rule * stats.norm.pdf(u, center, spread) / 4
        gradient += density @ ((s - label)[:, None] * np.stack([u, np.full_like(u, side)], axis=1))
        curve = density * s * (1 - s)
        mixed = side * (curve @ u)
        smooth += [[curve @ u**2, mixed], [mixed, (side**2 + spread**2) * curve.sum()]]
        on_line = stats.norm.pdf(0.0, center, spread) / 4
        kink[1, 1] += (0.5 - label) * on_line * (side**2 + spread**2)
    return MeanLoss(
        second * frame.T @ gradient,
        second**2 * frame.T @ smooth @ frame,
        second / norm * frame.T @ kink @ frame,
    )
