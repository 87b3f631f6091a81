"""How the singular vectors of the weights and of their updates come to agree along runs."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, train
from traindyn.heavy_tailed_esd.experiments.overlaps import (
    band_enrichment,
    first_pairs,
    overlaps_along,
    rank_correlation,
)
from traindyn.heavy_tailed_esd.experiments.training_runs import Ensemble
from traindyn.heavy_tailed_esd.results.overlaps import FirstPairs, OverlapsAlong
from traindyn.heavy_tailed_esd.studies.ensembles import inputs
from traindyn.runs import Context, study

REPLICAS, PAIRS = 24, 96
"""Problems of a run, and of a single step, which costs a hundredth of it."""

TIMES = (0, 1, 2, 4, 9)
"""Steps, counted from 0."""


def band_of_order(size: int) -> float:
    """Band enrichment of vectors in perfect order."""
    return band_enrichment(np.eye(size))


def overlaps_of(
    context: Context, optimizer: Optimizer, times: tuple[int, ...] = TIMES
) -> OverlapsAlong:
    """Overlaps along runs on the problems of this seed."""
    return overlap_run(Ensemble(inputs(context), 2, optimizer, REPLICAS, context.seed), times)


@study(stream="overlaps")
def overlap_run(drawn: Ensemble, times: tuple[int, ...]) -> OverlapsAlong:
    """Overlaps of weights and updates around the steps at given times.

    Args:
        drawn: The problems, which have seeds of their own, and the optimizer.
        times: Steps, counted from 0.
    """
    bands, correlations, maps = [], [], np.empty(0)
    for replica in range(drawn.replicas):
        found = overlaps_along(drawn.problem(replica)[0], drawn.optimizer, times)
        before = [found[time] for time in times]
        bands.append([band_enrichment(overlap) for overlap in before])
        correlations.append([rank_correlation(overlap) for overlap in before])
        if not replica:
            maps = np.array(before)
    return OverlapsAlong(times, np.array(bands), np.array(correlations), maps)


def pairs_of(context: Context, optimizer: Optimizer) -> FirstPairs:
    """First pairs after one step on problems of this seed."""
    return pair_run(Ensemble(inputs(context), 2, optimizer, PAIRS, context.seed))


@study(stream="overlaps")
def pair_run(drawn: Ensemble) -> FirstPairs:
    """Overlaps of the first singular vectors of the first update and of the weights after it.

    Args:
        drawn: The problems, which have seeds of their own, and the optimizer.
    """
    found = []
    for replica in range(drawn.replicas):
        problem, _ = drawn.problem(replica)
        (step,) = train(problem.student, problem.weights, problem.sample, drawn.optimizer, 1)
        found.append(first_pairs(step.after, step.update))
    return FirstPairs(*np.array(found).T)
