"""Claim BR-19: whether the loss diverges."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.common import never
from traindyn.balance_regularization.claims.parts import simulated, theoretical
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.stationary import ExcessLoss
from traindyn.balance_regularization.studies.divergence import (
    COLD,
    DATA,
    HALF,
    STEP,
    blow_ups,
    excess_loss,
    regression_loss,
)
from traindyn.balance_regularization.theory.divergence import (
    excess_loss_depth0,
    excess_loss_depth1,
)
from traindyn.balance_regularization.theory.stationary import Mutant, stationary_law
from traindyn.inference import Estimate, exact, log_slope, ratio
from traindyn.ledger import (
    Part,
    at_most,
    other_system,
    within,
    within_noise,
    wrong_prediction,
)
from traindyn.runs import Context

CASES = {1.0: (0.1, 0.2, 0.3, 0.5, 0.7), 3.0: (0.3, 0.5, 0.7), 10.0: (0.7,)}
"""Temperatures over the critical one at which SGD runs, by label noise."""

RATIOS = (0.1, 0.3, 0.5, 0.7, 0.9, 0.92, 1.0, 1.2, 1.4)
GAPS = (0.5, 0.2, 0.1, 0.05)
"""Relative distances of the temperature from where regression diverges."""

Table = dict[float, dict[float, Estimate]]


@registry.claim(
    19,
    source="section 4.3, Figure 5",
    basis="stated",
    statement=(
        "With two or more layers the training loss never diverges, whatever the learning rate; "
        "without the second layer it does. This holds for the stochastic equation only."
    ),
)
def loss_never_diverges(context: Context) -> tuple[Table, list[Part]]:
    """BR-19."""
    run = excess_loss(context)
    table = {noise: {r: blow_ups(context, noise, r) for r in rs} for noise, rs in CASES.items()}
    return table, [
        _bounded(),
        _diverges(),
        _at_depth_1(run),
        _at_depth_0(regression_loss(context)),
        *_of_sgd(table, run),
    ]


def _bounded() -> Part:
    critical = DATA.critical_temperature
    top = DATA.beta1 * DATA.minimum**2
    deep = max(excess_loss_depth1(DATA, r * critical) for r in RATIOS)
    return theoretical(
        "Two layers, stochastic equation: largest excess loss over nine temperatures up to "
        "1.4 T_c, in units of L(0) − L(v*) (quadrature of eq. 15)",
        exact(deep / top),
        at_most(1 + 1e-6, "the loss of a net that is switched off; quadrature", "rounding"),
        [
            other_system(
                "one layer at 1.4 T_c", exact(excess_loss_depth0(DATA, 1.4 * critical) / top)
            )
        ],
    )


def _diverges() -> Part:
    temperatures = DATA.beta1 / DATA.alpha1 * (1 - np.array(GAPS))

    def regression(temperature: float) -> float:
        law = stationary_law(DATA, temperature, depth=0, reach=300.0)
        return law.expect(lambda v: DATA.beta1 * (v - DATA.minimum) ** 2)

    def growth(losses: list[float]) -> Estimate:
        scaled = [exact(loss / t) for loss, t in zip(losses, temperatures, strict=True)]
        return log_slope(list(GAPS), scaled)

    return theoretical(
        "One layer, stochastic equation: exponent of the excess loss per temperature in "
        "β₁/α₁ − T, from 50 to 95 percent of β₁/α₁ (quadrature of eq. 12)",
        growth([regression(t) for t in temperatures]),
        within(
            1e-4,
            "the grid ends e³⁰⁰ widths away, which cuts 1.4e-7 of the variance nearest "
            "to the limit; the rest is rounding",
            "rounding",
        ),
        [
            wrong_prediction("(β₁/α₁ − T)^(−2)", -2.0),
            other_system("two layers", growth([excess_loss_depth1(DATA, t) for t in temperatures])),
        ],
        prediction=-1.0,
        basis="derived",
    )


def _at_depth_1(run: ExcessLoss) -> Part:
    """The stochastic equation of two layers, simulated."""

    def under(mutant: Mutant) -> float:
        law = stationary_law(DATA, HALF, mutant=mutant)
        return DATA.beta1 * law.expect(lambda v: (v - DATA.minimum) ** 2)

    halved = excess_loss_depth1(DATA, 0.9 * HALF)
    return simulated(
        "Two layers, stochastic equation simulated at T_c/2 (Gaussian data, σ = k): excess loss "
        "β₁E(v − v*)²",
        run.loss,
        within_noise(
            run.loss,
            "the error of the scheme, of second order and less than 0.004; and noise",
            0.004,
        ),
        [
            wrong_prediction("temperature smaller by a tenth", halved),
            wrong_prediction("one layer at the same T", excess_loss_depth0(DATA, HALF)),
        ],
        prediction=excess_loss_depth1(DATA, HALF),
    )


def _at_depth_0(loss: Estimate) -> Part:
    """The stochastic equation of one layer, simulated."""
    room = DATA.beta1 - COLD * DATA.alpha1
    noise = COLD * float(DATA.noise(DATA.minimum)) * DATA.beta1
    return simulated(
        "One layer, stochastic equation simulated at T_c/4 (Gaussian data, σ = k): excess loss "
        "β₁E(v − v*)², which the steps of 0.02 raise by 2.5 %",
        loss,
        within_noise(loss, "the second moment of the scheme is known: T α₁ + hβ₁² for Tα₁"),
        [
            wrong_prediction("Tg(v*), without the noise that grows with v", noise / DATA.beta1),
            wrong_prediction("two layers at the same T", excess_loss_depth1(DATA, COLD)),
        ],
        prediction=noise / (room - STEP * DATA.beta1**2),
    )


def _of_sgd(table: Table, run: ExcessLoss) -> list[Part]:
    """Discrete SGD blows up where the equation does not."""
    calm, some, wild = table[10.0][0.7], table[3.0][0.7], table[1.0][0.5]
    return [
        simulated(
            "Two layers, discrete SGD (σ = k, Gaussian data, batches of one): fraction of runs "
            "that blow up by time 50 at T_c/2, which is never if the loss never diverges",
            wild,
            never(wild.n),
            [
                other_system("shows that the rule can pass: σ = 10k at 0.7 T_c", calm),
                other_system(
                    "shows that the rule can pass: the stochastic equation with σ = k, share of "
                    "time with weights above 10⁴",
                    run.large,
                ),
            ],
            expected="falsified",
            note=(
                "The bounded loss holds for the stochastic equation only. A step of SGD multiplies "
                "large weights by 1 − 2ηx²v: unbounded, and larger the larger v."
            ),
        ),
        simulated(
            "Two layers, discrete SGD as label noise comes to dominate (Gaussian data, batches of "
            "one): fraction of runs that blow up by time 50 at 0.7 T_c, σ = 10k over σ = 3k",
            ratio(calm, some),
            at_most(
                (3 / 10) ** 2,
                "(3/10)²: the ratio of a fraction that falls as the step does, as k²/σ²; what "
                "blows up is a rare sample, whose probability falls faster than any power",
                "neighbor",
            ),
            [other_system("σ = 3k over σ = k", ratio(some, table[1.0][0.7]))],
            basis="derived",
        ),
    ]
