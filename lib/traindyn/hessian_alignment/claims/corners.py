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
    PRECISION,
    Outcome,
    as_told,
    dimension,
    outcomes,
    told,
)
from traindyn.hessian_alignment.studies.paths import paths, positive_counts
from traindyn.hessian_alignment.theory.xor import corner_probabilities
from traindyn.hessian_alignment.theory.xor_first_steps import first_turns, second_turns
from traindyn.inference import Estimate, estimate_fraction, estimate_mean, farthest
from traindyn.ledger import (
    Part,
    at_most,
    other_system,
    same_run,
    within,
    within_noise,
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
    return paths(context), [_law(context), _all_four(outcomes(context)[LATE]), _as_told(context)]


ALONE = 1 - (3 / 4) ** 4
"""Probability that some neuron of four picks a given corner."""


def _law(context: Context) -> Part:
    """The whole law of the number of corners."""
    found, start = outcomes(context), told(context)
    late, early = (_cumulative(found[time].count, start) for time in (LATE, EARLY))
    positive = [_share(positive_counts(context) <= level) for level in LEVELS]
    law, three, five = (np.cumsum(corner_probabilities(n))[: len(LEVELS)] for n in (4, 3, 5))
    independent = stats.binom.cdf(LEVELS, 4, ALONE)

    def distance(measured: list[Estimate], predicted: Array = law) -> Estimate:
        return farthest(measured, predicted.tolist())

    return row(
        "Largest deviation of the distribution function of captured corners from that of the "
        "probabilities 1/64, 21/64, 9/16, 3/32",
        distance(late),
        at_most(
            float(np.abs(independent - law).max()) / 2,
            "half of the distance of corners that are captured independently",
            "neighbor",
        ),
        [
            wrong_theory("each corner captured independently", distance(late, independent)),
            wrong_theory("the law of three neurons", distance(late, three)),
            wrong_theory("the law of five neurons", distance(late, five)),
            other_system("all v positive at the start", distance(positive)),
            same_run("t = 25, too early", distance(early)),
        ],
        replicates="networks",
        basis="derived",
        note=(
            "Measured as what training changes: the first signs tell numbers of corners whose "
            "law is a count over 4⁴ choices, and most networks keep theirs."
        ),
    )


def _all_four(late: Outcome) -> Part:
    """Perfect classifiers."""
    predicted, five = (float(corner_probabilities(n)[3]) for n in (4, 5))
    return row(
        "Share of networks that capture all four corners: 3/32",
        _share(late.count == 4),
        within(
            abs(ALONE**4 - predicted) / 2,
            "half of the way to corners that are captured independently",
            "neighbor",
        ),
        [
            wrong_prediction("each corner captured independently", ALONE**4),
            wrong_prediction("five neurons", five),
        ],
        prediction=predicted,
        replicates="networks",
    )


def _as_told(context: Context) -> Part:
    """Single neurons."""
    d, found = dimension(context), replica_mean(as_told(context))
    turned = second_turns(d), first_turns(d, PRECISION)
    return row(
        "Share of neurons that end at the corner told by the signs of their first weights, "
        f"λ = 1000, d = {d}",
        found,
        within_noise(
            found,
            "first orders of two small probabilities to turn, whose squares and product are left "
            "out; and noise",
            sum(turned) ** 2,
        ),
        [
            other_system("signs of the next network", replica_mean(as_told(context, 1))),
            wrong_prediction("no sign turns", 1.0),
        ],
        prediction=1 - sum(turned),
        replicates="networks",
        basis="derived",
        note=(
            "The flow pulls v over zero in a share d^(−1/2) of the neurons; the noise of first "
            "steps turns an incoming weight in a share λ^(−1/4), which does not fall as d grows."
        ),
    )


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
