"""Claim HA-22: outliers, minibulk and bulk of a block of the population Hessian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.overlaps import (
    block_density,
    block_values,
    span_moments,
)
from traindyn.hessian_alignment.experiments.runs import Setting, simulate
from traindyn.hessian_alignment.results.effective import DensityRun, MinibulkRun
from traindyn.hessian_alignment.theory.bbp import block_spectrum
from traindyn.hessian_alignment.theory.population import hessian_population
from traindyn.hessian_alignment.theory.projection import project
from traindyn.inference import Estimate, estimate_by_bootstrap, estimate_mean
from traindyn.ledger import Control, Part, Size, Test
from traindyn.random_matrices import Weights, stieltjes, weighted_law
from traindyn.runs import Context

Array = np.ndarray
SHIFT = 0.25
"""Distance from zero at which resolvents are compared, in units of the bulk."""


@dataclass(frozen=True, eq=False)
class SpanRun:
    """Sample moments of one block in the span of weights and means, and their predicted limit."""

    seconds: Array
    firsts: Array
    precision: float
    predicted: Array

    def relative(self, rows: Array) -> Array:
        """Eigenvalues over the bulk, falling, from the batches of the given indices."""
        bulk = self.firsts[rows].mean() / self.precision
        return np.asarray(np.linalg.eigvalsh(self.seconds[rows].mean(axis=0))[::-1] / bulk)

    def measure(
        self, statistic: Callable[[Array], float], generator: np.random.Generator
    ) -> Estimate:
        """A statistic of the eigenvalues, with its error over batches."""
        rows = np.arange(len(self.firsts))
        return estimate_by_bootstrap(
            rows.astype(float), lambda drawn: statistic(self.relative(drawn.astype(int))), generator
        )


def span_run(context: Context, precision: float, grown: float = 1.0) -> SpanRun:
    """A trained network of four classes; its weights may be made larger for a control."""
    d = context.choose(ci=200, laptop=400, paper=800)
    batches = context.choose(ci=64, laptop=128, paper=512)
    setting = Setting(precision, decay=0.05, dimension=d, replicas=1)
    generator = context.torch_generator(f"span {precision}")
    run = simulate(setting, (10.0,), generator)
    weights = grown * run.last[0]
    seconds, firsts = span_moments(weights, run.mixture, 0, batches, 20_000, generator)
    x, means = weights.numpy(), run.mixture.means.numpy()
    found = hessian_population(project(x, means, precision), x, means, 0)
    predicted = np.concatenate([found.outliers, found.minibulk]) / found.bulk
    return SpanRun(seconds, firsts, precision, predicted)


@registry.claim(
    22,
    source="theorem on the population block, its three parts named in a public review; the "
    "content is derived here",
    basis="derived",
    statement=(
        "A block of the population Hessian has k outliers of order one, a bulk of equal "
        "eigenvalues, and between them a minibulk within O(1/λ) of the bulk, in the span of the "
        "weights; finitely many samples spread the bulk into a law with a sharp edge."
    ),
)
def minibulk(context: Context) -> tuple[MinibulkRun, list[Part]]:
    """HA-22."""
    k = 4
    precisions = (5.0, 20.0, 100.0)
    runs = {p: span_run(context, p) for p in precisions}
    grown = span_run(context, 20.0, grown=4.0)
    bootstrap = context.numpy_generator("bootstrap")

    def farthest(relative: Array) -> float:
        return float(np.abs(relative[k:] - 1).max())

    far = {p: run.measure(farthest, bootstrap) for p, run in runs.items()}
    parts = [
        Part(
            "Largest relative distance of the minibulk from the bulk, times λ, λ = 20",
            0.0,
            far[20.0].scaled(20.0),
            Test("threshold", 0.4, "of order |x⊥|² E|w''|/E w: 0.2, twice", side="below"),
            [
                Control(
                    "weights four times as large", grown.measure(farthest, bootstrap).scaled(20.0)
                )
            ],
        )
    ]
    parts.append(
        Part(
            "Distance of the minibulk from the bulk, λ = 100",
            0.0,
            far[100.0],
            Test(
                "threshold",
                0.02,
                "0.6/λ and the error of the samples, 0.002, several times",
                side="below",
            ),
            [Control("λ = 5", far[5.0])],
            asymptotic=True,
            sizes=[Size(p, e) for p, e in far.items()],
            note=(
                "One of the k eigenvalues of the minibulk equals the bulk exactly: to add a vector "
                "to all x^c changes no probability."
            ),
        )
    )
    lowest_measured = {
        p: run.measure(lambda relative: float(relative[-1]), bootstrap) for p, run in runs.items()
    }
    for p, other in ((5.0, 20.0), (20.0, 5.0)):
        lowest = float(runs[p].predicted[-1])
        parts.append(
            Part(
                f"Lowest minibulk eigenvalue over the bulk, λ = {p:g}",
                lowest,
                lowest_measured[p],
                Test("equality", 0.5 * (1 - lowest), "half of its distance from the bulk"),
                [Control(f"λ = {other:g}", lowest_measured[other])],
            )
        )
    outliers = float(runs[20.0].predicted[:k].mean())
    parts.append(
        Part(
            "Mean of the k outliers over the bulk, λ = 20",
            outliers,
            runs[20.0].measure(lambda relative: float(relative[:k].mean()), bootstrap),
            Test("equality", 0.02 * outliers, "2 %: ten times the error of the samples"),
            [
                Control(
                    "mean of the minibulk",
                    runs[20.0].measure(lambda relative: float(relative[k:].mean()), bootstrap),
                )
            ],
        )
    )
    bulk, density = _bulk(context)
    parts += bulk
    measured = np.array([run.relative(np.arange(len(run.firsts))) for run in runs.values()])
    predicted = np.array([run.predicted for run in runs.values()])
    result = MinibulkRun(
        np.array(precisions),
        measured[:, :k],
        measured[:, k:],
        predicted[:, :k],
        predicted[:, k:],
        density,
    )
    return result, parts


def _bulk(context: Context) -> tuple[list[Part], DensityRun]:
    """The bulk of a finite sample: that of equal population eigenvalues and unequal weights."""
    d = context.choose(ci=240, laptop=480, paper=960)
    replicas = context.choose(ci=32, laptop=32, paper=64)
    k, ratio, precision = 4, 8, 20.0

    def variances(size: int, repeat: int) -> list[Estimate]:
        """Variance over that of the law, of the bulk and of all; largest of the bulk over edge.

        The last is the largest with half as many samples, over the same edge.
        """
        setting = Setting(precision, decay=0.05, dimension=size, replicas=repeat)
        generator = context.torch_generator(f"bulk {size}")
        other = context.torch_generator(f"fewer samples {size}")
        run = simulate(setting, (40.0,), generator)
        means = run.mixture.means.numpy()
        rows = []
        for x in run.last:
            values = block_values(x, run.mixture, ratio * size, generator)
            seen = project(x.numpy(), means, precision)
            w = seen.hessian_weights(0)
            law = seen.mean(w**2) / precision**2 / ratio
            edge = block_spectrum(seen, w, 1 / ratio).edge
            inner = values[k : size - k].var()
            few = block_values(x, run.mixture, ratio // 2 * size, other)
            rows.append((inner / law, values.var() / law, values[k] / edge, few[k] / edge))
        return [estimate_mean(column) for column in np.array(rows).T]

    sizes = [variances(d // n, replicas * n) for n in (4, 2, 1)]
    variance, with_outliers, edge, fewer = sizes[-1]
    setting = Setting(precision, decay=0.05, dimension=d, replicas=replicas)
    resolvent, density = _quadrature(context, setting, ratio)
    parts = [
        Part(
            "Variance of the bulk of a finite sample over that of equal population eigenvalues",
            1.0,
            variance,
            Test(
                "equality", 0.1, "leaving out k eigenvalues at either end takes some 2k/d, thrice"
            ),
            [Control("all eigenvalues, outliers included", with_outliers)],
        ),
        Part(
            "Its largest eigenvalue over the predicted edge, λ = 20",
            1.0,
            edge,
            Test("equality", 0.05, "Tracy-Widom scatter, of order d^(−2/3) = 0.03 below the edge"),
            [Control("half as many samples", fewer)],
            asymptotic=True,
            sizes=[Size(d / n, s[2]) for n, s in zip((4, 2, 1), sizes, strict=True)],
        ),
        resolvent,
    ]
    return parts, density


def _quadrature(context: Context, setting: Setting, ratio: int) -> tuple[Part, DensityRun]:
    """The whole density by Lanczos quadrature, against outliers and the law of weighted samples."""
    generator = context.torch_generator("density")
    run = simulate(setting, (40.0,), generator)
    means, k, d = run.mixture.means.numpy(), setting.classes, setting.dimension
    found: dict[int, list[float]] = {ratio: [], ratio // 2: []}
    for x in run.last:
        seen = project(x.numpy(), means, setting.precision)
        weights = seen.hessian_weights(0)
        unit = seen.mean(weights) / setting.precision
        law = Weights(weights / seen.mean(weights), seen.shares)
        outliers = block_spectrum(seen, weights, 1 / ratio).outliers / unit
        bulk = float(stieltjes(np.array([-SHIFT]), 1 / ratio, law)[0].real)
        predicted = ((d - len(outliers)) * bulk + (1 / (outliers + SHIFT)).sum()) / d
        for samples, values in found.items():
            density = block_density(x, run.mixture, samples * d, generator)
            nodes = density.nodes / unit
            resolvent = (density.weights / (nodes + SHIFT)).sum(axis=1).mean()
            values.append(float(resolvent) / predicted)
    part = Part(
        "Mean of 1/(h + 1/4) over all eigenvalues h in units of the bulk, by Lanczos quadrature, "
        "over that of k outliers and the law of weighted samples, λ = 20",
        1.0,
        estimate_mean(np.array(found[ratio])),
        Test("equality", 2 * k / d, "what is no outlier departs from the law by order 2k/d"),
        [Control("half as many samples", estimate_mean(np.array(found[ratio // 2])))],
    )
    measured = block_density(x, run.mixture, ratio * d, generator, probes=40)
    points, width = np.linspace(0, 1.2 * outliers.max(), 400), 0.1
    shown = weighted_law(1 / ratio, law, 300)
    middles = (shown.points[1:] + shown.points[:-1]) / 2
    kernel = stats.norm.pdf(points[:, None], middles, width)
    smooth, error = measured.density(points * unit, width * unit)
    return part, DensityRun(
        points, smooth * unit, error * unit, kernel @ np.diff(shown.values), outliers
    )
