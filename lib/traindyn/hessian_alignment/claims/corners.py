"""Claim HA-19: how many corners an XOR network of four neurons captures."""

from __future__ import annotations

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.xor import PathRun
from traindyn.hessian_alignment.studies.corners import LATE, as_told, dimension, outcomes
from traindyn.hessian_alignment.studies.paths import paths, spread_counts
from traindyn.hessian_alignment.theory.xor import corner_probabilities
from traindyn.inference import Estimate, estimate_fraction, estimate_ks_distance
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    other_system,
    same_run,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

Array = np.ndarray


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
    predicted, five = corner_probabilities(4), corner_probabilities(5)
    three = corner_probabilities(3)
    alone = 1 - (3 / 4) ** 4  # that some neuron picks a given corner
    spread, count = spread_counts(context), outcomes(context)[LATE].count
    parts = [
        row(
            "Largest deviation of the distribution of captured corners from the probabilities "
            "1/64, 21/64, 9/16, 3/32",
            _distance(spread.late, predicted),
            at_most(
                dimension(context) ** -0.5,
                "1/√d: a first component of that size may turn in the noise of first steps, and "
                "the count with it",
                "size",
            ),
            [
                wrong_theory("the law of three neurons", _distance(spread.late, three)),
                other_system("all v positive at the start", _distance(spread.positive, predicted)),
                same_run("t = 25, too early", _distance(spread.early, predicted)),
            ],
            replicates="networks",
            basis="derived",
        ),
        row(
            "Share of networks that capture all four corners: 3/32",
            _all_four(count),
            within(
                (alone**4 - predicted[3]) / 2,
                "half of the way to corners that are captured independently",
                "neighbor",
            ),
            [
                wrong_prediction("each corner captured independently", alone**4),
                wrong_prediction("five neurons", float(five[3])),
            ],
            prediction=float(predicted[3]),
            replicates="networks",
        ),
        row(
            "Share of neurons that end at the corner told by the signs of their first weights, "
            f"λ = 1000, d = {dimension(context)}",
            replica_mean(as_told(context)),
            at_least(
                1 - dimension(context) ** -0.5,
                "one minus 1/√d: a first component of that size may turn in the noise of first "
                "steps",
                "size",
            ),
            [other_system("signs of the next network", replica_mean(as_told(context, 1)))],
            replicates="networks",
            basis="derived",
        ),
    ]
    return paths(context), parts


def _distance(spread: Array, law: Array) -> Estimate:
    """Distance of spread counts from probabilities of one to four corners."""
    levels = np.concatenate([[0.0, 0.0], np.cumsum(law)])
    return estimate_ks_distance(spread, lambda x: np.interp(x, np.arange(6.0), levels))


def _all_four(counts: Array) -> Estimate:
    return estimate_fraction(int((counts == 4).sum()), len(counts))
