r"""Overlaps of the singular vectors of the weights with those of an update.

With singular vectors sorted by falling singular value, :math:`O_{ij} = \langle w_i, m_j\rangle^2`.
Every row sums to at most 1; for random vectors every entry is 1/size on average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy import stats

from traindyn.heavy_tailed_esd.experiments.network import Problem, Weights
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, train

Array = np.ndarray
Overlap = Float[Array, "size size"]


@dataclass(frozen=True)
class OverlapMaps:
    """Overlaps around one step.

    Args:
        left: Squared overlaps of left singular vectors, h-dimensional.
        right: Squared overlaps of right singular vectors, d-dimensional.
    """

    left: Overlap
    right: Overlap


def overlap_maps(weights: Weights, update: Weights) -> OverlapMaps:
    """Squared overlaps of the singular vectors of two matrices of one shape, d by d entries each.

    Raises:
        ValueError: If shapes differ.

    >>> one = torch.diag(torch.tensor([3.0, 2.0]))
    >>> overlap_maps(one, one.flip(0, 1)).right.round(6).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    if weights.shape != update.shape:
        raise ValueError(f"update must have shape {weights.shape}, got {update.shape}")
    u_w, _, v_w = torch.linalg.svd(weights.double(), full_matrices=False)
    u_m, _, v_m = torch.linalg.svd(update.double(), full_matrices=False)
    left, right = (u_w.T @ u_m).square(), (v_w @ v_m.T).square()
    return OverlapMaps(left.numpy(), right.numpy())


def band_enrichment(overlap: Overlap, share: float = 0.05) -> float:
    r"""Mean overlap within :math:`|i - j| \le s\,d` over the mean of all entries.

    Args:
        overlap: Squared overlaps.
        share: Half-width s of the band in units of the size, in (0, 1).

    Raises:
        ValueError: If the share leaves its range.

    >>> band_enrichment(np.eye(100))  # 100 of the 1,070 entries within five of the diagonal
    9.345794392523365
    """
    if not 0 < share < 1:
        raise ValueError(f"share must lie in (0, 1), got {share}")
    i = np.arange(len(overlap))
    band = np.abs(i[:, None] - i) <= share * len(overlap)
    return float(overlap[band].mean() / overlap.mean())


def rank_correlation(overlap: Overlap) -> float:
    """Spearman's correlation of the number of a vector and the center of mass of its overlaps.

    >>> rank_correlation(np.eye(9)), rank_correlation(np.eye(9)[::-1])
    (1.0, -1.0)
    """
    numbers = np.arange(len(overlap))
    centers = overlap @ numbers / overlap.sum(axis=1)
    return round(float(stats.spearmanr(numbers, centers).statistic), 12)


def overlaps_along(
    problem: Problem, optimizer: Optimizer, times: tuple[int, ...]
) -> dict[int, tuple[OverlapMaps, OverlapMaps]]:
    """Maps of the update of step t with the weights before it and after it, t counted from 0.

    Raises:
        ValueError: If a time is negative or none is given.
    """
    if not times or min(times) < 0:
        raise ValueError(f"times must be one or more numbers of at least 0, got {times}")
    found = {}
    for step in train(problem.student, problem.weights, problem.sample, optimizer, max(times) + 1):
        if step.number - 1 in times:
            found[step.number - 1] = (
                overlap_maps(step.before, step.update),
                overlap_maps(step.after, step.update),
            )
    return found
