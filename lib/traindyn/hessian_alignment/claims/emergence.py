"""Claims HA-8 and HA-12: what leaves the bulk at the start and in training, what returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.curvature import count_outliers
from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.blocks import Matrix
from traindyn.hessian_alignment.experiments.emergence import (
    Followed,
    StartSpectra,
    follow,
    start_spectra,
)
from traindyn.hessian_alignment.experiments.runs import Setting
from traindyn.hessian_alignment.results.emergence import BlockSeries, EmergenceRun, StartRun
from traindyn.hessian_alignment.theory.bbp import (
    BlockSpectrum,
    block_spectrum,
    critical_precision,
    initial_outlier,
    resolved,
)
from traindyn.hessian_alignment.theory.projection import project
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Context, Control, Part, Size, Test

Array = np.ndarray
CLASSES, SAMPLES_PER_DIMENSION = 4, 8
EMERGING = (0.0, 2.0, 4.0, 8.0, 16.0, 30.0)
MATRICES: tuple[Matrix, ...] = ("hessian", "gradient")


@registry.claim(
    8,
    source="answer to a question of a public review; the formulas are derived here",
    basis="derived",
    statement=(
        "At initialization the k outliers of a block are visible above λ_c = k/√α, where the means "
        "leave the bulk of a spiked sample covariance."
    ),
)
def threshold(context: Context) -> tuple[StartRun, list[Part]]:
    """HA-8."""
    d = context.choose(ci=320, laptop=400, paper=800)
    draws = context.choose(ci=100, laptop=160, paper=320)
    k, aspect = CLASSES, 1 / SAMPLES_PER_DIMENSION
    critical = critical_precision(k, SAMPLES_PER_DIMENSION)

    def drawn(
        precision: float, size: int = d, ratio: float = SAMPLES_PER_DIMENSION, repeat: int = draws
    ) -> StartSpectra:
        generator = context.torch_generator(f"{precision} {size} {ratio}")
        return start_spectra(k, size, precision, round(ratio * size), repeat, generator)

    precisions = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0, 100.0)
    found = {precision: drawn(precision) for precision in precisions}
    cosines = {p: estimate_mean(spectra.squared_cosines) for p, spectra in found.items()}
    predicted = {p: initial_outlier(p, k, aspect) for p in precisions}
    inverted = {p: drawn(p, d, aspect, 12) for p in (3.0, 10.0)}
    parts = [
        Part(
            f"Squared cosine of the means with the top k eigenvectors at λ = {p:g}",
            predicted[p][1],
            cosines[p],
            Test("equality", 0.02, "corrections of order k/d, and 1/√(αd) of a draw, on one side"),
            [
                Control(
                    "one sample for eight dimensions instead of eight for one",
                    estimate_mean(inverted[p].squared_cosines),
                )
            ],
        )
        for p in inverted
    ]
    parts.append(
        Part(
            "Squared cosine below the threshold, at λ = 1",
            0.0,
            cosines[1.0],
            Test(
                "threshold",
                0.12,
                "a random space has k/d, enhanced near the threshold by 1/(1 − λ²/λ_c²), here 2; "
                "the rest is room for the smallest size",
                side="below",
            ),
            [Control("above the threshold, λ = 3", cosines[3.0])],
        )
    )
    sizes = [d // 8, d // 4, d // 2]
    near = [estimate_mean(drawn(2.0, s, repeat=draws * d // s).squared_cosines) for s in sizes]
    parts.append(
        Part(
            "Squared cosine close above the threshold, at λ = 2",
            predicted[2.0][1],
            cosines[2.0],
            Test("equality", 0.06, "near the threshold corrections are of order d^(−1/2) = 0.06"),
            [Control("below the threshold, λ = 1", cosines[1.0])],
            asymptotic=True,
            sizes=[
                *(Size(float(s), e) for s, e in zip(sizes, near, strict=True)),
                Size(float(d), cosines[2.0]),
            ],
        )
    )
    relative = found[3.0].values[:, :k].mean(axis=1) / predicted[3.0][0]
    parts.append(
        Part(
            "Outliers at λ = 3 over their prediction",
            1.0,
            estimate_mean(relative),
            Test("equality", 0.02, "an eighth of what the finite sample adds"),
            [
                Control(
                    "prediction for unlimited samples, smaller by 1 + γk/λ",
                    estimate_mean(relative).scaled(1 + aspect * k / 3.0),
                )
            ],
        )
    )
    counts = {p: _counts(found[p].values, (k - 1) / k**2 / p, aspect) for p in (1.0, 4.0)}
    for p, other, number in ((4.0, 1.0, k), (1.0, 4.0, 0)):
        parts.append(
            Part(
                f"Outliers counted at λ = {p:g}",
                float(number),
                counts[p],
                Test("equality", 0.5, "half an eigenvalue"),
                [Control(f"at λ = {other:g}", counts[other])],
            )
        )
    grid = np.geomspace(0.4, 120, 200)
    result = StartRun(
        k,
        critical,
        np.array(precisions),
        np.array([cosines[p].value for p in precisions]),
        grid,
        np.array([initial_outlier(float(p), k, aspect)[1] for p in grid]),
    )
    return result, parts


def _counts(values: Array, unit: float, aspect: float) -> Estimate:
    edge = unit * (1 + aspect**0.5) ** 2
    return estimate_mean(np.array([count_outliers(row, edge) for row in values], dtype=float))


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

    def per_block(self, statistic) -> Array:  # type: ignore[no-untyped-def]
        """A statistic of (replica, class) for every block."""
        replicas, classes = self.values.shape[:2]
        return np.array([[statistic(r, c) for c in range(classes)] for r in range(replicas)])

    def first(self, theory: str = "exact") -> Estimate:
        """The largest eigenvalue over its prediction."""
        spectra = getattr(self, theory)
        return replica_mean(
            self.per_block(lambda r, c: self.values[r, c, 0] / spectra[r][c].outliers[0])
        )

    def others(self, theory: str = "exact") -> Estimate:
        """Mean of the other outliers over its prediction."""
        spectra = getattr(self, theory)

        def ratio(r: int, c: int) -> float:
            predicted = spectra[r][c].outliers[1:]
            return float(self.values[r, c, 1 : 1 + len(predicted)].mean() / predicted.mean())

        return replica_mean(self.per_block(ratio))

    def cosine_error(self, theory: str = "exact") -> Estimate:
        """Measured minus predicted squared cosine of the first eigenvector with the weights."""
        spectra = getattr(self, theory)
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
    run: Followed, index: int, matrix: Matrix, classes: int = CLASSES, control: bool = False
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
    k = rows[0].values.shape[2] - 1

    def padded(spectrum: BlockSpectrum) -> Array:
        return np.pad(spectrum.outliers, (0, k - len(spectrum.outliers)), constant_values=np.nan)

    def cosine(row: Compared, r: int, c: int) -> float:
        spectrum = row.exact[r][c]
        return spectrum.squared_cosine(0, row.means[c]) if len(spectrum.outliers) else 0.0

    return BlockSeries(
        values=np.array([row.values.mean(axis=(0, 1)) for row in rows]),
        outliers=np.array(
            [
                _most(np.array([padded(s) for per_class in row.exact for s in per_class]))
                for row in rows
            ]
        ),
        edge=np.array(
            [row.per_block(lambda r, c, row=row: row.exact[r][c].edge).mean() for row in rows]
        ),
        cosine=np.array([row.with_mean.mean() for row in rows]),
        predicted_cosine=np.array(
            [row.per_block(lambda r, c, row=row: cosine(row, r, c)).mean() for row in rows]
        ),
    )


def _most(outliers: Array) -> Array:
    """Mean of each outlier where at least half of the blocks have it."""
    there = np.isfinite(outliers)
    means = np.nansum(outliers, axis=0) / np.maximum(there.sum(axis=0), 1)
    return np.where(there.mean(axis=0) >= 0.5, means, np.nan)


@registry.claim(
    12,
    source="abstract of the sequel arXiv 2502.15655; the formulas are derived here",
    basis="derived",
    statement=(
        "Outliers emerge from the bulk during training and sink back into it, in a dynamical "
        "version of the transition at the start; an exact theory gives edge, outliers and "
        "eigenvectors. At λ = 20 the gradient matrix loses k − 1 of its outliers while the Hessian "
        "keeps all."
    ),
)
def emergence(context: Context) -> tuple[tuple[EmergenceRun, EmergenceRun], list[Part]]:
    """HA-12."""
    d = context.choose(ci=240, laptop=400, paper=1000)
    replicas = context.choose(ci=32, laptop=32, paper=64)
    early, late = 2.0, 60.0

    def run(size: int, repeat: int, times: tuple[float, ...]) -> Followed:
        setting = Setting(20.0, decay=0.02, dimension=size, replicas=repeat)
        generator = context.torch_generator(f"four classes {size} {times}")
        return follow(setting, times, SAMPLES_PER_DIMENSION, generator)

    main = run(d, replicas, (early, late))
    small = [run(d // n, replicas * n, (late,)) for n in (4, 2)]
    hessian, gradient = (compare(main, 1, matrix, control=True) for matrix in MATRICES)
    gradient_early = compare(main, 0, "gradient")
    edges = [compare(one, 0, "hessian").edge() for one in small]
    fluctuation = (
        "a third of what the naive formula misses; a near-equal outlier scatters by "
        "(2k/M)^½ = 0.06, and order among k of them shifts each by as much"
    )
    independent = "weights that know nothing of the samples"
    parts = [
        Part(
            "First outlier of the Hessian block over its prediction, t = 60",
            1.0,
            hessian.first(),
            Test("equality", 0.05, fluctuation),
            [Control(independent, hessian.first("naive"))],
        ),
        Part(
            "The other k − 1 outliers of the Hessian block over their prediction, t = 60",
            1.0,
            hessian.others(),
            Test("equality", 0.05, fluctuation),
            [Control(independent, hessian.others("naive"))],
        ),
        Part(
            "First outlier of the gradient block over its prediction, t = 60",
            1.0,
            gradient.first(),
            Test("equality", 0.05, fluctuation),
            [Control(independent, gradient.first("naive"))],
        ),
        Part(
            "Largest eigenvalue of the Hessian's bulk over the predicted edge, t = 60",
            1.0,
            hessian.edge(),
            Test("equality", 0.05, "Tracy-Widom scatter, of order d^(−2/3) = 0.03 below the edge"),
            [Control("edge for equal weights of the same mean", hessian.edge(plain=True))],
            asymptotic=True,
            sizes=[
                Size(d / 4, edges[0]),
                Size(d / 2, edges[1]),
                Size(float(d), hessian.edge()),
            ],
        ),
        Part(
            "Squared cosine of the Hessian's first eigenvector with x^c, minus its prediction",
            0.0,
            hessian.cosine_error(),
            Test("equality", 0.03, "a draw scatters by (k/M)^½ = 0.05, the mean by 1/d"),
            [Control(independent, hessian.cosine_error("naive"))],
        ),
        Part(
            "Outliers of the Hessian block, t = 60: all stay",
            hessian.predicted_count(),
            hessian.count(),
            Test("equality", 0.5, "half an eigenvalue"),
            [Control("the gradient block", gradient.count())],
        ),
        Part(
            "Outliers of the gradient block, t = 60: k − 1 have sunk",
            gradient.predicted_count(),
            gradient.count(),
            Test(
                "equality",
                1.0,
                "one of the three that sink: the few largest weights of a sample scatter, and the "
                "edge with them",
            ),
            [Control("at t = 2", gradient_early.count())],
            note=(
                "The prediction leaves out weights rarer than one in M: in the strict limit the "
                "rarest weights of the gradient matrix set the edge, and its outliers sink sooner "
                "than in any sample of a size that fits a computer."
            ),
        ),
        Part(
            "Outliers of the gradient block, t = 2: all are there",
            gradient_early.predicted_count(),
            gradient_early.count(),
            Test("equality", 0.5, "half an eigenvalue"),
            [Control("at t = 60", gradient.count())],
        ),
    ]
    born, more = _emerging(context)
    shown = run(d, 3, (0.5, 1.0, 2.0, 4.0, 8.0, 14.0, 20.0, 40.0, 60.0))
    result = EmergenceRun(
        CLASSES,
        20.0,
        np.array(shown.trajectory.times),
        {matrix: series(shown, matrix) for matrix in MATRICES},
    )
    return (result, born), [*parts, *more]


def _emerging(context: Context) -> tuple[EmergenceRun, list[Part]]:
    """Ten classes below and above the threshold of the start, which lies at λ = 5."""
    d = context.choose(ci=240, laptop=400, paper=1000)
    replicas = context.choose(ci=24, laptop=24, paper=48)

    def run(precision: float, ratio: float, times: tuple[float, ...]) -> Followed:
        setting = Setting(precision, decay=0.02, dimension=d, classes=10, replicas=replicas)
        generator = context.torch_generator(f"ten classes {precision}")
        matrices: tuple[Matrix, ...] = ("hessian",)
        return follow(setting, times, ratio, generator, matrices=matrices, from_zero=True)

    below, above = run(4.0, 4.0, EMERGING), run(12.0, 2.0, (0.0, 30.0))
    start, end = (compare(below, i, "hessian") for i in (0, len(EMERGING) - 1))
    many, one = (compare(above, i, "hessian") for i in (0, 1))
    margin = 0.08  # a random matrix of this size passes its edge by 5 % once in ten times
    result = EmergenceRun(10, 4.0, np.array(EMERGING), {"hessian": series(below, "hessian")})
    parts = [
        Part(
            "Ten classes, λ = 4 below the threshold 5: outliers at the start",
            0.0,
            start.count(margin),
            Test("equality", 0.5, "half an eigenvalue"),
            [Control("at t = 30", end.count(margin))],
        ),
        Part(
            "Ten classes, λ = 4: outliers at t = 30, one has emerged",
            1.0,
            end.count(margin),
            Test("equality", 0.5, "half an eigenvalue"),
            [Control("at the start", start.count(margin))],
        ),
        Part(
            "Its squared cosine with the mean of the class, minus the prediction",
            0.0,
            end.mean_cosine_error(),
            Test(
                "equality",
                0.08,
                "a fifth of the predicted cosine; near the edge corrections are of order "
                "d^(−1/2) = 0.06",
            ),
            [Control("at the start, from the same prediction", _shifted(start, end))],
        ),
        Part(
            "Ten classes, λ = 12 above the threshold 7: outliers at t = 30, all but one have sunk",
            1.0,
            one.count(margin),
            Test("equality", 0.5, "half an eigenvalue"),
            [Control("at the start", many.count(margin))],
        ),
    ]
    return result, parts


def _shifted(start: Compared, end: Compared) -> Estimate:
    """Squared cosines at the start minus what is predicted for the end."""
    predicted = end.per_block(lambda r, c: end.exact[r][c].squared_cosine(0, end.means[c]))
    return replica_mean(start.with_mean - predicted)
