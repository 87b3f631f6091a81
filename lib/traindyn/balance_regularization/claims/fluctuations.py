"""Claim BR-10: fluctuation inversion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.claims.common import LIGHT
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.experiments.chain import stationary_law_of_sgd
from traindyn.balance_regularization.experiments.samples import (
    sample_regression_sgd,
    sample_two_layer_sgd,
)
from traindyn.balance_regularization.results import FluctuationRun
from traindyn.balance_regularization.theory.dynamics import relaxation_time
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import gamma_variance
from traindyn.inference import Estimate, estimate_mean, estimate_variance
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context


@registry.claim(
    10,
    source="section 4, from eq. 15",
    basis="derived",
    statement=(
        "Fluctuation inversion: with two layers the variance of v is the parabola "
        "2(T/T_c)(1 − T/T_c) v*², largest at half the critical temperature; without the second "
        "layer it grows with T."
    ),
)
def fluctuation_inversion(context: Context) -> tuple[FluctuationRun, list[Part]]:
    """BR-10."""
    ratios = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    by_noise = {
        noise: np.array([stationary_law_of_sgd(1.0, noise, r / noise**2).variance for r in ratios])
        for noise in (5.0, 7.0, LIGHT.noise)
    }
    two_layers = by_noise[LIGHT.noise]
    replicas = context.choose(ci=10_000, laptop=20_000, paper=80_000)
    regression = []
    for ratio in ratios:
        rate = ratio * moments(LIGHT).critical_temperature
        generator = context.torch_generator(f"depth 0 at {ratio}")
        v = sample_regression_sgd(LIGHT, rate, 1, round(2.5 / rate), replicas, generator)
        regression.append(estimate_variance(v))
    simulated = _simulate_inversion(context)
    parabola = gamma_variance(ratios)
    deviations = {noise: np.abs(v - parabola).max() for noise, v in by_noise.items()}
    flat = max(regression, key=lambda v: v.value)
    half, last = 5, len(ratios) - 1
    fine = np.linspace(0.4, 0.6, 5)
    curve = [stationary_law_of_sgd(1.0, LIGHT.noise, r / LIGHT.noise**2).variance for r in fine]
    peak = float(fine[int(np.argmax(curve))])
    slope = regression[last].value / regression[half].value
    slope_error = slope * np.hypot(
        regression[last].stderr / regression[last].value,
        regression[half].stderr / regression[half].value,
    )
    parts = [
        Part(
            "Exact variance of discrete SGD: largest distance from the parabola over ten "
            "temperatures up to 0.9 T_c, in units of v*²",
            0.0,
            Estimate(float(deviations[LIGHT.noise])),
            Test(
                "equality",
                0.02,
                "a step-size shift of T_c by Sβ₂²/α₃ = 1 % moves the parabola by up to 0.015",
                side="below",
            ),
            [Control("depth 0 at 0.9 T_c", _distance(regression[last], parabola[last]))],
            asymptotic=True,
            sizes=[Size(noise**2, Estimate(float(deviations[noise]))) for noise in by_noise],
        ),
        Part(
            "Temperature of the largest variance, in units of T_c",
            0.5,
            Estimate(peak),
            Test("equality", 0.05, "one grid step; the step-size shift of T_c is 0.005"),
            [Control("depth 0", Estimate(float(ratios[regression.index(flat)])))],
        ),
        Part(
            "The variance falls again: Var(0.9 T_c) over Var(0.5 T_c)",
            float(parabola[last] / parabola[half]),
            Estimate(float(two_layers[last] / two_layers[half])),
            Test("ordering", 0.14, "half the largest variance", side="below"),
            [Control("depth 0", Estimate(slope, float(slope_error), replicas))],
        ),
        Part(
            "Simulated SGD: variance at 0.7 T_c in units of v*²",
            float(gamma_variance(np.array(0.7))),
            simulated[0.7],
            Test("equality", 0.07, "a quarter of the distance to the depth-0 variance, 0.28"),
            [Control("depth 0", regression[int(np.argmin(abs(ratios - 0.7)))])],
            note="Ties the exact chain of the first part to plain SGD on drawn batches.",
        ),
    ]
    return FluctuationRun(ratios, two_layers, regression, simulated), parts


def _distance(estimate: Estimate, target: float) -> Estimate:
    return replace(estimate, value=abs(estimate.value - target))


def _simulate_inversion(context: Context) -> dict[float, Estimate]:
    """Variance of simulated SGD by T/T_c: averages over 20 times per replica, then replicas.

    A replica must forget its start for six relaxation times; later it gives new values of v much
    faster, since only states near zero live that long.
    """
    data = moments(LIGHT)
    replicas = context.choose(ci=10_000, laptop=20_000, paper=80_000)
    variances = {}
    for ratio in (0.2, 0.7):
        temperature = ratio * data.critical_temperature
        relaxation = relaxation_time(data, temperature)
        times = 6 * relaxation + 0.3 * relaxation * np.arange(20)
        v = sample_two_layer_sgd(
            LIGHT,
            data.minimum,
            temperature,
            1,
            [round(time / temperature) for time in times],
            replicas,
            context.torch_generator(f"inversion {ratio}"),
        )
        variances[ratio] = estimate_mean(((v - v.mean()) ** 2).mean(axis=0))
    return variances
