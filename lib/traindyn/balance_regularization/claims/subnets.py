"""Claim BR-15: which subnets of a deep net survive."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.depth import DeepPaths
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.studies.deep_runs import step_variance
from traindyn.balance_regularization.studies.subnets import (
    TIMES,
    equalizing_rate,
    opposite_signs,
    rate,
    tied_subnets,
)
from traindyn.balance_regularization.theory.depth import coupling_power, law_of_depth
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.subnets import minority_clock
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

ORDER = "the variance of a step of log v at v*, 4(D + 1)²η²α₃ ="


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
    runs = {f"depth {depth}": tied_subnets(context, depth) for depth in (1, 2, 3)}
    runs["no noise"] = tied_subnets(context, 2, noiseless=True)
    return runs, [
        *_ratios(runs),
        _equalizing(context),
        _opposite_at_depth_1(context),
        *(_opposite_signs(context, depth) for depth in (2, 3)),
    ]


def _log_ratio(run: DeepPaths) -> np.ndarray:
    return np.log(run.subnets[-1, 2] / run.subnets[-1, 0])


def _ratios(runs: dict[str, DeepPaths]) -> list[Part]:
    """The ratio of two subnets of one sign."""

    def drift(run: DeepPaths) -> float:
        return float(np.abs(_log_ratio(run) - math.log(3.5)).max())

    def distance(run: DeepPaths) -> Estimate:
        return estimate_mean(np.abs(_log_ratio(run)))

    return [
        Part(
            "Depth 1: largest change of log(v₃/v₁) over all replicas, from a balanced start, in "
            "5,333 steps of SGD",
            0.0,
            exact(drift(runs["depth 1"])),
            Test("exact", 1e-11, "rounding: 10⁴ products of relative error 2.2e-16, times 5"),
            [Control("depth 2", exact(drift(runs["depth 2"])))],
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
    ]


def _equalizing(context: Context) -> Part:
    """How fast noise makes subnets equal."""
    rates = {noise: equalizing_rate(context, noise) for noise in (5.0, 7.0, 10.0)}
    frozen = equalizing_rate(context, 10.0, noiseless=True)
    return Part(
        "Depth 2: decrease of log|z₃ − z₁|, z = v^(−1/3), over 2D(D − 1)Tσ²∫dt/(z₁z₃)",
        1.0,
        rates[10.0],
        Test(
            "equality",
            step_variance(2, moments(LIGHT), rate()),
            "the variance of a step of log v at v*, 4(D + 1)²η²α₃ = 0.032",
        ),
        [Control("no label noise", frozen)],
        asymptotic=True,
        sizes=[Size(noise**2, rates[noise]) for noise in rates],
    )


def _opposite_at_depth_1(context: Context) -> Part:
    """A subnet of the minority sign dies exponentially at depth 1."""
    light = moments(LIGHT)
    noise_rate, ratio = rate() * light.alpha3, rate() / light.critical_temperature
    # two steps with factors (1 ± κ)², κ = 2ηs: 2E[κ² + κ⁴/2], with the kurtosis 9/5 of uniform
    # label noise and E(v − v*)² of the Gamma law
    small = light.beta2**2 / light.alpha3
    next_order = small * (2 * ratio * (1 - ratio) + ratio**2 + 3.6 * ratio**2)
    return Part(
        "Depth 1, opposite signs: rate at which log|v₂| of the minority falls",
        8 * noise_rate * (1 + next_order),
        opposite_signs(context, 1, -1.0).growth,
        Test(
            "equality",
            step_variance(1, light, rate()) * 8 * noise_rate,
            f"{ORDER} 0.014, times the rate",
        ),
        [Control("equal signs", opposite_signs(context, 1, 1.0).growth)],
        note=(
            "The rate 8Tσ²(1 + E(v − v*)²β₂²/α₃ + 3.6η²σ²) is derived here; the last two terms "
            "are the next order of SGD, 0.8 percent."
        ),
    )


def _opposite_signs(context: Context, depth: int) -> Part:
    """A subnet of the minority sign dies algebraically above depth 1."""
    light = moments(LIGHT)
    noise_rate = rate() * light.alpha3
    power = coupling_power(depth)
    law = law_of_depth(light, rate(), depth)
    coupling = law.expect(lambda v: v**power)
    run = opposite_signs(context, depth, -1.0)
    elapsed = TIMES[1] - TIMES[0]
    end = minority_clock(run.start, noise_rate, coupling, depth, elapsed)
    predicted = (end - run.start) / elapsed
    step = step_variance(depth, light, rate())
    return Part(
        f"Depth {depth}, opposite signs: growth rate of z = |v₂|^(−{power:.3g}) from time "
        f"4 to 12, which makes |v₂| fall as t^(−{1 / power:g})",
        predicted,
        run.growth,
        Test("equality", step * predicted, f"{ORDER} {step:.2g}, times the rate"),
        [Control("equal signs", opposite_signs(context, depth, 1.0).growth)],
        note=(
            "The rate 2D(D − 1)Tσ²(E v^((D−1)/(D+1)) + 1/z) is derived here; the mean z "
            "at time 4 is its initial condition."
        ),
    )
