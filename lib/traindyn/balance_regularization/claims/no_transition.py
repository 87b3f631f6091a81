"""Claim BR-16: nets of depth 2 and more have no transition, unless weight decay absorbs them."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.common import DEEP_KS_BOUND, worst
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
from traindyn.inference import Estimate, estimate_ks_distance, exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
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
    found = {
        (depth, t): estimate_ks_distance(
            hot_states(context, depth, t), law_of_depth(UNIT, t, depth).cdf
        )
        for depth, t in points(context)
    }
    shallow = shallow_states(context)
    return Part(
        "Samples of the stochastic equation above T_c: distance from eq. 14, the worst of "
        + ", ".join(f"D = {depth} at {t:g} T_c" for depth, t in found),
        0.0,
        worst(found.values()),
        DEEP_KS_BOUND,
        [
            Control(
                "depth 1 at 1.5 T_c, time 60",
                estimate_ks_distance(shallow, law_of_depth(UNIT, 1.5, 2).cdf),
            )
        ],
    )


def _sgd(context: Context) -> Part:
    """Samples of SGD on all weights."""
    rate, law = SGD_RATE, law_of_depth(moments(NOISY), SGD_RATE, 2)
    sgd = {depth: hot_sgd_states(context, depth) for depth in (1, 2)}
    return Part(
        "Simulated SGD (x = ±1, σ = 30k) on the three weights of D = 2 at 1.5 T_c: distance "
        "from eq. 14",
        0.0,
        estimate_ks_distance(sgd[2], law.cdf),
        Test(
            "ks",
            step_variance(2, moments(NOISY), rate),
            "the variance of a step of log v at v*, 4(D + 1)²η²α₃ = 0.09: the relative order "
            "at which SGD leaves its equation",
            side="below",
        ),
        [Control("depth 1 at 1.5 T_c", estimate_ks_distance(np.abs(sgd[1]), law.cdf))],
    )


def _hot(depth: int, temperature: float, limit: int) -> float:
    """Median over its limit of high temperature, of the same depth or another."""
    median = law_of_depth(UNIT, temperature, depth).quantile(np.array(0.5))
    return float(median) / hot_median(UNIT, temperature, limit)


def _furthest(temperature: float) -> Estimate:
    ratios = (_hot(depth, temperature, depth) for depth in (2, 3))
    return exact(max(ratios, key=lambda ratio: abs(ratio - 1)))


def _median() -> Part:
    return Part(
        "Median of eq. 14 over its limit of high temperature, at 30 T_c, the furthest from 1 "
        "of D = 2, 3",
        1.0,
        _furthest(30.0),
        Test(
            "equality",
            1 / 30.0**2,
            "the next term is of the order of v/v*, which falls as (T_c/T)² at depth 3 and "
            "faster at depth 2",
        ),
        [Control("the limit of depth 3 for D = 2", exact(_hot(2, 30.0, 3)))],
        asymptotic=True,
        sizes=[Size(t, _furthest(t)) for t in (3.0, 10.0, 30.0)],
    )


def _fluctuations() -> Part:
    """Whether the variance falls with the temperature, over its largest value."""
    temperatures = np.linspace(0.1, 3.0, 13)
    bounded = Moments(0.0, 0.0, 1.0, 1.0, 1.0)

    def fall(depth: int) -> float:
        if depth:
            laws = [law_of_depth(bounded, float(t), depth) for t in temperatures]
        else:
            laws = [stationary_law(bounded, float(t), 0) for t in temperatures[::4]]
        variances = np.array([law.variance for law in laws])
        return float(variances[-1] / variances.max())

    return Part(
        "The fluctuations invert at depth 2 and 3 too: Var v at 3 T_c over the largest at any "
        "temperature (bounded inputs; the larger of the two depths)",
        0.0,
        exact(max(fall(2), fall(3))),
        Test(
            "ordering",
            0.5,
            "half way between a variance that vanishes and one that keeps growing",
            side="below",
        ),
        [Control("depth 0", exact(fall(0)))],
        note="The variance falls as a power of T, not to zero at a finite temperature.",
    )
