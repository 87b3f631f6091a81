"""Rules that several claims share."""

from __future__ import annotations

from traindyn.balance_regularization.studies.deep_runs import RESOLUTION
from traindyn.inference import critical_value, estimate_fraction
from traindyn.ledger import Rule, at_least, at_most

DEEP_DISTANCE = at_most(
    RESOLUTION / 2,
    "half the resolution 0.1 of the scheme: the relative error of the variance when a step relaxes "
    "by that fraction, to first order",
    "size",
)
"""Rule for the distance of samples of the stochastic equation of deep nets from a law."""


def never(trials: int) -> Rule:
    """Accept a fraction only if none of the trials hit."""
    return at_most(_open(trials), f"what {trials:,} trials without a hit leave open", "count")


def always(trials: int) -> Rule:
    """Accept a fraction only if all trials hit."""
    return at_least(1 - _open(trials), f"what {trials:,} trials that all hit leave open", "count")


def _open(trials: int) -> float:
    """The largest fraction that trials without a hit do not rule out."""
    return estimate_fraction(0, trials).half_width(critical_value()) * (1 + 1e-9)
