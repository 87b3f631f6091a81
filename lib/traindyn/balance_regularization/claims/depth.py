"""Claims BR-13 and BR-14: the stationary law of nets of any depth, and its tail."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from traindyn.balance_regularization.claims.common import DEEP_DISTANCE
from traindyn.balance_regularization.claims.parts import simulated, theoretical
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.depth import DepthRun, TailRun
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.studies.deep_runs import UNIT, step_variance
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
from traindyn.inference import Estimate, estimate_ks_distance, exact, largest
from traindyn.ledger import (
    Part,
    Size,
    at_most,
    other_system,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

DEPTHS = (1, 2, 3, 4)
TAIL_DEPTHS = (1, 2, 3, 5, 9)
FAR = 1e4
"""Where the exponent of the density is read."""

SETTINGS = ((1, 0.25), (1, 0.5), (2, 0.5), (3, 0.5))
"""Depths and temperatures of the simulated tails."""

REPLICAS = "replicas of two starts"


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
    return run, [
        _at_depth_1(),
        _no_drift(),
        *_equation(run, states(context, 2, 4)),
        _sgd(sgd_states(context)),
    ]


def _at_depth_1() -> Part:
    data_sets = (UNIT, moments(ScalarRegression()), moments(LIGHT))

    def over(data: Moments, ratio: float, depth: int, width: int) -> float:
        """The two distribution functions between the quartiles of eq. 15, farthest from 1."""
        temperature = ratio * data.critical_temperature
        law = law_of_depth(data, temperature, depth, width)
        closed = stationary_law(data, temperature).cdf(law.points)
        middle = (closed > 0.25) & (closed < 0.75)
        return _farthest(law.values[middle] / closed[middle])

    def worst(depth: int) -> float:
        return _farthest(
            over(data, ratio, depth, width)
            for data in data_sets
            for ratio in (0.1, 0.5, 0.9)
            for width in (1, 7)
        )

    return theoretical(
        "Distribution function of eq. 14 at depth 1 by quadrature, widths 1 and 7, over the closed "
        "form of eq. 15 between its quartiles: the farthest from 1 over three data sets and three "
        "temperatures",
        exact(worst(1)),
        within(4e-11, "rounding of the sums of 60,000 terms, over a quarter", "rounding"),
        [wrong_theory("eq. 14 at depth 2", exact(worst(2)))],
        note="Also shows that the width drops out at depth 1.",
        prediction=1.0,
    )


def _farthest(ratios: Iterable[float]) -> float:
    """The ratio that is farthest from 1."""
    return float(max(ratios, key=lambda ratio: abs(ratio - 1)))


def _no_drift() -> Part:
    def drift(given: float) -> list[float]:
        return [
            abs(log_drift(law_of_depth(UNIT, given, depth, width), UNIT, TEMPERATURE, depth, width))
            for depth in DEPTHS
            for width in (1, 4)
        ]

    return theoretical(
        "Average drift of log v, largest |E[qf + q²Tg]| with q = (v/d)^((D−1)/(D+1)), under eq. 14 "
        "over D = 1 to 4 and d = 1, 4, in units of β₂ = 1",
        exact(max(drift(TEMPERATURE))),
        within(1e-7, "quadrature: the tail is cut where 1e-8 of the integral is left", "rounding"),
        [wrong_theory("law at 1.5 times the temperature", exact(min(drift(0.75))))],
        basis="derived",
        prediction=0.0,
    )


def _equation(run: DepthRun, wide: np.ndarray) -> list[Part]:
    """Samples of the stochastic equation."""
    samples, laws = run.samples, run.laws

    def distance(depth: int, law_depth: int) -> Estimate:
        return estimate_ks_distance(samples[depth], laws[law_depth].cdf)

    return [
        Part(
            "Stochastic equation of deep nets at T = 0.5 T_c, from below and from above: distance "
            "of its samples from eq. 14, the largest of depths 1 to 4",
            largest([distance(depth, depth) for depth in DEPTHS]),
            DEEP_DISTANCE,
            [
                wrong_theory("depth 1 against the law of depth 2", distance(1, 2)),
                wrong_theory("depth 4 against the law of depth 1", distance(4, 1)),
            ],
            compares="simulation",
            replicates=REPLICAS,
            seen=True,
        ),
        Part(
            "Stochastic equation of a net of D = 2, d = 4 at T = 0.5 T_c, from below and from "
            "above: distance of its samples from eq. 14",
            estimate_ks_distance(wide, law_of_depth(UNIT, TEMPERATURE, 2, 4).cdf),
            DEEP_DISTANCE,
            [
                wrong_theory("law of d = 1", estimate_ks_distance(wide, laws[2].cdf)),
                wrong_theory(
                    "law of d = 2",
                    estimate_ks_distance(wide, law_of_depth(UNIT, TEMPERATURE, 2, 2).cdf),
                ),
            ],
            compares="simulation",
            replicates=REPLICAS,
            seen=True,
        ),
    ]


def _sgd(sgd: np.ndarray) -> Part:
    light = moments(LIGHT)
    rate = 0.3 * light.critical_temperature

    def distance(depth: int, width: int) -> Estimate:
        return estimate_ks_distance(sgd, law_of_depth(light, rate, depth, width).cdf)

    return simulated(
        "Simulated SGD on all six weights of a net with D = 2, d = 2 (x = ±1, σ = 10k, "
        "T = 0.3 T_c): distance from eq. 14",
        distance(2, 2),
        at_most(
            step_variance(2, light, rate),
            "the variance of a step of log v at v*, 4(D + 1)²η²α₃ = 0.032: the relative order "
            "at which SGD leaves its equation",
            "size",
        ),
        [
            wrong_theory("law of d = 1", distance(2, 1)),
            wrong_theory("law of depth 1", distance(1, 1)),
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
    log_v = np.linspace(math.log(0.01), math.log(1e4), 400)
    curves = {
        depth: log_density_of_depth(log_v, UNIT, TEMPERATURE, depth) for depth in (1, 2, 3, 9)
    }
    exponents = {depth: (_hill(depth, 0.5), measured[depth, 0.5]) for depth in (1, 2, 3)}
    return TailRun(np.exp(log_v), curves, exponents), [
        _slopes(),
        _not_in_temperature(),
        *(_simulated_tail(key, measured[key]) for key in SETTINGS),
    ]


def _hill(depth: int, temperature: float) -> float:
    """Hill's statistic of the law itself."""
    return hill_exponent(law_of_depth(UNIT, temperature, depth), TAIL)


