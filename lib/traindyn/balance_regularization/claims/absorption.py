"""Claim BR-18: without label noise two states absorb, and the start decides between them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.experiments.absorption import Reading, absorb
from traindyn.balance_regularization.experiments.collapse import growth_per_step
from traindyn.balance_regularization.theory.absorption import (
    interpolation_moments,
    probability_of_zero,
    probability_to_touch,
)
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_fraction
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context

DATA = interpolation_moments(slope=1.0, alpha1=2.0)
"""y = x with standard normal inputs."""

THRESHOLD = DATA.beta1 / (DATA.alpha1 * DATA.minimum)
"""Temperature above which the origin absorbs."""

STARTS = (0.1, 0.3, 0.5, 0.8)


@registry.claim(
    18,
    source="appendix A.9",
    basis="stated",
    statement=(
        "On data y = kx without label noise both v = k and, above T = β₁/(α₁k), v = 0 absorb: the "
        "stationary law is any mixture of the two, and the start decides the weights."
    ),
)
def absorption(context: Context) -> tuple[dict[tuple[float, float], Estimate], list[Part]]:
    """BR-18."""
    replicas = context.choose(ci=40_000, laptop=60_000, paper=1_000_000)

    def at_zero(
        ratio: float, start: float, reading: Reading = "ito", replicas: int = replicas
    ) -> Estimate:
        ends = absorb(
            DATA.minimum,
            DATA.alpha1,
            DATA.beta1,
            ratio * THRESHOLD,
            start,
            replicas,
            context.torch_generator(f"{ratio} {start} {reading}"),
            reading=reading,
        )
        return estimate_fraction(int((ends == 0).sum()), replicas)

    def predicted(ratio: float, start: float) -> float:
        return probability_of_zero(DATA, ratio * THRESHOLD, start)

    grid = {(r, v): at_zero(r, v) for r in (1.5, 4.0) for v in STARTS}
    cell = max(grid, key=lambda key: abs(grid[key].value - predicted(*key)))
    other_reading = at_zero(4.0, 0.5, "stratonovich")
    cold = {start: at_zero(0.8, start, replicas=2000) for start in STARTS}
    touched = probability_to_touch(DATA, 0.8 * THRESHOLD, 0.1, 1e-60)
    above = at_zero(4.0, 2.0, replicas=2000)
    never = ScalarRegression(slope=1.0, noise=0.0)
    rates = np.geomspace(0.01, 30, 40)
    growth = {
        noise: min(
            growth_per_step(replace(never, noise=noise), rate * scale) / (rate * scale)
            for rate in rates
        )
        for noise, scale in ((0.0, THRESHOLD), (5.0, 1 / 27))
    }

    def gap(estimate: Estimate, prediction: float) -> Estimate:
        return replace(estimate, value=abs(estimate.value - prediction))

    parts = [
        Part(
            "Probability to end at 0, in the worst of 8 cells (T = 1.5 and 4 times β₁/(α₁k), "
            "v₀ from 0.1k to 0.8k): distance from 1 − I(v₀/k; ½ − θ, 1 + θ)",
            0.0,
            gap(grid[cell], predicted(*cell)),
            Test(
                "equality",
                0.02,
                "an eighth of the squared resolution of the scheme, 0.16, which is its weak order",
                side="below",
            ),
            [
                Control(
                    "formula at twice the temperature",
                    gap(grid[4.0, 0.5], predicted(8.0, 0.5)),
                ),
                Control(
                    "noise in the sense of Stratonovich", gap(other_reading, predicted(4, 0.5))
                ),
            ],
            note=(
                "The weights are derived here; the paper leaves them open. Zero counts as reached "
                "below 1e-60: close to the threshold replicas return from 1e-10."
            ),
        ),
        Part(
            "Memory: difference of that probability between the starts 0.1k and 0.8k at "
            "T = 4β₁/(α₁k)",
            predicted(4.0, 0.1) - predicted(4.0, 0.8),
            _difference(grid[4.0, 0.1], grid[4.0, 0.8]),
            Test("equality", 0.04, "twice the bound on one probability"),
            [Control("at 0.8β₁/(α₁k)", _difference(cold[0.1], cold[0.8]))],
        ),
        Part(
            "At T = 0.8β₁/(α₁k) the origin does not absorb: largest probability to end there over "
            "four starts",
            0.0,
            max(cold.values(), key=lambda estimate: estimate.value),
            Test(
                "threshold",
                0.02,
                f"the bound of the first part; even to touch 1e-60 has probability {touched:.0e}",
                side="below",
            ),
            [Control("at 1.5β₁/(α₁k), from 0.1k", grid[1.5, 0.1])],
        ),
        Part(
            "From v₀ = 2k every replica ends at k, even at T = 4β₁/(α₁k): fraction",
            1.0,
            replace(above, value=1 - above.value),
            Test("threshold", 0.02, "the bound of the first part", side="above"),
            [
                Control(
                    "from v₀ = 0.8k",
                    replace(grid[4.0, 0.8], value=1 - grid[4.0, 0.8].value),
                )
            ],
        ),
        Part(
            "Discrete SGD, batches of one: growth rate of log v near 0, lowest over learning rates "
            "from 0.01 to 30 times β₁/(α₁k). It is positive: the origin never attracts",
            0.0,
            Estimate(float(growth[0.0])),
            Test("threshold", 1e-6, "error of the quadrature", side="above"),
            [Control("label noise σ = 5k", Estimate(float(growth[5.0])))],
            note=(
                "Without label noise a sample multiplies v near 0 by (1 + 2ηkx²)² > 1: no learning "
                "rate lets SGD fall into the origin. Absorption at 0 is one of the stochastic "
                "equation only."
            ),
        ),
    ]
    return grid, parts


def _difference(one: Estimate, other: Estimate) -> Estimate:
    error = math.hypot(one.stderr, other.stderr)
    return Estimate(one.value - other.value, error, min(one.n, other.n))
