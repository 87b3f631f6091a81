"""Claims BR-4, BR-11 and BR-21: where SGD can end."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from traindyn.balance_regularization.claims.common import never
from traindyn.balance_regularization.claims.parts import simulated
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.balance import Paths
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.studies.ergodicity import (
    BALANCE_TIMES,
    LINE_START,
    RATIO,
    balance_at,
    crossing,
    growth_of_antibalanced,
    rate,
    toward_the_line,
    wrong_start,
)
from traindyn.balance_regularization.studies.thresholds import UNIFORM_KURTOSIS
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.threshold import collapse_growth_of_steps
from traindyn.inference import Estimate, estimate_fraction, estimate_mean, largest
from traindyn.ledger import (
    Part,
    at_most,
    other_system,
    within,
    within_noise,
    wrong_prediction,
)
from traindyn.runs import Context

COROLLARY = "Corollary 3.3, d log|u² − w²|/dt = −4Tg; finite steps of SGD only add to it"


@registry.claim(
    4,
    source="section 3.1",
    basis="stated",
    statement=(
        "Balance is not perturbative: the end point does not depend on T as T → 0, only the time "
        "to reach it does, as long as the noise does not vanish."
    ),
)
def non_perturbative(context: Context) -> tuple[dict[float, Paths], list[Part]]:
    """BR-4."""

    def change(run: Paths, first: int) -> Estimate:
        return estimate_mean(run.log_imbalance[2] - run.log_imbalance[first])

    temperatures = (0.005, 0.015, 0.05)
    runs = {t: balance_at(context, 1.0, "rademacher", t) for t in temperatures}
    noiseless = balance_at(context, 0.0, "rademacher", 0.015)
    frozen = balance_at(context, 0.0, "gaussian", 0.015)
    late_steps = (frozen.times[2] - frozen.times[1]) / 0.015
    parts = [
        simulated(
            "Change of log|u² − w²| after eight balance times 1/(4Tg) of SGD, the smallest "
            "decrease of T = 0.005, 0.015, 0.05 (x = ±1, σ = k)",
            largest([change(run, 0) for run in runs.values()]),
            at_most(-8.0, COROLLARY, "paper"),
            [
                other_system("no label noise, x = ±1", change(noiseless, 0)),
                other_system("no label noise, Gaussian x", change(frozen, 0)),
            ],
        ),
        simulated(
            "Where the noise vanishes at the minimum, balance stops: change of log|u² − w²| in the "
            "second half of a run of SGD without label noise (Gaussian x)",
            change(frozen, 1),
            within(
                float(late_steps * 8 * np.finfo(float).eps),
                "eight roundings of each step: the force and the noise die out exponentially",
                "rounding",
            ),
            [other_system("with label noise, x = ±1", change(runs[0.015], 1))],
            prediction=0.0,
        ),
    ]
    return runs, parts


@registry.claim(
    11,
    source="section 4.3",
    basis="stated",
    statement=(
        "Broken ergodicity: after balance a two-layer net cannot have v < 0, whatever its start; "
        "linear regression crosses zero freely."
    ),
)
def sign_locking(context: Context) -> tuple[dict[str, Paths], list[Part]]:
    """BR-11."""
    starts = ((1.0, -0.5), (1.0, -0.99), (-0.2, 1.0), (0.0, 1.0))
    runs = {f"u = {u:g}, w = {w:g}": wrong_start(context, (u, w)) for u, w in starts}
    signs = np.array([run.u[-1] * run.w[-1] < 0 for run in runs.values()])
    crossed = crossing(context)
    below = float(stats.norm.cdf(-1 / math.sqrt(RATIO)))
    return runs, [
        Part(
            "Two-layer net under SGD, fraction of replicas with v < 0 after 36 balance times, "
            "T = 0.3 T_c, from four starts with v ≤ 0",
            estimate_fraction(int(signs.sum()), signs.size),
            never(signs.size),
            [other_system("one layer, linear regression", crossed)],
            compares="simulation",
            replicates="replicas of four starts",
            seen=True,
        ),
        simulated(
            "Linear regression under SGD crosses zero as often as its normal law of variance "
            "(T/T_c)v*² says: fraction with v < 0 at T = 0.3 T_c",
            crossed,
            within_noise(crossed, "the law is exact but for a variance off by η/2 = 0.15 %"),
            [
                wrong_prediction("twice the variance", float(stats.norm.cdf(-(0.6**-0.5)))),
                wrong_prediction("half the variance", float(stats.norm.cdf(-(0.15**-0.5)))),
            ],
            prediction=below,
            basis="derived",
        ),
        _antibalanced(growth_of_antibalanced(context)),
    ]


def _antibalanced(growth: Estimate) -> Part:
    data, temperature = moments(LIGHT), rate()
    ito = 4 * temperature * data.alpha3
    return simulated(
        "A two-layer net in the antibalanced state u = −w dies under SGD: growth rate of log|v| at "
        "T = 0.3 T_c",
        growth,
        within_noise(growth, "the rate −4β₂ − 4Tα₃ and its next order, 0.6 %, are predicted"),
        [
            wrong_prediction("without noise, −4β₂", -4 * data.beta2),
            wrong_prediction("noise twice as strong, −4β₂ − 8Tα₃", -4 * data.beta2 - 2 * ito),
            wrong_prediction("balanced, 4β₂ − 4Tα₃", 4 * data.beta2 - ito),
        ],
        prediction=collapse_growth_of_steps(
            data, temperature, 1, UNIFORM_KURTOSIS, wrong_sign=True
        ),
        basis="derived",
    )


@registry.claim(
    21,
    source="discussion of variational inference",
    basis="stated",
    statement=(
        "The stationary law of SGD lies on the line |u| = |w|, so it is infinitely far from any "
        "posterior with a density."
    ),
)
def law_on_a_line(context: Context) -> tuple[dict[str, Paths], list[Part]]:
    """BR-21."""
    paths = {
        "SGD": toward_the_line(context, "SGD"),
        "isotropic": toward_the_line(context, "isotropic"),
    }

    def distance(run: Paths) -> Estimate:
        return estimate_mean(run.log_imbalance[-1] / math.log(10))

    data, ratio = moments(LIGHT), RATIO
    small = data.beta2**2 / data.alpha3
    # a step of SGD takes log(1 − 4η²s²): E f² around v* adds to g, and the square of 4η²s² counts
    next_order = small * (2 * ratio - ratio**2) + 2 * UNIFORM_KURTOSIS * small * ratio**2
    start = math.log10(LINE_START[0] ** 2 - LINE_START[1] ** 2)
    found = distance(paths["SGD"])
    return paths, [
        simulated(
            "SGD of a two-layer net runs to the lines |u| = |w|: mean of log₁₀|u² − w²| after 25 "
            "balance times 1/(4Tg), T = 0.3 T_c",
            found,
            within_noise(found, "the decay by 4Tg and its next order, 0.8 %, are predicted"),
            [
                wrong_prediction("4Tg alone", start - BALANCE_TIMES / math.log(10)),
                other_system("isotropic noise of equal power", distance(paths["isotropic"])),
            ],
            prediction=start - BALANCE_TIMES * (1 + next_order) / math.log(10),
        )
    ]
