"""Where gradients lie along a run, and training that is confined to top eigenspaces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.full_matrix import (
    Gradients,
    captured,
    gradients,
    loss_and_accuracy,
)
from traindyn.hessian_alignment.experiments.other_training import Kept, train_projected
from traindyn.hessian_alignment.studies.full_matrix import TEST_SIZE as WHOLE_TEST_SIZE
from traindyn.hessian_alignment.studies.full_matrix import Setting, whole_setting
from traindyn.hessian_alignment.studies.softmax import TEST_SIZE, trained
from traindyn.runs import Context, study

__all__ = ["Gradients", "captured"]

TIMES = (0.0, 1.0, 5.0, 10.0, 20.0)
SAMPLES = 4000
"""Test samples per replica for the loss."""


def unregularized(context: Context) -> Setting:
    """Four classes at λ = 50 without a regularizer."""
    return replace(whole_setting(context, 50.0), decay=0.0, replicas=56)


@study(stream="HA-21")
def gradients_at(context: Context, index: int) -> Gradients:
    """Gradients and top eigenvectors of the Hessian at one of the times."""
    setting = unregularized(context)
    run = trained(context, setting, TIMES)
    generator = context.torch_generator(f"gradients {index}")
    samples = WHOLE_TEST_SIZE * setting.dimension
    return gradients(run.weights[index], run.mixture, samples, generator)


@study(stream="HA-21")
def projected_losses(context: Context) -> dict[str, Float[np.ndarray, " replicas"]]:
    """Test losses after SGD, its projection on the top eigenspaces, and the rest."""
    setting = unregularized(context)
    run = trained(context, setting, TIMES)
    generator = context.torch_generator("projected")
    weights = {"SGD": run.last}
    kinds: tuple[Kept, ...] = ("dominant", "bulk")
    for kept in kinds:
        weights[kept] = train_projected(
            run.weights[0],
            run.mixture,
            setting.learning_rate,
            TIMES[-1],
            kept,
            generator,
            TEST_SIZE * setting.dimension,
        )
    return {
        name: loss_and_accuracy(x, run.mixture, SAMPLES, generator)[0].numpy()
        for name, x in weights.items()
    }
