r"""Spectral densities of symmetric operators by stochastic Lanczos quadrature.

For a random direction v on the unit sphere :math:`\mathbb{E}[v^\top f(A) v] = \mathrm{tr} f(A)/n`,
and m steps of Lanczos from v give a Gauss rule for :math:`v^\top f(A) v`: exact for polynomials of
degree :math:`2m - 1`. Independent directions give independent values, hence a standard error. It
covers the choice of directions; what the Gauss rule cannot resolve with m nodes it does not cover.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.curvature.operators import Matrix, SymmetricMatrix, power_of_two, symmetric_matrix
from traindyn.inference import Estimate, estimate_mean
from traindyn.system.arguments import (
    MOST,
    numpy_generator,
    real_array,
    real_number,
    require_callable,
    whole_number,
)

Array = np.ndarray


@dataclass(frozen=True)
class SpectralDensity:
    """Gauss rules of independent random directions.

    Args:
        nodes: Points of the rules, rising.
        weights: Their weights; they sum to 1 for every direction.
        size: Dimension n of the operator.

    Raises:
        ValueError: If the rules are not at least two, finite, of one shape, with such weights.
    """

    nodes: Float[Array, "probes steps"]
    weights: Float[Array, "probes steps"]
    size: int

    def __post_init__(self) -> None:
        nodes, weights = (real_array(n, getattr(self, n), 2) for n in ("nodes", "weights"))
        if nodes.shape != weights.shape or len(nodes) < 2:
            raise ValueError(
                "nodes and weights must have one shape (probes, steps) with at least 2 probes, "
                f"got {nodes.shape} and {weights.shape}"
            )
        if (weights < 0).any() or np.abs(weights.sum(axis=1) - 1).max() > 1e-3:
            raise ValueError("weights must be at least 0 and sum to 1 for every direction")
        whole_number("size", self.size, 1)
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "weights", weights)

    def expect(self, function: Callable[[Array], Array]) -> Estimate:
        r"""Mean :math:`\mathrm{tr} f(A) / n` of a function of the eigenvalues.

        Args:
            function: Maps an array of eigenvalues to as many values, or to one for all.

        Raises:
            ValueError: If it is no function, or its values are not real, finite and as many.
        """
        require_callable("function", function)
        values = np.asarray(function(self.nodes))
        if values.ndim == 0:
            values = np.broadcast_to(values, self.nodes.shape)
        values = real_array("function(nodes)", values, 2)
        if values.shape != self.nodes.shape:
            raise ValueError(
                f"function(nodes) must have the shape {self.nodes.shape}, got {values.shape}"
            )
        return estimate_mean((self.weights * values).sum(axis=1))

    def trace(self) -> Estimate:
        """Trace of the operator."""
        return self.expect(lambda values: values).scaled(float(self.size))

    def cdf(self, points: Float[Array, " m"]) -> tuple[Float[Array, " m"], Float[Array, " m"]]:
        """Share of the eigenvalues up to each point: means over directions and standard errors.

        The rule of one direction jumps at its nodes, so that the share between two nodes is
        resolved to about the weight of a node.

        Raises:
            ValueError: If a point is not finite.
        """
        return self._over_probes(self.nodes[..., None] <= real_array("points", points))

    def density(
        self, points: Float[Array, " m"], width: float
    ) -> tuple[Float[Array, " m"], Float[Array, " m"]]:
        """Density smoothed by a normal law of a width: means over directions, standard errors.

        Raises:
            ValueError: If the width is not positive or a point not finite.
        """
        points, width = real_array("points", points), real_number("width", width, "(0, inf)")
        z, scale = (points - self.nodes[..., None]) / width, float(power_of_two(width))
        found, error = self._over_probes(
            np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * (width / scale))
        )
        return found / scale, error / scale

    def _over_probes(self, values: Array) -> tuple[Array, Array]:
        each = (self.weights[..., None] * values).sum(axis=1)
        size = power_of_two(each.max(axis=0))
        return each.mean(axis=0), (each / size).std(axis=0, ddof=1) * size / np.sqrt(len(each))


def lanczos_quadrature(
    operator: Matrix,
    steps: int,
    probes: int,
    generator: np.random.Generator,
) -> SpectralDensity:
    r"""Spectral density of a symmetric operator from random directions.

    All directions run together, so that an operator with a product for several vectors is read
    once a step; every direction is orthogonalized against all its former vectors, twice. Choose
    ``steps`` and ``probes`` beforehand: to stop when the answer looks settled biases it. Threads
    are used as in :func:`traindyn.curvature.top_eigenpairs`.

    Args:
        operator: Symmetric array, sparse matrix or operator.
        steps: Nodes per direction, in [1, n]. Values are resolved to about the width of the
            spectrum over ``steps``, far better at its ends.
        probes: Number of directions, in [2, 10000].
        generator: Source of the directions.

    Raises:
        ValueError: If an argument leaves its range, or the operator is not symmetric and finite.

    Source: S. Ubaru, J. Chen and Y. Saad, SIAM J. Matrix Anal. Appl. 38 (2017) 1075.

    >>> two = lanczos_quadrature(np.diag([1.0, 1.0, 3.0]), 2, 5, np.random.default_rng(0))
    >>> two.nodes[0].round(12)
    array([1., 3.])
    """
    a = symmetric_matrix(operator)
    steps = whole_number("steps", steps, 1, a.size)
    probes = whole_number("probes", probes, 2, MOST)
    generator = numpy_generator(generator)
    with a.threads():
        return _quadrature(a, steps, probes, generator)


def _quadrature(
    a: SymmetricMatrix, steps: int, probes: int, generator: np.random.Generator
) -> SpectralDensity:
    diagonal, off_diagonal = np.zeros((probes, steps)), np.zeros((probes, steps))
    basis = np.zeros((probes, steps, a.size))
    vectors = generator.standard_normal((probes, a.size))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for step in range(steps):
        basis[:, step] = vectors
        pushed = (a @ vectors.T).T
        # a node for which no vector is left has no weight; it shall lie within the spectrum
        left = vectors.any(axis=1)
        diagonal[:, step] = np.where(left, (vectors * pushed).sum(axis=1), diagonal[:, 0])
        known = basis[:, : step + 1]
        for _ in range(2):
            pushed = pushed - ((known @ pushed[..., None]).mT @ known)[:, 0]
        norms = np.linalg.norm(pushed, axis=1)
        norms[norms <= 1e-12 * np.abs(diagonal).max()] = 0.0  # the space is exhausted
        off_diagonal[:, step] = norms
        vectors = pushed / np.where(norms > 0, norms, np.inf)[:, None]
    rules = np.zeros((probes, steps, steps))
    index = np.arange(steps)
    rules[:, index, index] = diagonal
    rules[:, index[1:], index[:-1]] = off_diagonal[:, :-1]
    nodes, axes = np.linalg.eigh(rules)  # reads the lower triangle
    return SpectralDensity(nodes * a.scale, axes[:, 0] ** 2, a.size)
