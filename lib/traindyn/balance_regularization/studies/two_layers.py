"""Studies of the law of two layers: the stochastic equation, and SGD on two kinds of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from traindyn.balance_regularization.experiments.samples import (
    Coefficients,
    sample_two_layer_sgd,
)
from traindyn.balance_regularization.experiments.unit_noise import (
    clock_rate,
    sample_two_layer_law,
)
from traindyn.balance_regularization.results.stationary import EquationRun
from traindyn.balance_regularization.studies.data import LIGHT, STANDARD, coefficients
from traindyn.balance_regularization.theory.dynamics import relaxation_time
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.stationary import (
    Mutant,
    stationary_law,
)
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_ks_distance, estimate_mean
from traindyn.laws import GridLaw
from traindyn.runs import Context, study

_ALL = tuple((s, r) for s in (1.0, 3.0) for r in (0.1, 0.3, 0.6, 0.85))
POINTS = {"ci": ((1.0, 0.1), (1.0, 0.3), (3.0, 0.6), (3.0, 0.85)), "laptop": _ALL, "paper": _ALL}
"""Noise and temperature in units of T_c, of the stochastic equation."""

EQUATION_REPLICAS = {"ci": 50_000, "laptop": 50_000, "paper": 200_000}
LIGHT_REPLICAS = {"ci": 50_000, "laptop": 50_000, "paper": 400_000}
GAUSSIAN_REPLICAS = {"ci": 90_000, "laptop": 90_000, "paper": 400_000}
"""Radius and scatter of a distance, (2.9 + 1.2)/√n, must stay below its bound less its bias."""

BURN_IN = 4
"""Relaxation times from the minimum, after which 2 % of the slowest mode are left. Near zero log v
is a Brownian motion with a drift to a wall; from the wall, its distribution function is within
0.0003 of its limit after so many."""

DECIDING, FEWER = 10.0, 20_000
"""Label noise at which Gaussian data decide, and replicas at the others, which show the trend."""

COLD, COLD_RATIO = {"ci": 40_000, "laptop": 40_000, "paper": 200_000}, 0.03
"""Replicas of SGD on textbook data at a low temperature, and that in units of T_c."""

DIVERGED = 1e300
"""Where a replica that blew up is counted."""


def points(context: Context) -> tuple[tuple[float, float], ...]:
    """Where the stochastic equation is simulated at this scale."""
    return context.choose(**POINTS)


@study(stream="BR-8")
def equation(
    context: Context, noise: float, ratio: float, mutants: tuple[Mutant, ...] = ()
) -> EquationRun:
    """Distance of samples of the stochastic equation from its law and from wrong ones."""
    data = moments(ScalarRegression(slope=1.0, noise=noise))
    temperature = ratio * data.critical_temperature
    numbers = coefficients(data)
    # far from the minimum log v drifts at 1/4 or (T_c/T - 1)/4; a drift m relaxes in 2/m²
    slowest = min(1.0, 1 / ratio - 1) / 4
    v = sample_two_layer_law(
        numbers,
        temperature,
        data.minimum,
        BURN_IN * 2 / slowest**2,
        context.choose(**EQUATION_REPLICAS),
        context.torch_generator(f"equation {noise} {ratio}"),
    )
    clock = _clock(numbers, temperature)

    true = stationary_law(data, temperature, clock=clock)
    wrong = {m: stationary_law(data, temperature, mutant=m, clock=clock) for m in mutants}
    return _compared(v, true, wrong)


def _compared(v: np.ndarray, true: GridLaw, wrong: Mapping[Mutant, GridLaw]) -> EquationRun:
    """Distances of samples from a law and from wrong ones."""
    return EquationRun(
        estimate_ks_distance(v, true.cdf),
        {mutant: estimate_ks_distance(v, law.cdf) for mutant, law in wrong.items()},
    )


def _clock(data: Coefficients, temperature: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda v: clock_rate(v, data, temperature)


@study(stream="BR-8")
def light_states(context: Context, ratio: float) -> np.ndarray:
    """Final v of SGD on light-tailed data."""
    data = moments(LIGHT)
    temperature = ratio * data.critical_temperature
    burn_in = BURN_IN * relaxation_time(data, temperature)
    return sample_two_layer_sgd(
        LIGHT,
        data.minimum,
        temperature,
        1,
        round(burn_in / temperature),
        context.choose(**LIGHT_REPLICAS),
        context.torch_generator(f"light {ratio}"),
    )


@study(stream="BR-8")
def gaussian_distance(context: Context, noise: float, ratio: float) -> EquationRun:
    """Distance of SGD on Gaussian data from eq. 15 and from Stratonovich's reading."""
    data = ScalarRegression(slope=1.0, noise=noise)
    law = moments(data)
    temperature = ratio * law.critical_temperature
    burn_in = BURN_IN * relaxation_time(law, temperature)
    v = sample_two_layer_sgd(
        data,
        law.minimum,
        temperature,
        1,
        round(burn_in / temperature),
        context.choose(**GAUSSIAN_REPLICAS) if noise == DECIDING else FEWER,
        context.torch_generator(f"gaussian {noise} {ratio}"),
    )
    v = np.nan_to_num(v, nan=DIVERGED, posinf=DIVERGED)  # counted, not dropped
    wrong: dict[Mutant, GridLaw] = {
        "stratonovich": stationary_law(law, temperature, mutant="stratonovich")
    }
    return _compared(v, stationary_law(law, temperature), wrong)


@study(stream="BR-8")
def cold_spread(context: Context) -> Estimate:
    """Mean of (v − v*)² of SGD on Gaussian data with σ = k, over six times per replica."""
    law = moments(STANDARD)
    rate = COLD_RATIO * law.critical_temperature
    times = 1.5 + 0.25 * np.arange(6)  # v relaxes at the rate 4
    v = sample_two_layer_sgd(
        STANDARD,
        law.minimum,
        rate,
        1,
        [round(time / rate) for time in times],
        context.choose(**COLD),
        context.torch_generator("cold"),
    )
    return estimate_mean(((v - law.minimum) ** 2).mean(axis=0))
