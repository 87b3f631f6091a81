"""Claim BR-17: nets of infinite depth."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.deep_runs import KS_BOUND, UNIT, sample
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.experiments.deep_digits import accuracy_on_digits
from traindyn.balance_regularization.results import DeepLimitRun
from traindyn.balance_regularization.theory.depth import (
    exponent_integral,
    law_of_depth,
    log_density_of_depth,
)
from traindyn.balance_regularization.theory.depth_limits import (
    hot_median,
    law_of_infinite_depth,
    log_density_infinite_depth,
)
from traindyn.inference import Estimate, estimate_by_bootstrap, estimate_ks_distance
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context


@registry.claim(
    17,
    source="section 4.4, Figure 5 right",
    basis="stated",
    statement=(
        "For large depth and width only (D/d)(η/S) enters the law: learning rates that fall as "
        "1/D keep a net trainable. With d = o(D) it collapses to zero, with d ≫ D it freezes at v*."
    ),
)
def infinite_depth(context: Context) -> tuple[DeepLimitRun, list[Part]]:
    """BR-17."""
    temperature = 0.5

    limit = law_of_infinite_depth(UNIT, temperature)
    low, high = np.log(limit.quantile(np.array([0.001, 0.999])))
    log_v = np.linspace(min(low, -1.0), max(high, 1.0), 20_001)
    inner = (log_v >= low) & (log_v <= high)

    def next_order(depth: int) -> float:
        """Change of the exponent I/T by its factor d^(−2/(D+1)) − 1, over the same range."""
        exponent = exponent_integral(log_v, UNIT, depth, depth)[inner] / temperature
        return float(2 * np.log(depth) / depth * np.ptp(exponent))

    def spread(depth: int, width: int) -> float:
        """Range of log p − log p of infinite depth, where 99.8 % of the mass lies."""
        difference = log_density_of_depth(
            log_v, UNIT, temperature, depth, width
        ) - log_density_infinite_depth(log_v, UNIT, temperature)
        return float(np.ptp(difference[inner]))

    def collapse(depth: int, factor: int = 2) -> float:
        """Distance between the laws of (T, d) and (2T, factor·d) at d = D."""
        law = law_of_depth(UNIT, temperature, depth, depth)
        return law.distance(law_of_depth(UNIT, 2 * temperature, depth, factor * depth).cdf)

    def median(depth: int, width: int) -> float:
        law = law_of_depth(UNIT, 0.3, depth, width)
        return float(law.quantile(np.array(0.5)))

    replicas = context.choose(ci=15_000, laptop=20_000, paper=200_000)
    samples = sample(context, temperature, 8, 8, time=3.0, replicas=replicas).v
    sampled = {
        width: estimate_ks_distance(samples, law_of_depth(UNIT, temperature, 8, width).cdf)
        for width in (2, 8)
    }
    depths = (16, 32, 64)
    parts = [
        Part(
            "Closed form of infinite depth against eq. 14 by quadrature at D = d = 20,000: range "
            "of the difference of log p where 99.8 % of the mass lies",
            0.0,
            Estimate(spread(20_000, 20_000)),
            Test(
                "equality",
                2 * next_order(20_000),
                "twice the next term, 2log(D)/D times the range of the exponent there, 0.009",
            ),
            [Control("half the width", Estimate(spread(20_000, 10_000)))],
            asymptotic=True,
            sizes=[Size(depth, Estimate(spread(depth, depth))) for depth in (200, 2000, 20_000)],
            note="The limit is slow: the next term of the exponent is of order log(D)/D.",
        ),
        Part(
            "Scaling law: distance between the laws of (T, d) and (2T, 2d) at D = d = 64",
            0.0,
            Estimate(collapse(64)),
            Test("ks", 1 / 64, "the first order, 1/D", side="below"),
            [Control("(T, d) and (2T, d)", Estimate(collapse(64, 1)))],
            asymptotic=True,
            sizes=[Size(depth, Estimate(collapse(depth))) for depth in depths],
        ),
        Part(
            "Samples of the stochastic equation at D = d = 8, T = 0.5 T_c: distance from eq. 14",
            0.0,
            sampled[8],
            KS_BOUND,
            [Control("law of d = 2", sampled[2])],
        ),
        Part(
            "One subnet, D = 20,000: median of v collapses to zero",
            0.0,
            Estimate(median(20_000, 1)),
            Test(
                "equality",
                2 * hot_median(UNIT, 0.3, 20_000),
                "twice the median of the limit law where v ≪ v*, which falls as d/D",
            ),
            [Control("d = D", Estimate(median(20_000, 20_000)))],
            asymptotic=True,
            sizes=[Size(depth, Estimate(median(depth, 1))) for depth in (200, 2000, 20_000)],
        ),
        Part(
            "Many subnets, D = 200, d = 200 D: median of v freezes at v*",
            1.0,
            Estimate(median(200, 40_000)),
            Test(
                "equality",
                8 * 0.3 * 200 / 40_000,
                "twice the next term: with Θ = TD/d the law has the variance 2Θ around v*, and "
                "its median lies 4Θ = 0.006 below, since log p bends",
            ),
            [Control("d = D", Estimate(median(200, 200)))],
            asymptotic=True,
            sizes=[Size(width, Estimate(median(200, width))) for width in (200, 2800, 40_000)],
        ),
        _digits(context),
    ]
    widths = (1, 4, 14, 50, 200, 700, 2800, 10_000, 40_000)
    run = DeepLimitRun(
        scaled={depth: collapse(depth) for depth in (4, 8, *depths)},
        unscaled={depth: collapse(depth, 1) for depth in (4, 8, *depths)},
        medians={width / 200: median(200, width) for width in widths},
    )
    return run, parts


def _digits(context: Context) -> Part:
    """Learning rates proportional to 1/D on tanh nets."""
    replicas, steps = context.choose(ci=(16, 600), laptop=(16, 1200), paper=(24, 1200))
    depths = (2, 4, 8)

    def accuracy(depth: int, rate: float) -> Estimate:
        generator = context.torch_generator(f"digits {depth} {rate}")
        reached = accuracy_on_digits(depth, rate, steps, replicas, generator)
        resampling = context.numpy_generator(f"bootstrap {depth} {rate}")
        # a median: now and then a deep net learns late, which makes the mean heavy-tailed
        return estimate_by_bootstrap(reached, lambda a: float(np.median(a)), resampling)

    def loss(reached: Estimate) -> Estimate:
        error = float(np.hypot(reached.stderr, shallow.stderr))
        freedom = replicas - 1.0
        value = shallow.value - reached.value
        return Estimate(value, error, replicas, degrees_of_freedom=freedom)

    shallow = accuracy(1, 0.6)
    losses = {depth: loss(accuracy(depth, 0.6 / depth)) for depth in depths}
    return Part(
        "Digits, tanh nets of 64 units with η = 0.6/D: largest loss of the median test accuracy "
        f"from depth 1 to depths {', '.join(map(str, depths))}",
        0.0,
        max(losses.values(), key=lambda difference: difference.value),
        Test(
            "threshold",
            0.05,
            "what 397 test images resolve: z times the standard error of the difference of two "
            "fractions near 0.98, 4.9 times 0.010",
            side="below",
        ),
        [Control("η = 0.6 at depth 8", loss(accuracy(8, 0.6)))],
        sizes=[Size(depth, difference) for depth, difference in losses.items()],
        note=(
            "Weak evidence: the net has no rescaling symmetry, and any argument that asks for "
            "steps of size 1/D predicts the same. Data and sizes of the paper's test are not "
            "known. The first version took means of 20 nets and was undecided at the published "
            "seed: two nets of depth 8 had not finished learning after 600 steps."
        ),
    )
