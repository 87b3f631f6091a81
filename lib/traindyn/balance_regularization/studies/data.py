"""Data sets and starts that several studies share."""

from __future__ import annotations

from traindyn.balance_regularization.experiments.samples import Coefficients
from traindyn.balance_regularization.theory.moments import Moments
from traindyn.data import ScalarRegression

STANDARD = ScalarRegression(slope=1.0, noise=1.0)
"""y = x + noise, both standard normal."""

LIGHT = ScalarRegression(slope=1.0, noise=10.0, inputs="rademacher")
"""Light-tailed data deep in the limit of the theory: Sβ₂²/α₃ = 0.01 for batches of one."""

START = (2.0, 0.3)
"""Unbalanced start (u, w) of the scalar runs: imbalance 3.91, product 0.6."""


def coefficients(data: Moments) -> Coefficients:
    """The moments as plain numbers, for experiments."""
    return data.alpha1, data.alpha2, data.alpha3, data.beta1, data.beta2
