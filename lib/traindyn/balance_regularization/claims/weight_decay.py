"""Parts of BR-16 on weight decay: above depth 1 it drives every net to zero."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.claims.common import LIGHT, coefficients
from traindyn.balance_regularization.claims.deep_runs import UNIT, run_sgd, step_variance
from traindyn.balance_regularization.experiments.weight_decay import Net, follow_decay
from traindyn.balance_regularization.results import DecayRun
from traindyn.balance_regularization.theory.depth import coupling_power, law_of_depth
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.weight_decay import (
    growth_at_zero,
    mean_time_to_zero,
    probability_below,
)
from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context

TEMPERATURE, DECAY = 0.5, 0.1
TIMES = (10.0, 50.0, 200.0, 800.0)
START = 0.14
CUTOFF = 1e-9
"""Zero counts as reached below it. A net of depth 1 visits 1e-6 half a percent of the time."""

DEEP, SHALLOW, FREE = (2, DECAY), (1, DECAY), (2, 0.0)
NAMES: dict[Net, str] = {DEEP: "D = 2, γ = 0.1", SHALLOW: "D = 1, γ = 0.1", FREE: "D = 2, γ = 0"}


def weight_decay(context: Context) -> tuple[DecayRun, list[Part]]:
    """The experiment and its parts."""
    replicas = context.choose(ci=1000, laptop=2000, paper=10_000)
    paths = follow_decay(
        coefficients(UNIT),
        TEMPERATURE,
        [DEEP, DEEP, FREE, SHALLOW],  # two rows of the net that matters
        START,
        TIMES,
        replicas,
        context.torch_generator("weight decay"),
        resolution=context.choose(ci=0.25, laptop=0.1, paper=0.05),
    )
    fallen = (paths < math.log(CUTOFF)).sum(axis=2)
    hits = {DEEP: fallen[:, 0] + fallen[:, 1], FREE: fallen[:, 2], SHALLOW: fallen[:, 3]}
    measured = {
        net: [estimate_fraction(int(n), replicas * (2 if net == DEEP else 1)) for n in hits[net]]
        for net in NAMES
    }
    at_200, at_800 = TIMES.index(200.0), TIMES.index(800.0)

    def predicted(decay: float) -> float:
        return float(probability_below(UNIT, TEMPERATURE, 2, decay, START, CUTOFF, [200.0])[0])

    shifted = replace(UNIT, beta2=UNIT.beta2 - DECAY)
    footnote = law_of_depth(shifted, TEMPERATURE, 2).cdf(np.array(CUTOFF))
    stay = max((*measured[SHALLOW], *measured[FREE]), key=lambda estimate: estimate.value)
    parts = [
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
                Control("eq. 14 with β₂ − γ, as at depth 1", Estimate(float(footnote))),
            ],
        ),
        Part(
            "Without decay, or at depth 1, nets stay: largest fraction below 1e-9 at any of the "
            "four times",
            0.0,
            stay,
            Test("threshold", 0.03, "the smallest fraction that matters", side="below"),
            [Control("depth 2 with decay, time 200", measured[DEEP][at_200])],
        ),
        _in_the_basin(context),
        _discrete(context),
    ]
    return _run(measured), parts


def _in_the_basin(context: Context) -> Part:
    """Growth of log v near zero."""
    nets, time = [DEEP, SHALLOW, FREE], 1.0

    def growth(start: float) -> list[Estimate]:
        paths = follow_decay(
            coefficients(UNIT),
            TEMPERATURE,
            nets,
            start,
            [time],
            2000,
            context.torch_generator(f"basin {start}"),
        )
        return [estimate_mean((ends - math.log(start)) / time) for ends in paths[0]]

    starts = (1e-6, 1e-9, 1e-12)
    rates = {start: growth(start) for start in starts}
    predicted = growth_at_zero(UNIT, TEMPERATURE, *DEEP)
    relative = UNIT.beta2 * starts[-1] ** coupling_power(2) / DECAY
    deep, shallow, free = rates[starts[-1]]
    return Part(
        "In the basin of zero decay acts alone: growth rate of log v at depth 2 from v = 1e-12, "
        "−2(D + 1)γ",
        predicted,
        deep,
        Test(
            "equality",
            10 * relative * abs(predicted),
            "ten times the pull of the loss over that of decay, β₂v^((D−1)/(D+1))/γ = 0.001",
        ),
        [Control("depth 1, the same decay", shallow), Control("depth 2 without decay", free)],
        asymptotic=True,
        sizes=[Size(start, rates[start][0]) for start in starts],
        note="Neither the temperature nor the data enter; at depth 1 both do.",
    )


def _discrete(context: Context) -> Part:
    """SGD with weight decay on all weights."""
    replicas = context.choose(ci=6000, laptop=10_000, paper=40_000)
    data, ratio, decay, start, time = LIGHT, 0.5, 0.2, 0.2, 25.0
    light = moments(data)
    rate = ratio * light.critical_temperature

    def predicted(temperature: float, given: Moments = light) -> float:
        return float(probability_below(given, temperature, 2, decay, start, CUTOFF, [time])[0])

    def below(depth: int, gamma: float, replicas: int) -> Estimate:
        run = run_sgd(
            context, [start], depth, [time], replicas, data, rate=rate, weight_decay=gamma
        )
        return estimate_fraction(int((np.abs(run.subnets[-1, 0]) < CUTOFF).sum()), replicas)

    return Part(
        "Simulated SGD (x = ±1, σ = 10k) on the three weights of D = 2, γ = 0.2, T = 0.5 T_c: "
        "fraction below 1e-9 at time 25",
        predicted(rate),
        below(2, decay, replicas),
        Test(
            "equality",
            predicted(rate * (1 + step_variance(2, light, rate))) - predicted(rate),
            "what a relative change of T by the variance of a step of log v at v*, "
            "4(D + 1)²η²α₃ = 0.09, would change: the relative order beyond",
        ),
        [
            Control("depth 1, the same decay", below(1, decay, 300)),
            Control("depth 2 without decay", below(2, 0.0, 300)),
        ],
        note="Ties the stochastic equation with decay to plain SGD on drawn batches.",
    )


def _run(measured: dict[Net, list[Estimate]]) -> DecayRun:
    """Data for the figure."""
    times, decays = np.linspace(5.0, 850.0, 60), np.geomspace(0.02, 0.4, 24)
    curves = {
        NAMES[net]: probability_below(UNIT, TEMPERATURE, *net, START, CUTOFF, list(times))
        for net in NAMES
    }
    waits = {
        depth: np.array(
            [mean_time_to_zero(UNIT, TEMPERATURE, depth, g, START, CUTOFF) for g in decays]
        )
        for depth in (2, 3, 4)
    }
    fractions = {NAMES[net]: values for net, values in measured.items()}
    return DecayRun(np.array(TIMES), fractions, times, curves, decays, waits)