def _next_term(temperature: float) -> float:
    """Of −d log p/d log v at depth 1, β₁/((D + 1)Tα₁v); smaller at greater depths."""
    return UNIT.beta1 / (2 * temperature * UNIT.alpha1 * FAR)


def _slopes() -> Part:
    """The exponent of the density far out."""

    def furthest(v: float, exponent: Callable[[int], float] = tail_exponent) -> float:
        return _farthest(
            local_exponent(v, UNIT, TEMPERATURE, depth) / exponent(depth) for depth in TAIL_DEPTHS
        )

    bounded = local_exponent(FAR, Moments(0.0, 0.0, 1.0, 1.0, 1.0), 0.5, 1) / tail_exponent(1)
    return theoretical(
        "Slope −d log p/d log v of eq. 14 at v = 10⁴ over 5 − 3/(D + 1): the farthest from 1 of "
        "D = 1, 2, 3, 5, 9",
        exact(furthest(FAR)),
        within(
            2 * _next_term(TEMPERATURE) / tail_exponent(1),
            "twice the next term, which is β₁/(2Tα₁v) = 1e-4 of 7/2 at depth 1 and smaller above",
            "next order",
        ),
        [
            wrong_theory("5 − 2/(D + 1)", exact(furthest(FAR, lambda depth: 5 - 2 / (depth + 1)))),
            other_system("Var x² = 0, where the tail is exponential", exact(bounded)),
        ],
        asymptotic=True,
        sizes=[Size(v, exact(furthest(v))) for v in (1e2, 1e3, 1e4)],
        prediction=1.0,
    )


def _not_in_temperature() -> Part:
    """The exponent does not move with the temperature."""

    def change(depth: int) -> float:
        return local_exponent(FAR, UNIT, 0.2, depth) / local_exponent(FAR, UNIT, 0.8, depth)

    depth0 = tail_exponent_depth0(UNIT, 0.2) / tail_exponent_depth0(UNIT, 0.8)
    return theoretical(
        "The tail exponent of eq. 14 does not move with the temperature: slope at v = 10⁴ for "
        "T = 0.2 T_c over that for 0.8 T_c, the farthest from 1 of D = 1, 2, 3, 5, 9",
        exact(_farthest(change(depth) for depth in TAIL_DEPTHS)),
        within(
            2 * (_next_term(0.2) - _next_term(0.8)) / tail_exponent(1),
            "twice what the next term β₁/(2Tα₁v) changes, 1.9e-4 of 7/2",
            "next order",
        ),
        [other_system("one layer, eq. 12", exact(depth0))],
        prediction=1.0,
    )


def _simulated_tail(key: tuple[int, float], measured: Estimate) -> Part:
    depth, t = key
    value = _hill(depth, t)
    others = {other: _hill(other, t) for other in (1, 2, 3) if other != depth}
    nearest = min(others, key=lambda other: abs(others[other] - value))
    return Part(
        f"Stochastic equation of a net of depth {depth} at T = {t} T_c: Hill's tail exponent of "
        f"its samples above v = 4 (tends to {tail_exponent(depth):g} far out)",
        measured,
        within(
            abs(others[nearest] - value) / 2,
            f"half the distance to that of depth {nearest}",
            "neighbor",
        ),
        [wrong_prediction(f"law of depth {other}", wrong) for other, wrong in others.items()],
        prediction=value,
        compares="simulation",
        replicates=REPLICAS,
        note="The prediction is Hill's statistic of the law itself at the same threshold.",
        seen=True,
    )
