"""Parts of BR-16 on weight decay: above depth 1 it drives every net to zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.results.depth import DecayRun
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.studies.deep_runs import UNIT, step_variance
from traindyn.balance_regularization.studies.weight_decay import (
    CUTOFF,
    DECAY,
    DEEP,
    FREE,
    SGD_DECAY,
    SGD_START,
    SGD_TIME,
    SHALLOW,
    START,
    TEMPERATURE,
    TIMES,
    fallen,
    fallen_sgd,
    growth_in_basin,
    predicted_fall,
    sgd_rate,
)
from traindyn.balance_regularization.theory.depth import coupling_power, law_of_depth
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.weight_decay import (
    growth_at_zero,
    probability_below,
)
from traindyn.inference import Estimate, exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

Fractions = dict[tuple[int, float], list[Estimate]]
"""Measured fraction at zero at each time, by depth and decay."""

NAMES = {DEEP: "D = 2, γ = 0.1", SHALLOW: "D = 1, γ = 0.1", FREE: "D = 2, γ = 0"}


def parts_on_weight_decay(context: Context) -> tuple[DecayRun, list[Part]]:
    """What weight decay does to nets, and its parts."""
    measured, predicted = fallen(context), predicted_fall()
    run = DecayRun(
        np.array(TIMES),
        {NAMES[net]: fractions for net, fractions in measured.items()},
        predicted.times,
        {NAMES[net]: curve for net, curve in predicted.curves.items()},
        predicted.decays,
        predicted.waits,
    )
    return run, [*_fall(measured), _stay(measured), _in_the_basin(context), _discrete(context)]


def _fall(measured: Fractions) -> list[Part]:
    """Nets of depth 2 fall, as predicted."""
    at_200, at_800 = TIMES.index(200.0), TIMES.index(800.0)

    def predicted(decay: float) -> float:
        return float(probability_below(UNIT, TEMPERATURE, 2, decay, START, CUTOFF, [200.0])[0])

    shifted = replace(UNIT, beta2=UNIT.beta2 - DECAY)
    footnote = law_of_depth(shifted, TEMPERATURE, 2).cdf(np.array(CUTOFF))
    return [
        Part(
            "Weight decay absorbs at depth 2: fraction of replicas of the stochastic equation "
            "below 1e-9 at time 800, for γ = 0.1 and T = 0.5 T_c",
            1.0,
            measured[DEEP][at_800],
            Test(
                "threshold",
                0.2,
                "twice what is left by then, exp(−t/Eτ) = 0.11 with the predicted mean time Eτ; "
                "the sizes are the times",
                side="above",
            ),
            [
                Control("depth 1, the same decay", measured[SHALLOW][at_800]),
                Control("depth 2 without decay", measured[FREE][at_800]),
            ],
            asymptotic=True,
            sizes=[Size(t, m) for t, m in zip(TIMES, measured[DEEP], strict=True)],
            note="Derived here. The stationary law is a point mass at zero for every γ > 0.",
        ),
        Part(
            "The same fraction at time 200, against Kolmogorov's equation",
            predicted(DECAY),
            measured[DEEP][at_200],
            Test(
                "equality",
                predicted(1.05 * DECAY) - predicted(DECAY),
                "what five percent more decay would change",
            ),
            [
                Control("depth 1, the same decay", measured[SHALLOW][at_200]),
                Control("eq. 14 with β₂ − γ, as at depth 1", exact(float(footnote))),
            ],
        ),
    ]


def _stay(measured: Fractions) -> Part:
    stay = max((*measured[SHALLOW], *measured[FREE]), key=lambda estimate: estimate.value)
    return Part(
        "Without decay, or at depth 1, nets stay: largest fraction below 1e-9 at any of the "
        "four times",
        0.0,
        stay,
        Test("threshold", 0.03, "the smallest fraction that matters", side="below"),
        [Control("depth 2 with decay, time 200", measured[DEEP][TIMES.index(200.0)])],
    )


def _in_the_basin(context: Context) -> Part:
    """Growth of log v near zero."""
    rates = {start: growth_in_basin(context, start) for start in (1e-6, 1e-9, 1e-12)}
    predicted = growth_at_zero(UNIT, TEMPERATURE, *DEEP)
    relative = UNIT.beta2 * 1e-12 ** coupling_power(2) / DECAY
    deepest = rates[1e-12]
    return Part(
        "In the basin of zero decay acts alone: growth rate of log v at depth 2 from v = 1e-12, "
        "−2(D + 1)γ",
        predicted,
        deepest[DEEP],
        Test(
            "equality",
            10 * relative * abs(predicted),
            "ten times the pull of the loss over that of decay, β₂v^((D−1)/(D+1))/γ = 0.001",
        ),
        [
            Control("depth 1, the same decay", deepest[SHALLOW]),
            Control("depth 2 without decay", deepest[FREE]),
        ],
        asymptotic=True,
        sizes=[Size(start, found[DEEP]) for start, found in rates.items()],
        note="Neither the temperature nor the data enter; at depth 1 both do.",
    )


def _discrete(context: Context) -> Part:
    """SGD with weight decay on all weights."""
    light, rate = moments(LIGHT), sgd_rate()

    def predicted(temperature: float) -> float:
        found = probability_below(light, temperature, 2, SGD_DECAY, SGD_START, CUTOFF, [SGD_TIME])
        return float(found[0])

    return Part(
        "Simulated SGD (x = ±1, σ = 10k) on the three weights of D = 2, γ = 0.2, T = 0.5 T_c: "
        "fraction below 1e-9 at time 25",
        predicted(rate),
        fallen_sgd(context, 2, SGD_DECAY),
        Test(
            "equality",
            predicted(rate * (1 + step_variance(2, light, rate))) - predicted(rate),
            "what a relative change of T by the variance of a step of log v at v*, "
            "4(D + 1)²η²α₃ = 0.09, would change: the relative order beyond",
        ),
        [
            Control("depth 1, the same decay", fallen_sgd(context, 1, SGD_DECAY, control=True)),
            Control("depth 2 without decay", fallen_sgd(context, 2, 0.0, control=True)),
        ],
        note="Ties the stochastic equation with decay to plain SGD on drawn batches.",
    )
