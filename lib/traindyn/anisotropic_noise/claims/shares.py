"""One number for many problems: how far measurements have gone to the right prediction."""

from __future__ import annotations

from traindyn.anisotropic_noise.results.covariance import Shares
from traindyn.inference import (
    Estimate,
    combination,
    critical_value,
    exact,
    largest,
    ratio_of_means,
)
from traindyn.ledger import Rule, at_least


def share(run: Shares) -> Estimate:
    """How far the measurements have gone from the wrong prediction to the right one."""
    return ratio_of_means(run.gone, run.whole)


def agreement(*distances: Estimate) -> Estimate:
    """One minus the largest of some mean squared relative distances: 1 if all agree."""
    farthest = largest(distances) if len(distances) > 1 else distances[0]
    return combination([1.0, -1.0], [exact(1.0), farthest])


def close(measurement: Estimate, neglected: float) -> Rule:
    """Accept an agreement that lacks what noise and a neglected term explain.

    Args:
        measurement: The agreement, unbiased.
        neglected: Relative size of what theory neglects, computed.
    """
    half_width = measurement.half_width(critical_value())
    return at_least(
        1 - 2 * half_width - neglected**2,
        f"one less twice the error of the measurement and the square of {neglected:.2g}, the "
        "relative size of what the theory neglects",
        "noise",
    )
