"""Study of the signs that tanh nets learn."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.experiments.tanh import sample_tanh_sgd
from traindyn.runs import Context, study

REPLICAS = {"ci": 5000, "laptop": 10_000, "paper": 200_000}
RATES = {1.0: 0.3, 5.0: 0.03}
TIMES = {1.0: 200.0, 5.0: 300.0}
"""Learning rate and time of the run, by label noise."""


@study(stream="BR-20")
def tanh_states(
    context: Context, depth: int, noise: float, *, symmetric: bool = False
) -> np.ndarray:
    """State v at the end of SGD, one per replica; symmetric: of the net w u tanh x."""
    name = "symmetric" if symmetric else f"depth {depth}, noise {noise}"
    return sample_tanh_sgd(
        depth,
        noise,
        RATES[noise],
        round(TIMES[noise] / RATES[noise]),
        context.choose(**REPLICAS),
        context.torch_generator(name),
        symmetric=symmetric,
    )
