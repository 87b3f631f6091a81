"""Claims about deep nets beyond the transition: BR-16 (there is none), BR-17 (infinite depth)."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.deep_runs import KS_BOUND, UNIT, run_sgd, sample
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.claims.weight_decay import weight_decay
from traindyn.balance_regularization.experiments.deep_digits import accuracy_on_digits
from traindyn.balance_regularization.results import DecayRun, DeepLimitRun
from traindyn.balance_regularization.theory.depth import law_of_depth, log_density_of_depth
from traindyn.balance_regularization.theory.depth_limits import (
    hot_median,
    law_of_infinite_depth,
    log_density_infinite_depth,
)
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.data import ScalarRegression
from traindyn.inference import (
    Estimate,
    estimate_by_bootstrap,
    estimate_ks_distance,
    estimate_mean,
)
from traindyn.laws import GridLaw
from traindyn.ledger import Context, Control, Part, Size, Test


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
    replicas = context.choose(ci=30_000, laptop=40_000, paper=400_000)
    points = context.choose(
        ci=[(2, 1.5), (3, 3.0)],
        laptop=[(2, 1.5), (2, 3.0), (3, 1.5), (3, 3.0)],
        paper=[(2, 1.5), (2, 3.0), (3, 1.5), (3, 3.0)],
    )

    def median(depth: int, temperature: float) -> float:
        law: GridLaw = law_of_depth(UNIT, temperature, depth)
        return float(law.quantile(np.array(0.5)))

    def relative(values: np.ndarray, depth: int, temperature: float) -> Estimate:
        """Median over the predicted one; resampled."""
        generator = context.numpy_generator(f"bootstrap {depth} {temperature}")
        estimate = estimate_by_bootstrap(
            values, lambda v: float(np.median(v)), generator, resamples=60
        )
        return estimate.scaled(1 / median(depth, temperature))

    runs = {
        (depth, t): sample(context, t, depth, time=20.0, replicas=replicas).v for depth, t in points
    }
    medians = [relative(v, *point) for point, v in runs.items()]
    furthest = max(medians, key=lambda m: abs(m.value - 1))
    shallow = sample(context, 1.5, 1, time=60.0, replicas=500, start=1.0).v
    temperatures = np.linspace(0.1, 3.0, 30)
    bounded = Moments(0.0, 0.0, 1.0, 1.0, 1.0)
    variances = {
        depth: np.array([law_of_depth(bounded, float(t), depth).variance for t in temperatures])
        for depth in (2, 3)
    }
    variances[0] = np.array(
        [stationary_law(bounded, float(t), 0).variance for t in temperatures[::10]]
    )

    def fall(depth: int) -> float:
        return float(variances[depth][-1] / variances[depth].max())

    def hot(depth: int, temperature: float) -> float:
        return median(depth, temperature) / hot_median(UNIT, temperature, depth)

    noisy = ScalarRegression(slope=1.0, noise=30.0, inputs="rademacher")
    rate = 1.5 * moments(noisy).critical_temperature
    law = law_of_depth(moments(noisy), rate, 2)
    sgd = {
        depth: run_sgd(context, [0.0137], depth, [0.0, 6.0], 2000, noisy, rate=rate).subnets[-1, 0]
        for depth in (1, 2)
    }
    decay_run, decay_parts = weight_decay(context)
    parts = [
        Part(
            "Median of v of the stochastic equation over that of eq. 14, the furthest from 1 of "
            + ", ".join(f"D = {depth} at {t:g} T_c" for depth, t in points),
            1.0,
            furthest,
            Test("equality", 0.1, "ten percent; at depth 1 the median is zero"),
            [Control("depth 1 at 1.5 T_c, time 60", Estimate(float(np.median(shallow))))],
        ),
        Part(
            "Simulated SGD (x = ±1, σ = 30k) on the three weights of D = 2 at 1.5 T_c: distance "
            "from eq. 14",
            0.0,
            estimate_ks_distance(sgd[2], law.cdf),
            Test("ks", 0.1, "a fifth of the distance of a law that lies below the median", "below"),
            [Control("depth 1 at 1.5 T_c", estimate_ks_distance(np.abs(sgd[1]), law.cdf))],
        ),
        Part(
            "Median of eq. 14 over its limit of high temperature, at 30 T_c, the furthest from 1 "
            "of D = 2, 3",
            1.0,
            Estimate(max((hot(d, 30.0) for d in (2, 3)), key=lambda ratio: abs(ratio - 1))),
            Test("equality", 0.01, "a third of T_c/T; the next order is its square"),
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
            Test("ordering", 0.5, "half the largest variance", side="below"),
            [Control("depth 0", Estimate(fall(0)))],
            note="The variance falls as a power of T, not to zero at a finite temperature.",
        ),
        *decay_parts,
    ]
    return decay_run, parts


def _swapped(median: float) -> float:
    return median / hot_median(UNIT, 30.0, 3)


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

    def spread(depth: int, width: int) -> float:
        """Range of log p − log p of infinite depth, where 99.8 % of the mass lies."""
        limit = law_of_infinite_depth(UNIT, temperature)
        low, high = np.log(limit.quantile(np.array([0.001, 0.999])))
        log_v = np.linspace(min(low, -1.0), max(high, 1.0), 20_001)
        inner = (log_v >= low) & (log_v <= high)
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

    replicas = context.choose(ci=10_000, laptop=20_000, paper=200_000)
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
            Test("equality", 0.01, "ten times log(D)·2/D, the order of the next term"),
            [Control("half the width", Estimate(spread(20_000, 10_000)))],
            asymptotic=True,
            sizes=[Size(depth, Estimate(spread(depth, depth))) for depth in (200, 2000, 20_000)],
            note="The limit is slow: the next term of the exponent is of order log(D)/D.",
        ),
        Part(
            "Scaling law: distance between the laws of (T, d) and (2T, 2d) at D = d = 64",
            0.0,
            Estimate(collapse(64)),
            Test("ks", 0.02, "first order 1/D = 0.016", side="below"),
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
            Test("equality", 0.001, "it is of the order d/D · T_c/T = 2e-4"),
            [Control("d = D", Estimate(median(20_000, 20_000)))],
            asymptotic=True,
            sizes=[Size(depth, Estimate(median(depth, 1))) for depth in (200, 2000, 20_000)],
        ),
        Part(
            "Many subnets, D = 200, d = 200 D: median of v freezes at v*",
            1.0,
            Estimate(median(200, 40_000)),
            Test("equality", 0.02, "it is of the order (D/d)(T/T_c) = 0.0015, times ten"),
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
    replicas, steps = context.choose(ci=8, laptop=12, paper=24), 1200
    depths = context.choose(ci=(1, 8), laptop=(1, 2, 4, 8), paper=(1, 2, 4, 8))

    def accuracy(depth: int, rate: float) -> Estimate:
        generator = context.torch_generator(f"digits {depth} {rate}")
        return estimate_mean(accuracy_on_digits(depth, rate, steps, replicas, generator))

    def loss(reached: Estimate) -> Estimate:
        error = float(np.hypot(reached.stderr, shallow.stderr))
        freedom = replicas - 1.0
        value = shallow.value - reached.value
        return Estimate(value, error, replicas, degrees_of_freedom=freedom)

    shallow = accuracy(1, 0.6)
    losses = [loss(accuracy(depth, 0.6 / depth)) for depth in depths[1:]]
    return Part(
        "Digits, tanh nets of 64 units with η = 0.6/D: largest loss of test accuracy from depth 1 "
        f"to depths {', '.join(map(str, depths[1:]))}",
        0.0,
        max(losses, key=lambda difference: difference.value),
        Test("threshold", 0.06, "the smallest loss that matters, six points", side="below"),
        [Control("η = 0.6 at depth 8", loss(accuracy(8, 0.6)))],
        note=(
            "Weak evidence: the net has no rescaling symmetry, and any argument that asks for "
            "steps of size 1/D predicts the same. Data and sizes of the paper's test are not known."
        ),
    )
