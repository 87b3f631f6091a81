"""Claim HA-23: what of the chapter holds for networks on images of digits."""

from __future__ import annotations

from functools import partial

import numpy as np

from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.digits import DigitsRun, Place
from traindyn.hessian_alignment.studies.digits import (
    CLASSES,
    PARTS,
    Regressions,
    TwoLayers,
    regressions,
    separation,
    two_layers,
)
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import Part, Verdict, at_least, at_most, other_system, wrong_theory
from traindyn.runs import Context

DECAY = 0.02
FEW = 3
image_row = partial(Part, compares="simulation", replicates="networks", seen=True)
LIMIT = "one minus the size 1/λ of the theorem, with the classes' own λ"


@registry.claim(
    23,
    source="the theorems on mixtures, applied to the handwritten digits; ours",
    basis="extension",
    statement=(
        "Networks on images of digits obey the laws of the mixture: weights and gradients lie in "
        "the top k eigenvectors, and the rest of the space is not needed."
    ),
)
def real_networks(context: Context) -> tuple[DigitsRun, list[Part]]:
    """HA-23."""
    ten, few = (regressions(context, k, DECAY) for k in (CLASSES, FEW))
    deep = two_layers(context)
    places = [
        _place("softmax, class by class", ten.inside, (CLASSES / 64) ** 0.5),
        _place("softmax, 3 classes", few.inside, (FEW / 64) ** 0.5),
        _place("softmax, all weights", ten.whole, 64**-0.5),
        *(
            _place(f"two layers, {i + 1}", deep.overlaps[:, i], float(deep.random[i]))
            for i in range(2)
        ),
    ]
    result = DigitsRun(
        {
            k: (found.values / found.values[:, :1]).mean(axis=0)
            for k, found in ((FEW, few), (CLASSES, ten))
        },
        places,
        {part: deep.losses[part].mean(axis=0) for part in PARTS},
    )
    return result, [*_regression_parts(ten, few), *_layer_parts(deep), *_training_parts(deep)]


def _place(name: str, overlaps: np.ndarray, random: float) -> Place:
    return Place(name, estimate_mean(overlaps), random)


def _regression_parts(ten: Regressions, few: Regressions) -> list[Part]:
    """Softmax regression: the theorem for one layer."""
    limits = {k: 1 - 1 / separation(k) for k in (CLASSES, FEW)}
    why_few = (
        "The noise of an image is not isotropic: its largest direction passes for an outlier in "
        "the place of a mean."
    )
    cases: list[tuple[int, Regressions, Verdict, str]] = [
        (CLASSES, ten, "verified", ""),
        (FEW, few, "falsified", why_few),
    ]
    return [
        *(
            image_row(
                f"Softmax regression on {k} classes of digits, β = 0.02: overlap of the weights of "
                "a class with the top k eigenvectors of its block of the Hessian",
                estimate_mean(found.inside),
                at_least(limits[k], LIMIT, "paper"),
                [
                    other_system("random weights", estimate_mean(found.random)),
                    other_system("labels shuffled", estimate_mean(found.shuffled)),
                ],
                expected=expected,
                note=note,
            )
            for k, found, expected, note in cases
        ),
        image_row(
            "Softmax regression on 3 classes of digits, β = 0.02: third over fourth eigenvalue of "
            "a block of the Hessian, the gap below k outliers",
            estimate_mean(few.gaps),
            at_least(
                separation(FEW) / FEW**2,
                "outliers of order 1/k² over a bulk of order 1/λ: λ/k², as on the mixture",
                "next order",
            ),
            [wrong_theory("no gap: equal eigenvalues", exact(1.0))],
            expected="falsified",
        ),
        image_row(
            "Softmax regression on 10 classes of digits, β = 0.02: overlap of all weights with the "
            "top 10 eigenvectors of the whole Hessian",
            estimate_mean(ten.whole),
            at_least(limits[CLASSES], LIMIT, "paper"),
            [wrong_theory("a random direction", exact(64**-0.5))],
            expected="falsified",
        ),
    ]


def _layer_parts(deep: TwoLayers) -> list[Part]:
    """A network with one hidden layer."""
    limit = 1 - 1 / separation(CLASSES)
    return [
        *(
            image_row(
                f"Network with 16 hidden units on 10 classes of digits: overlap of the weights of "
                f"layer {i + 1} with the top 10 eigenvectors of its block of the Hessian",
                estimate_mean(deep.overlaps[:, i]),
                at_least(limit, LIMIT, "paper"),
                [wrong_theory("a random direction", exact(float(deep.random[i])))],
                expected="falsified",
            )
            for i in range(2)
        ),
        image_row(
            "Network with 16 hidden units on 10 classes of digits: share of the squared gradient "
            "in the top 10 eigenvectors of the Hessian",
            estimate_mean(deep.gradient),
            at_least(limit, LIMIT + ", as for the gradient on the mixture", "next order"),
            [wrong_theory("a gradient outside of the space", exact(0.0))],
            expected="falsified",
        ),
    ]


def _training_parts(deep: TwoLayers) -> list[Part]:
    """Training that goes on in a part of the gradient."""

    def gained(part: str) -> Estimate:
        """Mean over networks of the share: how much there is to gain differs among them."""
        gain, whole = (deep.losses[p][:, 0] - deep.losses[p][:, -1] for p in (part, "all"))
        return estimate_mean(gain / whole)

    half = "half way from none of the gain to all of it"
    return [
        image_row(
            "Network on 10 classes of digits, trained on in the top 10 eigenvectors only: share of "
            "the loss that all of the gradient gains",
            gained("dominant"),
            at_least(0.5, half, "neighbor"),
            [wrong_theory("no gain at all", exact(0.0))],
            expected="falsified",
        ),
        image_row(
            "Network on 10 classes of digits, trained on outside of the top 10 eigenvectors: share "
            "of the loss that all of the gradient gains",
            gained("bulk"),
            at_most(0.5, half, "neighbor"),
            [wrong_theory("the whole gain", exact(1.0))],
            expected="falsified",
        ),
    ]
