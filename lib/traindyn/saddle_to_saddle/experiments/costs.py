r"""Convex costs :math:`C(A)` of the matrix that a deep linear network computes.

Each cost gives its value, its gradient :math:`G = \nabla C(A)` and its second derivative applied to
a direction, for a batch of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from scipy import special

Array = np.ndarray


@runtime_checkable
class Cost(Protocol):
    """A convex, twice differentiable function of a matrix."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows (outputs) and columns (inputs) of the matrix."""
        ...

    def value(self, a: Array) -> Array:
        """``C(A)``, one number per matrix of the batch."""
        ...

    def gradient(self, a: Array) -> Array:
        """``∇C(A)``, of the shape of ``a``."""
        ...

    def curvature(self, a: Array, direction: Array, /) -> Array:
        """The second derivative at ``a`` applied to ``direction``."""
        ...


def _require_matrix(name: str, value: Array, *, batch: bool = False) -> None:
    if not (value.ndim == 2 or (batch and value.ndim > 2)) or not np.isfinite(value).all():
        raise ValueError(f"{name} must be a finite matrix, got shape {value.shape}")


@dataclass(frozen=True)
class SquaredError:
    r"""Distance to a target, :math:`\tfrac12 \sum_{ij \in \Omega} (A_{ij} - T_{ij})^2`.

    Args:
        target: The target :math:`T`, or one per network of a batch.
        mask: True at the observed entries :math:`\Omega`; None if all are observed. With a mask
            this is matrix completion.

    Raises:
        ValueError: If the target is not a finite matrix, or the mask has another shape.

    >>> SquaredError(np.eye(2)).value(np.zeros((2, 2)))
    array(1.)
    """

    target: Float[Array, "*batch out in"]
    mask: Array | None = None

    def __post_init__(self) -> None:
        _require_matrix("target", self.target, batch=True)
        if self.mask is not None and (
            self.mask.shape != self.target.shape or self.mask.dtype != bool
        ):
            raise ValueError(
                f"mask must be boolean with shape {self.target.shape}, "
                f"got {self.mask.dtype} with shape {self.mask.shape}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the target."""
        return self.target.shape[-2], self.target.shape[-1]

    def _observed(self, a: Array) -> Array:
        return a if self.mask is None else np.where(self.mask, a, 0.0)

    def value(self, a: Array) -> Array:
        """Half the squared distance over the observed entries."""
        return np.asarray(0.5 * (self.gradient(a) ** 2).sum(axis=(-2, -1)))

    def gradient(self, a: Array) -> Array:
        """``A - T`` at the observed entries, else 0."""
        return self._observed(a - self.target)

    def curvature(self, _: Array, direction: Array) -> Array:
        """The direction at the observed entries, else 0."""
        return self._observed(direction)

    def _hidden(self) -> Array:
        if self.mask is None or self.mask.all():
            raise ValueError("mask must hide at least one entry, got none hidden")
        return ~self.mask

    @property
    def hidden_power(self) -> Array:
        """Mean square of the target's hidden entries: the error of predicting zero.

        Raises:
            ValueError: If every entry is observed.
        """
        return self.hidden_error(np.zeros_like(self.target))

    def hidden_error(self, a: Array) -> Array:
        """Mean squared error over the entries that are not observed.

        Raises:
            ValueError: If every entry is observed.
        """
        hidden = self._hidden()
        power = (np.where(hidden, a - self.target, 0.0) ** 2).sum(axis=(-2, -1))
        return np.asarray(power / hidden.sum(axis=(-2, -1)))


@dataclass(frozen=True)
class Regression:
    r"""Linear regression, :math:`\frac{1}{2N} \lVert A X - Y \rVert^2`.

    Args:
        x: Inputs :math:`X`, one sample per column; with leading axes one data set per network.
        y: Outputs :math:`Y`, one sample per column.

    Raises:
        ValueError: If the numbers of samples differ, or a value is not finite.

    >>> Regression(np.eye(2), np.eye(2)).gradient(np.zeros((2, 2)))
    array([[-0.5,  0. ],
           [ 0. , -0.5]])
    """

    x: Float[Array, "*batch in samples"]
    y: Float[Array, "*batch out samples"]

    def __post_init__(self) -> None:
        _require_matrix("x", self.x, batch=True)
        _require_matrix("y", self.y, batch=True)
        if self.x.shape[-1] != self.y.shape[-1]:
            raise ValueError(
                f"x and y must have one column per sample, got {self.x.shape[-1]} and "
                f"{self.y.shape[-1]}"
            )

    @cached_property
    def input_moment(self) -> Array:
        """``X Xᵀ / N``."""
        return self.x @ self.x.mT / self.x.shape[-1]

    @cached_property
    def cross_moment(self) -> Array:
        """``Y Xᵀ / N``."""
        return self.y @ self.x.mT / self.x.shape[-1]

    @cached_property
    def _power(self) -> Array:
        return np.asarray((self.y**2).sum(axis=(-2, -1)) / self.x.shape[-1])

    @property
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs."""
        return self.y.shape[-2], self.x.shape[-2]

    def value(self, a: Array) -> Array:
        """Half the mean squared error, from the moments of the data."""
        twice = (a * (a @ self.input_moment - 2 * self.cross_moment)).sum(axis=(-2, -1))
        return np.asarray(0.5 * (twice + self._power))

    def gradient(self, a: Array) -> Array:
        """``(A X Xᵀ - Y Xᵀ) / N``."""
        return a @ self.input_moment - self.cross_moment

    def curvature(self, _: Array, direction: Array) -> Array:
        """The direction times ``X Xᵀ / N``."""
        return direction @ self.input_moment


@dataclass(frozen=True)
class Logistic:
    r"""Logistic loss of signs, the mean of :math:`\log(1 + e^{-s_{ij} A_{ij}})`.

    It has no finite minimum where a matrix of the allowed rank has all the signs.

    Args:
        signs: The signs :math:`s_{ij}`, plus or minus one.

    Raises:
        ValueError: If an entry is neither 1 nor -1.

    >>> round(float(Logistic(np.ones((2, 2))).value(np.zeros((2, 2)))), 4)  # log 2
    0.6931
    """

    signs: Float[Array, "out in"]

    def __post_init__(self) -> None:
        _require_matrix("signs", self.signs)
        if not (np.abs(self.signs) == 1).all():
            raise ValueError("signs must be 1 or -1, got other entries")

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the signs."""
        return self.signs.shape[0], self.signs.shape[1]

    def value(self, a: Array) -> Array:
        """Mean loss per entry."""
        return np.asarray(np.logaddexp(0.0, -self.signs * a).mean(axis=(-2, -1)))

    def gradient(self, a: Array) -> Array:
        """Minus the sign times the probability of the wrong one, per entry."""
        return -self.signs * special.expit(-self.signs * a) / self.signs.size

    def curvature(self, a: Array, direction: Array) -> Array:
        """The direction times the variance of the sign, per entry."""
        wrong = special.expit(-self.signs * a)
        return wrong * (1 - wrong) * direction / self.signs.size
