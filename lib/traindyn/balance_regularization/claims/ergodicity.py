"""Claims about where SGD can end: BR-4 (any T), BR-11 (sign locking), BR-21 (a line)."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.balance import Paths
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.studies.ergodicity import (
    RATIO,
    balance_at,
    crossing,
    growth_of_small,
    rate,
    toward_the_line,
    wrong_start,
)
from traindyn.balance_regularization.theory.moments import moments
from traindyn.inference import Estimate, estimate_fraction, estimate_mean, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


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
    slowest = max((change(run, 0) for run in runs.values()), key=lambda e: e.value)
    noiseless = balance_at(context, 0.0, "rademacher", 0.015)
    frozen = balance_at(context, 0.0, "gaussian", 0.015)
    parts = [
        Part(
            "Mean change of log|u² − w²| after eight balance times 1/(4Tg), largest over "
            "T = 0.005, 0.015, 0.05 (x = ±1, σ = k)",
            -8.0,
            slowest,
            Test("threshold", 8 - math.log(1000), "a factor 1,000", side="below"),
            [
                Control("no label noise, x = ±1", change(noiseless, 0)),
                Control("no label noise, Gaussian x", change(frozen, 0)),
            ],
        ),
        Part(
            "Where the noise vanishes at the minimum, balance stops: change of log|u² − w²| in the "
            "second half of a run without label noise (Gaussian x)",
            0.0,
            change(frozen, 1),
            Test("equality", 1e-3, "a thousandth of the decay of the noisy run, 4"),
            [Control("with label noise", change(runs[0.015], 1))],
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
    data = moments(LIGHT)
    starts = ((1.0, -0.5), (1.0, -0.99), (-0.2, 1.0), (0.0, 1.0))
    runs = {f"u = {u:g}, w = {w:g}": wrong_start(context, (u, w)) for u, w in starts}
    signs = np.array([run.u[-1] * run.w[-1] < 0 for run in runs.values()])
    crossed = crossing(context)
    parts = [
        Part(
            "Fraction of replicas with v < 0 at time 30 (36 balance times), T = 0.3 T_c, from "
            "four starts with v ≤ 0",
            0.0,
            estimate_fraction(int(signs.sum()), signs.size),
            Test("threshold", 0.01, "a third of the fraction without the second layer", "below"),
            [Control("depth 0", crossed)],
        ),
        Part(
            "Depth 0 crosses zero as often as its law says: fraction with v < 0",
            float(stats.norm.cdf(-1 / math.sqrt(RATIO))),
            crossed,
            Test("equality", 0.008, "a quarter of the fraction itself"),
            [
                Control("at twice the temperature", crossing(context, doubled=True)),
            ],
        ),
        Part(
            "An exactly antibalanced state, u = −w, dies: growth rate of log|v|",
            -4 * data.beta2 - 4 * rate() * data.alpha3,
            growth_of_small(context, "antibalanced", (1e-3, -1e-3)),
            Test("equality", 0.15, "three times the step-size order, 0.01 of the rate 5.2"),
            [Control("balanced, u = w", growth_of_small(context, "balanced", (1e-3, 1e-3)))],
            note="The rate −4β₂ − 4Tα₃ is derived here.",
        ),
    ]
    return runs, parts


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

    def furthest(run: Paths) -> Estimate:
        return exact(float(np.log10(np.abs(run.imbalance[-1])).max()))

    parts = [
        Part(
            "Largest log₁₀|u² − w²| over replicas after 25 balance times",
            -25 / math.log(10) + math.log10(0.8),
            furthest(paths["SGD"]),
            Test("threshold", 1.0, "a factor ten for the scatter between replicas", side="below"),
            [Control("isotropic noise of equal power", furthest(paths["isotropic"]))],
        )
    ]
    return paths, parts
