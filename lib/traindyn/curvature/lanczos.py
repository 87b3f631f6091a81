r"""The largest eigenpairs of an operator, from as few products as one start allows.

Lanczos with a basis that stays orthogonal: the operator is projected on all directions seen so far,
and the search ends as soon as the wanted pairs are accurate. The products of the basis are kept, so
that the residual :math:`|A v - \lambda v|` of every pair is measured and costs no further product.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from traindyn.curvature.operators import NotConvergedError, SymmetricMatrix

Array = np.ndarray

MEMORY = 2**30
"""Bytes that basis and products may take, if that leaves room for twice the wanted pairs."""

ROUNDING = 100
"""Units of rounding, of the norm, below which a residual or a new direction is noise."""


class Pairs(NamedTuple):
    """Eigenpairs with their residuals."""

    values: Float[Array, " count"]
    """Falling."""
    vectors: Float[Array, "n count"]
    """Of length one, as columns."""
    residuals: Float[Array, " count"]
    r""":math:`|A v - \lambda v|` of each."""


def largest_pairs(
    a: SymmetricMatrix,
    count: int,
    generator: np.random.Generator,
    tolerance: float,
    max_products: int,
) -> Pairs:
    r"""The largest eigenvalues of an operator that is not zero, divided by its scale.

    A pair is accurate when its residual is at most ``tolerance`` times its value, or
    :data:`ROUNDING` units of the norm. Where the directions that a start can reach are exhausted,
    another start follows, until one adds nothing to the wanted pairs: there all copies of a
    repeated eigenvalue are found, elsewhere one. A full basis restarts from its best half.

    Args:
        a: The operator, with at least ``count`` rows.
        count: Number of pairs.
        generator: Source of the starts.
        tolerance: Of the residuals.
        max_products: Number of products after which the search gives up.

    Raises:
        NotConvergedError: If it does.

    Source: K. Wu and H. Simon, SIAM J. Matrix Anal. Appl. 22 (2000) 602, for the restarts.
    """
    search = _Search(a, count, generator, tolerance)
    for _ in range(min(max_products, 10**9)):
        search.step()
        if search.done():
            return search.pairs()
    raise NotConvergedError(f"Lanczos gave up on {count} eigenpairs after {max_products} products")


class _Search:
    """An orthonormal basis, its products, and the operator projected on it."""

    def __init__(
        self, a: SymmetricMatrix, count: int, generator: np.random.Generator, tolerance: float
    ) -> None:
        self.a, self.count, self.generator, self.tolerance = a, count, generator, tolerance
        fits = MEMORY // (2 * a.size * a.dtype.itemsize)
        self.room = min(a.size, max(2 * count + 20, min(6 * count + 40, fits)))
        self.basis = np.empty((self.room, a.size), a.dtype)
        self.pushed = np.empty_like(self.basis)
        self.projected = np.zeros((self.room, self.room))
        self.size, self.noise, self.left, self.rest = 0, 0.0, 0.0, self.basis[:0]
        self.before: Array | None = None

    def step(self) -> None:
        """One product: the basis grows by a direction."""
        direction = self.rest / self.left if self.left > self.noise else self._start()
        if self.size == self.room:
            self._restart()
        self.basis[self.size], self.pushed[self.size] = direction, self.a @ direction
        self.size += 1
        known, pushed = self.basis[: self.size], self.pushed[self.size - 1]
        self.projected[self.size - 1, : self.size] = known @ pushed  # eigh reads this half
        values, axes = np.linalg.eigh(self.projected[: self.size, : self.size])
        self.values, self.axes = values[::-1], axes[:, ::-1]
        self.rest = self._orthogonal(pushed)
        self.left = float(np.linalg.norm(self.rest))
        self.norm = max(float(np.abs(values).max()), 1.0)  # what a is divided by bounds it below
        self.noise = ROUNDING * float(np.finfo(self.a.dtype).eps) * self.norm

    def done(self) -> bool:
        """Whether the wanted pairs are accurate, and no other start would add to them."""
        if self.size < self.count:
            return False
        if self.size == self.a.size:
            return True
        top = self.values[: self.count]
        bound = np.maximum(
            self.tolerance * np.abs(top), min(self.noise, self.tolerance * self.norm)
        )
        expected = self.left * np.abs(self.axes[-1, : self.count])
        rounded = self.noise / ROUNDING
        if (expected > np.maximum(bound, rounded)).any():
            return False
        if (self.pairs().residuals > bound).any():  # by rounding, which more products do not mend
            return bool((expected <= np.maximum(bound / 100, rounded)).all())
        if self.left > self.noise:
            return True
        before, self.before = self.before, top
        return before is not None and bool(np.allclose(before, top, 0.0, self.noise))

    def pairs(self) -> Pairs:
        """The wanted pairs as the basis shows them."""
        axes, values = (
            part[..., : self.count].astype(self.a.dtype) for part in (self.axes, self.values)
        )
        vectors = (axes.T @ self.basis[: self.size]).T
        pushed = (axes.T @ self.pushed[: self.size]).T
        return Pairs(values, vectors, np.linalg.norm(pushed - vectors * values, axis=0))

    def _start(self) -> Array:
        """A random direction that the basis does not hold."""
        drawn = self.generator.standard_normal(self.a.size).astype(self.a.dtype)
        direction = self._orthogonal(drawn)
        return direction / np.linalg.norm(direction)

    def _orthogonal(self, vector: Array) -> Array:
        """What is left of a vector beside the basis; twice, since rounding leaves a little."""
        known = self.basis[: self.size]
        for _ in range(2):
            vector = vector - (known @ vector) @ known
        return vector

    def _restart(self) -> None:
        """Keep the best half: the rest of the search lies in the direction that comes next."""
        keep = self.room // 2
        axes = self.axes[:, :keep].astype(self.a.dtype)
        self.basis[:keep], self.pushed[:keep] = axes.T @ self.basis, axes.T @ self.pushed
        self.projected[:] = np.diag(np.pad(self.values[:keep], (0, self.room - keep)))
        self.size = keep
