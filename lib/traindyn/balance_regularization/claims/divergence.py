"""Claim BR-19: the loss never diverges, in the stochastic equation and not in discrete SGD."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.stationary import ExcessLoss
from traindyn.balance_regularization.studies.divergence import (
    COLD,
    DATA,
    HALF,
    blow_ups,
    excess_loss,
    regression_loss,
)
from traindyn.balance_regularization.theory.divergence import (
    excess_loss_depth0,
    excess_loss_depth1,
)
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.inference import Estimate, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

CASES = {1.0: (0.1, 0.2, 0.3, 0.5, 0.7), 3.0: (0.3, 0.5, 0.7), 10.0: (0.7,)}
"""Temperatures over the critical one at which SGD runs, by label noise."""

RATIOS = (0.1, 0.3, 0.5, 0.7, 0.9, 0.92, 1.0, 1.2, 1.4)
GAPS = np.array([0.5, 0.2, 0.1, 0.05])
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
        *_by_quadrature(),
        *_simulated(run, regression_loss(context)),
        *_of_sgd(table, run),
    ]


def _by_quadrature() -> list[Part]:
    """Excess loss of the stochastic equation, from its laws."""
    critical = DATA.critical_temperature
    hot = 1.4 * critical
    top = DATA.beta1 * DATA.minimum**2
    deep = max(excess_loss_depth1(DATA, r * critical) for r in RATIOS)
    limit = DATA.beta1 / DATA.alpha1
    temperatures = limit * (1 - GAPS)

    def growth(losses: list[float]) -> Estimate:
        return exact(float(np.polyfit(np.log(GAPS), np.log(losses / temperatures), 1)[0]))

    def regression(temperature: float) -> float:
        law = stationary_law(DATA, temperature, depth=0, reach=300.0)
        return law.expect(lambda v: DATA.beta1 * (v - DATA.minimum) ** 2)

    shallow = [regression(t) for t in temperatures]
    saturated = [excess_loss_depth1(DATA, t) for t in temperatures]
    return [
        Part(
            "Depth 1, stochastic equation: largest excess loss over nine temperatures up to "
            "1.4 T_c, in units of L(0) − L(v*) (quadrature of eq. 15)",
            1.0,
            exact(deep / top),
            Test("threshold", 1e-6, "error of the quadrature", side="below"),
            [Control("depth 0 at 1.4 T_c", exact(excess_loss_depth0(DATA, hot) / top))],
        ),
        Part(
            "Depth 0, stochastic equation: exponent of the excess loss per temperature in "
            "β₁/α₁ − T, from 50 to 95 percent of β₁/α₁ (quadrature of eq. 12)",
            -1.0,
            growth(shallow),
            Test(
                "slope",
                1e-4,
                "the grid ends e³⁰⁰ widths away, which cuts 1.4e-7 of the variance nearest "
                "to the limit; the rest is rounding",
            ),
            [Control("depth 1", growth(saturated))],
        ),
    ]


def _simulated(run: ExcessLoss, regression: Estimate) -> list[Part]:
    """Excess loss of the stochastic equation, simulated."""
    return [
        Part(
            "Simulated stochastic equation at T_c/2, depth 1: excess loss",
            excess_loss_depth1(DATA, HALF),
            run.loss,
            Test(
                "equality",
                0.02,
                "four percent of the prediction; the scheme, of second order, is off by less than "
                "0.004, and the replicas decide with probability 0.999",
            ),
            [Control("depth 0 at the same T", exact(excess_loss_depth0(DATA, HALF)))],
        ),
        Part(
            "Simulated stochastic equation at T_c/4, depth 0: excess loss",
            excess_loss_depth0(DATA, COLD),
            regression,
            Test("equality", 0.01, "Euler steps of 0.02 change the variance by up to 4 %"),
            [Control("depth 1 at the same T", exact(excess_loss_depth1(DATA, COLD)))],
        ),
    ]


def _of_sgd(table: Table, run: ExcessLoss) -> list[Part]:
    """Discrete SGD blows up where the equation does not."""
    return [
        Part(
            "The same read for discrete SGD (depth 1, σ = k, Gaussian data, batches of one): "
            "fraction of runs that blow up by time 50 at T_c/2",
            0.0,
            table[1.0][0.5],
            Test("threshold", 0.01, "one run in a hundred", side="below"),
            [
                Control("shows that the rule can pass: σ = 10k at 0.7 T_c", table[10.0][0.7]),
                Control(
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
        Part(
            "… and where the noise dominates (σ = 10k) steps are small enough: fraction that blows "
            "up by time 50 at 0.7 T_c",
            0.0,
            table[10.0][0.7],
            Test("threshold", 0.02, "two runs in a hundred", side="below"),
            [Control("σ = 3k", table[3.0][0.7]), Control("σ = k", table[1.0][0.7])],
        ),
    ]
