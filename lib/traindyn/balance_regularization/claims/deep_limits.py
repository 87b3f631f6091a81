"""Claim BR-17: nets of infinite depth."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.claims.common import DEEP_DISTANCE
from traindyn.balance_regularization.claims.parts import theoretical
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.depth import DeepLimitRun
from traindyn.balance_regularization.studies.data import STANDARD
from traindyn.balance_regularization.studies.deep_limits import TEMPERATURE, accuracy, deep_states
from traindyn.balance_regularization.studies.deep_runs import UNIT
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
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.inference import (
    critical_value,
    difference,
    estimate_ks_distance,
    exact,
    largest,
)
from traindyn.ledger import Part, Size, at_most, other_system, within, wrong_theory
from traindyn.runs import Context

DEPTHS = (16, 32, 64)
WIDTHS = (1, 4, 14, 50, 200, 700, 2800, 10_000, 40_000)


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
    run = DeepLimitRun(
        scaled={depth: _collapse(depth) for depth in (4, 8, *DEPTHS)},
        unscaled={depth: _collapse(depth, 1) for depth in (4, 8, *DEPTHS)},
        medians={width / 200: _median(200, width) for width in WIDTHS},
    )
    return run, [
        _closed_form(),
        _scaling(run),
        _samples(deep_states(context)),
        *_medians(),
        _digits(context),
    ]


def _collapse(depth: int, factor: int = 2) -> float:
    """Distance between the laws of (T, d) and (2T, factor·d) at d = D."""
    law = law_of_depth(UNIT, TEMPERATURE, depth, depth)
    return law.distance(law_of_depth(UNIT, 2 * TEMPERATURE, depth, factor * depth).cdf)


def _median(depth: int, width: int) -> float:
    law = law_of_depth(UNIT, 0.3, depth, width)
    return float(law.quantile(np.array(0.5)))


def _closed_form() -> Part:
    """The law of infinite depth against that of great depth."""
    data, hot = moments(STANDARD), 0.6 * moments(STANDARD).critical_temperature
    limit = law_of_infinite_depth(data, hot)
    low, high = np.log(limit.quantile(np.array([0.001, 0.999])))
    log_v = np.linspace(min(low, -1.0), max(high, 1.0), 20_001)
    inner = (log_v >= low) & (log_v <= high)
    closed = log_density_infinite_depth(log_v, data, hot)[inner]

    def next_order(depth: int) -> float:
        """Change of the exponent I/T by its factor d^(−2/(D+1)) − 1, over the same ranges."""
        exponent = exponent_integral(log_v, data, depth, depth)[inner] / hot
        return float(2 * np.log(depth) / depth * np.ptp(exponent) / np.ptp(closed))

    def spread(depth: int, width: int) -> float:
        """Range of log p − log p of infinite depth over its own, where 99.8 % of the mass lies."""
        found = log_density_of_depth(log_v, data, hot, depth, width)[inner]
        return float(np.ptp(found - closed) / np.ptp(closed))

    return theoretical(
        "Closed form of infinite depth against eq. 14 by quadrature at D = d = 20,000, Gaussian "
        "data with σ = k: range of the difference of log p over that of log p, where 99.8 % of the "
        "mass lies",
        exact(spread(20_000, 20_000)),
        within(
            2 * next_order(20_000),
            "twice the next term, 2log(D)/D times the range of the exponent there, over that of "
            "log p",
            "next order",
        ),
        [
            wrong_theory("Θ = TD/d half as large", exact(spread(20_000, 10_000))),
        ],
        asymptotic=True,
        sizes=[Size(depth, exact(spread(depth, depth))) for depth in (200, 2000, 20_000)],
        note="The limit is slow: the next term of the exponent is of order log(D)/D.",
        prediction=0.0,
    )


def _scaling(run: DeepLimitRun) -> Part:
    return theoretical(
        "Scaling law at great depth: distance between the laws of eq. 14 for (T, d) and (2T, 2d) "
        "at D = d = 64",
        exact(run.scaled[64]),
        at_most(1 / 64, "the first order, 1/D", "next order"),
        [wrong_theory("T alone: (T, d) and (2T, d)", exact(run.unscaled[64]))],
        asymptotic=True,
        sizes=[Size(depth, exact(run.scaled[depth])) for depth in DEPTHS],
        toward=0.0,
    )


def _samples(states: np.ndarray) -> Part:
    sampled = {
        width: estimate_ks_distance(states, law_of_depth(UNIT, TEMPERATURE, 8, width).cdf)
        for width in (2, 4, 8)
    }
    return Part(
        "Stochastic equation of a net of D = d = 8 at T = 0.5 T_c, from below and from above: "
        "distance of its samples from eq. 14",
        sampled[8],
        DEEP_DISTANCE,
        [
            wrong_theory("law of d = 4", sampled[4]),
            wrong_theory("law of d = 2", sampled[2]),
        ],
        compares="simulation",
        replicates="replicas of two starts",
        seen=True,
    )


def _medians() -> list[Part]:
    """One subnet collapses, many freeze."""
    shallow = float(stationary_law(UNIT, 0.3).quantile(np.array(0.5)))
    without_collapse = [
        other_system("depth 1 at the same temperature, any width", exact(shallow)),
    ]
    return [
        theoretical(
            "One subnet at T = 0.3 T_c: the median of v under eq. 14 collapses to zero as D → ∞; "
            "at D = 20,000",
            exact(_median(20_000, 1)),
            at_most(
                2 * hot_median(UNIT, 0.3, 20_000),
                "twice the median of the limit law where v ≪ v*, which falls as d/D",
                "next order",
            ),
            without_collapse,
            asymptotic=True,
            sizes=[Size(depth, exact(_median(depth, 1))) for depth in (200, 2000, 20_000)],
            toward=0.0,
        ),
        theoretical(
            "Many subnets at T = 0.3 T_c: the median of v under eq. 14 freezes at v* as d/D → ∞; "
            "at D = 200, d = 200 D",
            exact(_median(200, 40_000)),
            within(
                8 * 0.3 * 200 / 40_000,
                "twice the next term: with Θ = TD/d the law has the variance 2Θ around v*, and "
                "its median lies 4Θ = 0.006 below, since log p bends",
                "next order",
            ),
            without_collapse,
            prediction=1.0,
            asymptotic=True,
            sizes=[Size(width, exact(_median(200, width))) for width in (200, 2800, 40_000)],
        ),
    ]


def _digits(context: Context) -> Part:
    """Learning rates proportional to 1/D on tanh nets."""
    depths = (2, 4, 8)
    shallow = accuracy(context, 1, 0.6)
    losses = {d: difference(shallow, accuracy(context, d, 0.6 / d)) for d in depths}
    images = 397
    resolved = critical_value() * math.sqrt(2 * 0.98 * 0.02 / images)
    return Part(
        "Digits, tanh nets of 64 units with η = 0.6/D: largest loss of the median test accuracy "
        f"from depth 1 to depths {', '.join(map(str, depths))}",
        largest(list(losses.values())),
        at_most(
            resolved,
            f"what {images} test images resolve: z times the standard error 0.010 of the "
            "difference of two fractions near 0.98",
            "size",
        ),
        [other_system("η = 0.6 at depth 8", difference(shallow, accuracy(context, 8, 0.6)))],
        compares="simulation",
        replicates="networks",
        sizes=[Size(depth, loss) for depth, loss in losses.items()],
        note=(
            "Weak evidence: the net has no rescaling symmetry, and any argument that asks for "
            "steps of size 1/D predicts the same. Data and sizes of the paper's test are not "
            "known. The first version took means of 20 nets and was undecided at the published "
            "seed: two nets of depth 8 had not finished learning after 600 steps; they take 1,200 "
            "now."
        ),
        seen=True,
    )
