"""Training on the digits from small starts. Their seeds are arguments, whatever that of the run."""

from __future__ import annotations

import numpy as np

from traindyn.runs import study
from traindyn.saddle_to_saddle.experiments.descent import logarithmic_steps
from traindyn.saddle_to_saddle.experiments.digits import digits_regression, train_fit
from traindyn.saddle_to_saddle.results.digits import FitRun
from traindyn.saddle_to_saddle.theory.digits import relu_escape_rate


@study(stream="digits")
def rectified_rate(seed: int) -> float:
    """The rate at which a ReLU network of two layers leaves the origin, by ascent on the sphere."""
    return relu_escape_rate(*digits_regression(), np.random.default_rng(seed))


@study(stream="digits")
def leaving_times(
    scales: tuple[float, ...],
    seed: int,
    *,
    rectified: bool,
    level: float = 0.15,
    learning_rate: float = 0.5,
) -> tuple[float, ...]:
    """Times, steps times learning rate, at which two layers leave the origin.

    Args:
        scales: Scales of the start, of one direction.
        seed: Of that direction.
        rectified: Whether hidden units are ReLU.
        level: The singular value of the fit that counts; by default half of the largest.
        learning_rate: Of the descent.
    """
    runs = (
        train_fit(
            2,
            scale,
            np.arange(0, 420, 4),
            np.random.default_rng(seed),
            rectified=rectified,
            learning_rate=learning_rate,
        )
        for scale in scales
    )
    return tuple(learning_rate * run.half_time(level) for run in runs)


@study(stream="digits")
def digits_staircase(
    seed: int, *, rectified: bool, scale: float = 0.01, last: int = 5000
) -> FitRun:
    """How the fit of three layers grows over ``last`` steps."""
    generator = np.random.default_rng(seed)
    return train_fit(3, scale, logarithmic_steps(last), generator, rectified=rectified)
