"""Estimates over replicas, and rows about runs of SGD."""

from __future__ import annotations

from functools import partial

import numpy as np

from traindyn.inference import Estimate, critical_value, estimate_mean
from traindyn.ledger import Part, Rule, within

Array = np.ndarray

row = partial(Part, compares="simulation", replicates="runs", seen=True)
"""A row that measures independent runs of SGD: of their starts, training and test samples."""


def replica_mean(values: Array) -> Estimate:
    """Mean over replicas, the first axis, of the means over whatever follows."""
    return estimate_mean(values.reshape(len(values), -1).mean(axis=1))


def up_to(corrections: float, measured: Estimate, why: str) -> Rule:
    """Accept a theory that is exact up to corrections: the bound adds twice the half-width to them.

    Args:
        corrections: Their size, as computed.
        measured: The measured value, with its error.
        why: Where the corrections come from.
    """
    noise = 2 * measured.half_width(critical_value())
    return within(corrections + noise, f"{why}; and the noise of the measurement", "noise")


def over(measured: Estimate, law: float) -> Estimate:
    """A measurement over what is predicted for it."""
    return measured.scaled(1 / law)
