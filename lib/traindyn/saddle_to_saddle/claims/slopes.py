"""Exponents of escapes in the scale of the start, as estimates."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Size
from traindyn.saddle_to_saddle.results.escape import EscapeRun


def last_slope(run: EscapeRun, values: np.ndarray) -> Estimate:
    """Exponent between the two smallest scales, mean over the starts."""
    return estimate_mean(run.slopes(values)[-1])


def slope_sizes(run: EscapeRun, values: np.ndarray) -> list[Size]:
    """Exponents between neighboring scales, means over the starts."""
    found = zip(run.scales[1:].tolist(), run.slopes(values), strict=True)
    return [Size(scale, estimate_mean(slopes)) for scale, slopes in found]
