"""Exponents of escapes in the scale of the start, as estimates."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_median
from traindyn.ledger import Rule, Size, within
from traindyn.saddle_to_saddle.results.escape import EscapeRun


def last_slope(run: EscapeRun, values: np.ndarray) -> Estimate:
    """Exponent between the two smallest scales, median over the starts."""
    return estimate_median(run.slopes(values)[-1])


def slope_sizes(run: EscapeRun, values: np.ndarray) -> list[Size]:
    """Exponents between neighboring scales, medians over the starts."""
    found = zip(run.scales[1:].tolist(), run.slopes(values), strict=True)
    return [Size(scale, estimate_median(slopes)) for scale, slopes in found]


def rare(run: EscapeRun) -> Rule:
    """The rule for an exponent between the two smallest scales.

    For both targets the smaller of 1 − s₂/s₁ and s₂/s₁ is a third.
    """
    power = min(run.ratio, 1 - run.ratio)
    return within(
        float(run.scales[-2]) ** power,
        "what is neglected is the square of x α^(1 − s₂/s₁), or of x α^(s₂/s₁), the smaller power "
        "a third; x is the ratio of two random tilts, beyond X in a share 1/X of the starts: a "
        "share α^(1/3) is off by order one, and shifts a median by at most that share of a spread",
        "next order",
    )
