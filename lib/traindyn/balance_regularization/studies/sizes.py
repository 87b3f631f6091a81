"""How many replicas a test needs."""

from __future__ import annotations

import math

from traindyn.inference import critical_value

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
    7568
    """
    if not room > 0:
        raise ValueError(f"room must be positive, got {room}")
    return math.ceil(((critical_value() + POWER) * deviation / room) ** 2)
