"""Data sets, starts and rules that several claims share."""

from __future__ import annotations

import math
from collections.abc import Iterable

from traindyn.balance_regularization.experiments.samples import Coefficients
from traindyn.balance_regularization.theory.moments import Moments
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, critical_value
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


POWER = 3.5
"""Normal quantile of a chance of 0.9998: several estimates all keep within it in 999 of 1,000."""


def replicas_to_decide(deviation: float, room: float) -> int:
    r"""Independent replicas with which a test decides with probability 0.999.

    The interval :math:`\pm z s/\sqrt n` around a mean that itself scatters by :math:`s/\sqrt n`
    must fit into the room: :math:`n = (z + 3.5)^2 s^2 / \mathrm{room}^2`.

    Args:
        deviation: Standard deviation :math:`s` of one replica.
        room: Bound less the deviation from the prediction that theory expects, positive.

    Raises:
        ValueError: If there is no room.

    >>> replicas_to_decide(deviation=1.0, room=0.1)
    7042
    """
    if not room > 0:
        raise ValueError(f"room must be positive, got {room}")
    return math.ceil(((critical_value() + POWER) * deviation / room) ** 2)


def worst(estimates: Iterable[Estimate]) -> Estimate:
    """The largest of several distances, with the widest of their errors."""
    found = list(estimates)
    return Estimate(
        max(estimate.value for estimate in found),
        max(estimate.stderr for estimate in found),
        min(estimate.n for estimate in found),
    )
