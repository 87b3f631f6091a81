"""Claim HA-19: how many corners an XOR network of four neurons captures."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy import stats

from traindyn.hessian_alignment.claims.common import replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.xor import PathRun
from traindyn.hessian_alignment.studies.corners import (
    EARLY,
    LATE,
    as_told,
    dimension,
    outcomes,
    told,
)
from traindyn.hessian_alignment.studies.paths import paths, positive_counts
from traindyn.hessian_alignment.theory.xor import corner_probabilities
from traindyn.inference import Estimate, estimate_fraction, estimate_mean, farthest
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
LEVELS = (1, 2, 3)
"""Numbers of corners at which distribution functions are compared."""


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
    found = outcomes(context)
    early, count, start = found[EARLY].count, found[LATE].count, told(context)
    independent = stats.binom.cdf(LEVELS, 4, alone)
    parts = [
        row(
            "Largest deviation of the distribution function of captured corners from that of the "
            "probabilities 1/64, 21/64, 9/16, 3/32",
            farthest(_cumulative(count, start), np.cumsum(predicted)[:3].tolist()),
            at_most(
                float(np.abs(independent - np.cumsum(predicted)[:3]).max()) / 2,
                "half of the distance of corners that are captured independently",
                "neighbor",
            ),
            [
                *(
                    wrong_theory(what, farthest(_cumulative(count, start), law.tolist()))
                    for what, law in (
                        ("each corner captured independently", independent),
                        ("the law of three neurons", np.cumsum(three)[:3]),
                        ("the law of five neurons", np.cumsum(five)[:3]),
                    )
                ),
                other_system(
                    "all v positive at the start",
                    farthest(
                        [_share(positive_counts(context) <= level) for level in LEVELS],
                        np.cumsum(predicted)[:3].tolist(),
                    ),
                ),
                same_run(
                    "t = 25, too early",
                    farthest(_cumulative(early, start), np.cumsum(predicted)[:3].tolist()),
                ),
            ],
            replicates="networks",
            basis="derived",
            note=(
                "Measured as what training changes: the first signs tell numbers of corners whose "
                "law is a count over 4⁴ choices, and most networks keep theirs."
            ),
        ),
        row(
            "Share of networks that capture all four corners: 3/32",
            _share(count == 4),
            within(
                abs(alone**4 - predicted[3]) / 2,
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


def _cumulative(counts: Array, start: Array) -> list[Estimate]:
    """Distribution function of counts, with the corners that first signs tell as a control variate.

    Each is the share among all choices, which the start makes equally likely, plus the mean change
    of the indicator from the told corners to the captured ones.
    """
    choices = _different(np.array([*product(range(4), repeat=start.shape[1])]))
    first = _different(start)
    return [
        estimate_mean(
            (choices <= level).mean() + (counts <= level) - (first <= level).astype(float)
        )
        for level in LEVELS
    ]


def _different(corners: Array) -> Array:
    """Number of different corners in every row."""
    return np.asarray((corners[..., None] == np.arange(4)).any(axis=1).sum(axis=1))


def _share(hits: Array) -> Estimate:
    return estimate_fraction(int(hits.sum()), len(hits))
