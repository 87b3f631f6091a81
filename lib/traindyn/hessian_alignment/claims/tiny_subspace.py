"""Claim HA-21: the mean gradient lies in a tiny subspace, and training can be confined to it."""

from __future__ import annotations

import math

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.full_matrix import GradientRun
from traindyn.hessian_alignment.studies.full_matrix import FullSpectra, captured, full
from traindyn.hessian_alignment.studies.tiny_subspace import (
    TIMES,
    projected_losses,
    unregularized,
)
from traindyn.inference import Estimate
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

CLASSES = 4


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
    setting = unregularized(context)
    found = {time: full(context, setting, TIMES, i) for i, time in enumerate(TIMES)}
    losses = projected_losses(context)
    result = GradientRun(
        np.array(TIMES),
        {count: [_share(s, count) for s in found.values()] for count in (3, 4, 12)},
        [replica_mean(s.single_shares) for s in found.values()],
        {name: replica_mean(values) for name, values in losses.items()},
    )
    return result, [
        *_gradients(found, setting.precision),
        _single_part(found[20.0], setting.dimension, setting.precision),
        _spaces(found),
        *_losses(losses),
    ]


def _share(spectra: FullSpectra, count: int) -> Estimate:
    """Share of the squared mean gradient in the first eigenvectors of the Hessian."""
    return replica_mean(captured(spectra.mean_gradient, spectra.hessian_vectors[..., :count]))


def _gradients(at: dict[float, FullSpectra], precision: float) -> list[Part]:
    """The mean gradient lies in few eigenvectors."""
    worst = np.min(
        [
            captured(at[t].mean_gradient, at[t].hessian_vectors[..., :CLASSES])[:, 0]
            for t in (5.0, 10.0, 20.0)
        ],
        axis=0,
    )
    return [
        Part(
            "Share of the squared mean gradient in the top four eigenvectors, least of t = 5 to 20",
            1.0,
            replica_mean(worst),
            Test("threshold", 1 / precision, "the size 1/λ", "above"),
            [
                Control("at the start", _share(at[0.0], 4)),
                Control("three eigenvectors at t = 10", _share(at[10.0], 3)),
            ],
        ),
        Part(
            "The same at the start in all k(k − 1) = 12 outliers",
            1.0,
            _share(at[0.0], 12),
            Test("threshold", 1 / precision, "the size 1/λ", "above"),
            [Control("four", _share(at[0.0], 4))],
        ),
    ]


def _single_part(late: FullSpectra, dimension: int, precision: float) -> Part:
    """Gradients of single samples are mostly noise."""
    return Part(
        "Share of a single sample's squared gradient in the top four at t = 20: that of the "
        "mean in |X|², 1/(1 + d/λ)",
        1 / (1 + dimension / precision),
        replica_mean(late.single_shares),
        Test("equality", 0.05, "k of the d noisy directions lie inside: k/λ of 1/(1 + d/λ)"),
        [Control("the mean gradient", _share(late, CLASSES))],
    )


def _spaces(at: dict[float, FullSpectra]) -> Part:
    """The eigenspace comes to rest."""

    def same_space(one: float, other: float) -> Estimate:
        first, second = (at[time].hessian_vectors[..., :CLASSES] for time in (one, other))
        return replica_mean(captured(first, second))

    return Part(
        "Mean squared cosine between the top four eigenvectors at t = 10 and t = 20",
        1.0,
        same_space(10.0, 20.0),
        Test("threshold", 0.1, "a tenth: test samples differ, and alignment is not over", "above"),
        [Control("at the start and t = 10", same_space(0.0, 10.0))],
    )


def _losses(losses: dict[str, np.ndarray]) -> list[Part]:
    """Training inside the top eigenspaces, and outside of them."""
    chance = math.log(CLASSES)
    return [
        Part(
            "Loss after steps in the top eigenspaces only, less that of SGD, t = 20",
            0.0,
            replica_mean(losses["dominant"] - losses["SGD"]),
            Test("equality", 0.05, "a twentieth of the distance log k to chance, twice over"),
            [Control("steps outside of them", replica_mean(losses["bulk"] - losses["SGD"]))],
        ),
        Part(
            "Loss after steps outside the top eigenspaces: that of chance, log k",
            chance,
            replica_mean(losses["bulk"]),
            Test("equality", 0.14, "a tenth of log k, of what there is to learn"),
            [Control("SGD", replica_mean(losses["SGD"]))],
        ),
    ]
