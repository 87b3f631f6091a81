"""Studies of the transition at the critical temperature: simulated growth, exact thresholds."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.experiments.collapse import (
    critical_learning_rate,
    growth_per_step,
)
from traindyn.balance_regularization.experiments.samples import sample_two_layer_sgd
from traindyn.balance_regularization.results.transition import GrowthCurves
from traindyn.balance_regularization.studies.data import LIGHT
from traindyn.balance_regularization.studies.thresholds import light
from traindyn.balance_regularization.theory.moments import moments
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_mean
from traindyn.runs import Context, study

REPLICAS = {"ci": 64_000, "laptop": 80_000, "paper": 200_000}
GAUSSIAN_NOISES = (4.0, 4.5, 5.0, 10.0)
DECAYS = (0.0, 0.3, 0.6)
GROWTH_START, GROWTH_TIME = 1e-30, 20.0


@study(stream="BR-9")
def simulated_growth(context: Context, ratio: float) -> Estimate:
    """Growth rate of log v of simulated SGD that starts close to zero."""
    rate = ratio * moments(LIGHT).critical_temperature
    v = sample_two_layer_sgd(
        LIGHT,
        GROWTH_START,
        rate,
        1,
        round(GROWTH_TIME / rate),
        context.choose(**REPLICAS),
        context.torch_generator(f"growth {ratio} 1.0"),
    )
    return estimate_mean((np.log(v) - math.log(GROWTH_START)) / GROWTH_TIME)


def _gaussian(noise: float) -> ScalarRegression:
    return ScalarRegression(slope=1.0, noise=noise)


@study(stream="exact")
def gaussian_threshold(noise: float) -> float:
    """Exact threshold of discrete SGD on Gaussian data over T_c."""
    critical = moments(_gaussian(noise)).critical_temperature
    return critical_learning_rate(_gaussian(noise), critical) / critical


@study(stream="exact")
def growth_near_zero() -> GrowthCurves:
    """Growth of log v near zero over T/T_c, by kind of data; nothing is drawn."""
    steps, r = np.arange(0.3, 3.01, 0.1), np.linspace(0.3, 2.0, 35)
    gaussian = {noise: _gaussian(noise) for noise in GAUSSIAN_NOISES}

    def lowest(data: ScalarRegression) -> float:
        critical = moments(data).critical_temperature
        return min(growth_per_step(data, rate * critical) for rate in steps)

    def curve(data: ScalarRegression, decay: float = 0.0) -> np.ndarray:
        critical = moments(data).critical_temperature
        growth = [growth_per_step(data, x * critical, 1, decay) / (x * critical) for x in r]
        return np.stack([r, np.array(growth)])

    bounded = {f"bounded data, γ = {g:g}": curve(light(10.0), g) for g in DECAYS}
    drawn = {f"Gaussian data, σ = {s:g}k": curve(d) for s, d in gaussian.items()}
    found = {noise: lowest(data) for noise, data in gaussian.items()}
    return GrowthCurves(found, lowest(light(GAUSSIAN_NOISES[0])), bounded | drawn)
