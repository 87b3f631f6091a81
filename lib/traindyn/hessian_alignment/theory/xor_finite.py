r"""The XOR network at finite λ: its fixed point and the regularizer beyond which it forgets.

Let one neuron answer to each corner, with :math:`|v_i| = |W_i| = \sqrt c` and nothing outside of
the plane of the means. Its logit is :math:`z = c\,(|X\cdot\mu| - |X\cdot\nu|)`, and all equations
of the fixed point are one and the same:

.. math:: \beta = \tfrac14\, \mathbb{E}\, D\, s(-cD), \qquad
          D = |1 + \xi/\sqrt\lambda| - |\eta/\sqrt\lambda|,

with standard normal :math:`\xi, \eta` and the sigmoid s. Its right-hand side falls with c, from
:math:`\mathbb{E} D / 8` at zero, so that a solution exists for smaller β only. As λ grows, D tends
to one, and that is :math:`\beta < 1/8`. The learning rate is taken to zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import optimize, special, stats

Array = np.ndarray


def _folded(center: float, precision: float, nodes: int) -> tuple[Array, Array]:
    """Gauss-Legendre rule for the size of a normal variable around a center."""
    if not 0 < precision < math.inf:
        raise ValueError(f"precision must be positive and finite, got {precision}")
    spread = precision**-0.5
    points, weights = np.polynomial.legendre.leggauss(nodes)
    low, high = max(center - 10 * spread, 0.0), center + 10 * spread
    x = low + (high - low) * (points + 1) / 2
    density = stats.norm.pdf(x, center, spread) + stats.norm.pdf(x, -center, spread)
    return x, weights * density * (high - low) / 2


def _law_of_contrast(
    precision: float, nodes: int = 120
) -> tuple[Float[Array, " m"], Float[Array, " m"]]:
    """Values of D and their weights."""
    (a, wa), (b, wb) = (_folded(center, precision, nodes) for center in (1.0, 0.0))
    return (a[:, None] - b).ravel(), (wa[:, None] * wb).ravel()


def critical_decay(precision: float) -> float:
    r"""Regularizer :math:`\beta_c = \mathbb{E}D/8` above which the network forgets everything.

    Small weights along a corner grow at the rate :math:`\beta_c - \beta`; about
    :math:`\beta_c = (1 - \sqrt{2/\pi\lambda})/8` for large λ.

    Args:
        precision: :math:`\lambda`, positive.

    Raises:
        ValueError: If ``precision`` leaves its range.

    >>> round(critical_decay(10.0), 4), round(critical_decay(1e10), 4)
    (0.0935, 0.125)
    """
    values, weights = _law_of_contrast(precision)
    return float(weights @ values) / 8


def corner_logit(decay: float, precision: float) -> float:
    r"""Logit c of a captured corner at finite λ.

    Args:
        decay: :math:`\beta`, positive and below :func:`critical_decay`.
        precision: :math:`\lambda`, positive.

    Raises:
        ValueError: If an argument leaves its range.

    >>> round(corner_logit(0.05, 1e10), 4), round(math.log(4), 4)
    (1.3863, 1.3863)
    """
    values, weights = _law_of_contrast(precision)
    limit = float(weights @ values) / 8
    if not 0 < decay < limit:
        raise ValueError(f"decay must lie in (0, {limit:.4g}), got {decay}")

    def pull(c: float) -> float:
        return float(weights @ (values * special.expit(-c * values))) / 4 - decay

    upper = 1.0
    while pull(upper) > 0:
        upper *= 2
    return float(optimize.brentq(pull, 0.0, upper, xtol=1e-12))


def across_loss(decay: float, precision: float, step: float) -> float:
    r"""What steps of finite size take from the logit of a corner, to leading order.

    A neuron of the other pair sees the corner with its projection b across, which the limit has at
    zero. A quarter of the samples, those of its corners across that it is active at, push b by
    :math:`\pm\delta r v` with the residual :math:`r = 4\beta`, and pull it back at the rate
    :math:`a = \frac r4\sqrt{2\lambda/\pi}`, since noise smooths the kink. Hence

    .. math:: \operatorname{var} b = \frac{\delta r c}{2}\sqrt{\frac{\pi}{2\lambda}} , \qquad
              2 v\,\mathbb{E}\,b_+ = 2\sqrt{\frac{c \operatorname{var} b}{2\pi}} ,

    which the two neurons of the other pair take from the logit.

    Args:
        decay: :math:`\beta`, positive and below :func:`critical_decay`.
        precision: :math:`\lambda`, positive.
        step: Learning rate :math:`\delta`, positive.

    Raises:
        ValueError: If an argument leaves its range.

    >>> round(across_loss(0.05, 1000.0, 0.01), 4)
    0.007
    """
    if not 0 < step < math.inf:
        raise ValueError(f"step must be positive and finite, got {step}")
    c = corner_logit(decay, precision)
    variance = 2 * step * decay * c * math.sqrt(math.pi / 2 / precision)
    return 2 * math.sqrt(c * variance / 2 / math.pi)


@dataclass(frozen=True)
class CapturedCorner:
    """Eigenvalues of blocks that a captured corner gives at finite λ.

    Args:
        hessian: Of the Hessian of the second layer.
        gradient: Of its gradient matrix.
        first: Of the Hessian of the first layer, over the squared outgoing weight.
    """

    hessian: float
    gradient: float
    first: float


def corner_blocks(decay: float, precision: float, nodes: int = 120) -> CapturedCorner:
    r"""Eigenvalues that one captured corner gives, at its logit c for finite λ.

    A neuron along μ sees :math:`X\cdot\mu` of its own corner, around 1, and that of the two corners
    ±ν, around 0, where it is active half of the time:

    .. math:: h = \tfrac c4\,\mathbb{E}\bigl[s(1 - s)\,(a^2 + b^2)\bigr], \qquad
              a = |1 + \xi/\sqrt\lambda|, \quad b = |\eta/\sqrt\lambda|, \quad s = s(c(a - b)) ,

    and :math:`(1 - s)^2` in place of :math:`s(1 - s)` for the gradient matrix. The first layer has
    :math:`\tfrac14\,\mathbb{E}[s(1 - s)(a^2 + b^2)]` along either mean. As λ grows these are
    :func:`~traindyn.hessian_alignment.theory.xor.corner_eigenvalues`.

    Args:
        decay: :math:`\beta`, positive and below :func:`critical_decay`.
        precision: :math:`\lambda`, positive.
        nodes: Points of the quadrature for each of the two variables.

    Raises:
        ValueError: If an argument leaves its range.

    >>> found = corner_blocks(0.1, 1e8)
    >>> round(found.hessian, 4), round(found.gradient, 4)
    (0.0243, 0.0162)
    """
    c = corner_logit(decay, precision)
    (a, wa), (b, wb) = (_folded(center, precision, nodes) for center in (1.0, 0.0))
    weights = wa[:, None] * wb
    s = special.expit(c * (a[:, None] - b))
    square = a[:, None] ** 2 + b**2
    first = float((weights * s * (1 - s) * square).sum()) / 4
    gradient = float((weights * (1 - s) ** 2 * square).sum()) / 4
    return CapturedCorner(c * first, c * gradient, first)
