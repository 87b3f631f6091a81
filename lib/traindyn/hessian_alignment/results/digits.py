"""What the digits section shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.hessian_alignment.experiments.digits import Part
from traindyn.inference import Estimate

__all__ = ["DigitsRun", "Part", "Place"]


@dataclass(frozen=True)
class Place:
    """Overlap of some weights with an eigenspace.

    Args:
        name: Which weights and which space.
        measured: Their overlap.
        random: That of a random direction.
    """

    name: str
    measured: Estimate
    random: float


@dataclass(frozen=True)
class DigitsRun:
    """Networks on images of digits, means over networks.

    Args:
        blocks: Eigenvalues of the block of a class over the first, for each number of classes.
        places: Overlaps of weights with eigenspaces.
        losses: Along further training with a part of the gradient.
    """

    blocks: dict[int, np.ndarray]
    places: list[Place]
    losses: dict[Part, np.ndarray]
