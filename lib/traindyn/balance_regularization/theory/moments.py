r"""The five moments of the data that enter the scalar model :math:`\ell = (vx - y)^2`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from traindyn.data import ScalarRegression

Number = TypeVar("Number", float, np.ndarray)
"""A state, or an array of states."""


@dataclass(frozen=True)
class Moments:
    r"""Moments of the data that enter the scalar model.

    .. math::
        \beta_1 = E x^2,\quad \beta_2 = E xy,\quad \alpha_1 = \mathrm{Var}\, x^2,\quad
        \alpha_2 = \mathrm{Cov}(x^2, xy),\quad \alpha_3 = \mathrm{Var}\, xy.

    Source: sec. 4 of the paper.

    Raises:
        ValueError: If :math:`\beta_1`, :math:`\beta_2` or :math:`\alpha_3` is not positive and
            finite, or the matrix of the alphas is not positive semidefinite.
    """

    alpha1: float
    alpha2: float
    alpha3: float
    beta1: float
    beta2: float

    def __post_init__(self) -> None:
        for name in ("beta1", "beta2", "alpha3"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} must be positive and finite, got {value}")
        if not (self.alpha1 >= 0 and self.delta >= 0):
            raise ValueError(
                "alpha1 and alpha1·alpha3 − alpha2² must be at least 0, "
                f"got {self.alpha1} and {self.delta}"
            )

    @property
    def delta(self) -> float:
        r""":math:`\Delta = \alpha_1\alpha_3 - \alpha_2^2`, zero when no label noise is left."""
        return self.alpha1 * self.alpha3 - self.alpha2**2

    @property
    def minimum(self) -> float:
        r"""Minimizer :math:`v^* = \beta_2 / \beta_1` of the loss."""
        return self.beta2 / self.beta1

    @property
    def critical_temperature(self) -> float:
        r""":math:`T_c = \beta_2 / \alpha_3`: above it the two-layer net collapses to zero."""
        return self.beta2 / self.alpha3

    def force(self, v: Number) -> Number:
        r"""Half the gradient of the loss, :math:`f(v) = \beta_1 v - \beta_2`."""
        return self.beta1 * v - self.beta2

    def noise(self, v: Number) -> Number:
        r"""Noise :math:`g(v) = \mathrm{Var}[x(vx - y)] = \alpha_1v^2 - 2\alpha_2v + \alpha_3`."""
        return self.alpha1 * v**2 - 2 * self.alpha2 * v + self.alpha3

    def mean_noise(self, mean_v: Number, mean_v_squared: Number) -> Number:
        r"""Average of :math:`g` over states with the given averages of :math:`v, v^2`."""
        return self.alpha1 * mean_v_squared - 2 * self.alpha2 * mean_v + self.alpha3

    def mean_squared_force(self, mean_v: Number, mean_v_squared: Number) -> Number:
        r"""Average of :math:`f^2` over states with the given averages of :math:`v, v^2`."""
        return self.beta1**2 * mean_v_squared - 2 * self.beta1 * self.beta2 * mean_v + self.beta2**2


def moments(data: ScalarRegression) -> Moments:
    r"""Exact moments of a data set.

    Gaussian inputs: :math:`\alpha = (2, 2k, 2k^2 + \sigma^2)`. Inputs of constant size:
    :math:`\alpha = (0, 0, \sigma^2)`. Both: :math:`\beta = (1, k)`.

    Raises:
        ValueError: If inputs of constant size come without label noise (then nothing is random).

    >>> moments(ScalarRegression(slope=1.0, noise=1.0)).critical_temperature
    0.3333333333333333
    """
    k, variance = data.slope, data.noise**2
    if data.inputs == "gaussian":
        return Moments(2.0, 2 * k, 2 * k**2 + variance, 1.0, k)
    return Moments(0.0, 0.0, variance, 1.0, k)
