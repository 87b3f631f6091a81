r"""The spectrum of untrained weights: its law and the scatter of its ends.

The weights W have h rows and d columns of independent standard normal entries. The eigenvalues of
:math:`W^\top W / h` follow the law of Marchenko and Pastur with aspect d/h.
"""

from __future__ import annotations

import math

TRACY_WIDOM_MEAN = -1.2065335745820
"""Mean of the Tracy-Widom law of real matrices."""

TRACY_WIDOM_DEVIATION = 1.2680340
"""Its standard deviation. Source: F. Bornemann, Markov Process. Relat. Fields 16 (2010) 803."""


COMPLEX_TRACY_WIDOM_MEAN = -1.7710868074
"""Mean of the law for complex matrices, the nearest wrong one. Source: the same."""


def top_law(hidden: int, inputs: int) -> tuple[float, float]:
    r"""Center and scale of the largest eigenvalue of :math:`W^\top W`.

    :math:`(\lambda_1 - \mu)/\sigma` follows the law of Tracy and Widom up to :math:`O(d^{-2/3})`,
    with :math:`\mu = (p + q)^2` and :math:`\sigma = (p + q)(1/p + 1/q)^{1/3}`,
    :math:`p = (h - \frac12)^{1/2}`, :math:`q = (d - \frac12)^{1/2}`.

    Args:
        hidden: Number h of rows, at least 1.
        inputs: Number d of columns, at least 1.

    Raises:
        ValueError: If a number is below 1.

    Source: Z. Ma, Bernoulli 18 (2012) 322.

    >>> center, scale = top_law(150, 100)
    >>> round(center / (150**0.5 + 100**0.5) ** 2, 3), round(scale / center, 3)
    (0.996, 0.026)
    """
    if min(hidden, inputs) < 1:
        raise ValueError(f"hidden and inputs must be at least 1, got {hidden} and {inputs}")
    p, q = math.sqrt(hidden - 0.5), math.sqrt(inputs - 0.5)
    return (p + q) ** 2, (p + q) * (1 / p + 1 / q) ** (1 / 3)


def bottom_law(hidden: int, inputs: int) -> tuple[float, float]:
    r"""Center and scale of the logarithm of the smallest eigenvalue of :math:`W^\top W`.

    :math:`(\nu - \log\lambda_d)/\tau` follows the law of Tracy and Widom, with
    :math:`\mu = (p - q)^2`, :math:`\sigma = (p - q)(1/q - 1/p)^{1/3}`, :math:`\tau = \sigma/\mu`
    and :math:`\nu = \log\mu + \tau^3/8`; p and q as in :func:`top_law`.

    Args:
        hidden: Number h of rows, above d.
        inputs: Number d of columns, at least 1.

    Raises:
        ValueError: If ``hidden <= inputs`` or ``inputs < 1``.

    Source: Z. Ma, Bernoulli 18 (2012) 322.

    >>> center, scale = bottom_law(150, 100)
    >>> round(math.exp(center) / (150**0.5 - 100**0.5) ** 2, 3), round(scale, 3)
    (1.004, 0.117)
    """
    if not 1 <= inputs < hidden:
        raise ValueError(f"inputs must lie in [1, hidden), got {inputs} for {hidden} hidden")
    p, q = math.sqrt(hidden - 0.5), math.sqrt(inputs - 0.5)
    scale = (1 / q - 1 / p) ** (1 / 3) / (p - q)
    return 2 * math.log(p - q) + scale**3 / 8, scale
