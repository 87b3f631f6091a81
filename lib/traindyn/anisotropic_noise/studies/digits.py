"""Study of the last layer of networks that are trained on the digits data."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.digits import WindowedWeights, train
from traindyn.anisotropic_noise.experiments.sampling import Sampling
from traindyn.runs import study

STEPS = 20_000


@study(stream="digits")
def windowed_weights(
    window: int,
    *,
    sampling: Sampling = "replacement",
    freeze_first: bool = False,
    seed: int = 0,
) -> WindowedWeights:
    """Principal components of the last layer in the last steps of a long training."""
    generator = np.random.default_rng(seed)
    return train(STEPS, window, generator, sampling=sampling, freeze_first=freeze_first)
