"""Claim AN-10: in the second layer variance falls with flatness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.settings import (
    HIDDEN,
    LABEL_NOISE,
    Setting,
    draw_setting,
    per_mode,
    simulate,
)
from traindyn.anisotropic_noise.results.second_layer import CollapseRun, InverseRelation
from traindyn.anisotropic_noise.theory.covariance import solve_lyapunov
from traindyn.anisotropic_noise.theory.flatness import flatness
from traindyn.anisotropic_noise.theory.two_layers import (
    TwoLayerNoise,
    inverse_relation,
    local_exponent,
)
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    10,
    source="abstract, inverse variance-flatness relation; the formula is derived here",
    basis="stated",
    statement=(
        "In the second layer flat directions fluctuate less: for isotropic inputs the variance is "
        "T/(1 + b²F²/κ), with an exponent that rises from 0 in sharp directions to at most 2 in "
        "flat ones."
    ),
)
def inverse_variance_flatness(context: Context) -> tuple[CollapseRun, list[Part]]:
    """AN-10."""
    generator = context.numpy_generator("problems")
    choices: list[tuple[str, dict[str, Any]]] = [
        ("b = 1, η = 0.003, S = 8", {}),
        ("b = 2", {"second_value": 2.0}),
        ("b = 0.5", {"second_value": 0.5}),
        ("10 times the label noise", {"noise": 10 * LABEL_NOISE}),
        ("η = 0.0005, S = 1", {"learning_rate": 5e-4, "batch_size": 1}),
    ]
    everything = np.ones(HIDDEN, dtype=bool)
    settings, gaps, correlations, slopes = [], [], [], []
    for label, changes in choices:
        drawn = draw_setting(16_000, generator, **changes)
        relation, gap = relation_of(label, drawn)
        settings.append(relation)
        gaps.append(gap)
        correlations.append(_correlation(relation))
        slopes.append(_slope(relation, everything))
    reference = draw_setting(16_000, generator)
    simulated = per_mode(simulate(reference, context, "SGD")[0])
    relation, _ = relation_of("simulated", reference)
    all_weights = _of_all_weights(reference)
    result = CollapseRun(settings, simulated, relation.scaled, all_weights)
    _, a = reference.modes()
    flat = a**2 < 0.3
    exponent = _slope(relation, flat)
    predicted = float(local_exponent(a[flat] ** 2, 1.0).mean())
    weak, _ = relation_of("weak", draw_setting(16_000, generator, second_value=0.1))
    frozen, frozen_gap = relation_of("frozen", reference, freeze_first=True)
    steep, _ = relation_of(
        "steep", _curved_like_values(draw_setting(16_000, generator, second_value=2.0))
    )
    few = _of_few_samples(context.numpy_generator("few samples"))
    return result, [
        Part(
            "Collapse of five settings of b, η, S and label noise: largest distance of V/T from "
            "1/(1 + b²F²/κ)",
            0.0,
            Estimate(max(gaps)),
            Test("equality", 0.08, "of order √(n/P) = 0.035, doubled for the largest of 50"),
            [Control("first layer frozen", Estimate(frozen_gap))],
        ),
        Part(
            "Simulated SGD: largest distance of V/T from the curve over ten modes",
            0.0,
            _distance_to_curve(simulated, relation),
            Test("equality", 0.08, "as above", side="below"),
            [Control("first layer frozen", Estimate(frozen_gap))],
        ),
        Part(
            "Exponent −d log V / d log F over the flat half of the directions",
            predicted,
            Estimate(exponent),
            Test("slope", 0.2, "of order √(n/P) over a decade of flatness, or a tenth of 2"),
            [Control("b = 0.1: no coupling", Estimate(_slope(weak, flat)))],
        ),
        Part(
            "Exponent over all directions, the largest of five settings: at most 2, where deep "
            "networks were reported to show about 4",
            2.0,
            Estimate(max(slopes)),
            Test("threshold", 0.2, "the error of the exponent above", side="below"),
            [
                Control(
                    "b = 2, inputs of variance 1/a along the singular vectors of W₁",
                    Estimate(_slope(steep, everything)),
                )
            ],
        ),
        Part(
            "Rank correlation of variance and flatness, the weakest of five settings",
            -1.0,
            Estimate(max(correlations)),
            Test(
                "threshold",
                0.05,
                "four pairs of neighbors exchanged by finite P, at 12/990 each for ten directions",
                side="below",
            ),
            [Control("first layer frozen", Estimate(_correlation(frozen)))],
        ),
        Part(
            "Principal directions of all weights together, where the loss sees them: largest over "
            "smallest variance",
            1.0,
            Estimate(_range(all_weights)),
            Test(
                "equality",
                0.4,
                "the eigenvalues of C/T lie within 2√(2n/P) = 0.1 around 1, so 1.1/0.9, doubled",
                side="below",
            ),
            [Control("the second layer alone", Estimate(_range(relation)))],
        ),
        Part(
            "Few samples, c = n/P = 0.8: rank correlation of variance and flatness",
            -1.0,
            few[0],
            Test("threshold", 0.2, "a fifth of the way from a perfect relation to none", "below"),
            [Control("first layer frozen", few[1])],
        ),
    ]


def _of_few_samples(generator: np.random.Generator, draws: int = 40) -> list[Estimate]:
    """Mean rank correlation over problems of 25 samples, both trained and first layer frozen."""
    rows = []
    for _ in range(draws):
        drawn = draw_setting(25, generator)
        pair = (relation_of("", drawn, freeze_first=frozen)[0] for frozen in (False, True))
        rows.append([_correlation(relation) for relation in pair])
    return [estimate_mean(column) for column in np.array(rows).T]


def _of_all_weights(setting: Setting) -> InverseRelation:
    """Variance and flatness along the principal directions of both layers together."""
    noise = setting.noise
    c = noise.covariance(setting.learning_rate, setting.batch_size) / setting.temperature
    variances, axes = np.linalg.eigh(c)
    seen = variances > 1e-9 * variances[-1]
    curvature = np.einsum("in,ij,jn->n", axes[:, seen], noise.hessian, axes[:, seen])
    width = flatness(curvature, noise.residual_variance / 2)
    return InverseRelation("all weights", variances[seen], width, width / width.min())


def _curved_like_values(setting: Setting) -> Setting:
    """The same layers and residuals, with inputs that give mode i the curvature a instead of a².

    The variance of the inputs is 1/a along the right singular vectors of the first layer.
    """
    noise = setting.noise
    _, a, right = np.linalg.svd(noise.first, full_matrices=False)
    x = noise.x + (noise.x @ right.T) * (a**-0.5 - 1) @ right
    y = x @ (noise.second @ noise.first).T - noise.residuals
    return replace(setting, noise=TwoLayerNoise(x, y, noise.first, noise.second))


def _range(relation: InverseRelation) -> float:
    """Largest over smallest variance."""
    return float(relation.variances.max() / relation.variances.min())


def relation_of(
    label: str, setting: Setting, *, freeze_first: bool = False
) -> tuple[InverseRelation, float]:
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
    scaled = np.sqrt(1 / predicted - 1)
    gap = float(np.abs(variances - predicted).max())
    return InverseRelation(label, variances, width, scaled), gap


def _correlation(relation: InverseRelation) -> float:
    return float(stats.spearmanr(relation.variances, relation.flatness).statistic)


def _slope(relation: InverseRelation, chosen: np.ndarray) -> float:
    """Exponent over the flattest directions, as many as are chosen."""
    flattest = np.argsort(relation.flatness)[-int(chosen.sum()) :]
    v, f = relation.variances[flattest], relation.flatness[flattest]
    return float(-np.polyfit(np.log(f), np.log(v), 1)[0])


def _distance_to_curve(simulated: list[Estimate], relation: InverseRelation) -> Estimate:
    curve = np.sort(1 / (1 + relation.scaled**2))[::-1]
    gaps = [replace(v, value=abs(v.value - c)) for v, c in zip(simulated, curve, strict=True)]
    widest = max(gaps, key=lambda gap: gap.stderr)
    return replace(widest, value=max(gap.value for gap in gaps))
