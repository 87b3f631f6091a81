"""Claim HA-18: the second layer of a poor XOR network has a deficient rank, and yet aligns."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import over, replica_mean, row
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
from traindyn.hessian_alignment.studies.xor import layers, network
from traindyn.hessian_alignment.theory.xor import (
    CRITICAL_DECAY,
    accuracy,
    captured_logit,
    corner_eigenvalues,
    corner_probabilities,
)
from traindyn.hessian_alignment.theory.xor_finite import corner_blocks
from traindyn.inference import Estimate, critical_value, estimate_fraction
from traindyn.ledger import (
    Part,
    Rule,
    at_least,
    other_system,
    same_run,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

Array = np.ndarray
LAWS: dict[Matrix, float] = dict(zip(MATRICES, corner_eigenvalues(DECAY), strict=True))
NAMES: dict[Matrix, str] = {"hessian": "Hessian", "gradient": "gradients"}
NEXT_ORDERS = PRECISION**-0.5
LATE_NETWORKS = 4 * math.exp(-(CRITICAL_DECAY - DECAY) * LATE)
"""Share of the networks of which the slowest of four neurons has not grown yet."""

SINGLE_STEPS = (
    "noise of single steps scatters W·ν/|W| by 0.3 of it, so that all neurons are silent in 7 % of "
    "the samples of a corner without its opposite, and up to 0.02 more are correct"
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


def _all_but_late(share: Estimate) -> Rule:
    """All networks, up to late ones and twice the half-width of the interval."""
    return at_least(
        1 - LATE_NETWORKS - 2 * share.half_width(critical_value()),
        "the slowest of four neurons is late in 4 exp(−(1/8 − β)t) = 0.002 of the networks; and "
        "the noise of the measurement",
        "noise",
    )


def _rank(found: dict[float, Outcome]) -> list[Part]:
    """As many eigenvalues as captured corners."""

    def agree(time: float, matrix: Matrix, shift: int = 0) -> Estimate:
        values = found[time].layer.values[matrix] / LAWS[matrix]
        hits = (values > 0.2).sum(axis=1) == np.roll(found[time].count, shift)
        return estimate_fraction(int(hits.sum()), len(hits))

    return [
        row(
            f"Share of networks with as many eigenvalues above a fifth of the law as captured "
            f"corners; {NAMES[matrix]}",
            agree(LATE, matrix),
            _all_but_late(agree(LATE, matrix)),
            [
                other_system("the corners of the next network", agree(LATE, matrix, 1)),
                same_run("t = 25, too early", agree(EARLY, matrix)),
            ],
            replicates="networks",
        )
        for matrix in MATRICES
    ]


def _accuracies(context: Context, late: Outcome) -> list[Part]:
    """Accuracy by the set of captured corners."""
    count, same = late.count, late.captured[:, 0] == late.captured[:, 1]
    measured, single = late.layer.accuracy, one_corner(context)
    a = 8 * DECAY / (1 + 8 * DECAY)
    groups = {
        "four corners": measured[count == 4],
        "three corners": measured[count == 3],
        "two corners of different labels": measured[(count == 2) & ~same],
        "two corners of one label": measured[(count == 2) & same],
        "one corner": single.layer.accuracy[single.count == 1],
    }
    sets = {
        "four corners": (True, True, True, True),
        "three corners": (True, True, True, False),
        "two corners of different labels": (True, False, True, False),
        "two corners of one label": (True, True, False, False),
        "one corner": (True, False, False, False),
    }
    silent, voiced = "others silent at a corner that was missed", "others active half of the time"
    wrong = {
        "four corners": {"s(C) = 1 − 4β, as if a logit were a vote": 1 - 4 * DECAY},
        "three corners": {silent: 7 / 8, voiced: 3 / 4},
        "two corners of different labels": {silent: 3 / 4, voiced: 5 / 8},
        "two corners of one label": {silent: 3 / 4, "a = 8β/(1 + 8β)": 1 / 2 + (1 - 2 * a) / 4},
        "one corner": {silent: 5 / 8, "a = 8β/(1 + 8β)": 3 / 8 + (1 - a) / 4},
    }
    different = "two corners of different labels"
    others = dict(zip(groups, [*list(groups)[1:4], different, different], strict=True))
    return [
        row(
            f"Accuracy of networks of four neurons that captured {name}",
            replica_mean(values),
            within(
                NEXT_ORDERS + 0.02 * (name == "two corners of one label"),
                "λ^(-1/2) = 0.03: " + SINGLE_STEPS,
                "next order",
            ),
            [
                *(wrong_prediction(what, value) for what, value in wrong[name].items()),
                other_system(others[name], replica_mean(groups[others[name]])),
            ],
            prediction=accuracy(sets[name], DECAY),
            replicates="networks",
            basis="derived",
        )
        for name, values in groups.items()
    ]


def _eigenvalues(found: dict[float, Outcome]) -> list[Part]:
    """Nonzero eigenvalues of networks below four corners against their law."""
    count = found[LATE].count
    poor = (count > 0) & (count < 4)
    finite = corner_blocks(DECAY, PRECISION)
    laws: dict[Matrix, float] = {"hessian": finite.hessian, "gradient": finite.gradient}
    limits = {
        matrix: f"{wrong}, the limit of large λ"
        for matrix, wrong in (("hessian", "4β C/4"), ("gradient", "(4β)² C/4"))
    }
    wrongs = {"hessian": 4 * DECAY * captured_logit(DECAY) / 4, "gradient": LAWS["gradient"]}

    def mean(time: float, matrix: Matrix) -> Estimate:
        counted = np.arange(4) < count[poor, None]
        values = (found[time].layer.values[matrix][poor] * counted).sum(axis=1) / count[poor]
        return replica_mean(values)

    return [
        row(
            "Mean nonzero eigenvalue of networks below four corners over that of a captured corner "
            f"at finite λ; {NAMES[matrix]}",
            over(mean(LATE, matrix), laws[matrix]),
            within(
                0.025,
                "neurons of other corners answer to missed ones, where the residual is 1/2: "
                "1/λ in the square, of 0.04",
                "next order",
            ),
            [
                wrong_theory(limits[matrix], over(mean(LATE, matrix), wrongs[matrix])),
                same_run("at the start", over(mean(0.0, matrix), laws[matrix])),
            ],
            prediction=1.0,
            replicates="networks",
            basis="derived",
        )
        for matrix in MATRICES
    ]


def _second_layer(found: dict[float, Outcome]) -> list[Part]:
    """Networks below four corners: v in as many eigenvectors as there are outliers."""
    count = found[LATE].count
    poor = (count > 1) & (count < 4)

    def aligned(time: float, matrix: Matrix, fewer: int = 0) -> Estimate:
        overlaps = found[time].layer.overlaps[matrix][poor]
        inside = overlaps[np.arange(len(overlaps)), count[poor] - 1 - fewer]
        return estimate_fraction(int((inside > 1 - 1 / PRECISION).sum()), len(inside))

    return [
        row(
            "Networks with two or three captured corners: share with v in the span of as many "
            f"eigenvectors, up to 1/λ; {NAMES[matrix]}",
            aligned(LATE, matrix),
            _all_but_late(aligned(LATE, matrix)),
            [
                wrong_theory("one eigenvector fewer", aligned(LATE, matrix, 1)),
                same_run("at the start", aligned(0.0, matrix)),
            ],
            replicates="networks",
        )
        for matrix in MATRICES
    ]


def _first_layer(context: Context) -> list[Part]:
    """Networks below four corners: incoming weights in two eigenvectors."""
    shuffled = replace(network(context), labels="shuffled")

    def overlap(time: float, matrix: Matrix) -> Estimate:
        return replica_mean(first_layer_overlaps(context, time, matrix))

    return [
        row(
            "Networks below four corners: overlap of incoming weights with two eigenvectors, three "
            f"neurons of largest v; {NAMES[matrix]}, λ = 1000",
            overlap(LATE, matrix),
            at_least(1 - 1 / PRECISION, "one minus 1/λ: a sine of the size λ^(-1/2)", "paper"),
            [
                other_system(
                    "32 neurons, labels shuffled",
                    replica_mean(layers(context, shuffled, matrix).first_overlap),
                ),
                same_run("at the start", overlap(0.0, matrix)),
            ],
            replicates="networks",
            note="A neuron of small v turns last: its start fades as exp(−βt) only.",
        )
        for matrix in MATRICES
    ]
