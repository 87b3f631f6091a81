"""Probability laws on a grid: distribution function, moments, distance to another law."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

Array = np.ndarray


class GridLaw:
    """A law on the real line, tabulated by its distribution function.

    Between grid points the distribution function is interpolated linearly.

    Args:
        points: Grid, increasing.
        cdf: Distribution function at the points, from 0 to 1.
        mean: Mean, from the caller's own quadrature.
        variance: Variance, likewise.

    Raises:
        ValueError: If the grid does not increase or ``cdf`` is not a distribution function.
    """

    def __init__(
        self, points: Float[Array, " n"], cdf: Float[Array, " n"], mean: float, variance: float
    ) -> None:
        if points.ndim != 1 or points.shape != cdf.shape or not (np.diff(points) > 0).all():
            raise ValueError("points must be one increasing axis of the length of cdf")
        rises = (np.diff(cdf) >= -1e-12).all()
        if not (rises and abs(cdf[0]) <= 1e-6 and abs(cdf[-1] - 1) <= 1e-6):
            raise ValueError(f"cdf must rise from 0 to 1, got {cdf[0]:.3g} to {cdf[-1]:.3g}")
        self.points = points
        self.values = cdf
        self.mean = mean
        self.variance = variance

    @classmethod
    def from_log_density(
        cls, coordinate: Float[Array, " n"], points: Float[Array, " n"], log_weight: Array
    ) -> GridLaw:
        r"""Normalize a density by the trapezoidal rule.

        Args:
            coordinate: Equally spaced coordinate :math:`s` in which the rule is applied.
            points: The points :math:`v(s)`, increasing.
            log_weight: :math:`\log p(v(s)) + \log v'(s)`, up to a constant.

        Raises:
            ValueError: If the coordinate is not equally spaced, the weight is not a number
                somewhere or does not vanish toward both ends of the grid (the law is not
                normalizable there, or the grid is too short).
        """
        step = coordinate[1] - coordinate[0]
        if not np.allclose(np.diff(coordinate), step, rtol=1e-6, atol=0.0) or not step > 0:
            raise ValueError("coordinate must increase in equal steps")
        if bad := int((~(log_weight < np.inf)).sum()):
            raise ValueError(f"log_weight must be below infinity, got {bad} values that are not")
        weight = np.exp(log_weight - log_weight.max())
        if max(weight[0], weight[-1]) > 1e-4:
            raise ValueError(
                "log_weight must vanish at both ends of the grid, "
                f"got relative weights {weight[0]:.2g} and {weight[-1]:.2g}"
            )
        mass = weight.sum() * step
        weight = weight / mass
        cdf = np.concatenate([[0.0], np.cumsum((weight[1:] + weight[:-1]) / 2) * step])
        mean = float((weight * points).sum() * step)
        variance = float((weight * (points - mean) ** 2).sum() * step)
        law = cls(points, cdf / cdf[-1], mean, variance)
        law._weights = weight * step
        return law

    _weights: Array | None = None

    def cdf(self, v: Float[Array, "..."]) -> Float[Array, "..."]:
        """Distribution function."""
        return np.asarray(np.interp(v, self.points, self.values, left=0.0, right=1.0))

    def density(self, v: Float[Array, "..."]) -> Float[Array, "..."]:
        """Density, the slope of the distribution function between grid points."""
        middles = (self.points[1:] + self.points[:-1]) / 2
        slopes = np.diff(self.values) / np.diff(self.points)
        return np.asarray(np.interp(v, middles, slopes, left=0.0, right=0.0))

    def quantile(self, probability: Float[Array, "..."]) -> Float[Array, "..."]:
        """Inverse distribution function."""
        return np.asarray(np.interp(probability, self.values, self.points))

    def expect(self, function: Callable[[Array], Array]) -> float:
        """Mean of a function of the variable, by the same quadrature as the normalization.

        Raises:
            ValueError: If the law was not built from a density.
        """
        if self._weights is None:
            raise ValueError("expect needs a law built from a density")
        return float((self._weights * function(self.points)).sum())

    def distance(self, cdf: Callable[[Array], Array]) -> float:
        r"""Kolmogorov distance :math:`\sup_v |F(v) - G(v)|` to a continuous law, on the grid."""
        return float(np.abs(self.values - cdf(self.points)).max())
