r"""Flatness of a loss along a direction, as Feng and Tu define it.

It is the distance between the two points around a minimum where the loss is :math:`e` times its
value there. In a quadratic loss with curvature :math:`h_p = p^\top H p` it is

.. math:: F = 2 \sqrt{2 (e - 1) L_0 / h_p} .

Source: Y. Feng and Y. Tu, Proc. Natl. Acad. Sci. 118 (2021) e2015617118.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

Array = np.ndarray


def flatness(curvature: Float[Array, "..."], smallest_loss: float) -> Float[Array, "..."]:
    r"""Flatness along directions of given curvature of a quadratic loss.

    Args:
        curvature: :math:`h_p > 0`.
        smallest_loss: Loss :math:`L_0 > 0` at the minimum.

    Raises:
        ValueError: If an argument is not positive.

    >>> round(float(flatness(np.array(8 * (np.e - 1)), 1.0)), 12)
    1.0
    """
    curvature = np.asarray(curvature)
    if not (curvature > 0).all():
        raise ValueError(f"curvature must be positive, got {curvature.min()}")
    if not smallest_loss > 0:
        raise ValueError(f"smallest_loss must be positive, got {smallest_loss}")
    return np.asarray(2 * np.sqrt(2 * (np.e - 1) * smallest_loss / curvature))


def measured_flatness(loss: Callable[[float], float], guess: float = 1.0) -> float:
    """Flatness of any loss along a line, by bracketing and root finding.

    Args:
        loss: Loss at a signed distance from the minimum along the line.
        guess: First guess of the distance to either side, positive.

    Raises:
        ValueError: If the loss at the minimum is not positive, or the loss never reaches e times
            that within ``2**60`` times the guess: the direction is flat.

    >>> round(measured_flatness(lambda t: 1 + t**2) / 2, 6) == round((2.718281828 - 1) ** 0.5, 6)
    True
    """
    level = np.e * loss(0.0)
    if not level > 0:
        raise ValueError(f"loss must be positive at the minimum, got {loss(0.0)}")
    width = 0.0
    for sign in (1.0, -1.0):
        reach = guess
        for _ in range(60):
            if loss(sign * reach) > level:
                break
            reach *= 2
        else:
            raise ValueError(f"loss must grow along the line, got a flat one up to {reach:.3g}")
        width += brentq(lambda t, s=sign: loss(s * t) - level, 0.0, reach, xtol=1e-300, rtol=1e-14)
    return width


def window_variance(x: Float[Array, " n"]) -> Float[Array, " n"]:
    r"""Share of a variance that a window sees, :math:`1 - 2(x - 1 + e^{-x})/x^2`.

    For a process that forgets at the rate :math:`\eta h` per step and a window of W steps,
    :math:`x = \eta h W`: the mean over the window takes the rest. In flat directions only
    :math:`x/3` is left, which fakes an inverse relation of exponent 2.

    >>> window_variance(np.array([1e-3, 1e6])).round(5)
    array([3.3e-04, 1.0e+00])
    """
    x = np.asarray(x, dtype=float)
    small = x < 1e-2
    safe = np.where(small, 1.0, x)
    exact = 1 - 2 * (safe - 1 + np.exp(-safe)) / safe**2
    return np.asarray(np.where(small, x / 3 - x**2 / 12, exact))
