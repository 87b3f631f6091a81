"""Probability laws on a grid: distribution function, moments, distance to another law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.inference.samples import distribution_at
from traindyn.system.arguments import (
    probabilities,
    real_array,
    real_number,
    require_callable,
)

Array = np.ndarray


@dataclass(frozen=True, init=False, eq=False)
class GridLaw:
    """A law on the real line, tabulated by its distribution function.

    Between grid points the distribution function is interpolated linearly.

    Args:
        points: Grid, increasing.
        cdf: Distribution function at the points, from 0 to 1.
        mean: Mean, from the caller's own quadrature.
        variance: Variance, likewise; positive.

    Raises:
        ValueError: If the grid does not increase, ``cdf`` is not a distribution function, or a
            number is not finite.

    >>> law = GridLaw(np.array([0.0, 2.0]), np.array([0.0, 1.0]), 1.0, 1 / 3)
    >>> law.cdf(0.5), law.density(0.5), law.quantile(0.25)
    (array(0.25), array(0.5), array(0.5))
    """

    points: Array
    values: Array
    mean: float
    variance: float
    _weights: Array | None = None

    def __init__(
        self, points: Float[Array, " n"], cdf: Float[Array, " n"], mean: float, variance: float
    ) -> None:
        points = real_array("points", points, least=2, finite=None)
        cdf = real_array("cdf", cdf, least=2, finite=None)
        increases = np.isfinite(points).all() and (np.diff(points) > 0).all()
        if points.shape != cdf.shape or not increases:
            raise ValueError("points must be one increasing axis of the length of cdf")
        rises = (np.diff(cdf) >= -1e-12).all()
        if not (rises and abs(cdf[0]) <= 1e-6 and abs(cdf[-1] - 1) <= 1e-6):
            raise ValueError(f"cdf must rise from 0 to 1, got {cdf[0]:.3g} to {cdf[-1]:.3g}")
        self._set(
            points=points,
            values=np.clip(np.maximum.accumulate(cdf), 0.0, 1.0),
            mean=real_number("mean", mean),
            variance=real_number("variance", variance, "(0, inf)"),
        )

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

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
        coordinate = real_array("coordinate", coordinate, least=2)
        points = real_array("points", points, least=2)
        log_weight = real_array("log_weight", log_weight, axes=None, finite=None)
        if not coordinate.shape == points.shape == log_weight.shape:
            raise ValueError(
                "coordinate, points and log_weight must have one length, got shapes "
                f"{coordinate.shape}, {points.shape} and {log_weight.shape}"
            )
        step = coordinate[1] - coordinate[0]
        if not np.allclose(np.diff(coordinate), step, rtol=1e-6, atol=0.0) or not step > 0:
            raise ValueError("coordinate must increase in equal steps")
        real_number("the step of coordinate", step, "[1e-100, 1e100]")
        if bad := int((~(log_weight < np.inf)).sum()):
            raise ValueError(f"log_weight must be below infinity, got {bad} values that are not")
        if log_weight.max() == -np.inf:
            raise ValueError("log_weight must be finite somewhere, got -inf everywhere")
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
        law._set(_weights=weight * step)
        return law

    def cdf(self, v: Float[Array, "..."]) -> Float[Array, "..."]:
        """Distribution function.

        Raises:
            ValueError: If a point is not a number.
        """
        v = real_array("v", v, axes=None, least=0, finite=False)
        return np.asarray(np.interp(v, self.points, self.values, left=0.0, right=1.0))

    def density(self, v: Float[Array, "..."]) -> Float[Array, "..."]:
        """Density: the slope of the distribution function in the middles between grid points.

        It is linear between middles, constant from the outermost middles to the ends of the grid,
        and zero outside.

        Raises:
            ValueError: If a point is not a number.
        """
        v = real_array("v", v, axes=None, least=0, finite=False)
        middles = self.points[1:] / 2 + self.points[:-1] / 2
        slopes = np.diff(self.values) / np.diff(self.points)
        inside = (v >= self.points[0]) & (v <= self.points[-1])
        return np.where(inside, np.interp(v, middles, slopes), 0.0)

    def quantile(self, probability: Float[Array, "..."]) -> Float[Array, "..."]:
        """Inverse distribution function: the smallest point of at least this probability.

        At 0 it is the largest point up to which the law has no mass.

        Raises:
            ValueError: If a probability leaves [0, 1].
        """
        wanted = probabilities("probability", probability)
        between = np.interp(wanted, self.values, self.points)
        first = np.minimum(np.searchsorted(self.values, wanted), self.points.size - 1)
        on_grid = (self.values[first] == wanted) & (wanted > 0)
        return np.where(on_grid, self.points[first], between)

    def expect(self, function: Callable[[Array], Array]) -> float:
        """Mean of a function of the variable, by the same quadrature as the normalization.

        Raises:
            ValueError: If the law was not built from a density, or the function does not return
                one finite number per point.
        """
        if self._weights is None:
            raise ValueError("expect needs a law built from a density")
        require_callable("function", function)
        values = real_array("what function returns", function(self.points), axes=None)
        if values.ndim and values.shape != self.points.shape:
            raise ValueError(
                f"function must return {self.points.size} numbers, got shape {values.shape}"
            )
        return real_number("the mean of function", float((self._weights * values).sum()))

    def distance(self, cdf: Callable[[Array], Array]) -> float:
        r"""Kolmogorov distance :math:`\sup_v |F(v) - G(v)|` to a continuous law, on the grid.

        Raises:
            ValueError: If ``cdf`` is not a distribution function on the grid: values in [0, 1]
                that do not fall.
        """
        return float(np.abs(self.values - distribution_at(cdf, self.points)).max())
