"""The law of the eigenvalues of samples with weights: its edge, its transform and its table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float
from scipy import optimize

from traindyn.laws import GridLaw

Array = np.ndarray


@dataclass(frozen=True)
class Weights:
    """Law of the weights of samples: finitely many values with their probabilities.

    Args:
        values: Weights t >= 0, at least one of them positive.
        shares: Their probabilities.

    Raises:
        ValueError: If a value or a share is negative or not finite, all weights are zero, or the
            shares do not add up to 1.
    """

    values: Float[Array, " k"]
    shares: Float[Array, " k"]

    def __post_init__(self) -> None:
        for name, entries in (("values", self.values), ("shares", self.shares)):
            if not (np.isfinite(entries) & (entries >= 0)).all():
                raise ValueError(f"{name} must be finite and not negative, got {entries}")
        if abs(self.shares.sum() - 1) > 1e-9:
            raise ValueError(f"shares must add up to 1, got {self.shares.sum()}")
        if not self.positive > 0:
            raise ValueError("values must hold a positive weight of positive share, got none")

    @classmethod
    def equal(cls) -> Weights:
        """All samples have the weight 1."""
        return cls(np.ones(1), np.ones(1))

    @classmethod
    def sample(cls, values: Float[Array, " k"]) -> Weights:
        """Observed weights, equally likely.

        >>> Weights.sample(np.array([1.0, 3.0])).moment(1)
        2.0
        """
        return cls(values, np.full(len(values), 1 / len(values)))

    def moment(self, order: int) -> float:
        r"""Moment :math:`\mathbb{E}t^k`."""
        return float(self.values**order @ self.shares)

    @property
    def largest(self) -> float:
        """Largest weight of positive share."""
        return float(self.values[self.shares > 0].max())

    @property
    def positive(self) -> float:
        """Probability that a weight is positive."""
        return float(self.shares[self.values > 0].sum())


def weighted_edge(aspect: float, weights: Weights) -> float:
    r"""Largest point of the support of the law of weighted samples.

    Right of the spectrum the transform m of :func:`stieltjes` is real and negative, and

    .. math:: z(m) = -\frac1m + \mathbb{E}\frac{t}{1 + \gamma t m} .

    The edge is the value of z where its derivative vanishes:

    .. math:: \gamma\,\mathbb{E}\Bigl(\frac{t m}{1 + \gamma t m}\Bigr)^2 = 1, \qquad
        -\frac1{\gamma\max t} < m < 0 .

    The left side rises from 0 to infinity as m falls, so the solution is unique. For weights
    without a bound, such as squared normal ones, there is no edge: a sample of them has one that
    grows with the sample.

    Args:
        aspect: Inputs per sample, positive.
        weights: Law of the weights.

    Raises:
        ValueError: If ``aspect`` is not positive.

    >>> round(weighted_edge(0.25, Weights.equal()), 12)
    2.25

    Source: J. Silverstein and S. Choi, J. Multivariate Anal. 54 (1995) 295.
    """
    if not aspect > 0:
        raise ValueError(f"aspect must be positive, got {aspect}")
    share, largest = weights.shares, weights.largest
    t = weights.values / largest

    def pulls(gap: float) -> Array:
        """Summands t/(1 + aspect t m) over 1 + gap, for m = -1/((1 + gap) aspect), max t = 1."""
        return np.asarray(t / ((1 - t) + gap))

    def excess(log_gap: float) -> float:
        return float(pulls(np.exp(log_gap)) ** 2 @ share / aspect - 1)

    # between the largest weight alone and all weights as large as it
    bounds = np.log([share[t == 1].sum() / aspect / 4, 4 / aspect]) / 2
    gap = np.exp(optimize.brentq(excess, *bounds, xtol=1e-14))
    return float(largest * (1 + gap) * (aspect + pulls(gap) @ share))


def stieltjes(z: Float[Array, " n"], aspect: float, weights: Weights) -> Complex[Array, " n"]:
    r"""Stieltjes transform :math:`m(z) = \int \frac{\rho(h)\,dh}{h - z}` of weighted samples.

    It solves

    .. math:: m = \frac{1}{-z + \mathbb{E}\bigl[t / (1 + \gamma\,t\,m)\bigr]}, \qquad \gamma = N/P .

    Newton's method, followed down from a large imaginary part of z, where m is near -1/z.

    Args:
        z: Points at real parts of interest; the imaginary part is added here, falling to 1e-7.
        aspect: Inputs per sample, positive.
        weights: Law of the weights.

    Raises:
        ValueError: If ``aspect`` is not positive.

    Source: V. Marchenko and L. Pastur, Math. USSR Sb. 1 (1967) 457.
    """
    if not aspect > 0:
        raise ValueError(f"aspect must be positive, got {aspect}")
    t, share = weights.values, weights.shares
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


def weighted_law(aspect: float, weights: Weights, points: int = 3000) -> GridLaw:
    r"""Law of the eigenvalues of :math:`\frac1P\sum_\mu t_\mu x_\mu x_\mu^\top`, isotropic inputs.

    Mean :math:`\mathbb{E}t` and variance :math:`\gamma\,\mathbb{E}t^2`: with all :math:`t = 1` it
    is :class:`MarchenkoPastur`, with squared normal weights the variance is three times as large.
    The grid ends at the edge, or 40 variances over the mean beyond four means where that is less.

    Args:
        aspect: Inputs per sample, below the share of positive weights; beyond it zero is an atom.
        weights: Law of the weights.
        points: Size of the grid.

    Raises:
        ValueError: If ``aspect`` leaves its range.
    """
    if not 0 < aspect < weights.positive:
        raise ValueError(f"aspect must lie in (0, {weights.positive:g}), got {aspect}")
    mean, variance = weights.moment(1), aspect * weights.moment(2)
    top = min(weighted_edge(aspect, weights), 4 * mean + 40 * variance / mean)
    grid = top * np.linspace(0, 1, points) ** 2
    density = stieltjes(grid, aspect, weights).imag / np.pi
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    return GridLaw(grid, np.clip(mass / mass[-1], 0.0, 1.0), mean, variance)
