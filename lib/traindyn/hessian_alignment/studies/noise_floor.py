"""What the law of the noise floor needs: weights outside the means, moments of residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.mixtures import probabilities
from traindyn.hessian_alignment.studies.softmax import Setting, trained
from traindyn.runs import Context, study

SAMPLES = 1000
"""Test samples per replica."""


@dataclass(frozen=True)
class Moments:
    """Means over classes, replicas and test samples.

    Args:
        residual: Of (π - y)².
        curvature: Of π(1 - π).
    """

    residual: float
    curvature: float


@study(stream="HA-4")
def moments(context: Context, setting: Setting) -> Moments:
    """Squared residuals and curvatures of trained weights."""
    run = trained(context, setting)
    generator = context.torch_generator(f"moments {setting}")
    labels, inputs = run.mixture.draw((len(run.last), SAMPLES), generator)
    pi = probabilities(run.last, inputs)
    right = pi.gather(2, labels.unsqueeze(2)).squeeze(2)
    residual = (pi**2).sum(dim=2) - 2 * right + 1
    return Moments(float(residual.mean()) / setting.classes, float((pi * (1 - pi)).mean()))


def squared_outside(context: Context, setting: Setting) -> Float[np.ndarray, "replicas classes"]:
    """Squared weights outside the span of orthonormal means."""
    run = trained(context, setting)
    means = run.mixture.means
    outside = run.last - (run.last @ means.T) @ means
    return np.asarray((outside**2).sum(dim=2).numpy())
