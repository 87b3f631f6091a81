"""Claim HA-19: how many corners an XOR network of four neurons captures."""

from __future__ import annotations

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.xor import PathRun
from traindyn.hessian_alignment.studies.corners import LATE, as_told, outcomes
from traindyn.hessian_alignment.studies.paths import paths, positive_counts, spread_counts
from traindyn.hessian_alignment.theory.xor import corner_probabilities
from traindyn.inference import Estimate, estimate_fraction, estimate_ks_distance
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    19,
    source="companion paper (arXiv 2206.04030) for 3/32; the others are derived here",
    basis="stated",
    statement=(
        "Four neurons capture 1, 2, 3 or 4 corners with the probabilities 1/64, 21/64, 9/16, 3/32: "
        "each picks one by the signs of its first weights."
    ),
)
def probabilities(context: Context) -> tuple[PathRun, list[Part]]:
    """HA-19."""
    predicted = corner_probabilities(4)
    levels = np.concatenate([[0.0, 0.0], np.cumsum(predicted)])

    def distance(spread: np.ndarray) -> Estimate:
        return estimate_ks_distance(spread, lambda x: np.interp(x, np.arange(6.0), levels))

    def all_four(counts: np.ndarray) -> Estimate:
        return estimate_fraction(int((counts == 4).sum()), len(counts))

    spread = spread_counts(context)
    parts = [
        Part(
            "Largest deviation of the distribution of captured corners from the prediction",
            0.0,
            distance(spread.late),
            Test("ks", 0.1, "half the deviation 0.2 and more of runs stopped early", "below"),
            [
                Control("t = 25, too early", distance(spread.early)),
                Control("all v positive at the start", distance(spread.positive)),
            ],
        ),
        Part(
            "Share of runs that capture all four",
            float(predicted[3]),
            all_four(outcomes(context)[LATE].count),
            Test("equality", 0.047, "half of 3/32: it tells success from its absence"),
            [
                Control("all v positive at the start", all_four(positive_counts(context))),
            ],
        ),
        Part(
            "Share of neurons that end at the corner told by the signs of their first weights",
            1.0,
            replica_mean(as_told(context)),
            Test(
                "threshold",
                0.1,
                "one in ten: a first component of 1/√d = 0.1 may turn in the noise of first steps",
                "above",
            ),
            [Control("signs of the next run", replica_mean(as_told(context, 1)))],
        ),
    ]
    return paths(context), parts
