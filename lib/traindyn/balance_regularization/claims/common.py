"""Rules that several claims share."""

from __future__ import annotations

from collections.abc import Iterable

from traindyn.balance_regularization.studies.deep_runs import RESOLUTION
from traindyn.inference import Estimate
from traindyn.ledger.legacy import Test

KS_BOUND = Test(
    "ks",
    0.03,
    "less than half the distance of every wrong law among the controls",
    side="below",
)
"""Rule for the distance of samples from a law."""

DEEP_KS_BOUND = Test(
    "ks",
    RESOLUTION / 2,
    "half the resolution 0.1 of the scheme: the relative error of the variance when a step relaxes "
    "by that fraction, to first order",
    side="below",
)
"""The same for deep nets."""


def worst(estimates: Iterable[Estimate]) -> Estimate:
    """The largest of several distances, with the widest of their errors."""
    found = list(estimates)
    return Estimate(
        max(estimate.value for estimate in found),
        max(estimate.stderr for estimate in found),
        min(estimate.n for estimate in found),
    )
