"""Temperatures between which the stationary density of two layers has no peak."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.theory.moments import Moments


def peak_limits(data: Moments) -> tuple[float, ...]:
    r"""Positive temperatures at which the square root in eq. 16 vanishes, in order.

    .. math:: (100\alpha_2^2 - 84\alpha_1\alpha_3)T^2 + (28\alpha_1\beta_2 - 20\alpha_2\beta_1)T
              + \beta_1^2 = 0.

    There are two if :math:`\alpha_1\alpha_3 < \tfrac{25}{21}\alpha_2^2` and
    :math:`\alpha_2/\alpha_1` is far enough above :math:`\tfrac75v^*`.

    >>> [round(t, 6) for t in peak_limits(Moments(1.0, 0.0, 1.0, 1.0, 1.0))]  # (28 + √1120)/168
    [0.365871]
    """
    a1, a2, a3, b1, b2 = data.alpha1, data.alpha2, data.alpha3, data.beta1, data.beta2
    roots = np.roots([100 * a2**2 - 84 * a1 * a3, 28 * a1 * b2 - 20 * a2 * b1, b1**2])
    return tuple(sorted(float(r.real) for r in roots if abs(r.imag) < 1e-12 and r.real > 0))
