"""Claim BR-23: critical slowing down."""

from __future__ import annotations

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.studies.chains import memory_of_sgd
from traindyn.balance_regularization.studies.thresholds import light
from traindyn.balance_regularization.theory.dynamics import memory_of_log_v, relaxation_time
from traindyn.balance_regularization.theory.moments import moments
from traindyn.inference import exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    23,
    source="from eq. 15",
    basis="derived",
    statement=(
        "Critical slowing down: near T_c the memory of log v grows as 2r/(β₂(1 − r)²), r = T/T_c."
    ),
)
def critical_slowing(context: Context) -> tuple[dict[float, float], list[Part]]:
    """BR-23."""
    del context  # exact: no scale, no seed
    ratios = (0.1, 0.3, 0.5, 0.7, 0.8)

    def over_law(noise: float) -> float:
        """The measured memory over the predicted one, furthest from 1 over temperatures."""
        data = moments(light(noise))
        found = [
            memory_of_sgd(noise, r / noise**2) / memory_of_log_v(data, r / noise**2) for r in ratios
        ]
        return max(found, key=lambda ratio: abs(ratio - 1))

    near = (0.3, 0.5, 0.7, 0.8, 0.9)
    data = moments(light(10.0))
    memory = {r: memory_of_sgd(10.0, r / 100) for r in near}
    relative = {r: m / relaxation_time(data, r / 100) for r, m in memory.items()}
    simple_pole = relative[0.5] * (memory[0.9] * (1 - 0.9)) / (memory[0.5] * (1 - 0.5))
    parts = [
        Part(
            "Exact memory of discrete SGD (x = ±1, σ = 10k) over that of the continuous law, the "
            "furthest from 1 of five temperatures up to 0.8 T_c",
            1.0,
            exact(over_law(10.0)),
            Test("equality", 0.03, "three times the step-size order Sβ₂²/α₃ = 0.01"),
            [Control("σ = 5k", exact(over_law(5.0)))],
            asymptotic=True,
            sizes=[Size(noise**2, exact(over_law(noise))) for noise in (5.0, 7.0, 10.0)],
        ),
        Part(
            "Memory over 2r/(β₂(1 − r)²), the furthest from one half of r = 0.3 to 0.9, while the "
            "memory itself grows a hundredfold",
            0.5,
            exact(max(relative.values(), key=lambda ratio: abs(ratio - 0.5))),
            Test("equality", 0.15, "the law is asymptotic; at r = 0.3 it is off by 0.08 already"),
            [Control("a simple pole 1/(1 − r), fixed at r = 0.5", exact(simple_pole))],
        ),
    ]
    return memory, parts
