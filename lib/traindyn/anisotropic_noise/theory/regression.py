r"""Curvature and gradient noise of linear regression at its minimum.

The loss is :math:`L(w) = \frac{1}{2P}\sum_\mu (w \cdot x_\mu - y_\mu)^2` over P samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

Array = np.ndarray


@dataclass(frozen=True)
class RegressionNoise:
    r"""Hessian, minimum and noise covariance of a data set.

    Args:
        x: Inputs, one sample per row.
        y: Labels.

    Raises:
        ValueError: If there are not more samples than inputs (the residuals, and with them the
            noise, would vanish), the shapes do not fit, or a value is not finite.

    >>> noise = RegressionNoise(np.array([[1.0], [1.0], [1.0]]), np.array([0.0, 1.0, 2.0]))
    >>> round(float(noise.minimum[0]), 12), float(noise.hessian[0, 0])
    (1.0, 1.0)
    """

    x: Float[Array, "P N"]
    y: Float[Array, " P"]

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.y.shape != self.x.shape[:1]:
            raise ValueError(
                f"y must hold one label per row of x, got shapes {self.x.shape} and {self.y.shape}"
            )
        if self.x.shape[0] <= self.x.shape[1]:
            raise ValueError(
                f"x must have more samples than inputs, got {self.x.shape[0]} samples of "
                f"{self.x.shape[1]} inputs"
            )
        if not (np.isfinite(self.x).all() and np.isfinite(self.y).all()):
            raise ValueError("x and y must be finite, got values that are not")

    @property
    def samples(self) -> int:
        """Number P of samples."""
        return self.x.shape[0]

    @property
    def inputs(self) -> int:
        """Number N of inputs, the number of weights."""
        return self.x.shape[1]

    @cached_property
    def hessian(self) -> Float[Array, "N N"]:
        r""":math:`H = X^\top X / P`."""
        return self.x.T @ self.x / self.samples

    @cached_property
    def minimum(self) -> Float[Array, " N"]:
        """The least-squares solution, by the normal equations.

        Raises:
            ValueError: If the inputs are not independent: the minimum is a valley.
        """
        try:
            return np.linalg.solve(self.hessian, self.x.T @ self.y / self.samples)
        except np.linalg.LinAlgError:
            raise ValueError("x must have independent inputs, got a singular Hessian") from None

    @cached_property
    def residuals(self) -> Float[Array, " P"]:
        r""":math:`r_\mu = \hat w \cdot x_\mu - y_\mu` at the minimum."""
        return self.x @ self.minimum - self.y

    @property
    def residual_variance(self) -> float:
        r""":math:`s^2 = \frac1P \sum_\mu r_\mu^2`, twice the smallest loss."""
        return float(np.mean(self.residuals**2))

    @cached_property
    def covariance(self) -> Float[Array, "N N"]:
        r"""Covariance of a sample's gradient at the minimum: :math:`D = \frac1P\sum r^2xx^\top`."""
        scaled = self.x * self.residuals[:, None]
        return scaled.T @ scaled / self.samples

    def fourth_moment(self, covariance: Float[Array, "N N"]) -> Float[Array, "N N"]:
        r""":math:`M_4(C) = \frac1P \sum_\mu (x_\mu^\top C x_\mu)\, x_\mu x_\mu^\top`.

        What fluctuations of covariance C around the minimum add to the second moment of a gradient.
        """
        weight = ((self.x @ covariance) * self.x).sum(axis=1)
        return (self.x * weight[:, None]).T @ self.x / self.samples

    def temperature(self, learning_rate: float, batch_size: int) -> float:
        r"""Weight variance that noise :math:`s^2 H` would give: :math:`T = \eta s^2 / 2S`."""
        return learning_rate * self.residual_variance / (2 * batch_size)
