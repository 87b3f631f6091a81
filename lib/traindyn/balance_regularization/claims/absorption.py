"""Claim BR-18: without label noise two states absorb, and the start decides between them."""

from __future__ import annotations

import math
from dataclasses import replace

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.studies.absorption import (
    DATA,
    THRESHOLD,
    ends_at_zero,
    lowest_growth,
)
from traindyn.balance_regularization.theory.absorption import (
    probability_of_zero,
    probability_to_touch,
)
from traindyn.inference import Estimate, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

STARTS = (0.1, 0.3, 0.5, 0.8)
Grid = dict[tuple[float, float], Estimate]
"""Measured probability to end at zero by temperature, in units of the threshold, and start."""


@registry.claim(
    18,
    source="appendix A.9",
    basis="stated",
    statement=(
        "On data y = kx without label noise both v = k and, above T = β₁/(α₁k), v = 0 absorb: the "
        "stationary law is any mixture of the two, and the start decides the weights."
    ),
)
def absorption(context: Context) -> tuple[Grid, list[Part]]:
    """BR-18."""
    grid = {(r, v): ends_at_zero(context, r, v) for r in (1.5, 4.0) for v in STARTS}
    return grid, [*_probability(context, grid), *_below(context, grid), _discrete()]


def _predicted(ratio: float, start: float) -> float:
    return probability_of_zero(DATA, ratio * THRESHOLD, start)


def _gap(estimate: Estimate, prediction: float) -> Estimate:
    return replace(estimate, value=abs(estimate.value - prediction))


def _probability(context: Context, grid: Grid) -> list[Part]:
    """The probability to end at zero where both states absorb."""
    cell = max(grid, key=lambda key: abs(grid[key].value - _predicted(*key)))
    other_reading = ends_at_zero(context, 4.0, 0.5, "stratonovich")
    cold = {v: ends_at_zero(context, 0.8, v, control=True) for v in (0.1, 0.8)}
    return [
        Part(
            "Probability to end at 0, in the worst of 8 cells (T = 1.5 and 4 times β₁/(α₁k), "
            "v₀ from 0.1k to 0.8k): distance from 1 − I(v₀/k; ½ − θ, 1 + θ)",
            0.0,
            _gap(grid[cell], _predicted(*cell)),
            Test(
                "equality",
                0.02,
                "an eighth of the squared resolution of the scheme, 0.16, which is its weak order",
                side="below",
            ),
            [
                Control(
                    "formula at twice the temperature",
                    _gap(grid[4.0, 0.5], _predicted(8.0, 0.5)),
                ),
                Control(
                    "noise in the sense of Stratonovich", _gap(other_reading, _predicted(4, 0.5))
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
            _predicted(4.0, 0.1) - _predicted(4.0, 0.8),
            _difference(grid[4.0, 0.1], grid[4.0, 0.8]),
            Test("equality", 0.04, "twice the bound on one probability"),
            [Control("at 0.8β₁/(α₁k)", _difference(cold[0.1], cold[0.8]))],
        ),
    ]


def _below(context: Context, grid: Grid) -> list[Part]:
    """Where only one of the two states absorbs."""
    cold = [ends_at_zero(context, 0.8, v, control=True) for v in STARTS]
    touched = probability_to_touch(DATA, 0.8 * THRESHOLD, 0.1, 1e-60)
    above = ends_at_zero(context, 4.0, 2.0, control=True)
    return [
        Part(
            "At T = 0.8β₁/(α₁k) the origin does not absorb: largest probability to end there over "
            "four starts",
            0.0,
            max(cold, key=lambda estimate: estimate.value),
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
    ]


def _discrete() -> Part:
    return Part(
        "Discrete SGD, batches of one: growth rate of log v near 0, lowest over learning rates "
        "from 0.01 to 30 times β₁/(α₁k). It is positive: the origin never attracts",
        0.0,
        exact(lowest_growth(0.0, THRESHOLD)),
        Test("threshold", 1e-6, "error of the quadrature", side="above"),
        [Control("label noise σ = 5k", exact(lowest_growth(5.0, 1 / 27)))],
        note=(
            "Without label noise a sample multiplies v near 0 by (1 + 2ηkx²)² > 1: no learning "
            "rate lets SGD fall into the origin. Absorption at 0 is one of the stochastic "
            "equation only."
        ),
    )


def _difference(one: Estimate, other: Estimate) -> Estimate:
    error = math.hypot(one.stderr, other.stderr)
    return Estimate(one.value - other.value, error, min(one.n, other.n))
