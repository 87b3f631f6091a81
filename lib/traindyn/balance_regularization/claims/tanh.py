"""Claim BR-20: one tanh unit with and without a second layer."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.common import never
from traindyn.balance_regularization.claims.parts import simulated
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.studies.tanh import spread_of_small_steps, tanh_states
from traindyn.inference import Estimate, difference, estimate_fraction
from traindyn.ledger import Part, at_most, other_system, same_run, within, wrong_prediction
from traindyn.runs import Context

REPLICAS = "replicas of one start"


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
    wrong = {key: _wrong(v) for key, v in runs.items()}
    symmetric = _wrong(tanh_states(context, 1, 5.0, symmetric=True))
    frozen = _wrong(tanh_states(context, 1, 5.0, frozen=True))

    def excess(two_layers: Estimate, noise: float) -> Estimate:
        """Fraction of wrong signs with two layers minus that with one."""
        return difference(two_layers, wrong[0, noise])

    return runs, [
        simulated(
            "Tanh net of two layers, w tanh(ux), under SGD (σ = 1, η = 0.3): fraction of replicas "
            "with the wrong sign, which is never if the sign is locked",
            wrong[1, 1.0],
            never(wrong[1, 1.0].n),
            [
                other_system(
                    "shows that the rule can pass: the symmetric net w u tanh(x), σ = 5, η = 0.03",
                    symmetric,
                )
            ],
            expected="falsified",
            note=(
                "tanh breaks the rescaling symmetry on which sign locking rests. The symmetric net "
                "on the same inputs keeps its sign; at σ = 1, η = 0.3 a third of its runs blow up, "
                "so it is shown at the other setting."
            ),
        ),
        simulated(
            "Tanh nets under SGD with strong noise (σ = 5, η = 0.03): fraction of wrong signs with "
            "two layers, w tanh(ux), minus that with one, tanh(vx), is negative",
            excess(wrong[1, 5.0], 5.0),
            at_most(0.0, "equality of the two fractions", "sign"),
            [
                other_system("outer weight alone, w tanh x", excess(frozen, 5.0)),
                same_run("σ = 1, η = 0.3", excess(wrong[1, 1.0], 1.0)),
            ],
            note="Strong noise switches nearly all two-layer nets off: they have no sign at all.",
        ),
        _more_wrong_signs(excess(wrong[1, 1.0], 1.0), excess(frozen, 5.0)),
        _small_steps(context),
    ]


def _more_wrong_signs(excess: Estimate, frozen: Estimate) -> Part:
    return Part(
        "Tanh nets under SGD with weak noise (σ = 1, η = 0.3): fraction of wrong signs with two "
        "layers, w tanh(ux), minus that with one, tanh(vx), is negative",
        excess,
        at_most(0.0, "equality of the two fractions", "sign"),
        [other_system("outer weight alone, w tanh x, at σ = 5", frozen)],
        compares="simulation",
        replicates=REPLICAS,
        expected="falsified",
        note="Which of the two errs more often depends on the noise.",
    )


def _small_steps(context: Context) -> Part:
    """What one layer does where the law is simple."""
    x = np.linspace(-9.0, 9.0, 20_001)
    square = np.exp(-x * x / 2) * x * x
    without = float(square.sum() / (square / np.cosh(x) ** 2).sum())
    return simulated(
        "Tanh net of one layer, tanh(vx), under SGD with small steps (σ = 1, η = 0.005): "
        "E(v − 1)² over ησ², which is that of linear regression, since noise and curvature carry "
        "the same derivative of tanh",
        spread_of_small_steps(context),
        within(0.25, "half the distance to the loss ½(·)²; the next order is near η", "neighbor"),
        [
            wrong_prediction("the loss ½(·)² instead of (·)²", 0.5),
            wrong_prediction("derivative of tanh left out, E x²/E[x²/cosh²x]", without),
        ],
        prediction=1.0,
        basis="derived",
    )


def _wrong(states: np.ndarray) -> Estimate:
    """Fraction of wrong signs; what is not a number has none that is right."""
    return estimate_fraction(int((~(states >= 0)).sum()), len(states))
