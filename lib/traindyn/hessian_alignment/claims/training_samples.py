"""Claim HA-11: the matrices of the very samples that trained the weights."""

from __future__ import annotations

import numpy as np

from traindyn.hessian_alignment.claims.alignment import MATRICES
from traindyn.hessian_alignment.claims.common import replica_mean, row
from traindyn.hessian_alignment.claims.full_matrix import NAMES
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.studies.softmax import base
from traindyn.hessian_alignment.studies.training_samples import (
    SampleOverlaps,
    all_samples,
    last_samples,
)
from traindyn.hessian_alignment.theory.separated_classes import Matrix
from traindyn.inference import ratio_of_means
from traindyn.ledger import Part, at_least, at_most, other_system
from traindyn.runs import Context


@registry.claim(
    11,
    source="section 8 of version 2, as far as its title goes",
    basis="stated",
    statement=(
        "Hessian and gradient matrix of the training samples show the same alignment as those of "
        "test samples, as long as every sample is used once."
    ),
)
def training_samples(context: Context) -> tuple[None, list[Part]]:
    """HA-11."""
    precision = base(context).precision
    cases = {"the last 8d": last_samples(context), "all 50d": all_samples(context)}
    parts = [
        row(
            f"Overlap of the weights with the eigenspace of {kept} training samples, λ = 100; "
            f"{NAMES[matrix]}",
            replica_mean(found.seen[matrix]),
            at_least(1 - 1 / precision, "one minus the size 1/λ of the theorem", "paper"),
            [other_system("d/8 training samples", replica_mean(found.few[matrix]))],
        )
        for kept, found in cases.items()
        for matrix in MATRICES
    ]
    last = cases["the last 8d"]
    return None, [*parts, *(_closer(last, matrix) for matrix in MATRICES)]


def _closer(found: SampleOverlaps, matrix: Matrix) -> Part:
    """The weights remember the noise of their last samples."""

    def missing(overlaps: np.ndarray) -> np.ndarray:
        return np.asarray(1 - overlaps.mean(axis=1))

    fresh = missing(found.fresh[matrix])
    return row(
        "One minus the overlap of the weights with the eigenspace of the last 8d training samples, "
        f"over that of as many test samples, λ = 100; {NAMES[matrix]}",
        ratio_of_means(missing(found.seen[matrix]), fresh),
        at_most(0.5, "half way from an error of zero to that of test samples", "neighbor"),
        [other_system("other test samples", ratio_of_means(missing(found.again[matrix]), fresh))],
        basis="derived",
        note="The noise floor of the weights is made of these samples, and so is the tilt.",
    )
