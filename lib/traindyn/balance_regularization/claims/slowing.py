"""Claim BR-23: critical slowing down of the two-layer model."""

from __future__ import annotations

from traindyn.balance_regularization.claims.parts import algebraic
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.studies.chains import memory_of_sgd
from traindyn.balance_regularization.studies.thresholds import light
from traindyn.balance_regularization.theory.dynamics import memory_of_log_v, relaxation_time
from traindyn.balance_regularization.theory.moments import moments
from traindyn.inference import exact
from traindyn.ledger import Part, Size, within, wrong_theory
from traindyn.runs import Context

RATIOS = (0.1, 0.3, 0.5, 0.7, 0.8)
NEAR = (0.5, 0.7, 0.8, 0.9)
"""Temperatures over the critical one."""

SMALL = 0.01
"""The step-size parameter Sβ₂²/α₃ at σ = 10k."""

BINS = 0.005
"""Relative change of the memory at these temperatures with bins of two thirds of the width."""


@registry.claim(
    23,
    source="from eq. 15",
    basis="derived",
    statement=(
        "Critical slowing down: near T_c the memory of log v grows as r/(β₂(1 − r)²), r = T/T_c."
    ),
)
def critical_slowing(context: Context) -> tuple[dict[float, float], list[Part]]:
    """BR-23."""
    del context  # exact: no scale, no seed
    memory = {r: memory_of_sgd(10.0, r / 100) for r in (0.3, *NEAR)}
    return memory, [_over_law(), _asymptotic(memory)]


def _over_law() -> Part:
    def distance(noise: float, *, limit: bool = False) -> float:
        """Largest distance from 1 of the memory over the predicted one, over temperatures."""
        data = moments(light(noise))

        def predicted(temperature: float) -> float:
            if limit:
                return relaxation_time(data, temperature) / 2
            return memory_of_log_v(data, temperature)

        return max(
            abs(memory_of_sgd(noise, r / noise**2) / predicted(r / noise**2) - 1) for r in RATIOS
        )

    return algebraic(
        "Exact memory of log v under discrete SGD with two layers (x = ±1, σ = 10k) over that of "
        "the stochastic equation: largest distance from 1 of five temperatures up to 0.8 T_c",
        exact(distance(10.0)),
        within(
            distance(7.0) * 7**2 / 10**2 + BINS,
            "the distance at σ = 7k falls in proportion to the step-size order Sβ₂²/α₃, by half; "
            "and what the bins of the exact chain leave",
            "size",
        ),
        [wrong_theory("r/(β₂(1 − r)²), its limit at T_c", exact(distance(10.0, limit=True)))],
        asymptotic=True,
        sizes=[Size(noise**2, exact(distance(noise))) for noise in (5.0, 7.0, 10.0)],
        prediction=0.0,
    )


def _asymptotic(memory: dict[float, float]) -> Part:
    data = moments(light(10.0))
    last = NEAR[-1]

    def relative(r: float, value: float | None = None) -> float:
        return (memory[r] if value is None else value) / relaxation_time(data, r / 100)

    law = relative(last, memory_of_log_v(data, last / 100))
    simple_pole = relative(0.5) * (memory[last] * (1 - last)) / (memory[0.5] * (1 - 0.5))
    return algebraic(
        "Exact memory of log v under discrete SGD with two layers (x = ±1, σ = 10k) over "
        "2r/(β₂(1 − r)²), which tends to one half at T_c: at r = 0.9, where the memory is 45 times "
        "that at r = 0.5",
        exact(relative(last)),
        within(
            abs(law - 0.5) + 10 * SMALL / 2,
            "what the stochastic equation leaves at r = 0.9, and the shift of T_c by the step, of "
            "the relative order Sβ₂²/α₃ = 0.01, of which 1 − r is ten times as large",
            "size",
        ),
        [
            wrong_theory("a simple pole 1/(1 − r), fixed at r = 0.5", exact(simple_pole)),
            wrong_theory("r/(β₂(1 − r)²)", exact(2 * relative(last))),
        ],
        prediction=0.5,
    )
