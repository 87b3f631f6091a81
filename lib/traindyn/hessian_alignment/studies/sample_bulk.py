"""The bulk of a block of a finite sample: equal population eigenvalues and unequal weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from traindyn.hessian_alignment.experiments.overlaps import block_density, block_values
from traindyn.hessian_alignment.experiments.runs import Setting, simulate
from traindyn.hessian_alignment.results.effective import DensityRun
from traindyn.hessian_alignment.theory.bbp import block_spectrum
from traindyn.hessian_alignment.theory.projection import project
from traindyn.random_matrices import Weights, stieltjes, weighted_law
from traindyn.runs import Context, study

Array = np.ndarray
TEST_SIZE = 8
"""Test samples per input; controls have half as many."""

HORIZON = 40.0
DIVISORS = (4, 2, 1)
"""Of the dimension; runs are as often more."""

SHIFT = 0.25
"""Distance from zero at which resolvents are compared, in units of the bulk."""


def bulk_setting(context: Context, divisor: int = 1) -> Setting:
    """Four classes at λ = 20."""
    d = context.choose(ci=200, laptop=240, paper=960)
    replicas = context.choose(ci=64, laptop=64, paper=64)
    return Setting(20.0, decay=0.05, dimension=d // divisor, replicas=replicas * divisor)


@dataclass(frozen=True)
class BulkRun:
    """Eigenvalues of one block over predictions.

    Args:
        variance: Variance of the bulk over that of the law.
        with_outliers: Variance of all eigenvalues over it.
        plain_variance: Variance of the bulk over that for equal weights.
        fewer_variance: Variance with half as many samples over that of the law for all.
        edge: Largest eigenvalue of the bulk over the predicted edge.
        fewer: The same with half as many samples, over the same edge.
    """

    variance: Float[Array, " replicas"]
    with_outliers: Float[Array, " replicas"]
    plain_variance: Float[Array, " replicas"]
    fewer_variance: Float[Array, " replicas"]
    edge: Float[Array, " replicas"]
    fewer: Float[Array, " replicas"]


@study(stream="HA-22")
def bulk_run(context: Context, setting: Setting) -> BulkRun:
    """Spectrum of the first block of trained weights."""
    k, size = setting.classes, setting.dimension
    generator = context.torch_generator(f"bulk {size}")
    other = context.torch_generator(f"fewer samples {size}")
    run = simulate(setting, (HORIZON,), generator)
    means = run.mixture.means.numpy()
    rows = []
    for x in run.last:
        values = block_values(x, run.mixture, TEST_SIZE * size, generator)
        seen = project(x.numpy(), means, setting.precision)
        w = seen.hessian_weights(0)
        law = seen.mean(w**2) / setting.precision**2 / TEST_SIZE
        edge = block_spectrum(seen, w, 1 / TEST_SIZE).edge
        inner = values[k : size - k].var()
        few = block_values(x, run.mixture, TEST_SIZE // 2 * size, other)
        mean = seen.mean(w) / setting.precision
        rows.append(
            (
                inner / law,
                values.var() / law,
                inner / (mean**2 / TEST_SIZE),
                few[k : size - k].var() / law,
                values[k] / edge,
                few[k] / edge,
            )
        )
    return BulkRun(*np.array(rows).T)


@dataclass(frozen=True)
class Quadrature:
    """Mean of 1/(h + 1/4) over the eigenvalues by Lanczos quadrature, over its prediction.

    Args:
        resolvent: With all samples.
        fewer: With half of them.
        shown: The density of the last run.
    """

    resolvent: Float[Array, " replicas"]
    fewer: Float[Array, " replicas"]
    shown: DensityRun


@study(stream="HA-22")
def quadrature(context: Context, setting: Setting) -> Quadrature:
    """The whole density, against outliers and the law of weighted samples."""
    generator = context.torch_generator("density")
    run = simulate(setting, (HORIZON,), generator)
    means, d = run.mixture.means.numpy(), setting.dimension
    found: dict[int, list[float]] = {TEST_SIZE: [], TEST_SIZE // 2: []}
    for x in run.last:
        seen = project(x.numpy(), means, setting.precision)
        weights = seen.hessian_weights(0)
        unit = seen.mean(weights) / setting.precision
        law = Weights(weights / seen.mean(weights), seen.shares)
        outliers = block_spectrum(seen, weights, 1 / TEST_SIZE).outliers / unit
        bulk = float(stieltjes(np.array([-SHIFT]), 1 / TEST_SIZE, law)[0].real)
        predicted = ((d - len(outliers)) * bulk + (1 / (outliers + SHIFT)).sum()) / d
        for samples, values in found.items():
            density = block_density(x, run.mixture, samples * d, generator)
            nodes = density.nodes / unit
            resolvent = (density.weights / (nodes + SHIFT)).sum(axis=1).mean()
            values.append(float(resolvent) / predicted)
    measured = block_density(x, run.mixture, TEST_SIZE * d, generator, probes=40)
    points, width = np.linspace(0, 1.2 * outliers.max(), 400), 0.1
    shown = weighted_law(1 / TEST_SIZE, law, 300)
    middles = (shown.points[1:] + shown.points[:-1]) / 2
    kernel = stats.norm.pdf(points[:, None], middles, width)
    smooth, error = measured.density(points * unit, width * unit)
    return Quadrature(
        np.array(found[TEST_SIZE]),
        np.array(found[TEST_SIZE // 2]),
        DensityRun(points, smooth * unit, error * unit, kernel @ np.diff(shown.values), outliers),
    )
