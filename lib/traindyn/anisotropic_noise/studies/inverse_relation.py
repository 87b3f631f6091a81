"""Study of the second layer: variance against flatness, simulated and in theory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from traindyn.anisotropic_noise.results.second_layer import InverseRelation, InverseRelations
from traindyn.anisotropic_noise.studies.networks import LABEL_NOISE
from traindyn.anisotropic_noise.studies.second_layer import RATE, run_setting
from traindyn.anisotropic_noise.studies.settings import Setting, draw_setting
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.flatness import flatness
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise, inverse_relation
from traindyn.runs import Context, study

NETWORKS = {"ci": 360, "laptop": 360, "paper": 1600}
FEW_SAMPLES, FEW_PROBLEMS, STEEP_PROBLEMS = 25, 112, 16
CHOICES: dict[str, dict[str, Any]] = {
    "b = 2": {"second_value": 2.0},
    "b = 0.5": {"second_value": 0.5},
    "10 times the label noise": {"noise": 10 * LABEL_NOISE},
    f"η = {RATE / 2:g}, S = 4": {"learning_rate": RATE / 2, "batch_size": 4},
}
"""Settings that should fall on one curve with that of ``both_trained``."""


@study(stream="AN-10")
def relations(context: Context) -> InverseRelations:
    """Four simulated settings, and minima of few samples and of other inputs in theory."""
    generator = context.numpy_generator("few samples")
    few = []
    for _ in range(FEW_PROBLEMS):
        drawn = draw_setting(FEW_SAMPLES, generator)
        few.append([relation_of(drawn, freeze_first=f).correlation for f in (False, True)])
    both, frozen = np.array(few).T
    against = context.numpy_generator("inputs against the first layer")
    steep = [
        relation_of(curved_like_values(draw_setting(4000, against, second_value=2.0))).exponent(10)
        for _ in range(STEEP_PROBLEMS)
    ]
    return InverseRelations(
        {
            label: run_setting(context, label, context.choose(**NETWORKS), **changes)
            for label, changes in CHOICES.items()
        },
        np.array(steep),
        both,
        frozen,
    )


def curved_like_values(setting: Setting) -> Setting:
    """The same layers and residuals, with inputs that give mode i the curvature a instead of a².

    The variance of the inputs is 1/a along the right singular vectors of the first layer.
    """
    noise = setting.noise
    _, a, right = np.linalg.svd(noise.first, full_matrices=False)
    x = noise.x + (noise.x @ right.T) * (a**-0.5 - 1) @ right
    y = x @ (noise.second @ noise.first).T - noise.residuals
    return replace(setting, noise=TwoLayerNoise(x, y, noise.first, noise.second))


def relation_of(setting: Setting, *, freeze_first: bool = False) -> InverseRelation:
    """Variance and flatness along the principal directions, and the distance from the curve."""
    noise = setting.noise
    rate, batch = setting.learning_rate, setting.batch_size
    if freeze_first:
        drive = rate / batch * noise.second_layer(noise.noise)
        c = solve_lyapunov(noise.second_layer(noise.hessian), drive) / setting.temperature
    else:
        c = noise.second_layer(noise.covariance(rate, batch)) / setting.temperature
    variances, axes = np.linalg.eigh(c)
    curvature = np.einsum("in,ij,jn->n", axes, noise.second_layer(noise.hessian), axes)
    loss = noise.residual_variance / 2
    width = flatness(curvature, loss)
    predicted = inverse_relation(width, setting.second_value, loss)
    return InverseRelation(variances, width, float(np.mean((variances - predicted) ** 2)))
