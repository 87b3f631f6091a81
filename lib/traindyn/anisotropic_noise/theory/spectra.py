r"""Spectra of the Hessian and of the gradient noise of regression with Gaussian inputs.

The Hessian is a sample covariance, with the law of Marchenko and Pastur. The noise weighs every
sample with its squared residual :math:`t_\mu = r_\mu^2 / s^2`. Residuals of Gaussian labels are
nearly independent of the inputs, so its law is that of weighted samples.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy import special

from traindyn.laws import GridLaw

Array = np.ndarray


def gaussian_weights(nodes: int = 200) -> tuple[Array, Array]:
    r"""Points and probabilities of :math:`t = \xi^2` for a standard normal :math:`\xi`.

    A Gauss-Hermite rule: exact for moments of t up to ``nodes - 1``.

    >>> points, weights = gaussian_weights()
    >>> round(float(weights @ points), 9), round(float(weights @ points**2), 9)
    (1.0, 3.0)
    """
    points, weights = special.roots_hermitenorm(nodes)
    return points**2, weights / weights.sum()


def stieltjes(z: Float[Array, " n"], aspect: float, weights: tuple[Array, Array]) -> Array:
    r"""Stieltjes transform :math:`m(z) = \int \frac{\rho(h)\,dh}{h - z}` of weighted samples.

    It solves

    .. math:: m = \frac{1}{-z + \mathbb{E}_t\bigl[t / (1 + c\,t\,m)\bigr]}, \qquad c = N / P .

    Newton's method, followed down from a large imaginary part of z, where m is near -1/z.

    Args:
        z: Points at real parts of interest; the imaginary part is added here, falling to 1e-7.
        aspect: Number of inputs per sample :math:`c > 0`.
        weights: Points and probabilities of t.

    Raises:
        ValueError: If ``aspect`` is not positive.

    Source: V. Marchenko and L. Pastur, Math. USSR Sb. 1 (1967) 457.
    """
    if not aspect > 0:
        raise ValueError(f"aspect must be positive, got {aspect}")
    t, share = weights
    imaginary = 16.0 * max(1.0, float(np.abs(z).max()))
    m = -1 / (z + 1j * imaginary)
    while imaginary > 1e-7:
        imaginary /= 2
        shifted = z + 1j * imaginary
        for _ in range(12):
            ratio = t / (1 + aspect * t * m[:, None])
            pull = ratio @ share - shifted
            step = (m * pull - 1) / (pull - m * aspect * (ratio**2 @ share))
            m = m - step
            if np.abs(step).max() < 1e-12 * np.abs(m).max():
                break
    return np.asarray(m)


def weighted_law(aspect: float, weights: tuple[Array, Array], points: int = 3000) -> GridLaw:
    r"""Law of the eigenvalues of :math:`\frac1P\sum_\mu t_\mu x_\mu x_\mu^\top`, isotropic inputs.

    Mean :math:`\mathbb{E}t` and variance :math:`c\,\mathbb{E}t^2`: with all :math:`t = 1` it is the
    law of Marchenko and Pastur, of variance c; with squared normal residuals the variance is 3c.

    Args:
        aspect: Number of inputs per sample c, in (0, 1).
        weights: Points and probabilities of t, such as :func:`gaussian_weights`.
        points: Size of the grid.

    Raises:
        ValueError: If ``aspect`` leaves its range.
    """
    if not 0 < aspect < 1:
        raise ValueError(f"aspect must lie in (0, 1), got {aspect}")
    t, share = weights
    mean, second = float(t @ share), float(t**2 @ share)
    top = 4 * mean + 40 * aspect * second / mean
    grid = top * np.linspace(0, 1, points) ** 2
    density = stieltjes(grid, aspect, weights).imag / np.pi
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    return GridLaw(grid, np.clip(mass / mass[-1], 0.0, 1.0), mean, aspect * second)
