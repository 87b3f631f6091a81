"""Claims about nets of any depth: BR-13 (stationary law) and BR-14 (tail exponents)."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.claims.common import DEEP_KS_BOUND, worst
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.depth import DepthRun, TailRun
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.studies.deep_runs import RESOLUTION, UNIT, step_variance
from traindyn.balance_regularization.studies.depth import (
    TAIL,
    TEMPERATURE,
    sgd_states,
    states,
    tail_exponent_of_samples,
)
from traindyn.balance_regularization.theory.depth import (
    law_of_depth,
    log_density_of_depth,
    log_drift,
)
from traindyn.balance_regularization.theory.depth_limits import local_exponent, tail_exponent
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.stationary import (
    hill_exponent,
    stationary_law,
    tail_exponent_depth0,
)
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_ks_distance, exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

DEPTHS = (1, 2, 3, 4)
TAIL_DEPTHS = (1, 2, 3, 5, 9)
FAR = 1e4
"""Where the exponent of the density is read."""

SETTINGS = ((1, 0.25), (1, 0.5), (2, 0.5), (3, 0.5))
"""Depths and temperatures of the simulated tails."""

Tails = dict[tuple[int, float], Estimate]


@registry.claim(
    13,
    source="eq. 14",
    basis="stated",
    statement=(
        "A net of depth D with d active subnets has the stationary law of eq. 14; it depends on "
        "the width unless the depth is 1."
    ),
)
def law_of_deep_nets(context: Context) -> tuple[DepthRun, list[Part]]:
    """BR-13."""
    run = DepthRun(
        {depth: states(context, depth) for depth in DEPTHS},
        {depth: law_of_depth(UNIT, TEMPERATURE, depth) for depth in DEPTHS},
    )
    return run, [*_by_quadrature(), *_equation(run, states(context, 2, 4)), _sgd(context)]


def _by_quadrature() -> list[Part]:
    """Eq. 14 against eq. 15, and the drift that must vanish."""
    data_sets = (UNIT, moments(ScalarRegression()), moments(LIGHT))

    def error_at_depth_1(depth: int) -> float:
        return max(
            law_of_depth(data, ratio * data.critical_temperature, depth, width).distance(
                stationary_law(data, ratio * data.critical_temperature).cdf
            )
            for data in data_sets
            for ratio in (0.1, 0.5, 0.9)
            for width in (1, 7)
        )

    def drift(given: float) -> list[float]:
        return [
            abs(log_drift(law_of_depth(UNIT, given, depth, width), UNIT, TEMPERATURE, depth, width))
            for depth in DEPTHS
            for width in (1, 4)
        ]

    return [
        Part(
            "Eq. 14 at depth 1 by quadrature, widths 1 and 7: largest distance from the closed "
            "form of eq. 15 over three data sets and three temperatures",
            0.0,
            exact(error_at_depth_1(1)),
            Test("exact", 1e-11, "rounding of the sums of 60,000 terms"),
            [Control("eq. 14 at depth 2", exact(error_at_depth_1(2)))],
            note="Also shows that the width drops out at depth 1.",
        ),
        Part(
            "Largest |E[qf + q²Tg]|, q = (v/d)^((D−1)/(D+1)), under eq. 14 over D = 1 to 4 and "
            "d = 1, 4",
            0.0,
            exact(max(drift(TEMPERATURE))),
            Test("exact", 1e-7, "quadrature: the tail is cut where 1e-8 of the integral is left"),
            [Control("law at 1.5 times the temperature", exact(min(drift(0.75))))],
            note="The average drift of log v, which must vanish; derived here.",
        ),
    ]


def _equation(run: DepthRun, wide: np.ndarray) -> list[Part]:
    """Samples of the stochastic equation."""
    samples, laws = run.samples, run.laws
    wide_law = law_of_depth(UNIT, TEMPERATURE, 2, 4)
    distances = [estimate_ks_distance(v, laws[depth].cdf) for depth, v in samples.items()]
    return [
        Part(
            "Samples of the stochastic equation at T = 0.5 T_c, depths 1 to 4: distance from "
            "eq. 14 (worst)",
            0.0,
            worst(distances),
            DEEP_KS_BOUND,
            [
                Control(
                    "depth 1 against the law of depth 2",
                    estimate_ks_distance(samples[1], laws[2].cdf),
                ),
                Control(
                    "depth 4 against the law of depth 1",
                    estimate_ks_distance(samples[4], laws[1].cdf),
                ),
            ],
        ),
        Part(
            "The width matters above depth 1: samples at D = 2, d = 4, distance from eq. 14",
            0.0,
            estimate_ks_distance(wide, wide_law.cdf),
            DEEP_KS_BOUND,
            [Control("law of d = 1", estimate_ks_distance(wide, laws[2].cdf))],
        ),
    ]


def _sgd(context: Context) -> Part:
    light, sgd = moments(LIGHT), sgd_states(context)
    rate = 0.3 * light.critical_temperature
    sgd_law = law_of_depth(light, rate, 2, 2)
    return Part(
        "Simulated SGD on all six weights of a net with D = 2, d = 2 (x = ±1, σ = 10k, "
        "T = 0.3 T_c): distance from eq. 14",
        0.0,
        estimate_ks_distance(sgd, sgd_law.cdf),
        Test(
            "ks",
            step_variance(2, light, rate),
            "the variance of a step of log v at v*, 4(D + 1)²η²α₃ = 0.032: the relative order "
            "at which SGD leaves its equation",
            side="below",
        ),
        [
            Control("law of d = 1", estimate_ks_distance(sgd, law_of_depth(light, rate, 2).cdf)),
            Control("law of depth 1", estimate_ks_distance(sgd, law_of_depth(light, rate, 1).cdf)),
        ],
        note="Ties the reduced equation of v to plain SGD on drawn batches.",
    )


@registry.claim(
    14,
    source="section 4.4, Figure 5 left",
    basis="stated",
    statement=(
        "The law of a net of depth D ≥ 1 has a power-law tail of exponent 5 − 3/(D + 1), whatever "
        "the temperature and the data, where Var x² > 0."
    ),
)
def tails(context: Context) -> tuple[TailRun, list[Part]]:
    """BR-14."""
    measured = {key: tail_exponent_of_samples(context, *key) for key in SETTINGS}
    predicted = {
        (depth, t): hill_exponent(law_of_depth(UNIT, t, depth), TAIL) for depth, t in SETTINGS
    }
    log_v = np.linspace(math.log(0.01), math.log(1e4), 400)
    curves = {
        depth: log_density_of_depth(log_v, UNIT, TEMPERATURE, depth) for depth in (1, 2, 3, 9)
    }
    exponents = {depth: (predicted[depth, 0.5], measured[depth, 0.5]) for depth in (1, 2, 3)}
    return TailRun(np.exp(log_v), curves, exponents), [
        *_slopes(),
        *(_simulated_tail(key, predicted[key], measured) for key in SETTINGS),
    ]


def _slopes() -> list[Part]:
    """The exponent of the density far out, and that it does not move with the temperature."""

    def furthest(v: float) -> float:
        return max(
            (
                local_exponent(v, UNIT, TEMPERATURE, depth) - tail_exponent(depth)
                for depth in TAIL_DEPTHS
            ),
            key=abs,
        )

    def change(depth: int) -> float:
        return abs(local_exponent(FAR, UNIT, 0.2, depth) - local_exponent(FAR, UNIT, 0.8, depth))

    def next_term(given: float) -> float:
        """Of −d log p/d log v at depth 1, β₁/((D + 1)Tα₁v); smaller at greater depths."""
        return UNIT.beta1 / (2 * given * UNIT.alpha1 * FAR)

    depth0 = tail_exponent_depth0(UNIT, 0.2) - tail_exponent_depth0(UNIT, 0.8)
    return [
        Part(
            "Slope −d log p/d log v of eq. 14 at v = 10⁴ minus 5 − 3/(D + 1): the furthest from 0 "
            "of D = 1, 2, 3, 5, 9",
            0.0,
            exact(furthest(FAR)),
            Test(
                "equality",
                2 * next_term(TEMPERATURE),
                "twice the next term, which is β₁/(2Tα₁v) = 1e-4 at depth 1 and smaller above",
            ),
            [Control("Var x² = 0, where the tail is exponential", exact(_bounded_slope(FAR)))],
            asymptotic=True,
            sizes=[Size(v, exact(furthest(v))) for v in (1e2, 1e3, 1e4)],
        ),
        Part(
            "The exponent does not move with the temperature: largest change at v = 10⁴ from "
            "T = 0.2 T_c to 0.8 T_c, the same depths",
            0.0,
            exact(max(change(depth) for depth in TAIL_DEPTHS)),
            Test(
                "equality",
                2 * (next_term(0.2) - next_term(0.8)),
                "twice what the next term β₁/(2Tα₁v) changes, 1.9e-4",
            ),
            [Control("depth 0, eq. 12", exact(depth0))],
        ),
    ]


def _simulated_tail(key: tuple[int, float], value: float, measured: Tails) -> Part:
    depth, t = key
    other = measured[2 if depth == 1 else 1, 0.5]
    return Part(
        f"Hill's tail exponent of the stochastic equation above v = 4, depth {depth}, "
        f"T = {t} T_c (tends to {tail_exponent(depth):g} far out)",
        value,
        measured[depth, t],
        Test(
            "equality",
            RESOLUTION / 2 * value,
            "half the resolution 0.1 of the scheme, the relative order of its error; less "
            "than half the step from depth 1 to depth 2",
        ),
        [Control(f"depth {2 if depth == 1 else 1}, T = 0.5 T_c", other)]
        if t == 0.5
        else [Control("depth 3, T = 0.5 T_c", measured[3, 0.5])],
        note="The prediction is Hill's statistic of the law itself at the same threshold.",
    )


def _bounded_slope(v: float) -> float:
    return local_exponent(v, Moments(0.0, 0.0, 1.0, 1.0, 1.0), 0.5, 1) - tail_exponent(1)
