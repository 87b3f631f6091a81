"""Claims HA-5 and HA-6: one eigenvalue leads, but the weights are not its eigenvector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import over, replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.separation import SeparationRun
from traindyn.hessian_alignment.studies.blocks import start_values
from traindyn.hessian_alignment.studies.limits import limit, limit_outliers
from traindyn.hessian_alignment.studies.softmax import (
    TEST_SIZE,
    Setting,
    base,
    dimension,
    overlaps,
    spectra,
)
from traindyn.hessian_alignment.studies.subspace import own_mean_cosines
from traindyn.hessian_alignment.theory.finite_size import LARGEST_OF_FOUR
from traindyn.hessian_alignment.theory.separated_classes import (
    Matrix,
    amplitude,
    class_weights,
    confidence,
)
from traindyn.inference import Estimate
from traindyn.ledger import (
    Control,
    Part,
    Size,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

Array = np.ndarray
MATRICES: tuple[Matrix, ...] = ("hessian", "gradient")
TIMES = (0.0, 3.0, 10.0, 25.0, 60.0)
INDEPENDENT = "weights that know nothing of the samples"
LEADING = "w/k, without the terms in 1/λ"
LEAD_OF_FOUR = 4 / 3 * LARGEST_OF_FOUR
"""Mean of the largest of four normal numbers over the mean of the rest, in standard deviations."""

IN_LIMIT = (
    "the limit holds at any λ and for the d − k dimensions outside of the means, with the mean "
    "effect of M samples; the next order is 1/d; and noise"
)


def _setting(context: Context) -> Setting:
    return Setting(200.0, decay=0.02, dimension=dimension(context))


def _leading(setting: Setting, matrix: Matrix, time: float) -> Array:
    """Outliers as λ grows: the weight of a class over k."""
    right = confidence(amplitude(setting.classes, setting.decay, time), setting.classes)
    return class_weights(right, setting.classes, matrix) / setting.classes


def _lead(values: Array) -> Estimate:
    """First eigenvalue of a block over the mean of the next k - 1."""
    k = values.shape[1]
    return replica_mean(values[..., 0] / values[..., 1:k].mean(axis=-1))


def _lead_of(outliers: Array, setting: Setting) -> float:
    """The same of the limit, with the mean effect of class frequencies among M samples."""
    k, samples = len(outliers), TEST_SIZE * setting.dimension
    return float(outliers[0] / outliers[1:].mean()) * (1 + k / (k - 1) / samples)


@registry.claim(
    5,
    source="theorem 3.3, as a review describes it; its numbers are derived here",
    basis="stated",
    statement=(
        "With orthonormal means the k outliers of a Hessian block start nearly equal, and during "
        "training the one along the mean of its own class leaves the others."
    ),
)
def separation(context: Context) -> tuple[SeparationRun, list[Part]]:
    """HA-5."""
    setting = _setting(context)
    shown = (None, *[8] * (len(TIMES) - 2), None)  # replicas between the ends, for the figure
    values = {
        m: [spectra(context, setting, m, TIMES, index=i, few=n).values for i, n in enumerate(shown)]
        for m in MATRICES
    }
    grid = np.linspace(0, TIMES[-1], 31)
    result = SeparationRun(
        np.array(TIMES),
        {m: np.array([v.mean(axis=(0, 1)) for v in values[m]]) for m in MATRICES},
        grid,
        {m: limit_outliers(setting, m, tuple(grid.tolist()))[:, :2] for m in MATRICES},
    )
    hessian, gradient = values["hessian"], values["gradient"]
    return result, [
        _equal_at_start(context, setting, hessian, gradient),
        *_hessian_parts(setting, hessian),
        _direction(context, setting),
        *_gradient_parts(setting, gradient, hessian),
    ]


def _equal_at_start(
    context: Context, setting: Setting, hessian: list[Array], gradient: list[Array]
) -> Part:
    """Eigenvalues of the Hessian at the start: equal but for the sample."""
    smaller = {
        size: start_values(context, replace(setting, dimension=size, replicas=64))
        for size in (50, 100, 200)
    }
    large, k = max(smaller), setting.classes
    # of an eigenvalue: frequency of its class among M samples, and logits by w'/w = (k - 2)/(k - 1)
    scatter = (k / TEST_SIZE + ((k - 2) / (k - 1)) ** 2 * (k - 1) / k) ** 0.5
    found = _lead(smaller[large])
    return row(
        f"First eigenvalue of a Hessian block over the mean of the next three at the start, "
        f"d = {large}: they are equal as d grows",
        found,
        within_noise(
            found,
            "four outliers scatter by 0.91/√d, from frequencies of classes √(k/8d) and logits; the "
            "first exceeds the rest by 1.37 times that; and noise",
            LEAD_OF_FOUR * scatter / large**0.5,
        ),
        [
            other_system("the gradient matrix", _lead(gradient[0])),
            same_run("after training", _lead(hessian[-1])),
        ],
        prediction=1.0,
        asymptotic=True,
        sizes=[Size(size, _lead(values)) for size, values in smaller.items()],
    )


def _against_limit(
    setting: Setting,
    statement: str,
    found: Estimate,
    predicted: float,
    wrong: dict[str, float],
    *controls: Control,
) -> Part:
    """A measurement over the limit of SGD, which wrong theories miss."""
    measured = over(found, predicted)
    return row(
        statement,
        measured,
        within_noise(measured, IN_LIMIT, 1 / setting.dimension),
        [*(wrong_theory(what, over(found, value)) for what, value in wrong.items()), *controls],
        prediction=1.0,
        basis="derived",
    )


def _hessian_parts(setting: Setting, hessian: list[Array]) -> list[Part]:
    """Eigenvalues of the Hessian after training."""
    k, time, end = setting.classes, TIMES[-1], hessian[-1]
    found, naive = (limit(setting, "hessian", time, correlated=c) for c in (True, False))
    plain = _leading(setting, "hessian", time)
    first, others = replica_mean(end[..., 0]), replica_mean(end[..., 1:k])
    return [
        _against_limit(
            setting,
            "First eigenvalue of a Hessian block over the mean of the next three at t = 60, over "
            "that of the limit of SGD, λ = 200",
            _lead(end),
            _lead_of(found.outliers, setting),
            {LEADING: _lead_of(plain, setting), INDEPENDENT: _lead_of(naive.outliers, setting)},
            same_run("at the start", over(_lead(hessian[0]), _lead_of(found.outliers, setting))),
        ),
        _against_limit(
            setting,
            "First eigenvalue of a Hessian block at t = 60 over that of the limit of SGD, λ = 200",
            first,
            float(found.outliers[0]),
            {INDEPENDENT: float(naive.outliers[0])},
        ),
        _against_limit(
            setting,
            "Mean of the next three eigenvalues of a Hessian block at t = 60 over that of the "
            "limit of SGD, λ = 200",
            others,
            float(found.outliers[1:].mean()),
            {LEADING: float(plain[1:].mean()), INDEPENDENT: float(naive.outliers[1:].mean())},
        ),
    ]


def _direction(context: Context, setting: Setting) -> Part:
    """The leading eigenvector is the mean of its class."""
    cosines = own_mean_cosines(context, setting, TIMES, len(TIMES) - 1)
    start = own_mean_cosines(context, setting, TIMES, 0)
    found = limit(setting, "hessian", TIMES[-1])
    missing = replica_mean(1 - cosines**2)
    # a sample of M turns it toward the other means, too, where the gap to its eigenvalue is smaller
    near, others = found.outliers[1] / found.outliers[0], setting.classes - 1
    turn = others / (setting.dimension - setting.classes) * (1 + near**2) / (1 - near) ** 2
    tilted = (1 - found.own_mean) * (1 + turn)
    twice = limit(setting, "hessian", TIMES[-1], test_size=2 * TEST_SIZE)
    return _against_limit(
        setting,
        "Squared sine between the first eigenvector of a Hessian block and the mean of its class "
        "at t = 60, over that of the limit of SGD, λ = 200",
        missing,
        tilted,
        {
            "half of the tilt": tilted / 2,
            "the tilt of a sample twice as large": (1 - twice.own_mean) * (1 + turn),
        },
        same_run("at the start", over(replica_mean(1 - start**2), tilted)),
    )


def _gradient_parts(setting: Setting, gradient: list[Array], hessian: list[Array]) -> list[Part]:
    """The gradient matrix, where the first eigenvalue leads at all times."""
    names = {
        0: "First over next three eigenvalues of the gradient matrix at the start, over that of "
        "random weights as d grows, near (k − 1)²: it leads from the beginning; λ = 200",
        -1: "First over next three eigenvalues of the gradient matrix at t = 60, over that of the "
        "limit of SGD, λ = 200",
    }
    return [
        _against_limit(
            setting,
            name,
            _lead(gradient[i]),
            predicted,
            {LEADING: _lead_of(_leading(setting, "gradient", TIMES[i]), setting)},
            other_system("Hessian", over(_lead(hessian[i]), predicted)),
        )
        for i, name in names.items()
        for predicted in [_lead_of(limit(setting, "gradient", TIMES[i]).outliers, setting)]
    ]


@registry.claim(
    6,
    source="derived here",
    basis="derived",
    statement=(
        "The weights of a class are not the top eigenvector of their block: its cosine with them "
        "is √((k − 1)/k), and only the whole eigenspace holds them."
    ),
)
def not_the_top(context: Context) -> tuple[None, list[Part]]:
    """HA-6."""

    def cosine(setting: Setting, index: int = -1) -> Estimate:
        return replica_mean(overlaps(context, setting, "hessian", index=index, count=1))

    def missing(setting: Setting) -> Estimate:
        return replica_mean(
            overlaps(context, setting, "hessian") - overlaps(context, setting, "hessian", count=1)
        )

    four = base(context, 200.0)
    ten = replace(four, classes=10, replicas=64)
    exact_ten = float(limit(ten, "hessian").with_weights[0] ** 0.5)
    shuffled = replace(base(context), labels="shuffled")
    why = "of order k/λ: noise floor, tilt, and the mixing of the outliers"
    parts = [
        row(
            "Cosine of the weights of a class with the top eigenvector of its Hessian block, k = 4,"
            " as λ grows: √((k − 1)/k)",
            cosine(four),
            within(4 / four.precision, why, "next order"),
            [
                wrong_prediction("√(k/(k + 1))", (4 / 5) ** 0.5),
                wrong_prediction("√((k − 2)/(k − 1))", (2 / 3) ** 0.5),
                other_system("labels shuffled", cosine(shuffled)),
                same_run("at the start", cosine(four, 0)),
            ],
            prediction=(3 / 4) ** 0.5,
            asymptotic=True,
            sizes=[Size(value, cosine(base(context, value))) for value in (20.0, 100.0, 1000.0)],
        ),
        row(
            "Cosine of the weights of a class with the top eigenvector of its Hessian block, "
            "k = 10: that of the limit of SGD at λ = 200, near √((k − 1)/k)",
            cosine(ten),
            within_noise(
                cosine(ten),
                "the limit holds at any λ; what d dimensions lack is of order 1/d; and noise",
                1 / ten.dimension,
            ),
            [
                wrong_prediction("one: weights along the mean of their class", 1.0),
                wrong_prediction("√(3/4), that of four classes", (3 / 4) ** 0.5),
            ],
            prediction=exact_ten,
        ),
        row(
            "Overlap of the weights of a class with all four eigenvectors, less that with the "
            "first: 1 − √((k − 1)/k)",
            missing(four),
            within(4 / four.precision, why, "next order"),
            [
                wrong_prediction("zero: the first eigenvector holds all", 0.0),
                other_system("ten classes", missing(ten)),
            ],
            prediction=1 - (3 / 4) ** 0.5,
        ),
    ]
    return None, parts
