"""Claim BR-22: the critical temperature to the next order in the step."""

from __future__ import annotations

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
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


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
    noises = (3.0, 5.0, 10.0)

    def ratio(noise: float, size: int) -> float:
        return threshold(noise, size) / second_order_critical_temperature(
            moments(light(noise)), size
        )

    def coefficient(noise: float, size: int) -> float:
        return noise**2 * (1 / relative_threshold(noise, size) - 1)

    table = {size: {noise: coefficient(noise, size) for noise in (10.0, 30.0)} for size in (1, 4)}
    parts = [
        Part(
            "Exact threshold of discrete SGD (x = ±1, σ = 10k, S = 1) over the formula",
            1.0,
            exact(ratio(10.0, 1)),
            Test("equality", 0.01, "first neglected order, Sβ₂²/α₃"),
            [Control("batches of 4", exact(ratio(10.0, 4)))],
            asymptotic=True,
            sizes=[Size(noise**2, exact(ratio(noise, 1))) for noise in noises],
        ),
        Part(
            "The coefficient itself: (α₃/β₂²)(T_c/T_exact − 1) at σ = 30k, S = 1, is S",
            1.0,
            exact(table[1][30.0]),
            Test("equality", 0.05, "next order, fifty times β₂²/α₃ = 1e-3"),
            [Control("batches of 4", exact(table[4][30.0]))],
            expected="falsified",
            note=(
                "At the threshold the third and fourth moments of the batch mean contribute at the "
                "same order as the squared mean gradient that the formula keeps."
            ),
        ),
        Part(
            "Corrected coefficient 3S + 2(κ − 3), κ the kurtosis of xy: measured over predicted at "
            "σ = 30k, S = 4",
            1.0,
            exact(table[4][30.0] / step_size_coefficient(4, UNIFORM_KURTOSIS)),
            Test("equality", 0.05, "next order, about ten times Sβ₂²/α₃ = 0.0044"),
            [
                Control("coefficient S", exact(table[4][30.0] / 4)),
                Control("S = 1 formula at S = 4", exact(table[4][30.0] / 0.6)),
            ],
            asymptotic=True,
            sizes=[
                Size(n**2, exact(coefficient(n, 4) / step_size_coefficient(4, UNIFORM_KURTOSIS)))
                for n in (10.0, 17.0, 30.0)
            ],
            note="Derived here, for data whose third central moment of xy is negligible.",
        ),
    ]
    return table, parts
