"""Claim BR-15: which subnets of a deep net survive."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.claims.common import LIGHT
from traindyn.balance_regularization.claims.deep_runs import run_sgd, step_variance
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.experiments.depth import DeepPaths
from traindyn.balance_regularization.theory.depth import coupling_power, law_of_depth
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.subnets import minority_clock
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_mean
from traindyn.laws import GridLaw
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context


@registry.claim(
    15,
    source="Theorem 4.1",
    basis="stated",
    statement=(
        "Noise selects among subnets: at depth 1 the ratio of two subnets is conserved, above it "
        "they become equal, and a subnet of the minority sign dies."
    ),
)
def subnets(context: Context) -> tuple[dict[str, DeepPaths], list[Part]]:
    """BR-15."""
    start, tied = [0.1, 0.2, 0.35], [0.0, 16.0]
    replicas = context.choose(ci=500, laptop=1000, paper=10_000)
    noiseless = ScalarRegression(slope=1.0, noise=0.0, inputs="rademacher")
    rate = 0.3 * moments(LIGHT).critical_temperature
    runs = {f"depth {depth}": run_sgd(context, start, depth, tied, replicas) for depth in (1, 2, 3)}
    runs["no noise"] = run_sgd(context, start, 2, tied, 2, noiseless, rate=rate)

    def log_ratio(run: DeepPaths) -> np.ndarray:
        return np.log(run.subnets[-1, 2] / run.subnets[-1, 0])

    def drift(run: DeepPaths) -> float:
        return float(np.abs(log_ratio(run) - math.log(3.5)).max())

    def distance(run: DeepPaths) -> Estimate:
        return estimate_mean(np.abs(log_ratio(run)))

    noises = (5.0, 7.0, 10.0)
    rates = {noise: _equalizing_rate(context, noise) for noise in noises}
    frozen = _equalizing_rate(context, 10.0, noiseless)
    parts = [
        Part(
            "Depth 1: largest change of log(v₃/v₁) over all replicas, from a balanced start, in "
            "5,333 steps of SGD",
            0.0,
            Estimate(drift(runs["depth 1"])),
            Test("exact", 1e-11, "rounding: 10⁴ products of relative error 2.2e-16, times 5"),
            [Control("depth 2", Estimate(drift(runs["depth 2"])))],
        ),
        Part(
            "Depths 2 and 3: mean |log(v₃/v₁)| at time 16, from v₃ = 3.5v₁ (larger of the two)",
            0.0,
            max((distance(runs[f"depth {d}"]) for d in (2, 3)), key=lambda m: m.value),
            Test(
                "threshold",
                0.0125,
                "a hundredth of the log ratio of the start: equal to one percent",
                side="below",
            ),
            [
                Control("depth 1", distance(runs["depth 1"])),
                Control("depth 2 without noise", distance(runs["no noise"])),
            ],
        ),
        Part(
            "Depth 2: decrease of log|z₃ − z₁|, z = v^(−1/3), over 2D(D − 1)Tσ²∫dt/(z₁z₃)",
            1.0,
            rates[10.0],
            Test(
                "equality",
                step_variance(2, moments(LIGHT), rate),
                "the variance of a step of log v at v*, 4(D + 1)²η²α₃ = 0.032",
            ),
            [Control("no label noise", frozen)],
            asymptotic=True,
            sizes=[Size(noise**2, rates[noise]) for noise in noises],
        ),
        *_opposite_signs(context, rate),
    ]
    return runs, parts


def _equalizing_rate(
    context: Context, noise: float, other: ScalarRegression | None = None
) -> Estimate:
    """Measured over predicted decrease of log|z₃ − z₁| at depth 2."""
    replicas = context.choose(ci=4000, laptop=8000, paper=40_000)
    data = ScalarRegression(slope=1.0, noise=noise, inputs="rademacher")
    rate = 0.3 * moments(data).critical_temperature
    run = run_sgd(context, [0.1, 0.2, 0.4], 2, [0.0, 2.0], replicas, other or data, rate=rate)
    z = run.subnets ** (-1 / 3)
    gap = np.log(np.abs(z[:, 2] - z[:, 0]))
    predicted = 4 * rate * noise**2 * run.coupled_time[-1]
    # ratio of means: what a replica falls beyond its own prediction varies little
    excess = estimate_mean((gap[0] - gap[-1] - predicted) / predicted.mean())
    return replace(excess, value=1 + excess.value)


def _opposite_signs(context: Context, rate: float) -> list[Part]:
    """Death of a subnet of the minority sign: exponential at depth 1, algebraic above."""
    replicas = context.choose(ci=2000, laptop=4000, paper=20_000)
    times, noise_rate = [4.0, 12.0], rate * moments(LIGHT).alpha3
    light, order = moments(LIGHT), "the variance of a step of log v at v*, 4(D + 1)²η²α₃ ="
    ratio = rate / light.critical_temperature
    # two steps with factors (1 ± κ)², κ = 2ηs: 2E[κ² + κ⁴/2], with the kurtosis 9/5 of uniform
    # label noise and E(v − v*)² of the Gamma law
    small = light.beta2**2 / light.alpha3
    next_order = small * (2 * ratio * (1 - ratio) + ratio**2 + 3.6 * ratio**2)

    def rise(depth: int, sign: float) -> tuple[float, Estimate]:
        """Mean start and growth per unit of time of −log|v₂| (depth 1) or |v₂|^(−a)."""
        many = 2 * replicas if depth == 1 else replicas  # the smallest bound
        run = run_sgd(context, [0.7, sign * 0.3], depth, times, many)
        weak = np.abs(run.subnets[:, 1])
        clock = -np.log(weak) if depth == 1 else weak ** -coupling_power(depth)
        growth = estimate_mean((clock[1] - clock[0]) / (times[1] - times[0]))
        return float(clock[0].mean()), growth

    parts = [
        Part(
            "Depth 1, opposite signs: rate at which log|v₂| of the minority falls",
            8 * noise_rate * (1 + next_order),
            rise(1, -1.0)[1],
            Test(
                "equality",
                step_variance(1, light, rate) * 8 * noise_rate,
                f"{order} 0.014, times the rate",
            ),
            [Control("equal signs", rise(1, 1.0)[1])],
            note=(
                "The rate 8Tσ²(1 + E(v − v*)²β₂²/α₃ + 3.6η²σ²) is derived here; the last two terms "
                "are the next order of SGD, 0.8 percent."
            ),
        )
    ]
    for depth in (2, 3):
        power = coupling_power(depth)
        law = law_of_depth(light, rate, depth)
        coupling = _moment(law, power)
        start, growth = rise(depth, -1.0)
        elapsed = times[1] - times[0]
        end = minority_clock(start, noise_rate, coupling, depth, elapsed)
        predicted = (end - start) / elapsed
        step = step_variance(depth, light, rate)
        parts.append(
            Part(
                f"Depth {depth}, opposite signs: growth rate of z = |v₂|^(−{power:.3g}) from time "
                f"4 to 12, which makes |v₂| fall as t^(−{1 / power:g})",
                predicted,
                growth,
                Test("equality", step * predicted, f"{order} {step:.2g}, times the rate"),
                [Control("equal signs", rise(depth, 1.0)[1])],
                note=(
                    "The rate 2D(D − 1)Tσ²(E v^((D−1)/(D+1)) + 1/z) is derived here; the mean z "
                    "at time 4 is its initial condition."
                ),
            )
        )
    return parts


def _moment(law: GridLaw, power: float) -> float:
    """Mean of a power of v."""
    return law.expect(lambda v: v**power)
