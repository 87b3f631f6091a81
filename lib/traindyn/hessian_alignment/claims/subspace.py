"""Claim HA-3: the top eigenspaces, and the weights in them, are the span of the means."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.alignment import MATRICES, NAMES, PRECISION
from traindyn.hessian_alignment.claims.common import over, replica_mean, row
from traindyn.hessian_alignment.claims.finite import noise_of_tilts
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.alignment import SubspaceRun
from traindyn.hessian_alignment.studies.limits import expected_largest_sine, limit
from traindyn.hessian_alignment.studies.softmax import (
    ASPECT,
    HORIZON,
    TEST_SIZE,
    Setting,
    base,
    mean_sines,
    outside_means,
)
from traindyn.hessian_alignment.studies.subspace import largest_between, sines_at
from traindyn.hessian_alignment.theory.limit_blocks import largest_sine
from traindyn.hessian_alignment.theory.separated_classes import Matrix
from traindyn.inference import Estimate
from traindyn.ledger import (
    Part,
    at_most,
    other_system,
    same_run,
    within_noise,
    wrong_theory,
)
from traindyn.runs import Context


def _largest(context: Context, case: Setting, matrix: Matrix, test_size: int = 8) -> Estimate:
    """Sine of the largest angle between eigenspace and means."""
    return replica_mean(mean_sines(context, case, matrix, test_size)[..., 0])


@registry.claim(
    3,
    source="abstract of version 2: a common low-dimensional subspace; constants derived here",
    basis="stated",
    statement=(
        "The space of the top k eigenvectors that holds the weights is the span of the means: for "
        "every class, for Hessian and gradient matrix, and for the weights themselves."
    ),
)
def subspace(context: Context) -> tuple[SubspaceRun, list[Part]]:
    """HA-3."""
    precisions = (1.0, 10.0, 20.0, 100.0, 1000.0)
    result = SubspaceRun(
        np.array(precisions),
        {
            matrix: [_largest(context, base(context, value), matrix) for value in precisions]
            for matrix in MATRICES
        },
    )
    return result, [
        *_tilt_law(context),
        *(_largest_part(context, matrix) for matrix in MATRICES),
        *_common_space(context),
    ]


def _late(
    context: Context, case: Setting, matrix: Matrix, law: Callable[[float], float], power: int
) -> Estimate:
    """A statistic of the sines over its law, mean over t = 30, 40 and 50.

    Args:
        context: Scale and seed.
        case: What was run.
        matrix: Which matrix.
        law: Of the time.
        power: 1 for the largest sine, 2 for the sum of squares.
    """
    found = []
    for index, time in enumerate(HORIZON[1:], 1):
        values = sines_at(context, case, matrix, index)
        statistic = values[..., 0] if power == 1 else (values**2).sum(axis=-1)
        found.append(statistic / law(time))
    return replica_mean(np.mean(found, axis=0))


def _tilt_law(context: Context) -> list[Part]:
    """All angles between eigenspace and means."""
    cases: list[tuple[Matrix, float, str]] = [
        ("hessian", 20.0, "Hessian, λ = 20"),
        ("gradient", 100.0, "gradients, λ = 100"),
    ]
    parts = []
    for matrix, precision, name in cases:
        setting = base(context, precision)

        def first(_: float, setting: Setting = setting) -> float:
            return setting.classes**2 * ASPECT / setting.precision

        def law(time: float, setting: Setting = setting, matrix: Matrix = matrix) -> float:
            more, _ = noise_of_tilts(setting, matrix, time)
            return float(limit(setting, matrix, time).tilts.sum()) * (1 + more)

        found = _late(context, setting, matrix, law, 2)
        parts.append(
            row(
                "Sum of squared sines between eigenspace and means over that of the limit of SGD, "
                f"mean over t = 30, 40 and 50; {name}",
                found,
                within_noise(
                    found,
                    "the limit is taken at all orders in 1/λ and at the d − k dimensions outside "
                    "of the means, with the mean effect of M samples: noise is left",
                ),
                [
                    wrong_theory(
                        "γk/λ for each of k directions, the first order in 1/λ",
                        _late(context, setting, matrix, first, 2),
                    ),
                    other_system(
                        "two test samples per input",
                        over(_squares(context, setting, matrix, 2), law(HORIZON[-1])),
                    ),
                ],
                prediction=1.0,
                basis="derived",
            )
        )
    return parts


def _squares(context: Context, case: Setting, matrix: Matrix, test_size: int = 8) -> Estimate:
    return replica_mean((mean_sines(context, case, matrix, test_size) ** 2).sum(axis=-1))


def _largest_part(context: Context, matrix: Matrix) -> Part:
    """The distance of the eigenspace from the span of the means."""
    setting = base(context)
    predicted = expected_largest_sine(setting, matrix)

    def law(time: float) -> float:
        tilts = limit(setting, matrix, time).tilts
        _, scatter = noise_of_tilts(setting, matrix, time)
        return largest_sine(tilts, setting.dimension - setting.classes, scatter)

    found = _late(context, setting, matrix, law, 1)
    return row(
        "Largest sine between eigenspace and means, the distance of the two spaces, over that of "
        "the limit of SGD with the randomness of k directions, mean over t = 30, 40 and 50; "
        f"{NAMES[matrix]}, λ = 100",
        found,
        within_noise(
            found,
            "tilts of the limit at d − k dimensions, in random directions and with the scatter "
            "that M samples give them, of order √(k/M), up to its square; and noise",
            setting.classes / (TEST_SIZE * setting.dimension),
        ),
        [
            other_system(
                "two test samples per input",
                over(_largest(context, setting, matrix, 2), predicted),
            ),
            wrong_theory(
                "γ in place of √γ: a tilt of the first power",
                found.scaled(ASPECT**-0.5),
            ),
            same_run("λ = 1", over(_largest(context, base(context, 1.0), matrix), predicted)),
        ],
        prediction=1.0,
        basis="derived",
    )


def _common_space(context: Context) -> list[Part]:
    """One space for all classes and matrices, and the weights in it."""
    setting, below = base(context), base(context, 1.0)
    no_signal, shuffled = replace(setting, geometry="zero"), replace(setting, labels="shuffled")
    independent = math.hypot(*(expected_largest_sine(setting, m) for m in MATRICES))
    return [
        row(
            "Largest distance between the spaces of two classes or of the two matrices, λ = 100",
            replica_mean(largest_between(context, setting)),
            at_most(
                independent,
                "what two tilts on independent samples would add up to",
                "neighbor",
            ),
            [
                other_system("means zero", replica_mean(largest_between(context, no_signal))),
                same_run("λ = 1", replica_mean(largest_between(context, below))),
            ],
        ),
        row(
            "One minus the overlap of the weights with the span of the means, λ = 100",
            replica_mean(outside_means(context, setting)),
            at_most(1 / PRECISION, "the size 1/λ of the theorem, with the constant one", "paper"),
            [other_system("labels shuffled", replica_mean(outside_means(context, shuffled)))],
        ),
    ]
