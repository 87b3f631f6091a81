"""Claim BR-15: noise selects among subnets."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.claims.parts import simulated
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.depth import ClockRun, DeepPaths
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
from traindyn.inference import Estimate, estimate_mean, exact, largest
from traindyn.ledger import (
    Part,
    Size,
    at_most,
    other_system,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
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
        _conserved(runs),
        _equal(runs),
        _equalizing(context),
        _opposite_at_depth_1(context),
        *(_opposite_signs(context, depth) for depth in (2, 3)),
    ]


def _log_ratio(run: DeepPaths) -> np.ndarray:
    return np.log(run.subnets[-1, 2] / run.subnets[-1, 0])


def _conserved(runs: dict[str, DeepPaths]) -> Part:
    deviation = {name: np.abs(_log_ratio(run) - math.log(3.5)) for name, run in runs.items()}
    return Part(
        "Depth 1 under SGD: largest change of the log ratio log(v₃/v₁) of two subnets over all "
        "replicas, from a balanced start, in 5,333 steps",
        exact(float(deviation["depth 1"].max())),
        at_most(1e-11, "rounding: 10⁴ products of relative error 2.2e-16, times 5", "rounding"),
        [other_system("depth 2, mean change", estimate_mean(deviation["depth 2"]))],
        compares="simulation",
        seen=True,
    )


def _equal(runs: dict[str, DeepPaths]) -> Part:
    def distance(*names: str) -> Estimate:
        return largest([estimate_mean(np.abs(_log_ratio(runs[name]))) for name in names])

    return simulated(
        "Depths 2 and 3 under SGD: mean |log(v₃/v₁)| of two subnets of one sign at time 16, from "
        "v₃ = 3.5v₁, the larger of the two",
        distance("depth 2", "depth 3"),
        at_most(math.log(3.5) / 2, "half of what depth 1 keeps, log 3.5", "neighbor"),
        [
            other_system("depth 1", distance("depth 1")),
            other_system("depth 2 without noise", distance("no noise")),
        ],
    )


def _equalizing(context: Context) -> Part:
    """How fast noise makes subnets equal."""
    rates = {noise: equalizing_rate(context, noise) for noise in (5.0, 7.0, 10.0)}
    return simulated(
        "Depth 2 under SGD: decrease of log|z₃ − z₁|, z = v^(−1/3), of two subnets over "
        "2D(D − 1)Tσ²∫dt/(z₁z₃)",
        rates[10.0],
        within(
            step_variance(2, moments(LIGHT), rate()),
            "the variance of a step of log v at v*, 4(D + 1)²η²α₃ = 0.032",
            "size",
        ),
        [
            wrong_theory("2D(D + 1) for 2D(D − 1)", rates[10.0].scaled(1 / 3)),
            wrong_theory("2(D² − 1) for 2D(D − 1)", rates[10.0].scaled(4 / 6)),
            other_system("no label noise", equalizing_rate(context, 10.0, noiseless=True)),
        ],
        prediction=1.0,
        basis="derived",
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
    found = opposite_signs(context, 1, -1.0).growth
    return simulated(
        "Depth 1 under SGD, two subnets of opposite signs: rate at which log|v₂| of the minority "
        "falls",
        found,
        within_noise(
            found, "the rate 8Tσ² is exact but for the next order of SGD, 0.8 %, in the prediction"
        ),
        [
            wrong_prediction("noise of the minority alone, 4Tσ²", 4 * noise_rate),
            other_system("equal signs", opposite_signs(context, 1, 1.0).growth),
        ],
        prediction=8 * noise_rate * (1 + next_order),
        basis="derived",
        note="The rate is 8Tσ²(1 + E(v − v*)²β₂²/α₃ + 3.6η²σ²).",
    )


def _opposite_signs(context: Context, depth: int) -> Part:
    """A subnet of the minority sign dies algebraically above depth 1."""
    light = moments(LIGHT)
    noise_rate = rate() * light.alpha3
    power = coupling_power(depth)
    law = law_of_depth(light, rate(), depth)
    run = opposite_signs(context, depth, -1.0)

    def predicted(coupling: float) -> float:
        return _growth(run, noise_rate, coupling, depth)

    coupling = law.expect(lambda v: v**power)
    step = step_variance(depth, light, rate())
    return simulated(
        f"Depth {depth} under SGD, two subnets of opposite signs: growth rate of "
        f"z = |v₂|^(−{power:.3g}) of the minority from time 4 to 12, which makes |v₂| fall as "
        f"t^(−{1 / power:g})",
        run.growth,
        within(step * predicted(coupling), f"{ORDER} {step:.2g}, times the rate", "size"),
        [
            wrong_prediction("noise of the minority alone, E v^a = 0", predicted(1e-9)),
            wrong_prediction("v* for the stationary v", predicted(light.minimum**power)),
            other_system("equal signs", opposite_signs(context, depth, 1.0).growth),
        ],
        prediction=predicted(coupling),
        basis="derived",
        note=(
            "The rate is 2D(D − 1)Tσ²(E v^((D−1)/(D+1)) + 1/z); the mean z at time 4 is its "
            "initial condition."
        ),
    )


def _growth(run: ClockRun, noise_rate: float, coupling: float, depth: int) -> float:
    elapsed = TIMES[1] - TIMES[0]
    end = minority_clock(run.start, noise_rate, coupling, depth, elapsed)
    return (end - run.start) / elapsed
