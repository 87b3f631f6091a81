"""Claim HA-18: the second layer of a poor XOR network has a deficient rank, and yet aligns."""

from __future__ import annotations

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.xor import CornerRun
from traindyn.hessian_alignment.studies.corners import (
    DECAY,
    EARLY,
    LATE,
    MATRICES,
    PRECISION,
    Matrix,
    Outcome,
    first_layer_overlaps,
    one_corner,
    outcomes,
)
from traindyn.hessian_alignment.theory.xor import (
    accuracy,
    corner_eigenvalues,
    corner_probabilities,
)
from traindyn.inference import Estimate, estimate_fraction
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

Array = np.ndarray
LAWS: dict[Matrix, float] = dict(zip(MATRICES, corner_eigenvalues(DECAY), strict=True))
NAMES: dict[Matrix, str] = {"hessian": "Hessian", "gradient": "gradients"}
NEXT_ORDERS = PRECISION**-0.5 + 0.02
SINGLE_STEPS = (
    "they scatter W·ν/|W| by 0.3 λ^(-1/2), so that all neurons are silent in 7 % of the samples "
    "of a corner without its opposite, and up to 0.02 more are correct"
)


@registry.claim(
    18,
    source="abstract: rank-deficient at sub-optimal classifiers; constants derived here",
    basis="stated",
    statement=(
        "With four neurons the second layer's blocks have as many outliers as corners were "
        "captured: training that ends in a sub-optimal classifier shows as a deficient rank. Both "
        "layers align in these runs as well."
    ),
)
def rank(context: Context) -> tuple[CornerRun, list[Part]]:
    """HA-18."""
    found = outcomes(context)
    late = found[LATE]
    result = CornerRun(
        corner_probabilities(4),
        late.frequencies(),
        found[EARLY].frequencies(),
        {
            j: (late.layer.values["hessian"] / LAWS["hessian"])[late.count == j].mean(axis=0)
            for j in (2, 3, 4)
        },
    )
    parts = [*_rank(found), *_accuracies(context, late)]
    return result, [
        *parts,
        *_eigenvalues(found),
        *_second_layer(found),
        *_first_layer(context),
    ]


def _rank(found: dict[float, Outcome]) -> list[Part]:
    """As many eigenvalues as captured corners."""

    def agree(time: float, matrix: Matrix) -> Estimate:
        values = found[time].layer.values[matrix] / LAWS[matrix]
        hits = (values > 0.2).sum(axis=1) == found[time].count
        return estimate_fraction(int(hits.sum()), len(hits))

    return [
        Part(
            f"Share of runs with as many eigenvalues above a fifth of the law as captured corners; "
            f"{NAMES[matrix]}",
            1.0,
            agree(LATE, matrix),
            Test("threshold", 0.05, "a run between two fixed points is one in twenty", "above"),
            [Control("t = 25, too early", agree(EARLY, matrix))],
        )
        for matrix in MATRICES
    ]


def _accuracies(context: Context, late: Outcome) -> list[Part]:
    """Accuracy by the set of captured corners."""
    count, same = late.count, late.captured[:, 0] == late.captured[:, 1]
    measured, single = late.layer.accuracy, one_corner(context)
    groups = {
        "four corners": (measured[count == 4], (True, True, True, True)),
        "three corners": (measured[count == 3], (True, True, True, False)),
        "two corners of different labels": (
            measured[(count == 2) & ~same],
            (True, False, True, False),
        ),
        "two corners of one label": (measured[(count == 2) & same], (True, True, False, False)),
        "one corner": (single.layer.accuracy[single.count == 1], (True, False, False, False)),
    }
    controls = {
        "four corners": "three corners",
        "three corners": "two corners of different labels",
        "two corners of different labels": "two corners of one label",
        "two corners of one label": "two corners of different labels",
        "one corner": "two corners of different labels",
    }
    return [
        Part(
            f"Accuracy of runs that captured {name}",
            accuracy(captured, DECAY),
            replica_mean(values),
            Test("equality", NEXT_ORDERS, "λ^(-1/2) = 0.03, and single steps: " + SINGLE_STEPS),
            [Control(controls[name], replica_mean(groups[controls[name]][0]))],
        )
        for name, (values, captured) in groups.items()
    ]


def _eigenvalues(found: dict[float, Outcome]) -> list[Part]:
    """Nonzero eigenvalues of runs below four corners against their law."""
    count = found[LATE].count
    poor = (count > 0) & (count < 4)

    def over_law(time: float, matrix: Matrix) -> Estimate:
        counted = np.arange(4) < count[poor, None]
        values = (found[time].layer.values[matrix][poor] * counted).sum(axis=1) / count[poor]
        return replica_mean(values / LAWS[matrix])

    return [
        Part(
            f"Mean nonzero eigenvalue of runs below four corners over its law; {NAMES[matrix]}",
            1.0,
            over_law(LATE, matrix),
            Test(
                "equality",
                0.1,
                "noise raises the residual by (2/πλ)^(1/2) = 2.5 %, its square by 5 %; twice that",
            ),
            [Control("at the start", over_law(0.0, matrix))],
        )
        for matrix in MATRICES
    ]


def _second_layer(found: dict[float, Outcome]) -> list[Part]:
    """Runs below four corners: v in as many eigenvectors as there are outliers."""
    count = found[LATE].count
    poor = (count > 0) & (count < 4)

    def aligned(time: float, matrix: Matrix) -> Estimate:
        overlaps = found[time].layer.overlaps[matrix][poor]
        inside = overlaps[np.arange(len(overlaps)), count[poor] - 1]
        return estimate_fraction(int((inside > 1 - 1 / PRECISION).sum()), len(inside))

    return [
        Part(
            f"Runs below four corners: share with v in the span of as many eigenvectors, up to "
            f"1/λ; {NAMES[matrix]}",
            1.0,
            aligned(LATE, matrix),
            Test("threshold", 0.05, "a run between two fixed points is one in twenty", "above"),
            [Control("at the start", aligned(0.0, matrix))],
        )
        for matrix in MATRICES
    ]


def _first_layer(context: Context) -> list[Part]:
    """Runs below four corners: incoming weights in two eigenvectors."""

    def overlap(time: float, matrix: Matrix) -> Estimate:
        return replica_mean(first_layer_overlaps(context, time, matrix))

    return [
        Part(
            f"Runs below four corners: overlap of incoming weights with two eigenvectors, three "
            f"neurons of largest v; {NAMES[matrix]}",
            1.0,
            overlap(LATE, matrix),
            Test("threshold", 1 / PRECISION, "the size 1/λ: a sine of λ^(-1/2)", "above"),
            [Control("at the start", overlap(0.0, matrix))],
            note="A neuron of small v turns last: its start fades as exp(−βt) only.",
        )
        for matrix in MATRICES
    ]
