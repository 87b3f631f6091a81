"""Results of runs of ten steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.heavy_tailed_esd.experiments.training_runs import EnsembleRun, Labels
from traindyn.inference import Estimate

__all__ = [
    "CollapseRun",
    "EnsembleRun",
    "Labels",
    "NamedTails",
    "NamingRun",
    "NormalizedTails",
    "RateRun",
    "RepeatedRuns",
    "TailRun",
]


@dataclass(frozen=True)
class TailRun:
    """Runs by name, with the null for their shape.

    Args:
        runs: Runs by name, in the order in which a figure shows them.
        null: Hill's index of a random matrix of that shape.
        ratio: Rows per column h/d.
        edge: Upper edge of the eigenvalues at the start.
    """

    runs: dict[str, EnsembleRun]
    null: float
    ratio: float
    edge: float


@dataclass(frozen=True)
class RepeatedRuns:
    """Ten steps on the same rows, in another order, and on others; one entry per problem.

    Args:
        differing: Number of weights that differ between two runs on the same rows.
        mixed: Number that differ if the rows stand in another order.
        start: Hill's index before the first step.
        index: Hill's index after the steps.
        mixed_index: With the rows in another order.
        other_index: With rows drawn with replacement.
    """

    differing: Float[np.ndarray, " problems"]
    mixed: Float[np.ndarray, " problems"]
    start: Float[np.ndarray, " problems"]
    index: Float[np.ndarray, " problems"]
    mixed_index: Float[np.ndarray, " problems"]
    other_index: Float[np.ndarray, " problems"]


@dataclass(frozen=True)
class RateRun:
    """Index over learning rates, for labels of the teacher and shuffled ones.

    Args:
        rates: Per optimizer the learning rates.
        teacher: Per optimizer the index of each rate and problem.
        shuffled: The same with shuffled labels.
        null: Hill's index of a random matrix of that shape.
    """

    rates: dict[str, Float[np.ndarray, " rates"]]
    teacher: dict[str, Float[np.ndarray, "rates replicas"]]
    shuffled: dict[str, Float[np.ndarray, "rates replicas"]]
    null: float


@dataclass(frozen=True)
class CollapseRun:
    """Index over displacement.

    Args:
        curves: By name: displacements and indices, mean over problems, one point per rate.
        null: Hill's index of a random matrix of that shape.
    """

    curves: dict[str, tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]]
    null: float


@dataclass(frozen=True)
class NamingRun:
    """Likelihood ratios of tails above the median, and what their Kolmogorov-Smirnov fit says.

    Args:
        exponential: By name: normalized ratio of each matrix against an exponential law.
        lognormal: Against a lognormal law cut off on the left.
        alpha: Exponent of the Kolmogorov-Smirnov fit.
        count: Eigenvalues in its tail.
        named: Share of the tails that may be called a power law, trained and true ones.
    """

    exponential: dict[str, Float[np.ndarray, " replicas"]]
    lognormal: dict[str, Float[np.ndarray, " replicas"]]
    alpha: dict[str, Float[np.ndarray, " replicas"]]
    count: dict[str, Float[np.ndarray, " replicas"]]
    named: dict[str, Estimate]


@dataclass(frozen=True)
class NamedTails:
    """Tails of runs and rivals with their names, and indices of spectra without training.

    Args:
        run: Likelihood ratios, fits and names.
        products: Hill's index of products of two random matrices.
        truth: Of true samples of a power law.
        nulls: Of random matrices.
    """

    run: NamingRun
    products: Float[np.ndarray, " replicas"]
    truth: Float[np.ndarray, " samples"]
    nulls: Float[np.ndarray, " replicas"]


@dataclass(frozen=True)
class NormalizedTails:
    """Best Kolmogorov-Smirnov fits after training with normalized weights.

    Args:
        alpha: Exponent of each problem's tail.
        share: Share of the spectrum in it.
        null_alpha: Exponents of random matrices of that shape.
        null_share: And shares.
    """

    alpha: Float[np.ndarray, " replicas"]
    share: Float[np.ndarray, " replicas"]
    null_alpha: Float[np.ndarray, " matrices"]
    null_share: Float[np.ndarray, " matrices"]
