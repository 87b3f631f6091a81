"""What theory predicts of ridge heads, from the weights that the treatments leave."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.heavy_tailed_esd.experiments.treatments import (
    Setting,
    Treatment,
    teacher_of,
    treated,
)
from traindyn.heavy_tailed_esd.studies.heads import blocks, heads_of
from traindyn.heavy_tailed_esd.theory.floors import SLOPE, odd_floor, zero_loss
from traindyn.heavy_tailed_esd.theory.heads import FeatureMoments, tanh_moments
from traindyn.runs import study

POWERS = (0.5, 1.0)
"""Power of d in the scalings of the features, the model's first."""

Array = np.ndarray


def block_by_block(
    setting: Setting,
    treatments: Sequence[Treatment],
    predicted: Sequence[Treatment] = (),
    scalings: Sequence[int] = (0, 1),
) -> None:
    """Compute heads and predictions in the order in which problems are drawn and trained once.

    Args:
        setting: The problems.
        treatments: All of which heads are fitted.
        predicted: Those of which losses are predicted.
        scalings: For these scalings.
    """
    for block in blocks(setting):
        for treatment in treatments:
            heads_of(block, treatment)
            for scaling in scalings if treatment in predicted else ():
                losses_of(block, treatment, scaling)


def predicted_losses(setting: Setting, treatment: Treatment, scaling: int) -> Array:
    """Losses of ridge heads, by problem and penalty of the setting."""
    parts = [losses_of(block, treatment, scaling) for block in blocks(setting)]
    return np.concatenate(parts)


def predicted_alignments(setting: Setting, treatment: Treatment, scaling: int) -> Array:
    """Alignments of the kernel, by problem."""
    parts = [alignments_of(block, treatment, scaling) for block in blocks(setting)]
    return np.concatenate(parts)


@study(stream="heads")
def losses_of(block: Setting, treatment: Treatment, scaling: int) -> Array:
    """Losses of ridge heads of a block of problems.

    Args:
        block: The problems.
        treatment: Of the first layer.
        scaling: Of the features, 0 for the model's.
    """
    penalties, floor = block.penalties / block.hidden, odd_floor(block.noise)
    found = _moments(block, treatment, scaling)
    return np.array([one.ridge_loss(penalties, block.samples, floor) for one in found])


@study(stream="heads")
def alignments_of(block: Setting, treatment: Treatment, scaling: int) -> Array:
    """Alignments of the kernel of a block of problems.

    Args:
        block: The problems.
        treatment: Of the first layer.
        scaling: Of the features, 0 for the model's.
    """
    second = zero_loss(block.noise)
    found = _moments(block, treatment, scaling)
    return np.array([one.alignment(block.samples, second) for one in found])


def _moments(block: Setting, treatment: Treatment, scaling: int) -> list[FeatureMoments]:
    """Moments of the features of every problem."""
    return [
        tanh_moments(
            treated(block, treatment, index).double().numpy(),
            teacher_of(block, index).direction.double().numpy(),
            POWERS[scaling],
            SLOPE,
        )
        for index in range(block.problems)
    ]
