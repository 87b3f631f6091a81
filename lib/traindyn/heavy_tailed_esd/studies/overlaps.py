"""How the singular vectors of the weights and of their updates come to agree along runs."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.overlaps import (
    band_enrichment,
    overlaps_along,
    rank_correlation,
)
from traindyn.heavy_tailed_esd.experiments.training_runs import Ensemble
from traindyn.heavy_tailed_esd.results.overlaps import OverlapsAlong
from traindyn.heavy_tailed_esd.studies.ensembles import inputs
from traindyn.runs import Context, study

REPLICAS = 24

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
    bands, correlations, left, right, maps = [], [], [], [], np.empty(0)
    for replica in range(drawn.replicas):
        found = overlaps_along(drawn.problem(replica)[0], drawn.optimizer, times)
        before = [found[time][0].right for time in times]
        bands.append([band_enrichment(overlap) for overlap in before])
        correlations.append([rank_correlation(overlap) for overlap in before])
        after = found[0][1]
        left.append(after.left[0, 0])
        right.append(after.right[0, 0])
        if not replica:
            maps = np.array(before)
    return OverlapsAlong(
        np.array(bands), np.array(correlations), np.array(left), np.array(right), maps
    )
