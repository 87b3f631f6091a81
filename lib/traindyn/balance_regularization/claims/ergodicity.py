"""Claims about where SGD can end: BR-4 (any T), BR-11 (sign locking), BR-21 (a line)."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from traindyn.balance_regularization.claims.common import LIGHT, START
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.experiments.samples import sample_regression_sgd
from traindyn.balance_regularization.experiments.trajectories import (
    Paths,
    follow,
    langevin_step,
    sgd_step,
)
from traindyn.balance_regularization.theory.moments import moments
from traindyn.data import Inputs, ScalarRegression
from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    4,
    source="section 3.1",
    basis="stated",
    statement=(
        "Balance is not perturbative: the end point does not depend on T as T → 0, only the time "
        "to reach it does, as long as the noise does not vanish."
    ),
)
def non_perturbative(context: Context) -> tuple[dict[float, Paths], list[Part]]:
    """BR-4."""
    replicas = context.choose(ci=400, laptop=1000, paper=10_000)

    def paths(noise: float, inputs: Inputs, temperature: float) -> Paths:
        data = ScalarRegression(slope=1.0, noise=noise, inputs=inputs)
        name = f"{noise} {inputs} {temperature}"
        step = sgd_step(data, temperature, 1, replicas, context.torch_generator(name))
        half = round(1 / temperature**2)  # four balance times 1/4Tg at g = 1, in steps
        return follow(step, START, temperature, [0, half, 2 * half], replicas)

    def change(run: Paths, first: int) -> Estimate:
        return estimate_mean(run.log_imbalance[2] - run.log_imbalance[first])

    temperatures = (0.005, 0.015, 0.05)
    runs = {t: paths(1.0, "rademacher", t) for t in temperatures}
    slowest = max((change(run, 0) for run in runs.values()), key=lambda e: e.value)
    noiseless = paths(0.0, "rademacher", 0.015)
    frozen = paths(0.0, "gaussian", 0.015)
    parts = [
        Part(
            "Mean change of log|u² − w²| after eight balance times 1/(4Tg), largest over "
            "T = 0.005, 0.015, 0.05 (x = ±1, σ = k)",
            -8.0,
            slowest,
            Test("threshold", 8 - math.log(1000), "a factor 1,000", side="below"),
            [
                Control("no label noise, x = ±1", change(noiseless, 0)),
                Control("no label noise, Gaussian x", change(frozen, 0)),
            ],
        ),
        Part(
            "Where the noise vanishes at the minimum, balance stops: change of log|u² − w²| in the "
            "second half of a run without label noise (Gaussian x)",
            0.0,
            change(frozen, 1),
            Test("equality", 1e-3, "a thousandth of the decay of the noisy run, 4"),
            [Control("with label noise", change(runs[0.015], 1))],
        ),
    ]
    return runs, parts


@registry.claim(
    11,
    source="section 4.3",
    basis="stated",
    statement=(
        "Broken ergodicity: after balance a two-layer net cannot have v < 0, whatever its start; "
        "linear regression crosses zero freely."
    ),
)
def sign_locking(context: Context) -> tuple[dict[str, Paths], list[Part]]:
    """BR-11."""
    data = moments(LIGHT)
    ratio = 0.3
    rate = ratio * data.critical_temperature
    replicas = context.choose(ci=5000, laptop=10_000, paper=100_000)
    starts = ((1.0, -0.5), (1.0, -0.99), (-0.2, 1.0), (0.0, 1.0))
    runs = {}
    for start in starts:
        step = sgd_step(LIGHT, rate, 1, replicas, context.torch_generator(f"start {start}"))
        runs[f"u = {start[0]:g}, w = {start[1]:g}"] = follow(
            step, start, rate, [0, round(30 / rate)], replicas
        )
    negative = sum(int((run.u[-1] * run.w[-1] < 0).sum()) for run in runs.values())
    # a fraction p scatters by √p(1 - p): at p = 0.034 a bound of 0.008 takes 36,000 to decide
    many = context.choose(ci=45_000, laptop=60_000, paper=400_000)
    regression = sample_regression_sgd(
        LIGHT, rate, 1, round(4 / rate), many, context.torch_generator("depth 0")
    )
    crossed = estimate_fraction(int((regression < 0).sum()), len(regression))
    doubled = sample_regression_sgd(
        LIGHT, 2 * rate, 1, round(2 / rate), 4 * replicas, context.torch_generator("doubled")
    )
    predicted_rate = -4 * data.beta2 - 4 * rate * data.alpha3

    def growth(name: str, start: tuple[float, float]) -> Estimate:
        """Growth over 1,000 steps; one replica scatters by 1.27, so that 8,000 decide."""
        step = sgd_step(LIGHT, rate, 1, 2 * replicas, context.torch_generator(name))
        run = follow(step, start, rate, [0, round(3 / rate)], 2 * replicas)
        log_v = np.log(np.abs(run.u * run.w))
        return estimate_mean((log_v[1] - log_v[0]) / run.times[1])

    parts = [
        Part(
            "Fraction of replicas with v < 0 at time 30 (36 balance times), T = 0.3 T_c, from "
            "four starts with v ≤ 0",
            0.0,
            estimate_fraction(negative, len(starts) * replicas),
            Test("threshold", 0.01, "a third of the fraction without the second layer", "below"),
            [Control("depth 0", crossed)],
        ),
        Part(
            "Depth 0 crosses zero as often as its law says: fraction with v < 0",
            float(stats.norm.cdf(-1 / math.sqrt(ratio))),
            crossed,
            Test("equality", 0.008, "a quarter of the fraction itself"),
            [
                Control(
                    "at twice the temperature",
                    estimate_fraction(int((doubled < 0).sum()), len(doubled)),
                )
            ],
        ),
        Part(
            "An exactly antibalanced state, u = −w, dies: growth rate of log|v|",
            predicted_rate,
            growth("antibalanced", (1e-3, -1e-3)),
            Test("equality", 0.15, "three times the step-size order, 0.01 of the rate 5.2"),
            [Control("balanced, u = w", growth("balanced", (1e-3, 1e-3)))],
            note="The rate −4β₂ − 4Tα₃ is derived here.",
        ),
    ]
    return runs, parts


@registry.claim(
    21,
    source="discussion of variational inference",
    basis="stated",
    statement=(
        "The stationary law of SGD lies on the line |u| = |w|, so it is infinitely far from any "
        "posterior with a density."
    ),
)
def law_on_a_line(context: Context) -> tuple[dict[str, Paths], list[Part]]:
    """BR-21."""
    data = moments(LIGHT)
    rate = 0.3 * data.critical_temperature
    replicas = context.choose(ci=2000, laptop=5000, paper=50_000)
    steps = round(25 / (4 * rate * data.alpha3 * rate))
    amplitude = 2 * rate * LIGHT.noise * math.sqrt(data.minimum)
    runs = {
        "SGD": sgd_step(LIGHT, rate, 1, replicas, context.torch_generator("SGD")),
        "isotropic": langevin_step(LIGHT, rate, amplitude, context.torch_generator("isotropic")),
    }
    paths = {n: follow(step, (1.2, 0.8), rate, [0, steps], replicas) for n, step in runs.items()}

    def furthest(run: Paths) -> Estimate:
        return Estimate(float(np.log10(np.abs(run.imbalance[-1])).max()))

    parts = [
        Part(
            "Largest log₁₀|u² − w²| over replicas after 25 balance times",
            -25 / math.log(10) + math.log10(0.8),
            furthest(paths["SGD"]),
            Test("threshold", 1.0, "a factor ten for the scatter between replicas", side="below"),
            [Control("isotropic noise of equal power", furthest(paths["isotropic"]))],
        )
    ]
    return paths, parts
