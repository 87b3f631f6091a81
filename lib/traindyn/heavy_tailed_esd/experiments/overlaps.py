r"""Overlaps of the singular vectors of the weights with those of an update.

With singular vectors sorted by falling singular value, :math:`O_{ij} = \langle w_i, m_j\rangle^2`.
Every row sums to at most 1; for random vectors every entry is 1/size on average.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy import stats

from traindyn.heavy_tailed_esd.experiments.network import Problem, Weights
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, train
from traindyn.heavy_tailed_esd.experiments.spectra import gram, top_direction

Array = np.ndarray
Overlap = Float[Array, "size size"]


def right_overlaps(weights: Weights, update: Weights) -> Overlap:
    """Squared overlaps of the right singular vectors of two matrices of one shape, d by d entries.

    They are the eigenvectors of the matrices' squares, which take a sixth of the time.

    Raises:
        ValueError: If shapes differ.

    >>> import torch
    >>> one = torch.diag(torch.tensor([3.0, 2.0]))
    >>> right_overlaps(one, one.flip(0, 1)).round(6).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    _same_shape(weights, update)
    rising = [np.linalg.eigh(gram(matrix))[1] for matrix in (weights, update)]
    v_w, v_m = (vectors[:, ::-1] for vectors in rising)
    return np.asarray((v_w.T @ v_m) ** 2)


def first_pairs(weights: Weights, update: Weights) -> tuple[float, float]:
    """Squared overlaps of the first left and of the first right singular vectors of two matrices.

    Raises:
        ValueError: If shapes differ.

    >>> import torch
    >>> one = torch.diag(torch.tensor([3.0, 2.0]))
    >>> [round(value, 6) for value in first_pairs(one, one.flip(0))]  # the rows change places
    [0.0, 1.0]
    """
    _same_shape(weights, update)
    right = [top_direction(gram(matrix))[1] for matrix in (weights, update)]
    left = [m.double().numpy() @ v for m, v in zip((weights, update), right, strict=True)]
    u_w, u_m = (vector / np.linalg.norm(vector) for vector in left)
    return float(u_w @ u_m) ** 2, float(right[0] @ right[1]) ** 2


def _same_shape(weights: Weights, update: Weights) -> None:
    if weights.shape != update.shape:
        raise ValueError(f"update must have shape {weights.shape}, got {update.shape}")


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
) -> dict[int, Overlap]:
    """Maps of right vectors of the update of step t and of the weights before it, t from 0.

    Raises:
        ValueError: If a time is negative or none is given.
    """
    if not times or min(times) < 0:
        raise ValueError(f"times must be one or more numbers of at least 0, got {times}")
    maps = {}
    for step in train(problem.student, problem.weights, problem.sample, optimizer, max(times) + 1):
        if step.number - 1 in times:
            maps[step.number - 1] = right_overlaps(step.before, step.update)
    return maps
