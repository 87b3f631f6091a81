"""Claim HA-2: the weights of every class lie in the top eigenspace of their gradient matrix."""

from __future__ import annotations

from traindyn.hessian_alignment.claims.alignment import MATRICES, aligned, course, law_of_error
from traindyn.hessian_alignment.claims.common import replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.alignment import AlignmentRun
from traindyn.hessian_alignment.studies.softmax import base, overlaps
from traindyn.inference import Estimate, exact
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    other_system,
    same_run,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context


@registry.claim(
    2,
    source="theorem 3.1, as its reviews quote it; constants derived here",
    basis="stated",
    statement=(
        "After a time of order one, the weights of every class lie in the span of the top k "
        "eigenvectors of their block of the second moments of single samples' gradients, taken "
        "without the regularizer; this needs a larger λ than for the Hessian."
    ),
)
def gradient(context: Context) -> tuple[AlignmentRun, list[Part]]:
    """HA-2."""
    k, precision = base(context).classes, base(context).precision
    spread = (k - 1) ** 4 + k - 1  # Σw²/w² of the classes that are not its own
    third = (spread / precision) ** 2 / 4 / k
    parts = [*aligned(context, "gradient", third), _lost_outlier(context), _later(context)]
    return course(context, "gradient"), parts


def _lost_outlier(context: Context) -> Part:
    """Folding the regularizer into the samples removes an outlier."""
    sizes = {
        value: replica_mean(1 - overlaps(context, base(context, value), "regularized"))
        for value in (20.0, 100.0, 1000.0)
    }
    k = base(context).classes
    missing = k * (k - 1) / (1 + (k - 1) ** 3)
    return row(
        "The matrix of gradients with the regularizer in each sample loses an outlier: one minus "
        "its overlap with the weights, λ = 1000",
        sizes[1000.0],
        within(0.01, "next order k(k − 1)/λ = 0.012 of the overlap 0.76", "next order"),
        [
            other_system(
                "without the regularizer",
                replica_mean(1 - overlaps(context, base(context, 1000.0), "gradient")),
            ),
            wrong_prediction(
                "the lost direction is any one of k: 1 − √(1 − 1/k)", 1 - (1 - 1 / k) ** 0.5
            ),
        ],
        prediction=1 - (1 - missing) ** 0.5,
        basis="derived",
        asymptotic=True,
        sizes=[Size(value, found) for value, found in sizes.items()],
        note=(
            "Where the regularized loss is stationary the mean gradient vanishes, and the matrix "
            "is G − uuᵀ: singular in the span of the means. With D the diagonal of G there, its "
            "null vector D^(−1/2)e holds k(k − 1)/(1 + (k − 1)³) of the squared weights."
        ),
    )


def _later(context: Context) -> Part:
    """The gradient matrix needs a larger λ."""

    def loss(value: float) -> Estimate:
        setting = base(context, value)
        found = [overlaps(context, setting, matrix) for matrix in MATRICES]
        return replica_mean(found[0] - found[1])

    small = base(context, 20.0)
    least = law_of_error(small, "gradient") - law_of_error(small, "hessian")
    return row(
        "The weights overlap more with the Hessian's space than with that of the gradients at "
        "λ = 20: difference",
        loss(20.0),
        at_least(
            least,
            "the second order of the tilt, Σw²/w² of a small class weight; all further orders add",
            "next order",
        ),
        [
            wrong_theory("tilt to first order, γk/λ for either matrix", exact(0.0)),
            same_run("λ = 1000", loss(1000.0)),
        ],
        basis="derived",
    )
