"""Claim BR-16: nets of depth 2 and more have no transition, unless weight decay absorbs them."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.common import worst
from traindyn.balance_regularization.claims.deep_runs import (
    KS_BOUND,
    UNIT,
    run_sgd,
    sample,
    step_variance,
)
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.claims.weight_decay import weight_decay
from traindyn.balance_regularization.results import DecayRun
from traindyn.balance_regularization.theory.depth import law_of_depth
from traindyn.balance_regularization.theory.depth_limits import hot_median
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_ks_distance
from traindyn.laws import GridLaw
from traindyn.ledger import Control, Part, Size, Test
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
    replicas = context.choose(ci=15_000, laptop=40_000, paper=400_000)
    points = context.choose(
        ci=[(2, 1.5), (3, 3.0)],
        laptop=[(2, 1.5), (2, 3.0), (3, 1.5), (3, 3.0)],
        paper=[(2, 1.5), (2, 3.0), (3, 1.5), (3, 3.0)],
    )

    relaxed = {2: 12.0, 3: 20.0}  # Kolmogorov's equation: 0.004 from the law

    def median(depth: int, temperature: float) -> float:
        law: GridLaw = law_of_depth(UNIT, temperature, depth)
        return float(law.quantile(np.array(0.5)))

    runs = {
        (depth, t): sample(context, t, depth, time=relaxed[depth], replicas=replicas).v
        for depth, t in points
    }
    distances = [
        estimate_ks_distance(v, law_of_depth(UNIT, t, depth).cdf) for (depth, t), v in runs.items()
    ]
    shallow = sample(context, 1.5, 1, time=60.0, replicas=500, start=1.0).v
    temperatures = np.linspace(0.1, 3.0, 13)
    bounded = Moments(0.0, 0.0, 1.0, 1.0, 1.0)
    variances = {
        depth: np.array([law_of_depth(bounded, float(t), depth).variance for t in temperatures])
        for depth in (2, 3)
    }
    variances[0] = np.array(
        [stationary_law(bounded, float(t), 0).variance for t in temperatures[::4]]
    )

    def fall(depth: int) -> float:
        return float(variances[depth][-1] / variances[depth].max())

    def hot(depth: int, temperature: float) -> float:
        return median(depth, temperature) / hot_median(UNIT, temperature, depth)

    noisy = ScalarRegression(slope=1.0, noise=30.0, inputs="rademacher")
    rate = 1.5 * moments(noisy).critical_temperature
    law = law_of_depth(moments(noisy), rate, 2)
    sgd = {
        depth: run_sgd(
            context, [0.0137], depth, [0.0, 8.0], 6000 if depth == 2 else 500, noisy, rate=rate
        ).subnets[-1, 0]
        for depth in (1, 2)
    }
    decay_run, decay_parts = weight_decay(context)
    parts = [
        Part(
            "Samples of the stochastic equation above T_c: distance from eq. 14, the worst of "
            + ", ".join(f"D = {depth} at {t:g} T_c" for depth, t in points),
            0.0,
            worst(distances),
            KS_BOUND,
            [
                Control(
                    "depth 1 at 1.5 T_c, time 60",
                    estimate_ks_distance(shallow, law_of_depth(UNIT, 1.5, 2).cdf),
                )
            ],
        ),
        Part(
            "Simulated SGD (x = ±1, σ = 30k) on the three weights of D = 2 at 1.5 T_c: distance "
            "from eq. 14",
            0.0,
            estimate_ks_distance(sgd[2], law.cdf),
            Test(
                "ks",
                step_variance(2, moments(noisy), rate),
                "the variance of a step of log v at v*, 4(D + 1)²η²α₃ = 0.09: the relative order "
                "at which SGD leaves its equation",
                side="below",
            ),
            [Control("depth 1 at 1.5 T_c", estimate_ks_distance(np.abs(sgd[1]), law.cdf))],
        ),
        Part(
            "Median of eq. 14 over its limit of high temperature, at 30 T_c, the furthest from 1 "
            "of D = 2, 3",
            1.0,
            Estimate(max((hot(d, 30.0) for d in (2, 3)), key=lambda ratio: abs(ratio - 1))),
            Test(
                "equality",
                1 / 30.0**2,
                "the next term is of the order of v/v*, which falls as (T_c/T)² at depth 3 and "
                "faster at depth 2",
            ),
            [Control("the limit of depth 3 for D = 2", Estimate(_swapped(median(2, 30.0))))],
            asymptotic=True,
            sizes=[
                Size(t, Estimate(max((hot(d, t) for d in (2, 3)), key=lambda r: abs(r - 1))))
                for t in (3.0, 10.0, 30.0)
            ],
        ),
        Part(
            "The fluctuations invert at depth 2 and 3 too: Var v at 3 T_c over the largest at any "
            "temperature (bounded inputs; the larger of the two depths)",
            0.0,
            Estimate(max(fall(2), fall(3))),
            Test(
                "ordering",
                0.5,
                "half way between a variance that vanishes and one that keeps growing",
                side="below",
            ),
            [Control("depth 0", Estimate(fall(0)))],
            note="The variance falls as a power of T, not to zero at a finite temperature.",
        ),
        *decay_parts,
    ]
    return decay_run, parts


def _swapped(median: float) -> float:
    return median / hot_median(UNIT, 30.0, 3)
