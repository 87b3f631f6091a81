"""Claim BR-19: the loss never diverges, in the stochastic equation and not in discrete SGD."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.experiments.divergence import (
    count_blow_ups,
    sample_squared_distance,
)
from traindyn.balance_regularization.experiments.samples import sample_regression_sde
from traindyn.balance_regularization.theory.divergence import (
    excess_loss_depth0,
    excess_loss_depth1,
)
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.ledger import Context, Control, Part, Test

STANDARD = ScalarRegression(slope=1.0, noise=1.0)
DATA = moments(STANDARD)
COEFFICIENTS = (DATA.alpha1, DATA.alpha2, DATA.alpha3, DATA.beta1, DATA.beta2)


@registry.claim(
    19,
    source="section 4.3, Figure 5",
    basis="stated",
    statement=(
        "With two or more layers the training loss never diverges, whatever the learning rate; "
        "without the second layer it does. This holds for the stochastic equation only."
    ),
)
def loss_never_diverges(context: Context) -> tuple[dict[float, dict[float, Estimate]], list[Part]]:
    """BR-19."""
    critical = DATA.critical_temperature
    top = DATA.beta1 * DATA.minimum**2
    ratios = (0.1, 0.3, 0.5, 0.7, 0.9, 0.92, 1.0, 1.2, 1.4)
    deep = max(excess_loss_depth1(DATA, r * critical) for r in ratios)
    limit = DATA.beta1 / DATA.alpha1
    gaps = np.array([0.5, 0.4, 0.3, 0.2])
    temperatures = limit * (1 - gaps)

    def growth(losses: list[float]) -> Estimate:
        return Estimate(float(np.polyfit(np.log(gaps), np.log(losses / temperatures), 1)[0]))

    def by_quadrature(temperature: float) -> float:
        law = stationary_law(DATA, temperature, depth=0)
        return law.expect(lambda v: DATA.beta1 * (v - DATA.minimum) ** 2)

    shallow = [by_quadrature(t) for t in temperatures]
    saturated = [excess_loss_depth1(DATA, t) for t in temperatures]

    replicas = context.choose(ci=16_000, laptop=30_000, paper=200_000)
    half, hot = critical / 2, 1.4 * critical
    weights, squares = sample_squared_distance(
        COEFFICIENTS, half, 2500, replicas, context.torch_generator("depth 1"), 0.025
    )
    ratio = float(squares.mean() / weights.mean())
    simulated = Estimate(
        ratio,
        estimate_mean((squares - ratio * weights) / weights.mean()).stderr,
        replicas,
    )
    cold = critical / 4
    regression = estimate_mean(
        (
            sample_regression_sde(
                COEFFICIENTS,
                cold,
                0.02,
                [150],
                5 * replicas,
                context.torch_generator("depth 0"),
            )[0]
            - DATA.minimum
        )
        ** 2
    )
    runs = context.choose(ci=2000, laptop=4000, paper=40_000)

    def blown_up(noise: float, r: float) -> Estimate:
        data = ScalarRegression(slope=1.0, noise=noise)
        rate = r * moments(data).critical_temperature
        stream = context.torch_generator(f"SGD {noise} {r}")
        return estimate_fraction(
            count_blow_ups(data, 1.0, rate, round(50 / rate), runs, stream), runs
        )

    cases = {1.0: (0.1, 0.2, 0.3, 0.5, 0.7), 3.0: (0.3, 0.5, 0.7), 10.0: (0.7,)}
    table = {noise: {r: blown_up(noise, r) for r in rs} for noise, rs in cases.items()}
    parts = [
        Part(
            "Depth 1, stochastic equation: largest excess loss over nine temperatures up to "
            "1.4 T_c, in units of L(0) − L(v*) (quadrature of eq. 15)",
            1.0,
            Estimate(deep / top),
            Test("threshold", 1e-6, "error of the quadrature", side="below"),
            [Control("depth 0 at 1.4 T_c", Estimate(excess_loss_depth0(DATA, hot) / top))],
        ),
        Part(
            "Depth 0, stochastic equation: exponent of the excess loss per temperature in "
            "β₁/α₁ − T, from half to four fifths of β₁/α₁ (quadrature of eq. 12)",
            -1.0,
            growth(shallow),
            Test("slope", 0.01, "the grid ends at |v| = 2e10, which cuts 0.3 % of the variance"),
            [Control("depth 1", growth(saturated))],
        ),
        Part(
            "Simulated stochastic equation at T_c/2, depth 1: excess loss",
            excess_loss_depth1(DATA, half),
            simulated,
            Test("equality", 0.05, "twice the resolution of the scheme, which is of first order"),
            [Control("depth 0 at the same T", Estimate(excess_loss_depth0(DATA, half)))],
        ),
        Part(
            "Simulated stochastic equation at T_c/4, depth 0: excess loss",
            excess_loss_depth0(DATA, cold),
            regression,
            Test("equality", 0.01, "Euler steps of 0.02 change the variance by up to 4 %"),
            [Control("depth 1 at the same T", Estimate(excess_loss_depth1(DATA, cold)))],
        ),
        Part(
            "The same read for discrete SGD (depth 1, σ = k, Gaussian data, batches of one): "
            "fraction of runs that blow up by time 50 at T_c/2",
            0.0,
            table[1.0][0.5],
            Test("threshold", 0.01, "one run in a hundred", side="below"),
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
    return table, parts
