"""One number for many ratios: the one that is farthest from one."""

from __future__ import annotations

from dataclasses import replace

from traindyn.inference import Estimate


def worst(ratios: list[Estimate]) -> Estimate:
    """The largest distance from one, with the largest of the errors."""
    value = max(abs(ratio.value - 1) for ratio in ratios)
    error = max(ratios, key=lambda ratio: ratio.stderr)
    return replace(error, value=value)
