"""The same training on handwritten digits, on true and on shuffled labels."""

from __future__ import annotations

import numpy as np
import torch

from traindyn.heavy_tailed_esd.experiments.digits import digits_spikes, train_digits
from traindyn.heavy_tailed_esd.experiments.optimizers import OptimizerName
from traindyn.heavy_tailed_esd.results.digits import DigitsCurve
from traindyn.heavy_tailed_esd.studies.first_steps import ABOVE, ASPECT, MULTIPLES
from traindyn.heavy_tailed_esd.theory.spike import critical_length
from traindyn.runs import study

STARTS, MANY = 24, 96
"""Starts of a whole curve, and of the learning rates whose losses are compared."""

SPIKES = 200
"""Starts of which a single step is taken."""

RATES: dict[OptimizerName, tuple[float, ...]] = {
    "adam": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    "gd": (1.0, 3.0, 10.0, 30.0, 100.0, 300.0),
}
"""Learning rates: from no change of the spectrum to a heavy tail."""

COMPARED = {False: (0.1, 0.3), True: (0.3,)}
"""Learning rates of Adam with :data:`MANY` starts, on true labels and on shuffled ones."""

LENGTH = MULTIPLES[ABOVE] * critical_length(ASPECT)
"""Length of the weights along a single step."""


@study(stream="digits")
def digits_curve(
    name: OptimizerName, *, shuffled: bool = False, whiten: bool = False, seed: int = 0
) -> DigitsCurve:
    """Ten full-batch steps at several learning rates, then a ridge head.

    Args:
        name: Optimizer.
        shuffled: Whether the first layer trains on shuffled labels.
        whiten: Whether pixels are decorrelated first.
        seed: Of the starts.
    """
    generator = torch.Generator().manual_seed(seed)
    return train_digits(
        generator,
        name=name,
        starts=STARTS,
        rates=RATES[name],
        shuffled=shuffled,
        whiten=whiten,
    )


@study(stream="digits")
def many_starts(*, shuffled: bool = False, seed: int = 0) -> DigitsCurve:
    """The rates :data:`COMPARED` of Adam, on true labels or on shuffled ones.

    Args:
        shuffled: Whether the first layer trains on shuffled labels.
        seed: Of the starts.
    """
    generator = torch.Generator().manual_seed(seed)
    return train_digits(generator, starts=MANY, rates=COMPARED[shuffled], shuffled=shuffled)


@study(stream="digits")
def spikes_of(name: OptimizerName, *, seed: int = 0) -> np.ndarray:
    """Largest eigenvalue over d after one step to the length :data:`LENGTH`.

    Args:
        name: Optimizer.
        seed: Of the starts.
    """
    generator = torch.Generator().manual_seed(seed)
    return digits_spikes(generator, name=name, starts=SPIKES, length=LENGTH)
