"""Study of the second layer: variance against flatness, simulated and in theory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from traindyn.anisotropic_noise.results.second_layer import (
    InverseRelation,
    InverseRelations,
    SettingRun,
)
from traindyn.anisotropic_noise.studies.networks import LABEL_NOISE, STARTS, draw_ensemble
from traindyn.anisotropic_noise.studies.second_layer import FIRST_VALUES, INPUTS
from traindyn.anisotropic_noise.studies.settings import Setting, draw_setting
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.flatness import flatness
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise, inverse_relation
from traindyn.runs import Context, study

NETWORKS = {"ci": 200, "laptop": 400, "paper": 1600}
REFERENCE = 3
"""Times the networks of the other settings."""

FEW_SAMPLES, FEW_PROBLEMS, STEEP_PROBLEMS = 25, 40, 16
CHOICES: dict[str, dict[str, Any]] = {
    "b = 1, η = 0.004, S = 8": {},
    "b = 2": {"second_value": 2.0},
    "b = 0.5": {"second_value": 0.5},
    "10 times the label noise": {"noise": 10 * LABEL_NOISE},
    "η = 0.002, S = 4": {"learning_rate": 2e-3, "batch_size": 4},
}
"""Settings that should fall on one curve; the first is the reference."""


@study(stream="AN-10")
def relations(context: Context) -> InverseRelations:
    """Five simulated settings, and minima of few samples and of other inputs in theory."""
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
        FIRST_VALUES,
        {label: _setting(context, label, **changes) for label, changes in CHOICES.items()},
        np.array(steep),
        both,
        frozen,
    )


def _setting(
    context: Context, label: str, *, second_value: float = 1.0, **changes: Any
) -> SettingRun:
    count = context.choose(**NETWORKS) * (REFERENCE if label in list(CHOICES)[:1] else 1)
    generator = context.numpy_generator(f"networks, {label}")
    ensemble = draw_ensemble(
        FIRST_VALUES, np.array([second_value]), INPUTS, count, generator, **changes
    )
    moments = {
        name: ensemble.moments(start, context.numpy_generator(f"{label}, from {name}"))
        for name, start in STARTS.items()
    }
    width = flatness(FIRST_VALUES**2, ensemble.residual_variance / 2)
    return SettingRun(
        label, second_value, ensemble.residual_variance, ensemble.error, width, moments
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
