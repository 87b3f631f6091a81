"""Results of runs of ten steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.heavy_tailed_esd.experiments.training_runs import EnsembleRun
from traindyn.inference import Estimate

__all__ = ["CollapseRun", "EnsembleRun", "NamingRun", "RateRun", "TailRun"]


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
