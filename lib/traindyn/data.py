"""Data sets: what a network is trained on, drawn batch by batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.system.arguments import real_number, require_kind, short, whole_number

Inputs = Literal["gaussian", "rademacher"]

MOST_DRAWN = 10**8
"""Values that one call may draw: more do not fit in the memory of a laptop."""


@dataclass(frozen=True)
class ScalarRegression:
    r"""Scalar regression with label noise, :math:`y = kx + \epsilon`.

    ``gaussian``: :math:`x \sim N(0, 1)` and :math:`\epsilon \sim N(0, \sigma^2)`. ``rademacher``:
    :math:`x = \pm 1` and :math:`\epsilon` uniform with variance :math:`\sigma^2`, so that products
    of input and noise are bounded.

    Args:
        slope: :math:`k`, positive, in units of y / x.
        noise: Standard deviation :math:`\sigma \ge 0` of the label noise.
        inputs: Law of the inputs.

    Raises:
        ValueError: If ``slope`` is not positive, ``noise`` negative, or ``inputs`` unknown.
    """

    slope: float = 1.0
    noise: float = 1.0
    inputs: Inputs = "gaussian"

    def __post_init__(self) -> None:
        object.__setattr__(self, "slope", real_number("slope", self.slope, "(0, inf)"))
        object.__setattr__(self, "noise", real_number("noise", self.noise, "[0, inf)"))
        if not isinstance(self.inputs, str) or self.inputs not in ("gaussian", "rademacher"):
            raise ValueError(f"inputs must be 'gaussian' or 'rademacher', got {short(self.inputs)}")

    def draw_batch_means(
        self,
        second_moment: Float[Tensor, " replicas"],
        cross_moment: Float[Tensor, " replicas"],
        batch_size: int,
        generator: torch.Generator,
    ) -> None:
        r"""Fill the batch means of :math:`x^2` and :math:`xy` of fresh batches, one per replica.

        The square loss of a linear predictor sees a batch through these two numbers only. For
        Gaussian data they are drawn directly at a cost that does not grow with the batch: the mean
        of :math:`x^2` is :math:`\chi^2_S / S`, and given it the mean of :math:`x\epsilon` is
        :math:`N(0, \sigma^2 \overline{x^2} / S)`. A single sample is drawn in polar coordinates,
        :math:`(x^2, x\epsilon/\sigma) = E(1 + \cos\varphi, \sin\varphi)` with :math:`E` exponential
        and :math:`\varphi` uniform, at less than half the cost of two normal variables.

        Args:
            second_moment: Receives the batch means of :math:`x^2`; float32 or float64.
            cross_moment: Receives the batch means of :math:`xy`; like ``second_moment``.
            batch_size: :math:`S \ge 1`; Rademacher batches of all replicas together at most
                ``MOST_DRAWN``.
            generator: Source of randomness.

        Raises:
            ValueError: If ``batch_size`` leaves its range, or the tensors are not two of one shape
                and dtype that can be filled.
        """
        whole_number("batch_size", batch_size, 1)
        require_kind("generator", generator, torch.Generator)
        _require_alike(second_moment, cross_moment)
        if self.inputs == "rademacher" and batch_size * second_moment.numel() > MOST_DRAWN:
            raise ValueError(
                f"batch_size must be at most {MOST_DRAWN} over the replicas, got {batch_size}"
            )
        fill = self._gaussian_means if self.inputs == "gaussian" else self._rademacher_means
        try:
            fill(second_moment, cross_moment, batch_size, generator)
        except RuntimeError as error:  # a tensor that is part of a graph, or overlaps itself
            raise ValueError(
                f"second_moment and cross_moment must be tensors that can be filled: {error}"
            ) from error

    def _gaussian_means(
        self, second_moment: Tensor, cross_moment: Tensor, size: int, generator: torch.Generator
    ) -> None:
        if size == 1:
            angle = cross_moment.uniform_(0.0, 2 * math.pi, generator=generator)
            energy = torch.empty_like(angle).uniform_(generator=generator).neg_().log1p_().neg_()
            torch.cos(angle, out=second_moment).add_(1.0).mul_(energy)
            cross_moment.sin_().mul_(energy).mul_(self.noise)
        else:
            shape = torch.full_like(second_moment, size / 2)
            second_moment.copy_(torch._standard_gamma(shape, generator=generator)).mul_(2 / size)
            cross_moment.normal_(std=self.noise / math.sqrt(size), generator=generator)
            cross_moment.mul_(second_moment.sqrt())
        cross_moment.add_(second_moment, alpha=self.slope)

    def _rademacher_means(
        self, second_moment: Tensor, cross_moment: Tensor, size: int, generator: torch.Generator
    ) -> None:
        second_moment.fill_(1.0)
        half_width = math.sqrt(3.0) * self.noise  # x·epsilon has the law of epsilon
        if size == 1:
            cross_moment.uniform_(
                self.slope - half_width, self.slope + half_width, generator=generator
            )
            return
        draws = cross_moment.new_empty((size, *cross_moment.shape))
        draws.uniform_(self.slope - half_width, self.slope + half_width, generator=generator)
        torch.mean(draws, dim=0, out=cross_moment)


def _require_alike(second: Tensor, cross: Tensor) -> None:
    require_kind("second_moment", second, Tensor)
    require_kind("cross_moment", cross, Tensor)
    if second.dtype not in (torch.float32, torch.float64) or second.dim() != 1:
        raise ValueError(
            "second_moment must have one axis and the dtype float32 or float64, "
            f"got shape {tuple(second.shape)} and {second.dtype}"
        )
    if cross.dtype != second.dtype or cross.shape != second.shape:
        raise ValueError(
            f"cross_moment must have the shape {tuple(second.shape)} and {second.dtype}, "
            f"got {tuple(cross.shape)} and {cross.dtype}"
        )
    if second.numel() and second.data_ptr() == cross.data_ptr():
        raise ValueError("cross_moment must be another tensor than second_moment, got the same")
