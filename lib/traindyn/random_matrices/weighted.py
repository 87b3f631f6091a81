"""The law of the eigenvalues of samples with weights: its edge, its transform and its table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float
from scipy import optimize

from traindyn.laws import GridLaw
from traindyn.random_matrices.marchenko_pastur import ASPECTS
from traindyn.system.arguments import real_array, real_number, require_kind, short, whole_number

Array = np.ndarray

MISSING = 0.002
"""Mass that the grid of a law may miss."""


@dataclass(frozen=True)
class Weights:
    """Law of the weights of samples: finitely many values with their probabilities.

    Args:
        values: Weights t >= 0, at least one of them positive.
        shares: Their probabilities.

    Raises:
        ValueError: If a value or a share is negative or not finite, all weights are zero, the
            shares do not add up to 1, or are not as many as the values.
    """

    values: Float[Array, " k"]
    shares: Float[Array, " k"]

    def __post_init__(self) -> None:
        for name, entries in (("values", self.values), ("shares", self.shares)):
            entries = real_array(name, entries, finite=None)
            if not (np.isfinite(entries) & (entries >= 0)).all():
                raise ValueError(f"{name} must be finite and not negative, got {short(entries)}")
            object.__setattr__(self, name, entries)
        if self.values.shape != self.shares.shape:
            raise ValueError(
                "shares must be as many as values, "
                f"got shapes {self.shares.shape} and {self.values.shape}"
            )
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
        values = real_array("values", values)
        return cls(values, np.full(values.size, 1 / values.size))

    def moment(self, order: int) -> float:
        r"""Moment :math:`\mathbb{E}t^k`.

        Raises:
            ValueError: If the order is no whole number in [0, 100], or the moment beyond the
                doubles.
        """
        whole_number("order", order, 0, 100)
        with np.errstate(over="ignore"):
            moment = float(self.values**order @ self.shares)
        if not np.finfo(float).tiny <= moment < np.inf:
            raise ValueError(f"values must have a moment of order {order} in [2.3e-308, 1.8e308]")
        return moment

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
        aspect: Inputs per sample, in [1e-6, 1e6].
        weights: Law of the weights.

    Raises:
        ValueError: If ``aspect`` leaves its range, or the edge is beyond the doubles.

    >>> round(weighted_edge(0.25, Weights.equal()), 12)
    2.25

    Source: J. Silverstein and S. Choi, J. Multivariate Anal. 54 (1995) 295.
    """
    aspect = real_number("aspect", aspect, ASPECTS)
    require_kind("weights", weights, Weights)
    largest = real_number("the largest weight", weights.largest, "[2.3e-308, inf)")
    seen = weights.shares > 0
    share, t = weights.shares[seen], weights.values[seen] / largest

    def pulls(gap: float) -> Array:
        """Summands t/(1 + aspect t m) over 1 + gap, for m = -1/((1 + gap) aspect), max t = 1."""
        return np.asarray(t / ((1 - t) + gap))

    def excess(log_gap: float) -> float:
        return float(pulls(np.exp(log_gap)) ** 2 @ share / aspect - 1)

    # between the largest weight alone and all weights as large as it
    bounds = np.log([share[t == 1].sum() / aspect / 4, 4 / aspect]) / 2
    gap = np.exp(optimize.brentq(excess, *bounds, xtol=1e-14))
    return real_number("weighted_edge", largest * (1 + gap) * (aspect + pulls(gap) @ share))


def stieltjes(z: Float[Array, " n"], aspect: float, weights: Weights) -> Complex[Array, " n"]:
    r"""Stieltjes transform :math:`m(z) = \int \frac{\rho(h)\,dh}{h - z}` of weighted samples.

    It solves

    .. math:: m = \frac{1}{-z + \mathbb{E}\bigl[t / (1 + \gamma\,t\,m)\bigr]}, \qquad \gamma = N/P .

    Newton's method, followed down from a large imaginary part of z, where m is near -1/z.

    Args:
        z: Points at real parts of interest, up to 1e9 times the mean weight; the imaginary part is
            added here, falling to 1e-7 of the mean weight.
        aspect: Inputs per sample, in [1e-6, 1e6].
        weights: Law of the weights.

    Raises:
        ValueError: If an argument leaves its range, or the method does not converge.

    Source: V. Marchenko and L. Pastur, Math. USSR Sb. 1 (1967) 457.
    """
    aspect = real_number("aspect", aspect, ASPECTS)
    require_kind("weights", weights, Weights)
    unit = weights.moment(1)
    unit = float(f"{unit:.12g}")  # a mean of 1 but for rounding leaves the numbers as they are
    z = real_array("z", z)
    if (farthest := float(np.abs(z).max()) / unit) > 1e9:
        raise ValueError(f"z must lie within 1e9 mean weights of 0, got {farthest:.3g} of them")
    z, t, share = z / unit, weights.values / unit, weights.shares
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
    residual = np.abs(m * (t / (1 + aspect * t * m[:, None]) @ share - shifted) - 1)
    if not (residual < 1e-6).all() or not (m.imag > -1e-9 * np.abs(m)).all():
        bad = int((~(residual < 1e-6)).sum())
        raise ValueError(f"z must be points where the method converges, got {bad} where not")
    return np.asarray(m / unit)


def weighted_law(aspect: float, weights: Weights, points: int = 3000) -> GridLaw:
    r"""Law of the eigenvalues of :math:`\frac1P\sum_\mu t_\mu x_\mu x_\mu^\top`, isotropic inputs.

    Mean :math:`\mathbb{E}t` and variance :math:`\gamma\,\mathbb{E}t^2`: with all :math:`t = 1` it
    is :class:`MarchenkoPastur`, with squared normal weights the variance is three times as large.
    The grid ends at the edge, or 40 variances over the mean beyond four means where that is less.

    Args:
        aspect: Inputs per sample, below the share of positive weights; beyond it zero is an atom.
        weights: Law of the weights.
        points: Size of the grid, from 100 to 100,000.

    Raises:
        ValueError: If an argument leaves its range, or the grid is too coarse for the law: its mass
            misses 1 by more than ``MISSING``.
    """
    require_kind("weights", weights, Weights)
    aspect = real_number("aspect", aspect, f"(0, {weights.positive:g})")
    whole_number("points", points, 100, 100_000)
    mean, variance = weights.moment(1), aspect * weights.moment(2)
    top = min(weighted_edge(aspect, weights), 4 * mean + 40 * variance / mean)
    grid = top * np.linspace(0, 1, points) ** 2
    density = stieltjes(grid, aspect, weights).imag / np.pi
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    if not abs(mass[-1] - 1) <= MISSING:
        raise ValueError(f"points must be enough for the law, got the mass {mass[-1]:.3g}")
    return GridLaw(grid, np.clip(mass / mass[-1], 0.0, 1.0), mean, variance)
