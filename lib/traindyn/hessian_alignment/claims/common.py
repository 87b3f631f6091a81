"""Estimates over replicas, and rows about runs of SGD."""

from __future__ import annotations

from functools import partial

import numpy as np

from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Part

Array = np.ndarray

row = partial(Part, compares="simulation", replicates="runs", seen=True)
"""A row that measures independent runs of SGD: of their starts, training and test samples."""


def replica_mean(values: Array) -> Estimate:
    """Mean over replicas, the first axis, of the means over whatever follows."""
    return estimate_mean(values.reshape(len(values), -1).mean(axis=1))


def over(measured: Estimate, law: float) -> Estimate:
    """A measurement over what is predicted for it."""
    return measured.scaled(1 / law)
