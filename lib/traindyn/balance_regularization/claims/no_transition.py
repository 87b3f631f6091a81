"""Claim BR-16: nets of depth 2 and more have no transition, but weight decay absorbs them."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.common import DEEP_DISTANCE
from traindyn.balance_regularization.claims.parts import simulated, theoretical
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.claims.weight_decay import parts_on_weight_decay
from traindyn.balance_regularization.results.depth import DecayRun
from traindyn.balance_regularization.studies.deep_runs import UNIT, step_variance
from traindyn.balance_regularization.studies.no_transition import (
    NOISY,
    SGD_RATE,
    hot_sgd_states,
    hot_states,
    points,
    shallow_states,
)
from traindyn.balance_regularization.theory.depth import law_of_depth
from traindyn.balance_regularization.theory.depth_limits import hot_median
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.inference import estimate_ks_distance, exact, largest
from traindyn.ledger import Part, Size, at_most, other_system, within, wrong_theory
from traindyn.runs import Context


@registry.claim(
    16,
    source="from eq. 14",
    basis="derived",
    statement=(
        "Nets of depth D ≥ 2 have no transition: without weight decay v stays positive at every "
        "temperature, and its median falls only as the power T^(−(D+1)/(D−1)). With any weight "
        "decay zero absorbs it at every temperature."
    ),
)
def no_transition(context: Context) -> tuple[DecayRun, list[Part]]:
    """BR-16."""
    decay_run, decay_parts = parts_on_weight_decay(context)
    return decay_run, [_equation(context), _sgd(context), _median(), _fluctuations(), *decay_parts]


def _equation(context: Context) -> Part:
    """Samples of the stochastic equation."""
    samples = {point: hot_states(context, *point) for point in points(context)}
    found = [
        estimate_ks_distance(v, law_of_depth(UNIT, t, depth).cdf)
        for (depth, t), v in samples.items()
    ]
    shallow = shallow_states(context)
    wrong = law_of_depth(UNIT, 1.5, 3)
    return Part(
        "Stochastic equation of deep nets above T_c, from below and from above: distance of its "
        "samples from eq. 14, the largest of "
        + ", ".join(f"D = {depth} at {t:g} T_c" for depth, t in samples),
        largest(found),
        DEEP_DISTANCE,
        [
            wrong_theory(
                "law of depth 3 for D = 2 at 1.5 T_c",
                estimate_ks_distance(samples[2, 1.5], wrong.cdf),
            ),
            other_system(
                "depth 1 at 1.5 T_c, time 60",
                estimate_ks_distance(shallow, law_of_depth(UNIT, 1.5, 2).cdf),
            ),
        ],
        compares="simulation",
        replicates="replicas of two starts",
        seen=True,
    )


def _sgd(context: Context) -> Part:
    """Samples of SGD on all weights."""
    rate, data = SGD_RATE, moments(NOISY)
    law = law_of_depth(data, rate, 2)
    sgd = {depth: hot_sgd_states(context, depth) for depth in (1, 2)}
    return simulated(
        "Simulated SGD (x = ±1, σ = 30k) on the three weights of D = 2 at 1.5 T_c: distance "
        "from eq. 14",
        estimate_ks_distance(sgd[2], law.cdf),
        at_most(
            step_variance(2, data, rate),
            "the variance of a step of log v at v*, 4(D + 1)²η²α₃ = 0.09: the relative order "
            "at which SGD leaves its equation",
            "size",
        ),
        [
            wrong_theory(
                "law of depth 3", estimate_ks_distance(sgd[2], law_of_depth(data, rate, 3).cdf)
            ),
            other_system("depth 1 at 1.5 T_c", estimate_ks_distance(np.abs(sgd[1]), law.cdf)),
        ],
    )


def _hot(depth: int, temperature: float, limit: int) -> float:
    """Median over its limit of high temperature, of the same depth or another."""
    median = law_of_depth(UNIT, temperature, depth).quantile(np.array(0.5))
    return float(median) / hot_median(UNIT, temperature, limit)


def _furthest(temperature: float) -> float:
    return max(abs(_hot(depth, temperature, depth) - 1) for depth in (2, 3))


def _median() -> Part:
    return theoretical(
        "Median of eq. 14 over its limit of high temperature, which falls as T^(−(D+1)/(D−1)): "
        "largest distance from 1 of D = 2, 3 at 30 T_c",
        exact(_furthest(30.0)),
        within(
            1 / 30.0**2,
            "the next term is of the order of v/v*, which falls as (T_c/T)² at depth 3 and "
            "faster at depth 2",
            "next order",
        ),
        [wrong_theory("the limit of depth 3 for D = 2", exact(abs(_hot(2, 30.0, 3) - 1)))],
        asymptotic=True,
        sizes=[Size(t, exact(_furthest(t))) for t in (3.0, 10.0, 30.0)],
        prediction=0.0,
    )


def _fluctuations() -> Part:
    """Whether the variance falls with the temperature."""
    bounded = Moments(0.0, 0.0, 1.0, 1.0, 1.0)

    def rise(depth: int) -> float:
        """Variance at 3 T_c over that at T_c / 2."""
        hot, cold = (
            law_of_depth(bounded, t, depth) if depth else stationary_law(bounded, t, 0)
            for t in (3.0, 0.5)
        )
        return hot.variance / cold.variance

    return theoretical(
        "The fluctuations of eq. 14 invert at depths 2 and 3 too: Var v at 3 T_c over that at "
        "T_c/2 (bounded inputs), the larger of the two depths",
        exact(max(rise(2), rise(3))),
        at_most(1.0, "equality", "sign"),
        [other_system("one layer, eq. 12", exact(rise(0)))],
        note="The variance falls as a power of T, not to zero at a finite temperature.",
    )
