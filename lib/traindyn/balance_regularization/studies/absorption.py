"""Studies of where nets end without label noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.experiments.absorption import Reading, absorb
from traindyn.balance_regularization.experiments.collapse import growth_per_step
from traindyn.balance_regularization.theory.absorption import interpolation_moments
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.runs import Context, study

PAIRS = {"ci": 20_000, "laptop": 20_000, "paper": 500_000}
CONTROL_PAIRS = 1000
DATA = interpolation_moments(slope=1.0, alpha1=2.0)
"""y = x with standard normal inputs."""

THRESHOLD = DATA.beta1 / (DATA.alpha1 * DATA.minimum)
"""Temperature above which the origin absorbs."""


@study(stream="BR-18")
def ends_at_zero(
    context: Context,
    ratio: float,
    start: float,
    reading: Reading = "ito",
    *,
    control: bool = False,
) -> Estimate:
    """Fraction that ends at zero, at a temperature in units of the threshold.

    A control counts the pairs of which one ends there.
    """
    pairs = CONTROL_PAIRS if control else context.choose(**PAIRS)
    ends = absorb(
        DATA.minimum,
        DATA.alpha1,
        DATA.beta1,
        ratio * THRESHOLD,
        start,
        pairs,
        context.torch_generator(f"{ratio} {start} {reading}"),
        reading=reading,
    )
    if control:  # rare or certain, by either of a pair
        return estimate_fraction(int((ends == 0).any(axis=0).sum()), pairs)
    return estimate_mean((ends == 0).mean(axis=0))


@study(stream="exact")
def lowest_growth(noise: float, scale: float) -> float:
    """Lowest growth rate of log v of discrete SGD near zero, over learning rates around a scale."""
    data = replace(ScalarRegression(slope=1.0, noise=0.0), noise=noise)
    rates = np.geomspace(0.01, 30, 40)
    return float(min(growth_per_step(data, rate * scale) / (rate * scale) for rate in rates))
