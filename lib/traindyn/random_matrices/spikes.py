"""Directions of larger variance in sample covariances, and eigenvalues that stand out."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.system.arguments import real_array, real_number


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


def count_outliers(eigenvalues: Float[np.ndarray, " n"], edge: float, margin: float = 0.05) -> int:
    r"""Number of eigenvalues above :math:`(1 + \mathrm{margin})` times the edge of the bulk.

    Args:
        eigenvalues: In any order; only the largest are needed.
        edge: Upper edge of the bulk, from theory; positive and finite.
        margin: Relative distance from the edge, at least 0. The largest eigenvalue of the bulk
            scatters around the edge by a few times :math:`n^{-2/3}`, 0.05 for n in the hundreds.

    Raises:
        ValueError: If an eigenvalue is not finite, the edge not positive or the margin negative.

    >>> count_outliers(np.array([5.0, 2.2, 2.05, 1.0]), edge=2.0)
    2
    """
    edge = real_number("edge", edge, "(0, inf)")
    margin = real_number("margin", margin, "[0, inf)")
    return int((real_array("eigenvalues", eigenvalues, least=0) > (1 + margin) * edge).sum())
