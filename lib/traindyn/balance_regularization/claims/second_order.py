"""Claim BR-22: the critical temperature to the next order in the step."""

from __future__ import annotations

from traindyn.balance_regularization.claims.parts import algebraic
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.studies.thresholds import (
    UNIFORM_KURTOSIS,
    light,
    relative_threshold,
    threshold,
)
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.threshold import (
    second_order_critical_temperature,
    step_size_coefficient,
)
from traindyn.inference import exact
from traindyn.ledger import Part, Size, same_run, within, wrong_prediction, wrong_theory
from traindyn.runs import Context

EXACT = "Exact threshold of discrete SGD with two layers (x = ±1, uniform label noise)"


@registry.claim(
    22,
    source="appendix A.3",
    basis="stated",
    statement=(
        "To second order in the step the critical temperature is β₂/(α₃ + Sβ₂²), stated for S = 1."
    ),
)
def second_order(context: Context) -> tuple[dict[int, dict[float, float]], list[Part]]:
    """BR-22."""
    del context  # exact: no scale, no seed
    table = {size: {noise: _coefficient(noise, size) for noise in (10.0, 30.0)} for size in (1, 4)}
    corrected = {size: step_size_coefficient(size, UNIFORM_KURTOSIS) for size in (1, 4)}
    return table, [
        _near(),
        algebraic(
            f"{EXACT}, σ = 30k, S = 1: the coefficient (α₃/β₂²)(T_c/T_exact − 1) is S",
            exact(table[1][30.0]),
            within(
                abs(1 - corrected[1]) / 2,
                "half the distance from the coefficient with all terms of this order, 0.6",
                "neighbor",
            ),
            [wrong_theory("batches of 4", exact(table[4][30.0]))],
            prediction=1.0,
            expected="falsified",
            note=(
                "At the threshold the third and fourth moments of the batch mean contribute at the "
                "same order as the squared mean gradient that the formula keeps."
            ),
        ),
        _corrected(table[4][30.0], corrected[4]),
    ]


def _coefficient(noise: float, size: int) -> float:
    return noise**2 * (1 / relative_threshold(noise, size) - 1)


def _near() -> Part:
    def ratio(noise: float, size: int) -> float:
        formula = second_order_critical_temperature(moments(light(noise)), size)
        return threshold(noise, size) / formula

    return algebraic(
        f"{EXACT}, σ = 10k, S = 1, over β₂/(α₃ + β₂²)",
        exact(ratio(10.0, 1)),
        within(
            0.005,
            "half of what the formula adds to β₂/α₃, Sβ₂²/α₃ = 0.01: closer to it than to that",
            "neighbor",
        ),
        [
            wrong_theory("without the second order, β₂/α₃", exact(relative_threshold(10.0))),
            same_run("batches of 4", exact(ratio(10.0, 4))),
        ],
        prediction=1.0,
        asymptotic=True,
        sizes=[Size(noise**2, exact(ratio(noise, 1))) for noise in (3.0, 5.0, 10.0)],
    )


def _corrected(coefficient: float, predicted: float) -> Part:
    def relative(noise: float) -> float:
        return _coefficient(noise, 4) / predicted

    without_kurtosis = step_size_coefficient(4, 3.0)
    return algebraic(
        f"{EXACT}, σ = 30k, S = 4: the coefficient (α₃/β₂²)(T_c/T_exact − 1) over 3S + 2(κ − 3), κ "
        "the kurtosis of xy",
        exact(coefficient / predicted),
        within(
            (without_kurtosis / predicted - 1) / 2,
            "half of what the kurtosis changes, 12 for 9.6; the next order is near "
            "4Sβ₂²/α₃ = 0.018",
            "neighbor",
        ),
        [
            wrong_theory("without the kurtosis, 3S", exact(coefficient / without_kurtosis)),
            wrong_theory("the paper's S", exact(coefficient / 4)),
            wrong_prediction("S + 2(κ − 3)", (4 + 2 * (UNIFORM_KURTOSIS - 3)) / predicted),
        ],
        prediction=1.0,
        basis="derived",
        asymptotic=True,
        sizes=[Size(n**2, exact(relative(n))) for n in (10.0, 17.0, 30.0)],
        note="For data whose third central moment of xy is negligible.",
    )
