"""Claim HA-21: the mean gradient lies in a tiny subspace, and training can be confined to it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import (
    TEST_SIZE,
    replica_mean,
    trained,
)
from traindyn.hessian_alignment.claims.full_matrix import full, whole_setting
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.full_matrix import (
    FullSpectra,
    captured,
    loss_and_accuracy,
)
from traindyn.hessian_alignment.experiments.other_training import (
    Kept,
    train_projected,
)
from traindyn.hessian_alignment.experiments.runs import Setting
from traindyn.hessian_alignment.results.full_matrix import GradientRun
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context

GRADIENT_TIMES = (0.0, 1.0, 5.0, 10.0, 20.0)


@registry.claim(
    21,
    source="the observation is Gur-Ari, Roberts and Dyer's for deep networks; derived here",
    basis="extension",
    statement=(
        "The mean gradient soon lies in the span of the top k eigenvectors of the Hessian, and "
        "training restricted to it works while training outside it does not."
    ),
)
def tiny_subspace(context: Context) -> tuple[GradientRun, list[Part]]:
    """HA-21."""
    setting = replace(whole_setting(context, 50.0), decay=0.0, replicas=24)
    k, d = setting.classes, setting.dimension
    found = [full(context, setting, GRADIENT_TIMES, i) for i in range(len(GRADIENT_TIMES))]

    def share(spectra: FullSpectra, count: int) -> Estimate:
        return replica_mean(captured(spectra.mean_gradient, spectra.hessian_vectors[..., :count]))

    def single(spectra: FullSpectra) -> Estimate:
        return replica_mean(captured(spectra.sample_gradients, spectra.hessian_vectors[..., :k]))

    at = dict(zip(GRADIENT_TIMES, found, strict=True))
    late = [at[time] for time in (5.0, 10.0, 20.0)]
    worst = replica_mean(
        np.min([captured(s.mean_gradient, s.hessian_vectors[..., :k])[:, 0] for s in late], axis=0)
    )

    def same_space(one: float, other: float) -> Estimate:
        basis = at[other].hessian_vectors[..., :k]
        return replica_mean(captured(at[one].hessian_vectors[..., :k], basis))

    losses = _projected_losses(context, setting)
    dominant = replica_mean(losses["dominant"] - losses["SGD"])
    bulk = replica_mean(losses["bulk"] - losses["SGD"])
    parts = [
        Part(
            "Share of the squared mean gradient in the top four eigenvectors, least of t = 5 to 20",
            1.0,
            worst,
            Test("threshold", 1 / setting.precision, "the size 1/λ", "above"),
            [
                Control("at the start", share(at[0.0], k)),
                Control("three eigenvectors at t = 10", share(at[10.0], k - 1)),
            ],
        ),
        Part(
            "The same at the start in all k(k − 1) = 12 outliers",
            1.0,
            share(at[0.0], k * (k - 1)),
            Test("threshold", 1 / setting.precision, "the size 1/λ", "above"),
            [Control("four", share(at[0.0], k))],
        ),
        Part(
            "Share of a single sample's squared gradient in the top four at t = 20: that of the "
            "mean in |X|², 1/(1 + d/λ)",
            1 / (1 + d / setting.precision),
            single(at[20.0]),
            Test("equality", 0.05, "k of the d noisy directions lie inside: k/λ of 1/(1 + d/λ)"),
            [Control("the mean gradient", share(at[20.0], k))],
        ),
        Part(
            "Mean squared cosine between the top four eigenvectors at t = 10 and t = 20",
            1.0,
            same_space(10.0, 20.0),
            Test(
                "threshold", 0.1, "a tenth: test samples differ, and alignment is not over", "above"
            ),
            [Control("at the start and t = 10", same_space(0.0, 10.0))],
        ),
        Part(
            "Loss after steps in the top eigenspaces only, less that of SGD, t = 20",
            0.0,
            dominant,
            Test("equality", 0.05, "a twentieth of the distance log k to chance, twice over"),
            [Control("steps outside of them", bulk)],
        ),
        Part(
            "Loss after steps outside the top eigenspaces: that of chance, log k",
            math.log(k),
            replica_mean(losses["bulk"]),
            Test("equality", 0.14, "a tenth of log k, of what there is to learn"),
            [Control("SGD", replica_mean(losses["SGD"]))],
        ),
    ]
    result = GradientRun(
        np.array(GRADIENT_TIMES),
        {count: [share(s, count) for s in found] for count in (k - 1, k, k * (k - 1))},
        [single(s) for s in found],
        {name: replica_mean(values) for name, values in losses.items()},
    )
    return result, parts


def _projected_losses(context: Context, setting: Setting) -> dict[str, np.ndarray]:
    """Test losses after SGD, its projection on the top eigenspaces, and the rest."""
    run = trained(context, setting, GRADIENT_TIMES)
    generator = context.torch_generator("projected")
    weights = {"SGD": run.last}
    kinds: tuple[Kept, ...] = ("dominant", "bulk")
    for kept in kinds:
        weights[kept] = train_projected(
            run.weights[0],
            run.mixture,
            setting.learning_rate,
            GRADIENT_TIMES[-1],
            kept,
            generator,
            TEST_SIZE * setting.dimension,
        )
    return {
        name: loss_and_accuracy(x, run.mixture, 4000, generator)[0].numpy()
        for name, x in weights.items()
    }
