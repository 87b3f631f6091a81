"""Sample covariances with one direction of larger variance."""

from __future__ import annotations

import numpy as np

from traindyn.system.arguments import real_number


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
        size: Excess variance :math:`\ell` along the spike, at least 0.
        aspect: Inputs per sample :math:`\gamma`, in [1e-290, 1e290].

    Raises:
        ValueError: If an argument leaves its range.

    >>> spiked(1.0, 0.25)
    (2.5, 0.6)
    >>> spiked(0.4, 0.25)
    (2.25, 0.0)

    Source: J. Baik, G. Ben Arous and S. Péché, Ann. Probab. 33 (2005) 1643; D. Paul, Statist.
    Sinica 17 (2007) 1617, for the cosine.
    """
    size = real_number("size", size, "[0, inf)")
    aspect = real_number("aspect", aspect, "[1e-290, 1e290]")
    if size <= np.sqrt(aspect):
        return float((1 + np.sqrt(aspect)) ** 2), 0.0
    return (1 + size) * (1 + aspect / size), (1 - aspect / (size * size)) / (1 + aspect / size)
