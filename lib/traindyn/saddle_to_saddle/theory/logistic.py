r"""How margins grow under a logistic cost once all signs are right.

The smallest margin m of a balanced network of L layers grows in proportion to
:math:`m^{2 - 2/L} / (1 + e^m)`: the first factor is the speed of a mode of size m, the second the
probability of the wrong sign. So the time since the escape is in proportion to

.. math:: I(m) = \int_1^m (1 + e^u)\, u^{-(2 - 2/L)}\, du ,

and m grows as log t, faster by a relative :math:`(2 - 2/L) / m`.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.integrate import cumulative_simpson

Array = np.ndarray

LARGEST = 60.0
"""Margins beyond which the integral is not taken."""


def margin_after(
    margin: Float[Array, " n"], stretch: Float[Array, " n"], depth: int
) -> Float[Array, " n"]:
    r"""The margin :math:`m'` when the time since the escape has grown by a factor.

    It solves :math:`I(m') = k\, I(m)`.

    Args:
        margin: Margins m in (1, 60).
        stretch: Factors k, at least 1.
        depth: Number L of layers.

    Raises:
        ValueError: If ``margin`` or ``stretch`` leaves its range, ``depth`` is below 1, or the
            result is beyond 60.

    >>> margin_after(np.array([2.0]), np.array([1.0]), 3).round(6)
    array([2.])
    """
    if not ((margin > 1) & (margin < LARGEST)).all():
        raise ValueError(f"margin must lie in (1, {LARGEST:g}), got {margin}")
    if not (stretch >= 1).all():
        raise ValueError(f"stretch must be at least 1, got {stretch}")
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    u = np.linspace(1, LARGEST, 6001)
    times = cumulative_simpson((1 + np.exp(u)) * u ** (2 / depth - 2), x=u, initial=0)
    u, logs = u[1:], np.log(times[1:])
    ahead = np.interp(margin, u, logs) + np.log(stretch)
    if (ahead > logs[-1]).any():
        raise ValueError(f"stretch must keep margins below {LARGEST:g}, got {stretch.max()}")
    return np.asarray(np.interp(ahead, logs, u))
