"""Random numbers at the price of single precision."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from traindyn.data import ScalarRegression

FEW = 16
"""Largest even batch that is cheaper as a product of uniform numbers than by its law."""


def fill_normal(out: Tensor, generator: torch.Generator) -> Tensor:
    """Fill a tensor with standard normal numbers that carry 24 random bits each.

    They are drawn in single precision, at a fifth of the cost of double precision, which is most of
    the cost of a stochastic equation. Their law differs from the normal one by less than 1e-6, and
    they stay below 6; a sum of many is as good as any.

    Args:
        out: Tensor of any floating type; filled in place and returned.
        generator: Source of randomness.

    >>> stream = torch.Generator()
    >>> _ = stream.manual_seed(0)
    >>> x = fill_normal(torch.empty(100_000, dtype=torch.float64), stream)
    >>> abs(float(x.mean())) < 0.02, abs(float(x.var()) - 1) < 0.03
    (True, True)
    """
    single = torch.empty(out.shape, dtype=torch.float32)
    return out.copy_(single.normal_(generator=generator))


def fill_batch_means(
    data: ScalarRegression,
    second_moment: Tensor,
    cross_moment: Tensor,
    batch_size: int,
    generator: torch.Generator,
) -> None:
    r"""Fill the batch means of :math:`x^2` and :math:`xy`, one batch per replica.

    Same law as :meth:`ScalarRegression.draw_batch_means`, at a lower cost for small batches of
    Gaussian inputs, whose numbers carry 24 random bits each: the mean of :math:`x^2` is
    :math:`\chi^2_S/S`, which for an even :math:`S` is the logarithm of a product of :math:`S/2`
    uniform numbers times :math:`-2/S`; given it, the mean of :math:`x\epsilon` is normal.

    Args:
        data: Where batches come from.
        second_moment: Receives the batch means of :math:`x^2`; float64.
        cross_moment: Receives the batch means of :math:`xy`; likewise.
        batch_size: :math:`S \ge 1`.
        generator: Source of randomness.

    >>> second, cross = torch.empty(2, 3, dtype=torch.float64)
    >>> fill_batch_means(ScalarRegression(2.0, 0.0), second, cross, 1, torch.Generator())
    >>> bool((cross == 2 * second).all())
    True
    """
    if data.inputs == "gaussian" and batch_size == 1:
        x = fill_normal(second_moment, generator)
        fill_normal(cross_moment, generator).mul_(data.noise).add_(x, alpha=data.slope).mul_(x)
        x.mul_(x)
    elif data.inputs == "gaussian" and batch_size % 2 == 0 and batch_size <= FEW:
        single = torch.empty(second_moment.shape, dtype=torch.float32)
        product = second_moment.fill_(1.0)
        for _ in range(batch_size // 2):
            product.mul_(single.uniform_(generator=generator).neg_().add_(1.0))  # never zero
        product.log_().mul_(-2 / batch_size)
        fill_normal(cross_moment, generator).mul_(data.noise / math.sqrt(batch_size))
        cross_moment.mul_(product.sqrt()).add_(product, alpha=data.slope)
    else:
        data.draw_batch_means(second_moment, cross_moment, batch_size, generator)
