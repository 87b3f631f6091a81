"""Sample covariances with one direction of larger variance."""

from __future__ import annotations

import numpy as np


def spiked(size: float, aspect: float) -> tuple[float, float]:
    r"""Largest eigenvalue of a spiked sample covariance, and its squared cosine with the spike.

    The population covariance is :math:`I + \ell\,uu^\top`. Above the threshold
    :math:`\ell > \sqrt\gamma`

    .. math::

        (1 + \ell)(1 + \gamma/\ell), \qquad
        \cos^2 = \frac{1 - \gamma/\ell^2}{1 + \gamma/\ell} ;

    below it the eigenvalue stays at the edge :math:`(1 + \sqrt\gamma)^2`, and its vector knows
    nothing of the spike.

    Args:
        size: Excess variance :math:`\ell \ge 0` along the spike.
        aspect: Inputs per sample :math:`\gamma > 0`.

    Raises:
        ValueError: If an argument leaves its range.

    >>> spiked(1.0, 0.25)
    (2.5, 0.6)
    >>> spiked(0.4, 0.25)
    (2.25, 0.0)

    Source: J. Baik, G. Ben Arous and S. Péché, Ann. Probab. 33 (2005) 1643; D. Paul, Statist.
    Sinica 17 (2007) 1617, for the cosine.
    """
    if not (size >= 0 and np.isfinite(size)):
        raise ValueError(f"size must be at least 0 and finite, got {size}")
    if not aspect > 0:
        raise ValueError(f"aspect must be positive, got {aspect}")
    if size <= np.sqrt(aspect):
        return float((1 + np.sqrt(aspect)) ** 2), 0.0
    return (1 + size) * (1 + aspect / size), (1 - aspect / size**2) / (1 + aspect / size)
