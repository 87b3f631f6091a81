r"""How far the first singular vectors of weights turn toward a large update of rank one.

After :math:`W \to W + \theta u v^\top` the row of :math:`W` along u is the vector
:math:`u^\top W`, and :math:`\ell = \lVert u^\top W\rVert^2/d`. The rest of W is a matrix of
independent entries of variance 1, so the classical limits for a spike in noise apply with
:math:`\theta^2 = \ell - 1`.
"""

from __future__ import annotations

import numpy as np


def first_overlaps(ell: float, gamma: float) -> tuple[float, float]:
    r"""Squared overlaps of the first left and right singular vectors with those of the spike.

    .. math::

        1 - \frac{\gamma\,\ell}{(\ell-1)(\ell-1+\gamma)} \qquad\text{and}\qquad
        1 - \frac{\ell-1+\gamma}{(\ell-1)\,\ell} , \qquad \ell > 1 + \sqrt\gamma,

    and 0 below the threshold. The right one is the overlap with the clean direction v, whose length
    within :math:`u^\top W` is a share :math:`(\ell-1)/\ell`.

    Args:
        ell: Squared length of the row along u over d, positive.
        gamma: Rows per column h/d, positive.

    Returns:
        The left and the right overlap.

    Raises:
        ValueError: If an argument is not positive.

    Source: F. Benaych-Georges and R. Nadakuditi, J. Multivariate Anal. 111 (2012) 120.

    >>> first_overlaps(2.0, 1.0)  # at the threshold
    (0.0, 0.0)
    >>> [round(value, 5) for value in first_overlaps(1e4, 1.5)]
    [0.99985, 0.9999]
    """
    if not (ell > 0 and gamma > 0):
        raise ValueError(f"ell and gamma must be positive, got {ell} and {gamma}")
    excess = ell - 1
    if excess <= np.sqrt(gamma):
        return 0.0, 0.0
    left = 1 - gamma * ell / (excess * (excess + gamma))
    right = 1 - (excess + gamma) / (excess * ell)
    return max(left, 0.0), max(right, 0.0)
