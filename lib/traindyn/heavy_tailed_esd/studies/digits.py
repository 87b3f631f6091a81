"""The same training on handwritten digits, on true and on shuffled labels."""

from __future__ import annotations

import torch

from traindyn.heavy_tailed_esd.experiments.digits import train_digits
from traindyn.heavy_tailed_esd.experiments.optimizers import OptimizerName
from traindyn.heavy_tailed_esd.results.digits import DigitsCurve
from traindyn.runs import study

STARTS = 8

RATES: dict[OptimizerName, tuple[float, ...]] = {
    "adam": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
    "gd": (1.0, 3.0, 10.0, 30.0, 100.0, 300.0),
}
"""Learning rates: from no change of the spectrum to a heavy tail."""


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
