"""Statistics of measured tops of blocks over what theory predicts for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Int

from traindyn.curvature import count_outliers
from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.results.emergence import BlockSeries, Compared, Predicted
from traindyn.inference import Estimate, estimate_fraction

Array = np.ndarray


def _blocks(found: Compared) -> Iterator[tuple[int, int]]:
    """Replica and class of every block."""
    return np.ndindex(found.with_mean.shape)


def _mean(found: Compared, values: Sequence[float]) -> Estimate:
    """Mean of one number per block."""
    return replica_mean(np.reshape(values, found.with_mean.shape))


def first(found: Compared, naive: bool = False) -> Estimate:
    """The largest eigenvalue over its prediction."""
    return replica_mean(found.values[..., 0] / found.theory(naive).outliers[..., 0])


def others(found: Compared, naive: bool = False) -> Estimate:
    """Mean of the other outliers over its prediction."""
    theory = found.theory(naive)
    counts = theory.counts()
    return _mean(
        found,
        [
            found.values[i][1 : counts[i]].mean() / theory.outliers[i][1 : counts[i]].mean()
            for i in _blocks(found)
        ],
    )


def inside_error(found: Compared) -> Estimate:
    """Measured minus predicted share of the squared weights in the outliers' eigenvectors."""
    return replica_mean(found.with_weights - found.exact.with_weights)


def mean_cosine_error(found: Compared, naive: bool = False) -> Estimate:
    """Measured minus predicted squared cosine of the first eigenvector with the class's mean."""
    return replica_mean(found.with_mean - found.theory(naive).with_mean)


def edge(found: Compared, plain: bool = False) -> Estimate:
    """The first eigenvalue that is no outlier over the predicted edge."""
    counts, edges = found.exact.counts(), found.plain_edge if plain else found.exact.edge
    return _mean(found, [found.values[i][counts[i]] / edges[i] for i in _blocks(found)])


def numbers(found: Compared, margin: float = 0.05) -> Int[Array, "replicas classes"]:
    """Eigenvalues above the edge in every block."""
    counts = [count_outliers(found.values[i], found.exact.edge[i], margin) for i in _blocks(found)]
    return np.reshape(counts, found.with_mean.shape)


def count(found: Compared, margin: float = 0.05) -> Estimate:
    """Mean number of eigenvalues above the edge."""
    return replica_mean(numbers(found, margin).astype(float))


def share(found: Compared, number: int, margin: float = 0.05) -> Estimate:
    """Share of replicas in which every block has this number of outliers."""
    right = (numbers(found, margin) == number).all(axis=1)
    return estimate_fraction(int(right.sum()), len(right))


def sunk(early: Compared, late: Compared) -> Estimate:
    """Number of outliers that a block loses between two times."""
    return replica_mean(numbers(early).mean(axis=1) - numbers(late).mean(axis=1))


def predicted_count(found: Compared) -> float:
    """Predicted number of outliers, mean over blocks."""
    return float(found.exact.counts().mean())


def series(rows: Sequence[Compared]) -> BlockSeries:
    """Means over replicas and classes at every time, for a figure."""
    return BlockSeries(
        values=np.array([row.values.mean(axis=(0, 1)) for row in rows]),
        outliers=np.array([_mean_outliers(row.exact) for row in rows]),
        edge=np.array([row.exact.edge.mean() for row in rows]),
        cosine=np.array([row.with_mean.mean() for row in rows]),
        predicted_cosine=np.array([row.exact.with_mean.mean() for row in rows]),
    )


def _mean_outliers(predicted: Predicted) -> Array:
    """Mean of each predicted outlier where at least half of the blocks have it."""
    found = predicted.outliers.reshape(-1, predicted.outliers.shape[-1])
    there = np.isfinite(found)
    means = np.nansum(found, axis=0) / np.maximum(there.sum(axis=0), 1)
    return np.where(there.mean(axis=0) >= 0.5, means, np.nan)
