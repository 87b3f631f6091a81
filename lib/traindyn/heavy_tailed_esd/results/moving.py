"""Spectrum and alignment of runs, step by step, for the moving figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.heavy_tailed_esd.experiments.optimizers import OptimizerName

Array = np.ndarray

__all__ = ["OptimizerName", "StepwiseRun"]


@dataclass(frozen=True)
class StepwiseRun:
    """One optimizer at one learning rate on several problems, from the start to the last step.

    Args:
        optimizer: Its name.
        rate: Learning rate, of gradient descent in units of d.
        samples_per_input: n/d.
        hidden: Number h of hidden units.
        teacher: Eigenvalues of W^T W before the first step and after each, with true labels.
        shuffled: The same with shuffled labels.
        teacher_cosine: Cosine of the top direction and the teacher there, with true labels.
        shuffled_cosine: The same with shuffled labels.
    """

    optimizer: OptimizerName
    rate: float
    samples_per_input: int
    hidden: int
    teacher: Float[Array, "times problems inputs"]
    shuffled: Float[Array, "times problems inputs"]
    teacher_cosine: Float[Array, "times problems"]
    shuffled_cosine: Float[Array, "times problems"]
