"""Eigenvalues of a population block in the span of weights and means, over the bulk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.overlaps import span_moments
from traindyn.hessian_alignment.experiments.runs import Setting, simulate
from traindyn.hessian_alignment.theory.population import hessian_population
from traindyn.hessian_alignment.theory.projection import project
from traindyn.inference import Estimate, estimate_by_bootstrap
from traindyn.runs import Context, study

Array = np.ndarray
CLASSES = 4
PRECISIONS = (5.0, 20.0, 100.0)
BATCH_SIZE = 20_000
HORIZON = 10.0


@dataclass(frozen=True)
class SpanRun:
    """Sample moments of one block in the span of weights and means, and their predicted limit.

    Args:
        seconds: Of w a aᵀ.
        firsts: Of w.
        precision: λ.
        predicted: Eigenvalues over the bulk.
    """

    seconds: Float[Array, "batches s s"]
    firsts: Float[Array, " batches"]
    precision: float
    predicted: Float[Array, " s"]

    def relative(self, rows: Array) -> Float[Array, " s"]:
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


@study(stream="HA-22")
def span_run(context: Context, precision: float, grown: float = 1.0) -> SpanRun:
    """A trained network of four classes; its weights may be made larger for a control."""
    d = context.choose(ci=200, laptop=400, paper=800)
    batches = context.choose(ci=64, laptop=128, paper=512)
    setting = Setting(precision, decay=0.05, dimension=d, replicas=1)
    generator = context.torch_generator(f"span {precision}")
    run = simulate(setting, (HORIZON,), generator)
    weights = grown * run.last[0]
    seconds, firsts = span_moments(weights, run.mixture, 0, batches, BATCH_SIZE, generator)
    x, means = weights.numpy(), run.mixture.means.numpy()
    found = hessian_population(project(x, means, precision), x, means, 0)
    predicted = np.concatenate([found.outliers, found.minibulk]) / found.bulk
    return SpanRun(seconds, firsts, precision, predicted)


@dataclass(frozen=True)
class Spans:
    """Eigenvalues over the bulk, for each λ.

    Args:
        measured: All of them, falling.
        predicted: Their limits.
        farthest: Largest distance of the minibulk from 1.
        farthest_grown: The same at λ = 20 for weights four times as large.
        lowest: The last.
        outliers: Mean of the first k at λ = 20.
        minibulk: Mean of the others there.
    """

    measured: Float[Array, "n s"]
    predicted: Float[Array, "n s"]
    farthest: dict[float, Estimate]
    farthest_grown: Estimate
    lowest: dict[float, Estimate]
    outliers: Estimate
    minibulk: Estimate


@study(stream="HA-22")
def spans(context: Context) -> Spans:
    """Three trained networks, and one whose weights are too large."""
    k = CLASSES
    runs = {p: span_run(context, p) for p in PRECISIONS}
    grown = span_run(context, 20.0, 4.0)
    bootstrap = context.numpy_generator("bootstrap")  # one for all: order is part of the numbers

    def farthest(relative: Array) -> float:
        return float(np.abs(relative[k:] - 1).max())

    return Spans(
        measured=np.array([run.relative(np.arange(len(run.firsts))) for run in runs.values()]),
        predicted=np.array([run.predicted for run in runs.values()]),
        farthest={p: run.measure(farthest, bootstrap) for p, run in runs.items()},
        farthest_grown=grown.measure(farthest, bootstrap),
        lowest={
            p: run.measure(lambda relative: float(relative[-1]), bootstrap)
            for p, run in runs.items()
        },
        outliers=runs[20.0].measure(lambda relative: float(relative[:k].mean()), bootstrap),
        minibulk=runs[20.0].measure(lambda relative: float(relative[k:].mean()), bootstrap),
    )
