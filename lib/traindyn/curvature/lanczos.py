r"""The largest eigenpairs of an operator, from as few products as one start allows.

Lanczos with a basis that stays orthogonal: the operator is projected on all directions seen so far,
until the wanted pairs are accurate. The products of the basis are kept, so that the residual
:math:`|A v - \lambda v|` of every pair is measured and costs no further product.

From one start Lanczos sees one vector of each eigenspace. Eigenvalues repeat in ordinary networks:
with the squared error the Hessian of the last layer holds each as often as there are outputs. So
further starts follow, orthogonal to all before, until one adds nothing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from traindyn.curvature.operators import NotConvergedError, SymmetricMatrix

Array = np.ndarray

MEMORY = 2**30
"""Bytes that basis and products may take, if that leaves room for twice the wanted pairs."""

ROUNDING, EXHAUSTED = 100, 1000
"""Units of rounding, of the norm, below which a residual is noise, and what is left of a product:
orthogonalizing adds to it."""

HIDDEN, CHANCE = 0.1, 0.01
"""An eigenvalue that so large a part of the width of the spectrum lies above the last wanted one is
overlooked by a further start with at most this chance."""


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
    copies: bool = True,
) -> tuple[Pairs, float]:
    r"""The largest eigenvalues of an operator that is not zero, divided by its scale.

    A pair is accurate when its residual is at most ``tolerance`` times its value, or
    :data:`ROUNDING` units of the norm. A full basis restarts from its best half.

    Args:
        a: The operator, with at least ``count`` rows.
        count: Number of pairs.
        generator: Source of the starts.
        tolerance: Of the residuals.
        max_products: Number of products after which the search gives up.
        copies: Whether to look for what the first start cannot see. It takes
            :func:`products_to_see` more products, and a search for each copy.

    Returns:
        The pairs, and the largest absolute eigenvalue that the first start saw, at least 1.

    Raises:
        NotConvergedError: If it gives up.

    Source: K. Wu and H. Simon, SIAM J. Matrix Anal. Appl. 22 (2000) 602, for the restarts.
    """
    budget = _Budget(count, min(max_products, 10**9))
    first = _Sequence(a, count, generator, tolerance, None)
    found, norm = _first(first, count, budget), first.norm
    del first  # its basis, before the next one
    while copies and count + 1 < a.size:
        further = _Sequence(a, count, generator, tolerance, found.vectors)
        hidden = _hidden(further, float(found.values[-1]), budget)
        if hidden is None:
            break
        found = _merged(found, hidden, count)
    return found, norm


class _Budget:
    """The products that are left."""

    def __init__(self, count: int, products: int) -> None:
        self.count, self.products, self.left = count, products, products

    def spend(self) -> None:
        if not self.left:
            raise NotConvergedError(
                f"Lanczos gave up on {self.count} eigenpairs after {self.products} products"
            )
        self.left -= 1


def _first(sequence: _Sequence, count: int, budget: _Budget) -> Pairs:
    """The largest pairs that the sequence sees."""
    while True:
        budget.spend()
        sequence.step()
        if sequence.size >= count and (sequence.whole or sequence.accurate(count)):
            return sequence.pairs(count)


def _hidden(sequence: _Sequence, last: float, budget: _Budget) -> Pairs | None:
    """The pairs above a value that a sequence sees beside the known ones; None without any."""
    while True:
        budget.spend()
        sequence.step()
        ended = sequence.whole or sequence.exhausted
        if not ended and sequence.steps < products_to_see(sequence.a.size):
            continue
        limit = last + sequence.noise + sequence.tolerance * abs(last)
        above = int((sequence.values > limit).sum())
        if not above:
            reach = sequence.values[0] + sequence.left * abs(sequence.axes[-1, 0])
            if ended or reach <= limit or sequence.accurate(1):
                return None
            continue
        if ended or sequence.accurate(above):
            return sequence.pairs(above)


def _merged(known: Pairs, more: Pairs, count: int) -> Pairs:
    """The largest of both."""
    values = np.concatenate([known.values, more.values])
    order = np.argsort(-values, kind="stable")[:count]
    vectors = np.concatenate([known.vectors, more.vectors], axis=1)
    residuals = np.concatenate([known.residuals, more.residuals])
    return Pairs(values[order], vectors[:, order], residuals[order])


def products_to_see(size: int) -> int:
    r"""Steps m after which a random start has seen a large eigenvalue, if there is one.

    Lanczos from a random start misses the largest eigenvalue by a part :math:`\epsilon` of the
    width of the spectrum with a chance of at most :math:`1.648\sqrt n\,e^{-\sqrt\epsilon(2m-1)}`.
    Here :math:`\epsilon` is :data:`HIDDEN` and the chance is :data:`CHANCE`.

    Args:
        size: Number of rows n.

    Source: J. Kuczynski and H. Wozniakowski, SIAM J. Matrix Anal. Appl. 13 (1992) 1094, Theorem
    4.2.

    >>> products_to_see(100), products_to_see(10**6)
    (13, 20)
    """
    steps = math.log(1.648 * math.sqrt(size) / CHANCE) / math.sqrt(HIDDEN)
    return math.ceil((steps + 1) / 2)


class _Sequence:
    """An orthonormal basis, its products, and the operator projected on it.

    Args:
        a: The operator.
        count: How many pairs may be asked for.
        generator: Source of the starts.
        tolerance: Of the residuals.
        known: Eigenvectors as columns, to which all directions are orthogonal.
    """

    def __init__(
        self,
        a: SymmetricMatrix,
        count: int,
        generator: np.random.Generator,
        tolerance: float,
        known: Array | None,
    ) -> None:
        self.a, self.generator, self.tolerance = a, generator, tolerance
        self.known = np.zeros((0, a.size), a.dtype) if known is None else known.T
        self.all = a.size - len(self.known)
        fits = MEMORY // (2 * a.size * a.dtype.itemsize)
        self.room = min(self.all, max(2 * count + 20, min(6 * count + 40, fits)))
        self.basis = np.empty((self.room, a.size), a.dtype)
        self.pushed = np.empty_like(self.basis)
        self.projected = np.zeros((self.room, self.room))
        self.size, self.steps, self.noise = 0, 0, 0.0
        self.left, self.rest = 0.0, self.basis[:0]

    def step(self) -> None:
        """One product: the basis grows by a direction."""
        direction = self._start() if self.exhausted else self.rest / self.left
        if self.size == self.room:
            self._restart()
        self.basis[self.size], self.pushed[self.size] = direction, self.a @ direction
        self.size, self.steps = self.size + 1, self.steps + 1
        seen, pushed = self.basis[: self.size], self.pushed[self.size - 1]
        self.projected[self.size - 1, : self.size] = seen @ pushed  # eigh reads this half
        values, axes = np.linalg.eigh(self.projected[: self.size, : self.size])
        self.values, self.axes = values[::-1], axes[:, ::-1]
        self.rest = self._orthogonal(pushed)
        self.left = float(np.linalg.norm(self.rest))
        self.norm = max(float(np.abs(values).max()), 1.0)  # what a is divided by bounds it below
        self.noise = ROUNDING * float(np.finfo(self.a.dtype).eps) * self.norm

    @property
    def exhausted(self) -> bool:
        """Whether nothing but rounding is left of the last product."""
        return self.left <= self.noise * (EXHAUSTED / ROUNDING)

    @property
    def whole(self) -> bool:
        """Whether the basis spans all that is not known."""
        return self.size == self.all

    def accurate(self, count: int) -> bool:
        """Whether the residuals of the largest pairs are small, or as small as rounding lets."""
        bound = np.maximum(
            self.tolerance * np.abs(self.values[:count]),
            min(self.noise, self.tolerance * self.norm),
        )
        expected, rounded = self.left * np.abs(self.axes[-1, :count]), self.noise / ROUNDING
        if (expected > np.maximum(bound, rounded)).any():
            return False
        if (self.pairs(count).residuals > bound).any():  # more products do not mend rounding
            return bool((expected <= np.maximum(bound / 100, rounded)).all())
        return True

    def pairs(self, count: int) -> Pairs:
        """The largest pairs as the basis shows them."""
        axes, values = (part[..., :count].astype(self.a.dtype) for part in (self.axes, self.values))
        vectors = (axes.T @ self.basis[: self.size]).T
        pushed = (axes.T @ self.pushed[: self.size]).T
        return Pairs(values, vectors, np.linalg.norm(pushed - vectors * values, axis=0))

    def _start(self) -> Array:
        """A random direction that the basis does not hold."""
        drawn = self.generator.standard_normal(self.a.size).astype(self.a.dtype)
        direction = self._orthogonal(drawn)
        return direction / np.linalg.norm(direction)

    def _orthogonal(self, vector: Array) -> Array:
        """What is left of a vector beside basis and known; twice, for rounding leaves a little."""
        for _ in range(2):
            for seen in (self.known, self.basis[: self.size]):
                vector = vector - (seen @ vector) @ seen
        return vector

    def _restart(self) -> None:
        """Keep the best half: the rest of the search lies in the direction that comes next."""
        keep = self.room // 2
        axes = self.axes[:, :keep].astype(self.a.dtype)
        self.basis[:keep], self.pushed[:keep] = axes.T @ self.basis, axes.T @ self.pushed
        self.projected[:] = np.diag(np.pad(self.values[:keep], (0, self.room - keep)))
        self.size = keep
