"""Measured spectra of blocks beside what exact and naive theory predict for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from traindyn.curvature import count_outliers
from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.experiments.blocks import Matrix
from traindyn.hessian_alignment.experiments.emergence import Followed
from traindyn.hessian_alignment.results.emergence import BlockSeries
from traindyn.hessian_alignment.theory.bbp import BlockSpectrum, block_spectrum, resolved
from traindyn.hessian_alignment.theory.projection import project
from traindyn.inference import Estimate

Array = np.ndarray
Theory = Literal["exact", "naive"]


@dataclass(frozen=True, eq=False)
class Compared:
    r"""Spectra of one matrix at one time, with what two theories predict for each block.

    Args:
        values: Measured k + 1 largest eigenvalues per replica and class.
        with_weights: Measured squared cosine of the first eigenvector with :math:`x^c`.
        with_mean: The same with :math:`\mu_c`.
        exact: Predicted spectrum of each block.
        naive: The same with weights independent of the samples; empty unless asked for.
        weights: Weights of every replica.
        means: Means of the classes.
        plain_edge: Edge for equal weights of the same mean.
    """

    values: Array
    with_weights: Array
    with_mean: Array
    exact: list[list[BlockSpectrum]]
    naive: list[list[BlockSpectrum]]
    weights: Array
    means: Array
    plain_edge: Array

    def per_block(self, statistic: Callable[[int, int], float]) -> Array:
        """A statistic of (replica, class) for every block."""
        replicas, classes = self.values.shape[:2]
        return np.array([[statistic(r, c) for c in range(classes)] for r in range(replicas)])

    def blocks(self) -> Iterator[tuple[int, int, BlockSpectrum]]:
        """Replica, class and exact prediction of every block."""
        for r, row in enumerate(self.exact):
            for c, spectrum in enumerate(row):
                yield r, c, spectrum

    def _predicted(self, theory: Theory) -> list[list[BlockSpectrum]]:
        return self.exact if theory == "exact" else self.naive

    def first(self, theory: Theory = "exact") -> Estimate:
        """The largest eigenvalue over its prediction."""
        spectra = self._predicted(theory)
        return replica_mean(
            self.per_block(lambda r, c: self.values[r, c, 0] / spectra[r][c].outliers[0])
        )

    def others(self, theory: Theory = "exact") -> Estimate:
        """Mean of the other outliers over its prediction."""
        spectra = self._predicted(theory)

        def ratio(r: int, c: int) -> float:
            predicted = spectra[r][c].outliers[1:]
            return float(self.values[r, c, 1 : 1 + len(predicted)].mean() / predicted.mean())

        return replica_mean(self.per_block(ratio))

    def cosine_error(self, theory: Theory = "exact") -> Estimate:
        """Measured minus predicted squared cosine of the first eigenvector with the weights."""
        spectra = self._predicted(theory)
        return replica_mean(
            self.with_weights
            - self.per_block(lambda r, c: spectra[r][c].squared_cosine(0, self.weights[r, c]))
        )

    def mean_cosine_error(self) -> Estimate:
        """The same with the mean of the class."""
        return replica_mean(
            self.with_mean
            - self.per_block(lambda r, c: self.exact[r][c].squared_cosine(0, self.means[c]))
        )

    def edge(self, plain: bool = False) -> Estimate:
        """The first eigenvalue that is no outlier over the predicted edge."""

        def ratio(r: int, c: int) -> float:
            spectrum = self.exact[r][c]
            edge = self.plain_edge[r, c] if plain else spectrum.edge
            return float(self.values[r, c, len(spectrum.outliers)] / edge)

        return replica_mean(self.per_block(ratio))

    def count(self, margin: float = 0.05) -> Estimate:
        """Number of eigenvalues above the edge and its scatter."""
        return replica_mean(
            self.per_block(
                lambda r, c: count_outliers(self.values[r, c], self.exact[r][c].edge, margin)
            ).astype(float)
        )

    def predicted_count(self) -> float:
        """Predicted number of outliers, mean over blocks."""
        return float(self.per_block(lambda r, c: len(self.exact[r][c].outliers)).mean())


def compare(
    run: Followed, index: int, matrix: Matrix, classes: int = 4, control: bool = False
) -> Compared:
    """Spectra at one time against exact and, as a control, naive theory, block by block.

    Only the blocks of the first classes are used.
    """
    trajectory = run.trajectory
    found = run.spectra[index][matrix]
    weights = trajectory.weights[index].numpy()
    means = trajectory.mixture.means.numpy()
    d = means.shape[1]
    aspect, classes = d / run.samples, min(classes, len(means))
    exact: list[list[BlockSpectrum]] = []
    naive: list[list[BlockSpectrum]] = []
    plain = np.empty((len(weights), classes))
    for r, x in enumerate(weights):
        seen = project(x, means, trajectory.setting.precision)
        rows = []
        for c in range(classes):
            w = seen.hessian_weights(c) if matrix == "hessian" else seen.gradient_weights(c)
            rows.append(resolved(w, seen.shares, run.samples))
            plain[r, c] = seen.mean(w) / seen.precision * (1 + aspect**0.5) ** 2
        exact.append([block_spectrum(seen, w, aspect) for w in rows])
        if control:
            naive.append([block_spectrum(seen, w, aspect, correlated=False) for w in rows])
    weights = weights[:, :classes]
    first = found.vectors[:, :classes, :, 0]
    norms = (weights**2).sum(axis=-1)
    norms[norms == 0] = np.inf
    with_weights = (first * weights).sum(axis=-1) ** 2 / norms
    with_mean = (first * means[:classes]).sum(axis=-1) ** 2
    return Compared(
        found.values[:, :classes], with_weights, with_mean, exact, naive, weights, means, plain
    )


def series(run: Followed, matrix: Matrix) -> BlockSeries:
    """Means over replicas and classes at every time, for a figure."""
    rows = [compare(run, index, matrix) for index in range(len(run.spectra))]
    return BlockSeries(
        values=np.array([row.values.mean(axis=(0, 1)) for row in rows]),
        outliers=np.array([_mean_outliers(row) for row in rows]),
        edge=np.array([np.mean([s.edge for _, _, s in row.blocks()]) for row in rows]),
        cosine=np.array([row.with_mean.mean() for row in rows]),
        predicted_cosine=np.array([_mean_cosine(row) for row in rows]),
    )


def _mean_outliers(row: Compared) -> Array:
    """Mean of each predicted outlier where at least half of the blocks have it."""
    found = np.full((row.with_mean.size, row.values.shape[-1] - 1), np.nan)
    for line, (_, _, spectrum) in zip(found, row.blocks(), strict=True):
        line[: len(spectrum.outliers)] = spectrum.outliers
    there = np.isfinite(found)
    means = np.nansum(found, axis=0) / np.maximum(there.sum(axis=0), 1)
    return np.where(there.mean(axis=0) >= 0.5, means, np.nan)


def _mean_cosine(row: Compared) -> float:
    """Mean predicted squared cosine with the mean of the class, zero without an outlier."""
    cosines = [
        spectrum.squared_cosine(0, row.means[c]) if len(spectrum.outliers) else 0.0
        for _, c, spectrum in row.blocks()
    ]
    return float(np.mean(cosines))
