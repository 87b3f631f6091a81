r"""Stationary covariance of the weights of linear regression under SGD.

With :math:`\delta = w - \hat w` a step with a batch of S samples, drawn with replacement, is

.. math:: \delta' = \delta - \frac{\eta}{S} \sum_{\mu \in B} (r_\mu + x_\mu\cdot\delta)\, x_\mu .

It is linear in :math:`\delta`, so the second moment closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse.linalg import LinearOperator, cg

from traindyn.anisotropic_noise.theory.regression import RegressionNoise

Array = np.ndarray

LARGE = 200
"""Entries from which a solution by products with the matrix is cheaper than the matrix."""


def _require_rates(learning_rate: float, batch_size: int) -> None:
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")


def solve_lyapunov(hessian: Float[Array, "N N"], noise: Float[Array, "N N"]) -> Float[Array, "N N"]:
    r"""The symmetric C with ``H C + C H = noise``, for a positive definite H.

    In the eigenbasis of H it is :math:`C_{ij} = \text{noise}_{ij} / (h_i + h_j)`.

    >>> solve_lyapunov(np.array([[2.0]]), np.array([[1.0]]))
    array([[0.25]])
    """
    h, basis = np.linalg.eigh(hessian)
    c = basis @ (basis.T @ noise @ basis / (h[:, None] + h)) @ basis.T
    return np.asarray((c + c.T) / 2)


def frozen_noise_covariance(
    noise: RegressionNoise, learning_rate: float, batch_size: int
) -> Float[Array, "N N"]:
    r"""Covariance of the stochastic equation whose noise is that at the minimum.

    It solves :math:`HC + CH = \frac{\eta}{S} D` and errs in relative terms by about
    :math:`\eta \operatorname{tr} H / S`.

    Args:
        noise: The data.
        learning_rate: Learning rate η, positive.
        batch_size: Samples S per batch, at least 1.

    Raises:
        ValueError: If an argument leaves its range.
    """
    _require_rates(learning_rate, batch_size)
    return solve_lyapunov(noise.hessian, learning_rate / batch_size * noise.covariance)


@dataclass(frozen=True)
class MomentRecursion:
    r"""The linear recursion of the second moment, packed in the eigenbasis of the Hessian.

    With the distinct entries of :math:`C` in a vector c, off-diagonal ones times
    :math:`\sqrt2`, a step is :math:`c' = c - \eta (A c - f)`, where :math:`f` packs
    :math:`\frac{\eta}{S} D` and

    .. math:: A = \operatorname{diag}(h_i + h_j - \eta q\, h_i h_j) - \frac{\eta}{S} M_4 , \qquad
              q = 1 - \frac1S .

    A is symmetric. The step maps covariances to covariances, so its largest eigenvalue is real:
    the second moment is stable exactly if A is positive definite.

    Args:
        noise: The data.
        learning_rate: Learning rate η, positive.
        batch_size: Samples S per batch, at least 1.
        discrete: Whether steps are discrete; False gives the stochastic equation with noise that
            depends on the state, :math:`q = -1/S`.
        centered: Whether the noise is what a gradient deviates by from its mean; False forgets the
            :math:`-1/S` in q.
        follows: Whether the noise follows the weights; False drops :math:`M_4` and q.

    Raises:
        ValueError: If an argument leaves its range.
    """

    noise: RegressionNoise
    learning_rate: float
    batch_size: int
    discrete: bool = True
    centered: bool = True
    follows: bool = True

    def __post_init__(self) -> None:
        _require_rates(self.learning_rate, self.batch_size)

    @cached_property
    def _spectrum(self) -> tuple[Array, Array]:
        return np.linalg.eigh(self.noise.hessian)

    @cached_property
    def _entries(self) -> tuple[Array, Array, Array]:
        rows, columns = np.triu_indices(self.noise.inputs)
        return rows, columns, np.where(rows == columns, 1.0, np.sqrt(2))

    def pack(self, matrix: Float[Array, "N N"]) -> Float[Array, " entries"]:
        """Distinct entries of a symmetric matrix; the norm of the vector is that of the matrix."""
        rows, columns, weight = self._entries
        _, basis = self._spectrum
        return np.asarray((basis.T @ matrix @ basis)[rows, columns] * weight)

    def unpack(self, packed: Float[Array, " entries"]) -> Float[Array, "N N"]:
        """The inverse of :meth:`pack`."""
        rows, columns, weight = self._entries
        _, basis = self._spectrum
        half = np.zeros((self.noise.inputs,) * 2)
        half[rows, columns] = packed / weight
        return np.asarray(basis @ (half + np.triu(half, 1).T) @ basis.T)

    @cached_property
    def _diagonal(self) -> Array:
        """A without the fourth moment."""
        h, _ = self._spectrum
        rows, columns, _ = self._entries
        sums, products = h[rows] + h[columns], h[rows] * h[columns]
        if not self.follows:
            return np.asarray(sums)
        quadratic = self.learning_rate * (self.discrete - self.centered / self.batch_size)
        return np.asarray(sums - quadratic * products)

    @cached_property
    def matrix(self) -> Float[Array, "entries entries"]:
        """The matrix A."""
        if not self.follows:
            return np.diag(self._diagonal)
        rows, columns, weight = self._entries
        turned = self.noise.x @ self._spectrum[1]
        pairs = turned[:, rows] * turned[:, columns] * weight
        fourth = pairs.T @ pairs / self.noise.samples
        return np.diag(self._diagonal) - self.learning_rate / self.batch_size * fourth

    def product(self, packed: Float[Array, " entries"]) -> Float[Array, " entries"]:
        """A times a vector, from the samples: the matrix is not formed."""
        result = self._diagonal * packed
        if self.follows:
            fourth = self.pack(self.noise.fourth_moment(self.unpack(packed)))
            result -= self.learning_rate / self.batch_size * fourth
        return np.asarray(result)

    @cached_property
    def _modes(self) -> tuple[Array, Array]:
        return np.linalg.eigh(self.matrix)

    @cached_property
    def _stationary(self) -> Array:
        drive = self.pack(self.learning_rate / self.batch_size * self.noise.covariance)
        try:
            if len(drive) > LARGE:
                if not drive.any():  # is zero kept? It is where any other noise is
                    self._by_products(self.pack(np.eye(self.noise.inputs)))
                return self._by_products(drive)
            return np.asarray(cho_solve(cho_factor(self.matrix), drive))
        except np.linalg.LinAlgError:
            trace = self.learning_rate * np.trace(self.noise.hessian) / self.batch_size
            raise ValueError(
                "learning_rate must be below the stability limit of the second moment, got "
                f"{self.learning_rate}: learning_rate * tr(H) / batch_size = {trace:.3g}"
            ) from None

    def _by_products(self, drive: Array) -> Array:
        """Conjugate gradients. A fixed point is a covariance only below the limit of stability.

        Raises:
            LinAlgError: If it is none.
        """
        if (self._diagonal <= 0).any():
            raise np.linalg.LinAlgError
        shape = (len(drive), len(drive))
        found, failed = cg(
            LinearOperator(shape, matvec=self.product, dtype=float),
            drive,
            rtol=1e-13,
            maxiter=1000,
            M=LinearOperator(shape, matvec=lambda v: v / self._diagonal, dtype=float),
        )
        if failed or np.linalg.eigvalsh(self.unpack(found))[0] < 0:
            raise np.linalg.LinAlgError
        return np.asarray(found)

    def stationary(self) -> Float[Array, "N N"]:
        """The covariance that a step keeps.

        Raises:
            ValueError: If the learning rate is beyond the stability limit of the second moment.
        """
        return self.unpack(self._stationary)

    def after(self, start: Float[Array, "N N"], steps: Int[Array, " times"]) -> Float[Array, "N N"]:
        """Second moment averaged over times, from a start around the minimum without a mean.

        Args:
            start: Second moment before the first step.
            steps: Numbers of steps, of any order.
        """
        rates, modes = self._modes
        kept = ((1 - self.learning_rate * rates) ** np.asarray(steps)[:, None]).mean(axis=0)
        gap = modes @ (kept * (modes.T @ (self.pack(start) - self._stationary)))
        return self.unpack(self._stationary + gap)


def exact_covariance(
    noise: RegressionNoise, learning_rate: float, batch_size: int, discrete: bool = True
) -> Float[Array, "N N"]:
    r"""Exact stationary covariance of SGD with replacement, at any learning rate and batch size.

    It solves the linear system

    .. math:: HC + CH = \frac{\eta}{S} \bigl[D + M_4(C)\bigr] + \eta\Bigl(1 - \frac1S\Bigr) HCH .

    Derivation: average :math:`\delta'\delta'^\top`; one sample's gradient has the second moment
    :math:`D + M_4(C)` (the mixed term vanishes with the mean of :math:`\delta`), two samples of a
    batch are independent given :math:`\delta` and contribute :math:`HCH`.

    Args:
        noise: The data.
        learning_rate: Learning rate η, positive.
        batch_size: Samples S per batch, at least 1.
        discrete: Whether steps are discrete; False gives the stochastic equation with noise that
            depends on the state, where :math:`\eta(1 - 1/S) HCH` becomes :math:`-\eta HCH / S`.

    Raises:
        ValueError: If an argument leaves its range, or the learning rate is beyond the stability
            limit of the second moment.

    >>> ones = RegressionNoise(np.ones((2, 1)), np.array([-1.0, 1.0]))
    >>> exact_covariance(ones, 0.1, 1)  # an AR(1) process: η / (2 - η)
    array([[0.05263158]])
    """
    return MomentRecursion(noise, learning_rate, batch_size, discrete).stationary()


def moment_after(
    noise: RegressionNoise,
    learning_rate: float,
    batch_size: int,
    displacement: Float[Array, " N"],
    steps: int,
    mixed: bool = True,
) -> Float[Array, "N N"]:
    r"""Second moment of :math:`\delta` after some steps from one displaced start.

    While the mean :math:`\bar\delta` lasts, the moment of a sample's gradient has the mixed term
    :math:`\frac2P \sum_\mu r_\mu (x_\mu\cdot\bar\delta)\, x_\mu x_\mu^\top`: residuals and
    inputs of one batch belong together.

    Args:
        noise: The data.
        learning_rate: Learning rate η, positive.
        batch_size: Samples S per batch, at least 1.
        displacement: :math:`\delta` before the first step.
        steps: Number of steps.
        mixed: Whether the mixed term counts; False is noise that is drawn apart from the inputs.

    Raises:
        ValueError: If an argument leaves its range.

    >>> one = RegressionNoise(np.ones((2, 1)), np.array([-1.0, 1.0]))
    >>> moment_after(one, 0.5, 1, np.ones(1), 1)
    array([[0.5]])
    """
    _require_rates(learning_rate, batch_size)
    h, mean = noise.hessian, displacement
    moment = np.outer(mean, mean)
    for _ in range(steps):
        weight = noise.residuals * (noise.x @ mean) * float(mixed)
        sample = noise.covariance + noise.fourth_moment(moment)
        sample += 2 * (noise.x * weight[:, None]).T @ noise.x / noise.samples
        pairs = h @ moment @ h
        moment = moment - learning_rate * (h @ moment + moment @ h)
        moment += learning_rate**2 * (sample / batch_size + (1 - 1 / batch_size) * pairs)
        mean = mean - learning_rate * h @ mean
    return moment


def loss_excess(hessian: Float[Array, "N N"], covariance: Float[Array, "N N"]) -> float:
    r"""Mean loss above its minimum, :math:`\tfrac12\operatorname{tr}(HC)`.

    >>> loss_excess(np.eye(2), np.eye(2))
    1.0
    """
    return float(np.sum(hessian * covariance) / 2)
