r"""Linear theory of the fluctuations of two layers, :math:`f(x) = W_2 W_1 x`, around a minimum.

Parameters are ordered as :math:`\theta = (\operatorname{vec} W_1, \operatorname{vec} W_2)`, row by
row. The loss sees them only through :math:`B = W_2 W_1`, so Hessian and noise live in the range of
:math:`J^\top` with :math:`J = \partial \operatorname{vec} B / \partial\theta`; on the other
directions both vanish, and there nothing is stationary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov

Array = np.ndarray


def jacobian(first: Float[Array, "k n"], second: Float[Array, "m k"]) -> Float[Array, "mn p"]:
    r"""Derivative of :math:`\operatorname{vec}(W_2 W_1)` by the parameters.

    :math:`J\theta' = \operatorname{vec}(W_2\,dW_1 + dW_2\,W_1)`.

    >>> jacobian(np.array([[3.0]]), np.array([[5.0]]))
    array([[5., 3.]])
    """
    outputs, inputs = second.shape[0], first.shape[1]
    return np.hstack([np.kron(second, np.eye(inputs)), np.kron(np.eye(outputs), first.T)])


@dataclass(frozen=True)
class TwoLayerNoise:
    r"""Curvature and noise of two layers where :math:`W_2 W_1` is the least-squares map.

    Args:
        x: Inputs, one sample per row.
        y: Labels, one sample per row.
        first: :math:`W_1` at the minimum.
        second: :math:`W_2` at the minimum.

    Raises:
        ValueError: If :math:`W_2 W_1` is not the least-squares map.
    """

    x: Float[Array, "P n"]
    y: Float[Array, "P m"]
    first: Float[Array, "k n"]
    second: Float[Array, "m k"]

    def __post_init__(self) -> None:
        gradient = self.residuals.T @ self.x / len(self.x)
        scale = np.linalg.norm(self.y.T @ self.x) / len(self.x)
        if np.linalg.norm(gradient) > 1e-9 * scale:
            raise ValueError(
                "first and second must multiply to the least-squares map, got a gradient of "
                f"{np.linalg.norm(gradient):.3g}"
            )

    @cached_property
    def residuals(self) -> Float[Array, "P m"]:
        """Output minus label at the minimum."""
        return self.x @ (self.second @ self.first).T - self.y

    @property
    def residual_variance(self) -> float:
        """Mean square of a residual, per output."""
        return float(np.mean(self.residuals**2))

    @cached_property
    def _jacobian(self) -> Array:
        return jacobian(self.first, self.second)

    @cached_property
    def hessian(self) -> Float[Array, "p p"]:
        r""":math:`J^\top (1 \otimes \hat\Sigma) J`, of rank mn."""
        second_moment = self.x.T @ self.x / len(self.x)
        return self._jacobian.T @ np.kron(np.eye(self.y.shape[1]), second_moment) @ self._jacobian

    @cached_property
    def noise(self) -> Float[Array, "p p"]:
        r""":math:`J^\top K J` with :math:`K = \frac1P\sum_\mu r r^\top \otimes x x^\top`."""
        joint = (self.residuals[:, :, None] * self.x[:, None, :]).reshape(len(self.x), -1)
        return self._jacobian.T @ (joint.T @ joint / len(self.x)) @ self._jacobian

    def temperature(self, learning_rate: float, batch_size: int) -> float:
        r""":math:`T = \eta s^2 / 2S`."""
        return learning_rate * self.residual_variance / (2 * batch_size)

    def covariance(self, learning_rate: float, batch_size: int) -> Float[Array, "p p"]:
        r"""Solution of :math:`HC + CH = \frac{\eta}{S} D` inside the range of :math:`J^\top`.

        It is zero on the directions that the loss does not see. The noise is that at the
        minimum, so it errs in relative terms by about :math:`\eta \operatorname{tr} H / S`.
        """
        _, values, rows = np.linalg.svd(self._jacobian, full_matrices=False)
        basis = rows[values > 1e-12 * values[0]].T
        inside = solve_lyapunov(
            basis.T @ self.hessian @ basis,
            learning_rate / batch_size * basis.T @ self.noise @ basis,
        )
        return basis @ inside @ basis.T

    def second_layer(self, matrix: Float[Array, "p p"]) -> Float[Array, "q q"]:
        """The block of a matrix that belongs to the second layer."""
        start = self.first.size
        return matrix[start:, start:]


def second_layer_variances(
    first_values: Float[Array, " modes"], second_values: Float[Array, " outputs"]
) -> Float[Array, "outputs modes"]:
    r"""Variances of the second layer over T, :math:`V_{ji} = a_i^2 / (a_i^2 + b_j^2)`.

    :math:`a_i` are the singular values of :math:`W_1` with left vectors :math:`u_{1i}`, and
    :math:`b_j` those of :math:`W_2` with left vectors :math:`u_{2j}`; :math:`V_{ji}` belongs to the
    direction :math:`u_{2j} u_{1i}^\top`. It holds where the noise is proportional to the Hessian:
    then :math:`C = T \cdot` (projector on the range of :math:`J^\top`), and the projector has this
    diagonal block.

    >>> second_layer_variances(np.array([1.0, 3.0]), np.array([1.0]))
    array([[0.5, 0.9]])
    """
    a, b = first_values**2, second_values[:, None] ** 2
    return np.asarray(a / (a + b))


def first_layer_variances(
    first_values: Float[Array, " modes"], second_values: Float[Array, " outputs"]
) -> Float[Array, "outputs modes"]:
    r"""Variances of the first layer over T, :math:`b_j^2 / (a_i^2 + b_j^2)`.

    They belong to :math:`v_{2j} v_{1i}^\top`, see :func:`second_layer_variances`; the two add up to
    one, for the projector spends one dimension on each pair.

    >>> first_layer_variances(np.array([1.0, 3.0]), np.array([1.0]))
    array([[0.5, 0.1]])
    """
    return np.asarray(1 - second_layer_variances(first_values, second_values))


def inverse_relation(
    flatness: Float[Array, " n"], second_value: float, smallest_loss: float
) -> Float[Array, " n"]:
    r"""Variance over T of the second layer against flatness, :math:`1 / (1 + b^2F^2/\kappa)`.

    With :math:`\kappa = 8 (e - 1) L_0`: for isotropic inputs the curvature of a direction of the
    second layer is :math:`h = a^2`, so :math:`a^2/(a^2 + b^2)` becomes :math:`h/(h + b^2)`.

    Args:
        flatness: Flatness F of the directions.
        second_value: Singular value b of the second layer.
        smallest_loss: Loss :math:`L_0` at the minimum.

    >>> inverse_relation(np.zeros(1), 1.0, 1.0)
    array([1.])
    """
    scaled = second_value**2 * flatness**2 / (8 * (np.e - 1) * smallest_loss)
    return np.asarray(1 / (1 + scaled))


def relaxing_share(
    rates: Float[Array, " modes"], learning_rate: float, steps: Int[Array, " times"]
) -> Float[Array, " modes"]:
    r"""Share of the variance of a start that is left, a mean over times.

    A mode that relaxes at the rate :math:`\eta h` keeps :math:`(1 - \eta h)^{2t}` of the square of
    its deviation after t steps, so a variance that starts at :math:`V_0` is
    :math:`V + (V_0 - V)(1 - \eta h)^{2t}`.

    Args:
        rates: Curvatures h of the modes.
        learning_rate: Learning rate η.
        steps: Numbers of steps t.

    >>> relaxing_share(np.array([1.0]), 0.5, np.array([1, 2]))
    array([0.15625])
    """
    return np.asarray(
        ((1 - learning_rate * rates) ** (2 * np.asarray(steps)[:, None])).mean(axis=0)
    )
