"""Studies of where nets end without label noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.experiments.absorption import Reading, absorb
from traindyn.balance_regularization.experiments.collapse import growth_per_step
from traindyn.balance_regularization.theory.absorption import interpolation_moments
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_fraction
from traindyn.runs import Context, study

REPLICAS = {"ci": 40_000, "laptop": 60_000, "paper": 1_000_000}
CONTROL_REPLICAS = 2000
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
    """Fraction of replicas that end at zero, at a temperature in units of the threshold."""
    replicas = CONTROL_REPLICAS if control else context.choose(**REPLICAS)
    ends = absorb(
        DATA.minimum,
        DATA.alpha1,
        DATA.beta1,
        ratio * THRESHOLD,
        start,
        replicas,
        context.torch_generator(f"{ratio} {start} {reading}"),
        reading=reading,
    )
    return estimate_fraction(int((ends == 0).sum()), replicas)


@study(stream="exact")
def lowest_growth(noise: float, scale: float) -> float:
    """Lowest growth rate of log v of discrete SGD near zero, over learning rates around a scale."""
    data = replace(ScalarRegression(slope=1.0, noise=0.0), noise=noise)
    rates = np.geomspace(0.01, 30, 40)
    return float(min(growth_per_step(data, rate * scale) / (rate * scale) for rate in rates))
