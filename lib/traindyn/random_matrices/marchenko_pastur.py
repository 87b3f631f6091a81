"""The law of the eigenvalues of a sample covariance, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from traindyn.system.arguments import probabilities, real_array, real_number

Array = np.ndarray

ASPECTS = "[1e-6, 1e6]"
"""Columns per row for which the closed form keeps nine digits in double precision."""


@dataclass(frozen=True)
class MarchenkoPastur:
    r"""Law of the eigenvalues of :math:`X^\top X / P` for a P x N matrix X of unit variance.

    .. math::

        \rho(h) = \frac{\sqrt{(h_+ - h)(h - h_-)}}{2\pi\gamma h}, \qquad
        h_\pm = (1 \pm \sqrt\gamma)^2 , \qquad \gamma = N/P,

    and for :math:`\gamma > 1` an atom of mass :math:`1 - 1/\gamma` at 0. Mean 1, variance
    :math:`\gamma`. For entries of variance :math:`\sigma^2` divide the eigenvalues by it.

    Args:
        aspect: Columns per row :math:`\gamma`, from 1e-6 to 1e6.

    Raises:
        ValueError: If ``aspect`` leaves its range.

    Source: V. Marchenko and L. Pastur, Math. USSR Sb. 1 (1967) 457.

    >>> law = MarchenkoPastur(0.25)
    >>> law.low, law.high, float(law.cdf(2.25))
    (0.25, 2.25, 1.0)
    >>> MarchenkoPastur(4.0).atom
    0.75
    """

    aspect: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "aspect", real_number("aspect", self.aspect, ASPECTS))

    @cached_property
    def low(self) -> float:
        """Smallest nonzero point of the support."""
        return float((1 - np.sqrt(self.aspect)) ** 2)

    @cached_property
    def high(self) -> float:
        """Largest point of the support."""
        return float((1 + np.sqrt(self.aspect)) ** 2)

    @cached_property
    def atom(self) -> float:
        """Mass at zero."""
        return max(0.0, 1 - 1 / self.aspect)

    def density(self, h: Float[Array, "..."] | float) -> Float[Array, "..."]:
        """Density apart from the atom, zero on the edges and outside.

        Raises:
            ValueError: If a point is not a number.
        """
        h = real_array("h", h, axes=None, least=0, finite=False)
        inside = (h > self.low) & (h < self.high)
        points = np.where(inside, h, 1.0)
        root = np.sqrt(np.abs((self.high - points) * (points - self.low)))
        return np.where(inside, root / (2 * np.pi * self.aspect * points), 0.0)

    def cdf(self, h: Float[Array, "..."] | float) -> Float[Array, "..."]:
        r"""Distribution function.

        With :math:`h = 1 + \gamma - 2\sqrt\gamma\cos\varphi` the bulk has the mass

        .. math::

            \frac{(1+\gamma)\varphi + 2\sqrt\gamma\sin\varphi
            - 2|1-\gamma|\arctan\bigl(\tfrac{1+\sqrt\gamma}{|1-\sqrt\gamma|}
            \tan\tfrac\varphi2\bigr)}{2\pi\gamma} .

        Raises:
            ValueError: If a point is not a number.
        """
        h = real_array("h", h, axes=None, least=0, finite=False)
        cosine = (1 + self.aspect - h) / (2 * np.sqrt(self.aspect))
        total = self.atom + self._mass(np.asarray(np.arccos(np.clip(cosine, -1, 1))))
        return np.where(h < 0, 0.0, np.clip(total, 0.0, 1.0))

    def quantile(self, probability: Float[Array, "..."] | float) -> Float[Array, "..."]:
        """Inverse distribution function, zero within the atom; at 0.5 the median.

        Raises:
            ValueError: If a probability leaves [0, 1].

        >>> float(MarchenkoPastur(1.0).quantile(0.5).round(6))
        0.652776
        """
        wanted = probabilities("probability", probability)
        left, right = np.zeros_like(wanted), np.full_like(wanted, np.pi)
        for _ in range(55):
            middle = (left + right) / 2
            below = self.atom + self._mass(np.asarray(middle)) < wanted
            left, right = np.where(below, middle, left), np.where(below, right, middle)
        root = np.sqrt(self.aspect)
        # the square of 1 - root keeps its digits where the lower edge is near zero
        bulk = (1 - root) ** 2 + 4 * root * np.sin(right / 2) ** 2
        return np.where(wanted <= self.atom, 0.0 if self.atom else self.low, bulk)

    def _mass(self, angle: Array) -> Array:
        """Mass of the bulk up to an angle."""
        root = np.sqrt(self.aspect)
        turned = np.arctan2((1 + root) * np.sin(angle / 2), abs(1 - root) * np.cos(angle / 2))
        total = (1 + self.aspect) * angle + 2 * root * np.sin(angle)
        return np.asarray((total - 2 * abs(1 - self.aspect) * turned) / (2 * np.pi * self.aspect))
