"""Exponents of escapes in the scale of the start, as estimates."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, exact
from traindyn.ledger import Size
from traindyn.saddle_to_saddle.results.escape import EscapeRun


def last_slope(run: EscapeRun, values: np.ndarray) -> Estimate:
    """Exponent between the two smallest scales, median over the starts."""
    return exact(float(np.median(run.slopes(values)[-1])))


def farthest(slopes: np.ndarray, predicted: float) -> Estimate:
    """The slope farthest from a prediction."""
    return exact(float(slopes.flat[np.argmax(np.abs(slopes - predicted))]))


def slope_sizes(run: EscapeRun, values: np.ndarray) -> list[Size]:
    """Exponents between neighboring scales, medians over the starts."""
    slopes = np.median(run.slopes(values), axis=1)
    return [Size(float(s), exact(float(v))) for s, v in zip(run.scales[1:], slopes, strict=True)]
