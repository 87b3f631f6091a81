"""What index of Hill a random matrix can have."""

from __future__ import annotations

from traindyn.system.arguments import whole_number
from traindyn.tails import hill_null


def lightest_index(least: int) -> float:
    """An index of Hill that random matrices do not go below, whatever their shape.

    It is that of square ones, the smallest of all shapes, with 2/n for their finite size.

    Args:
        least: Shorter side n, at least 2.

    Raises:
        ValueError: If it is smaller.

    >>> round(lightest_index(40), 3)
    2.172
    """
    return hill_null(1.0) + 2 / whole_number("least", least, 2)
