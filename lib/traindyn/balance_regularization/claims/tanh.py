"""Claim BR-20: sign locking of a two-layer tanh net."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.studies.tanh import tanh_states
from traindyn.inference import Estimate, estimate_fraction
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    20,
    source="Figure 3, right",
    basis="stated",
    statement=(
        "A two-layer tanh net, w tanh(ux), never learns the wrong sign, while one layer, tanh(vx), "
        "does."
    ),
)
def tanh_signs(context: Context) -> tuple[dict[tuple[int, float], np.ndarray], list[Part]]:
    """BR-20."""
    runs = {
        (depth, noise): tanh_states(context, depth, noise)
        for noise in (1.0, 5.0)
        for depth in (0, 1)
    }
    symmetric = tanh_states(context, 1, 5.0, symmetric=True)
    wrong = {key: estimate_fraction(int((v < 0).sum()), len(v)) for key, v in runs.items()}

    def excess(noise: float) -> Estimate:
        """Fraction of wrong signs with two layers minus that with one."""
        deep, shallow = wrong[1, noise], wrong[0, noise]
        error = float(np.hypot(deep.stderr, shallow.stderr))
        return Estimate(deep.value - shallow.value, error, deep.n)

    parts = [
        Part(
            "Fraction of two-layer nets with the wrong sign, σ = 1, η = 0.3",
            0.0,
            wrong[1, 1.0],
            Test("threshold", 0.02, "twice the fraction of one layer", side="below"),
            [
                Control(
                    "shows that the rule can pass: the symmetric net w u tanh(x), σ = 5, η = 0.03",
                    estimate_fraction(int((~(symmetric >= 0)).sum()), len(symmetric)),
                )
            ],
            expected="falsified",
            note=(
                "tanh breaks the rescaling symmetry on which sign locking rests. The symmetric net "
                "on the same inputs keeps its sign; at σ = 1, η = 0.3 a third of its runs blow up, "
                "so it is shown at the other setting."
            ),
        ),
        Part(
            "At σ = 5, η = 0.03 the order is the other way: wrong signs with two layers minus one",
            0.0,
            excess(5.0),
            Test("ordering", 0.005, "a sixth of the fraction of one layer", side="below"),
            [Control("σ = 1, η = 0.3", excess(1.0))],
            note="Strong noise switches nearly all two-layer nets off: they have no sign at all.",
        ),
    ]
    return runs, parts
