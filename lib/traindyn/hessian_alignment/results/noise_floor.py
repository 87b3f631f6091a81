"""The error of alignment over λ and over the learning rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traindyn.inference import Estimate


@dataclass(frozen=True)
class FloorRun:
    """One minus overlap, over λ.

    Args:
        precisions: Values of λ that were run.
        hessian: With the eigenspace of the Hessian's block.
        gradient: With that of the gradient matrix.
        means: With the span of the means.
        grid: Values of λ of the laws.
        law: Predicted for the Hessian.
        floor: Predicted for the means: the noise floor.
    """

    precisions: np.ndarray
    hessian: list[Estimate]
    gradient: list[Estimate]
    means: list[Estimate]
    grid: np.ndarray
    law: np.ndarray
    floor: np.ndarray


@dataclass(frozen=True)
class StepRun:
    """One minus overlap with the means, over steps and dimensions.

    Args:
        steps: Learning rates in units of 1/d.
        outside: At these, for one dimension.
        dimensions: Values of d.
        fixed: At a learning rate that does not change with d.
        scaled: At a learning rate that goes as 1/d.
    """

    steps: np.ndarray
    outside: list[Estimate]
    dimensions: np.ndarray
    fixed: list[Estimate]
    scaled: list[Estimate]
