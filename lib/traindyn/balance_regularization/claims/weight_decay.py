"""Parts of BR-16 on weight decay: above depth 1 it drives every net to zero."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.claims.parts import simulated
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
    mean_time_to_zero,
    probability_below,
)
from traindyn.inference import Estimate, largest
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    at_most,
    other_system,
    within,
    within_noise,
    wrong_prediction,
)
from traindyn.runs import Context

Fractions = dict[tuple[int, float], list[Estimate]]
"""Measured fraction at zero at each time, by depth and decay."""

NAMES = {DEEP: "D = 2, γ = 0.1", SHALLOW: "D = 1, γ = 0.1", FREE: "D = 2, γ = 0"}
AT_200, AT_800 = TIMES.index(200.0), TIMES.index(800.0)


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
    return run, [
        _fall(measured),
        _at_200(measured),
        _stay(measured),
        _in_the_basin(context),
        _discrete(context),
    ]


def _fallen_by(time: float, decay: float) -> float:
    return float(probability_below(UNIT, TEMPERATURE, 2, decay, START, CUTOFF, [time])[0])


def _fall(measured: Fractions) -> Part:
    """Nets of depth 2 fall."""
    left = math.exp(-TIMES[AT_800] / mean_time_to_zero(UNIT, TEMPERATURE, 2, DECAY, START, CUTOFF))
    return simulated(
        "Weight decay absorbs a net of depth 2: fraction of replicas of the stochastic equation "
        "below 1e-9 at time 800, for γ = 0.1 and T = 0.5 T_c",
        measured[DEEP][AT_800],
        at_least(
            1 - 2 * left,
            "twice what is left by then, exp(−t/Eτ) = 0.11 with the predicted mean time Eτ; "
            "the sizes are the times",
            "size",
        ),
        [
            other_system("depth 1, the same decay", measured[SHALLOW][AT_800]),
            other_system("depth 2 without decay", measured[FREE][AT_800]),
        ],
        asymptotic=True,
        sizes=[Size(t, m) for t, m in zip(TIMES, measured[DEEP], strict=True)],
        toward=1.0,
        note="The stationary law is a point mass at zero for every γ > 0.",
    )


def _at_200(measured: Fractions) -> Part:
    """Nets of depth 2 fall as fast as predicted."""
    shifted = replace(UNIT, beta2=UNIT.beta2 - DECAY)
    footnote = law_of_depth(shifted, TEMPERATURE, 2).cdf(np.array(CUTOFF))
    found = measured[DEEP][AT_200]
    return simulated(
        "Weight decay absorbs a net of depth 2: fraction of replicas of the stochastic equation "
        "below 1e-9 at time 200, for γ = 0.1 and T = 0.5 T_c, against Kolmogorov's equation",
        found,
        within_noise(found, "Kolmogorov's equation is solved to a part in a thousand"),
        [
            wrong_prediction("decay on two of three layers", _fallen_by(200.0, 2 * DECAY / 3)),
            wrong_prediction("eq. 14 with β₂ − γ, as at depth 1", float(footnote)),
            other_system("depth 1, the same decay", measured[SHALLOW][AT_200]),
        ],
        prediction=_fallen_by(200.0, DECAY),
    )


def _stay(measured: Fractions) -> Part:
    return simulated(
        "Without decay at depth 2, or with it at depth 1, nets stay: largest fraction of replicas "
        "of the stochastic equation below 1e-9 at any of four times up to 800",
        largest([*measured[SHALLOW], *measured[FREE]]),
        at_most(
            _fallen_by(200.0, DECAY) / 2,
            "half of what depth 2 with decay loses by time 200",
            "neighbor",
        ),
        [other_system("depth 2 with decay, time 200", measured[DEEP][AT_200])],
    )


def _in_the_basin(context: Context) -> Part:
    """Growth of log v near zero."""
    rates = {start: growth_in_basin(context, start) for start in (1e-6, 1e-9, 1e-12)}
    predicted = growth_at_zero(UNIT, TEMPERATURE, *DEEP)
    relative = UNIT.beta2 * 1e-12 ** coupling_power(2) / DECAY
    deepest = rates[1e-12]
    return simulated(
        "In the basin of zero decay acts alone: growth rate of log v of the stochastic equation at "
        "depth 2 from v = 1e-12, −2(D + 1)γ",
        deepest[DEEP],
        within(
            2 * relative * abs(predicted),
            "twice the pull of the loss over that of decay, β₂v^((D−1)/(D+1))/γ = 0.001",
            "next order",
        ),
        [
            wrong_prediction("−2Dγ", predicted * 2 / 3),
            other_system("depth 1, the same decay", deepest[SHALLOW]),
            other_system("depth 2 without decay", deepest[FREE]),
        ],
        prediction=predicted,
        asymptotic=True,
        sizes=[Size(start, found[DEEP]) for start, found in rates.items()],
        note="Neither the temperature nor the data enter; at depth 1 both do.",
    )


def _discrete(context: Context) -> Part:
    """SGD with weight decay on all weights."""
    light, rate = moments(LIGHT), sgd_rate()

    def predicted(temperature: float, decay: float = SGD_DECAY) -> float:
        found = probability_below(light, temperature, 2, decay, SGD_START, CUTOFF, [SGD_TIME])
        return float(found[0])

    return simulated(
        "Simulated SGD (x = ±1, σ = 10k) on the three weights of D = 2, γ = 0.2, T = 0.5 T_c: "
        "fraction of replicas below 1e-9 at time 25, against Kolmogorov's equation",
        fallen_sgd(context, 2, SGD_DECAY),
        within(
            predicted(rate * (1 + step_variance(2, light, rate))) - predicted(rate),
            "what a relative change of T by the variance of a step of log v at v*, "
            "4(D + 1)²η²α₃ = 0.09, would change: the relative order beyond",
            "next order",
        ),
        [
            wrong_prediction("decay on two of three layers", predicted(rate, 2 * SGD_DECAY / 3)),
            other_system(
                "depth 1, the same decay", fallen_sgd(context, 1, SGD_DECAY, control=True)
            ),
            other_system("depth 2 without decay", fallen_sgd(context, 2, 0.0, control=True)),
        ],
        prediction=predicted(rate),
        note="Ties the stochastic equation with decay to plain SGD on drawn batches.",
    )
