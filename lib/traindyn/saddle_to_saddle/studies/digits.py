"""Training of linear and rectified networks on the digits, from small starts."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.descent import logarithmic_steps
from traindyn.saddle_to_saddle.experiments.digits import (
    digits_regression,
    random_starts,
    train_fits,
)
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.results.digits import DigitsLaw, EscapeTimes, FitRun
from traindyn.saddle_to_saddle.theory.digits import (
    fitted_singular_values,
    linear_escape_rate,
    relu_escape_rate,
)

STRIDE, WIDE, WIDTH = 9, 40, 20
"""Every how many images one is taken, and hidden units of two and of three layers. With few ReLU
units none may lie in reach of the best direction."""

LEAVING, NETWORKS = {"ci": 36, "laptop": 36, "paper": 48}, {"ci": 24, "laptop": 24, "paper": 48}
"""Networks of two and of three layers."""

LEARNING_RATE = 0.5

ESCAPE_SCALES, ESCAPE_STEPS, LEVEL = (1e-5, 1e-8), 600, 0.15
"""Scales and steps of two layers, and the singular value of the fit that counts as having left:
half of the largest."""

FIT_SCALE, FIT_STEPS = 0.03, 3000
"""Scale and steps of three layers."""


@study(stream="SS-23")
def digits_law(seed: int = 0) -> DigitsLaw:
    """What the data predict. The seed is that of an ascent whose best end counts."""
    x, y = digits_regression(STRIDE)
    fitted = fitted_singular_values(x, y)
    rectified = relu_escape_rate(x, y, np.random.default_rng(seed))
    power = float((y**2).sum() / (2 * y.shape[1]))
    return DigitsLaw(
        linear_escape_rate(x, y), rectified, fitted, power - float((fitted**2).sum()) / 2
    )


@study(stream="SS-23")
def leaving_times(context: Context, *, rectified: bool) -> EscapeTimes:
    """Times, steps times learning rate, at which two layers leave the origin."""
    x, y = digits_regression(STRIDE)
    if not rectified:
        x, y = _compressed(x, y)
    network = LinearNetwork(x.shape[0], y.shape[0], WIDE, 2)
    generator = context.numpy_generator(f"two layers, rectified {rectified}")
    directions = random_starts(network, 1.0, generator, context.choose(**LEAVING))
    record = np.arange(0, ESCAPE_STEPS, 4)
    times = [
        [
            LEARNING_RATE * run.half_time(LEVEL)
            for run in train_fits(
                network, x, y, scale * directions, record, rectified=rectified, rate=LEARNING_RATE
            )
        ]
        for scale in ESCAPE_SCALES
    ]
    law = digits_law()
    rate = law.rectified_rate if rectified else law.linear_rate
    return EscapeTimes(np.array(ESCAPE_SCALES), np.array(times), rate, LEARNING_RATE)


def _compressed(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fewer samples with the same moments, on which linear networks train alike."""
    _, spread, rows = np.linalg.svd(x, full_matrices=False)
    rows = rows[spread > 1e-9 * spread[0]]
    size = (len(rows) / x.shape[1]) ** 0.5
    return size * x @ rows.T, size * y @ rows.T


@study(stream="SS-23")
def fits(context: Context, *, rectified: bool) -> tuple[FitRun, ...]:
    """How the fits of three layers grow."""
    x, y = digits_regression(STRIDE)
    network = LinearNetwork(x.shape[0], y.shape[0], WIDTH, 3)
    generator = context.numpy_generator(f"three layers, rectified {rectified}")
    starts = random_starts(network, FIT_SCALE, generator, context.choose(**NETWORKS))
    record = logarithmic_steps(FIT_STEPS)
    return tuple(train_fits(network, x, y, starts, record, rectified=rectified, rate=LEARNING_RATE))
