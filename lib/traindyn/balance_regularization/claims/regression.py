"""Claim BR-7: the stationary law of linear regression, depth 0."""

from __future__ import annotations

from traindyn.balance_regularization.claims.common import KS_BOUND, worst
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.stationary import RegressionRun
from traindyn.balance_regularization.studies.data import STANDARD
from traindyn.balance_regularization.studies.regression import (
    BATCH,
    BOUND,
    discrete_variance,
    regression_states,
)
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import (
    hill_exponent,
    regression_variance,
    stationary_law,
    tail_exponent_depth0,
)
from traindyn.inference import estimate_ks_distance
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

THRESHOLD, COLD_THRESHOLD = 2.0, 1.5
"""Where the tail begins; below at the lowest temperature, which has hardly one."""


@registry.claim(
    7,
    source="eq. 12, Figure 3",
    basis="stated",
    statement=(
        "Linear regression (depth 0) has the stationary law of eq. 12, with a power-law tail of "
        "exponent 2 + β₁/(Tα₁)."
    ),
)
def law_of_regression(context: Context) -> tuple[RegressionRun, list[Part]]:
    """BR-7."""
    data = moments(STANDARD)
    runs = {
        t: regression_states(context, t, COLD_THRESHOLD if t == 0.05 else THRESHOLD)
        for t in (0.05, 0.25, 0.5)
    }
    laws = {t: stationary_law(data, t, 0) for t in runs}
    ks = [estimate_ks_distance(runs[t].states, laws[t].cdf) for t in (0.05, 0.5)]
    doubled = estimate_ks_distance(runs[0.05].states, stationary_law(data, 2 * 0.05, 0).cdf)
    parts = [
        Part(
            "Distance of samples of the stochastic equation from eq. 12, T = 0.05 and 0.5 (worst)",
            0.0,
            worst(ks),
            KS_BOUND,
            [Control("law at twice the temperature, T = 0.05", doubled)],
        )
    ]
    for temperature in (0.5, 0.25):
        predicted = hill_exponent(laws[temperature], THRESHOLD)
        parts.append(
            Part(
                f"Hill's tail exponent of the samples above v = {THRESHOLD:g} at T = {temperature} "
                f"(tends to {tail_exponent_depth0(data, temperature):g} far out)",
                predicted,
                runs[temperature].tail,
                Test("equality", 0.05 * predicted, "five percent: steps of 0.01 shift it by two"),
                [Control("at T = 0.05", runs[0.05].tail)],
                note="The prediction is Hill's statistic of the law itself at the same threshold.",
            )
        )
    parts += _discrete_variance(context)
    return RegressionRun({t: run.states for t, run in runs.items()}, laws), parts


def _discrete_variance(context: Context) -> list[Part]:
    """Variance of discrete SGD over its exact value, and what the continuous law would give."""
    rates = (0.05, 0.1, 0.2, 0.3)
    ratios, continuous = [], []
    for rate in rates:
        variance = discrete_variance(context, rate)
        ratios.append(variance.scaled(1 / regression_variance(STANDARD.noise, rate, BATCH)))
        law = stationary_law(moments(STANDARD), rate / BATCH, 0)
        continuous.append(variance.scaled(1 / law.variance))
    furthest = max(ratios, key=lambda ratio: abs(ratio.value - 1))
    return [
        Part(
            "Variance of discrete SGD over (ησ²/S)/(1 − η(1 + 2/S)), S = 8, the furthest from 1 of "
            "η = 0.05, 0.1, 0.2 and 0.3",
            1.0,
            furthest,
            Test(
                "equality",
                BOUND,
                "the formula is exact; two percent is less than half of 0.053, by which the "
                "variance of the continuous law is off at the smallest rate. From the exact fourth "
                "moment, the replicas are as many as decide with probability 0.999",
            ),
            [
                Control(f"over the variance of the continuous law, η = {rate:g}", ratio)
                for rate, ratio in zip(rates, continuous, strict=True)
                if rate in (0.05, 0.2)
            ],
            note="Linear regression departs from eq. 12 at first order in η; this part is derived.",
        )
    ]
