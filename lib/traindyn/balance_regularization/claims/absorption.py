"""Claim BR-18: without label noise two states absorb, and the start decides between them."""

from __future__ import annotations

from functools import partial

from traindyn.balance_regularization.claims.common import always
from traindyn.balance_regularization.claims.parts import algebraic
from traindyn.balance_regularization.claims.parts import simulated as of_replicas
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
from traindyn.inference import Estimate, combination, difference, exact, farthest, largest
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    other_system,
    same_run,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

STARTS = (0.1, 0.3, 0.5, 0.8)
Grid = dict[tuple[float, float], Estimate]
"""Measured probability to end at zero by temperature, in units of the threshold, and start."""

simulated = partial(of_replicas, replicates="pairs of replicas with opposite kicks")

RESOLUTION = 0.02
ORDER = "an eighth of the squared resolution of the scheme, 0.16, which is its weak order"


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
    return grid, [
        _probability(context, grid),
        _memory(grid, 4.0),
        _below(context, grid),
        _from_above(context, grid),
        _discrete(),
        _memory(grid, 1.5),
    ]


def _predicted(ratio: float, start: float) -> float:
    return probability_of_zero(DATA, ratio * THRESHOLD, start)


def _probability(context: Context, grid: Grid) -> Part:
    """The probability to end at zero where both states absorb."""
    other_reading = ends_at_zero(context, 4.0, 0.5, "stratonovich")
    return simulated(
        "Stochastic equation without label noise: largest distance of the probability to end at 0 "
        "from 1 − I(v₀/k; ½ − θ, 1 + θ) in 8 cells (T = 1.5 and 4 times β₁/(α₁k), v₀ from 0.1k "
        "to 0.8k)",
        farthest(list(grid.values()), [_predicted(*cell) for cell in grid]),
        at_most(RESOLUTION, ORDER, "size"),
        [
            wrong_theory(
                "formula at twice the temperature", farthest([grid[4.0, 0.5]], [_predicted(8, 0.5)])
            ),
            wrong_theory(
                "noise in the sense of Stratonovich",
                farthest([other_reading], [_predicted(4.0, 0.5)]),
            ),
        ],
        basis="derived",
        note=(
            "The paper leaves the weights open. Zero counts as reached below 1e-60: close to the "
            "threshold replicas return from 1e-10."
        ),
    )


def _memory(grid: Grid, at: float) -> Part:
    """What the start decides at a temperature."""

    def predicted(ratio: float) -> float:
        return _predicted(ratio, 0.1) - _predicted(ratio, 0.8)

    return simulated(
        f"Stochastic equation without label noise at T = {at:g}β₁/(α₁k): difference of the "
        "probability to end at 0 between the starts 0.1k and 0.8k",
        difference(grid[at, 0.1], grid[at, 0.8]),
        within(2 * RESOLUTION, f"twice the bound on one probability, {ORDER}", "size"),
        [
            wrong_prediction("the temperature half as high", predicted(at / 2)),
            wrong_prediction("no memory", 0.0),
        ],
        prediction=predicted(at),
        basis="derived",
    )


def _below(context: Context, grid: Grid) -> Part:
    """Where the origin does not absorb."""
    cold = [ends_at_zero(context, 0.8, v, control=True) for v in STARTS]
    touched = probability_to_touch(DATA, 0.8 * THRESHOLD, 0.1, 1e-60)
    return simulated(
        "Stochastic equation without label noise at T = 0.8β₁/(α₁k), where the origin does not "
        "absorb: largest probability to end there over four starts",
        largest(cold),
        at_most(
            RESOLUTION,
            f"{ORDER}; even to touch 1e-60 has probability {touched:.0e}",
            "size",
        ),
        [
            wrong_theory("half the threshold, from 0.1k", exact(_predicted(1.6, 0.1))),
            same_run("at 1.5β₁/(α₁k), from 0.1k", grid[1.5, 0.1]),
        ],
    )


def _from_above(context: Context, grid: Grid) -> Part:
    """Where k alone absorbs, whatever the temperature."""

    def stays(at_zero: Estimate) -> Estimate:
        return combination([1.0, -1.0], [exact(1.0), at_zero])

    above = ends_at_zero(context, 4.0, 2.0, control=True)
    return simulated(
        "Stochastic equation without label noise at T = 4β₁/(α₁k): fraction of pairs from "
        "v₀ = 2k that end at k",
        stays(above),
        always(above.n),
        [
            wrong_theory("the formula of v₀ < k for k²/v₀", exact(1 - _predicted(4.0, 0.5))),
            same_run("from v₀ = 0.8k", stays(grid[4.0, 0.8])),
        ],
        basis="derived",
    )


def _discrete() -> Part:
    return algebraic(
        "Discrete SGD without label noise, batches of one: growth rate of log v near 0, lowest "
        "over learning rates from 0.01 to 30 times β₁/(α₁k). It is positive: the origin never "
        "attracts",
        exact(lowest_growth(0.0, THRESHOLD)),
        at_least(1e-6, "above zero by more than the error of the quadrature", "sign"),
        [other_system("label noise σ = 5k", exact(lowest_growth(5.0, 1 / 27)))],
        basis="derived",
        note=(
            "Without label noise a sample multiplies v near 0 by (1 + 2ηkx²)² > 1: no learning "
            "rate lets SGD fall into the origin. Absorption at 0 is one of the stochastic "
            "equation only."
        ),
    )
