"""Study of the second layer: variance against flatness, in theory and simulated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from traindyn.anisotropic_noise.results.second_layer import InverseRelation, InverseRelations
from traindyn.anisotropic_noise.studies.settings import (
    LABEL_NOISE,
    Setting,
    draw_setting,
    per_mode,
    simulate,
)
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.flatness import flatness
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise, inverse_relation
from traindyn.inference import Estimate, estimate_mean
from traindyn.runs import Context, study

SAMPLES = 16_000
FEW_SAMPLES, FEW_PROBLEMS = 25, 40
CHOICES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("b = 1, η = 0.003, S = 8", {}),
    ("b = 2", {"second_value": 2.0}),
    ("b = 0.5", {"second_value": 0.5}),
    ("10 times the label noise", {"noise": 10 * LABEL_NOISE}),
    ("η = 0.0005, S = 1", {"learning_rate": 5e-4, "batch_size": 1}),
)
"""Settings that should fall on one curve."""


@study(stream="AN-10")
def relations(context: Context) -> InverseRelations:
    """Five settings and other minima in theory, one of them simulated."""
    generator = context.numpy_generator("problems")
    settings = [
        relation_of(label, draw_setting(SAMPLES, generator, **changes))
        for label, changes in CHOICES
    ]
    reference = draw_setting(SAMPLES, generator)
    simulated, _ = simulate(reference, context, "SGD")
    weak = draw_setting(SAMPLES, generator, second_value=0.1)
    steep = curved_like_values(draw_setting(SAMPLES, generator, second_value=2.0))
    few = _of_few_samples(context.numpy_generator("few samples"))
    return InverseRelations(
        settings=settings,
        first_values=reference.modes()[1],
        reference=relation_of("simulated", reference),
        simulated=per_mode(simulated),
        all_weights=_of_all_weights(reference),
        frozen=relation_of("frozen", reference, freeze_first=True),
        weak=relation_of("weak", weak),
        steep=relation_of("steep", steep),
        few_samples=few["both"],
        few_samples_frozen=few["frozen"],
    )


def _of_few_samples(generator: np.random.Generator) -> dict[str, Estimate]:
    """Mean rank correlation over problems of few samples, both trained and first layer frozen."""
    rows = []
    for _ in range(FEW_PROBLEMS):
        drawn = draw_setting(FEW_SAMPLES, generator)
        rows.append([relation_of("", drawn, freeze_first=f).correlation for f in (False, True)])
    columns = np.array(rows).T
    return {n: estimate_mean(column) for n, column in zip(("both", "frozen"), columns, strict=True)}


def _of_all_weights(setting: Setting) -> InverseRelation:
    """Variance and flatness along the principal directions of both layers together."""
    noise = setting.noise
    c = noise.covariance(setting.learning_rate, setting.batch_size) / setting.temperature
    variances, axes = np.linalg.eigh(c)
    seen = variances > 1e-9 * variances[-1]
    curvature = np.einsum("in,ij,jn->n", axes[:, seen], noise.hessian, axes[:, seen])
    width = flatness(curvature, noise.residual_variance / 2)
    return InverseRelation("all weights", variances[seen], width, width / width.min(), np.nan)


def curved_like_values(setting: Setting) -> Setting:
    """The same layers and residuals, with inputs that give mode i the curvature a instead of a².

    The variance of the inputs is 1/a along the right singular vectors of the first layer.
    """
    noise = setting.noise
    _, a, right = np.linalg.svd(noise.first, full_matrices=False)
    x = noise.x + (noise.x @ right.T) * (a**-0.5 - 1) @ right
    y = x @ (noise.second @ noise.first).T - noise.residuals
    return replace(setting, noise=TwoLayerNoise(x, y, noise.first, noise.second))


def relation_of(label: str, setting: Setting, *, freeze_first: bool = False) -> InverseRelation:
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
    gap = float(np.abs(variances - predicted).max())
    return InverseRelation(label, variances, width, np.sqrt(1 / predicted - 1), gap)
