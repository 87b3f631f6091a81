"""Claim HA-21: the mean gradient lies in a tiny subspace, and training can be confined to it."""

from __future__ import annotations

import math

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.full_matrix import GradientRun
from traindyn.hessian_alignment.studies.tiny_subspace import (
    TIMES,
    Gradients,
    captured,
    gradients_at,
    projected_losses,
    unregularized,
)
from traindyn.inference import Estimate, exact
from traindyn.ledger import (
    Part,
    at_least,
    other_system,
    same_run,
    within,
    wrong_prediction,
    wrong_theory,
)
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
    found = {time: gradients_at(context, i) for i, time in enumerate(TIMES)}
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
        _spaces(found, setting.precision),
        *_losses(losses, setting.precision, setting.dimension),
    ]


def _share(spectra: Gradients, count: int) -> Estimate:
    """Share of the squared mean gradient in the first eigenvectors of the Hessian."""
    return replica_mean(captured(spectra.mean_gradient, spectra.hessian_vectors[..., :count]))


def _gradients(at: dict[float, Gradients], precision: float) -> list[Part]:
    """The mean gradient lies in few eigenvectors."""
    worst = np.min(
        [
            captured(at[t].mean_gradient, at[t].hessian_vectors[..., :CLASSES])[:, 0]
            for t in (5.0, 10.0, 20.0)
        ],
        axis=0,
    )
    many = CLASSES * (CLASSES - 1)
    return [
        row(
            "Share of the squared mean gradient in the top four eigenvectors of the Hessian, least "
            "of t = 5 to 20, λ = 50",
            replica_mean(worst),
            at_least(1 - 1 / precision, "one minus the size 1/λ", "next order"),
            [
                wrong_theory("k − 1 = 3 eigenvectors, t = 10", _share(at[10.0], CLASSES - 1)),
                same_run("at the start", _share(at[0.0], CLASSES)),
            ],
        ),
        row(
            "Share of the squared mean gradient at the start in all k(k − 1) = 12 outliers, λ = 50",
            _share(at[0.0], many),
            at_least(1 - 1 / precision, "one minus the size 1/λ", "next order"),
            [
                wrong_theory("k = 4 eigenvectors", _share(at[0.0], CLASSES)),
            ],
        ),
    ]


def _single_part(late: Gradients, dimension: int, precision: float) -> Part:
    """Gradients of single samples are mostly noise."""
    return row(
        "Share of a single sample's squared gradient in the top four eigenvectors at t = 20: that "
        "of the mean in |X|², 1/(1 + d/λ)",
        replica_mean(late.single_shares),
        within(0.05, "k of the d noisy directions lie inside: k/λ of 1/(1 + d/λ)", "next order"),
        [
            wrong_prediction("k of d directions, as of noise", CLASSES / dimension),
            wrong_prediction("λ/d, without the mean in |X|²", precision / dimension),
            same_run("the mean gradient", _share(late, CLASSES)),
        ],
        prediction=1 / (1 + dimension / precision),
    )


def _spaces(at: dict[float, Gradients], precision: float) -> Part:
    """The eigenspace comes to rest."""

    def same_space(one: float, other: float) -> Estimate:
        first, second = (at[time].hessian_vectors[..., :CLASSES] for time in (one, other))
        return replica_mean(captured(first, second))

    return row(
        "Mean squared cosine between the top four eigenvectors of the Hessian at t = 10 and "
        "t = 20, λ = 50",
        same_space(10.0, 20.0),
        at_least(
            1 - CLASSES / precision, "one minus k/λ: two tilts on other samples", "next order"
        ),
        [
            wrong_theory("one of the four has turned", exact(1 - 1 / CLASSES)),
            same_run("at the start and t = 10", same_space(0.0, 10.0)),
        ],
    )


def _losses(losses: dict[str, np.ndarray], precision: float, dimension: int) -> list[Part]:
    """Training inside the top eigenspaces, and outside of them."""
    chance = math.log(CLASSES)
    return [
        row(
            "Loss after steps in the top eigenspaces only, less that of SGD, t = 20",
            replica_mean(losses["dominant"] - losses["SGD"]),
            within(
                chance / precision,
                "the share 1/λ, the size of the misalignment, of the distance log k to chance",
                "next order",
            ),
            [other_system("steps outside of them", replica_mean(losses["bulk"] - losses["SGD"]))],
            prediction=0.0,
        ),
        row(
            "Loss after steps outside the top eigenspaces, t = 20: that of chance, log k",
            replica_mean(losses["bulk"]),
            within(
                chance / dimension**0.5,
                "starts of norm one overlap with the means by 1/√d, about a tenth, of log k",
                "size",
            ),
            [
                wrong_prediction("log(k − 1)", math.log(CLASSES - 1)),
                other_system("SGD", replica_mean(losses["SGD"])),
            ],
            prediction=chance,
        ),
    ]
