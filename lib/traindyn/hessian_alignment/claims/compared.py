"""Statistics of measured tops of blocks over what theory predicts for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from traindyn.curvature import count_outliers
from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.results.emergence import BlockSeries, Compared, Predicted
from traindyn.inference import Estimate

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


def cosine_error(found: Compared, naive: bool = False) -> Estimate:
    """Measured minus predicted squared cosine of the first eigenvector with the weights."""
    return replica_mean(found.with_weights - found.theory(naive).with_weights)


def mean_cosine_error(found: Compared) -> Estimate:
    """The same with the mean of the class, by the exact theory."""
    return replica_mean(found.with_mean - found.exact.with_mean)


def edge(found: Compared, plain: bool = False) -> Estimate:
    """The first eigenvalue that is no outlier over the predicted edge."""
    counts, edges = found.exact.counts(), found.plain_edge if plain else found.exact.edge
    return _mean(found, [found.values[i][counts[i]] / edges[i] for i in _blocks(found)])


def count(found: Compared, margin: float = 0.05) -> Estimate:
    """Number of eigenvalues above the edge and its scatter."""
    numbers = [count_outliers(found.values[i], found.exact.edge[i], margin) for i in _blocks(found)]
    return _mean(found, [float(number) for number in numbers])


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
