"""Data sets, starts and rules that several claims share."""

from __future__ import annotations

from collections.abc import Iterable

from traindyn.balance_regularization.experiments.samples import Coefficients
from traindyn.balance_regularization.theory.moments import Moments
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate
from traindyn.ledger import Test

STANDARD = ScalarRegression(slope=1.0, noise=1.0)
"""y = x + noise, both standard normal."""

LIGHT = ScalarRegression(slope=1.0, noise=10.0, inputs="rademacher")
"""Light-tailed data deep in the limit of the theory: Sβ₂²/α₃ = 0.01 for batches of one."""

START = (2.0, 0.3)
"""Unbalanced start (u, w) of the scalar runs: imbalance 3.91, product 0.6."""

KS_BOUND = Test(
    "ks",
    0.03,
    "less than half the distance of every wrong law among the controls",
    side="below",
)
"""Rule for the distance of samples from a law."""


def coefficients(data: Moments) -> Coefficients:
    """The moments as plain numbers, for experiments."""
    return data.alpha1, data.alpha2, data.alpha3, data.beta1, data.beta2


def worst(estimates: Iterable[Estimate]) -> Estimate:
    """The largest of several distances, with the widest of their errors."""
    found = list(estimates)
    return Estimate(
        max(estimate.value for estimate in found),
        max(estimate.stderr for estimate in found),
        min(estimate.n for estimate in found),
    )
