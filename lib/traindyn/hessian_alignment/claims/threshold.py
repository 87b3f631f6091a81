"""Claim HA-8: from which precision on the outliers of a block are visible at the start."""

from __future__ import annotations

from functools import partial

import numpy as np

from traindyn.curvature import count_outliers
from traindyn.hessian_alignment.claims.common import over
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.emergence import StartRun
from traindyn.hessian_alignment.studies.softmax import ASPECT, TEST_SIZE
from traindyn.hessian_alignment.studies.threshold import CLASSES, dimension, draws, starts
from traindyn.hessian_alignment.theory.bbp import critical_precision, initial_outlier
from traindyn.inference import Estimate, estimate_fraction, estimate_mean, monotone
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    at_most,
    other_system,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

Array = np.ndarray
drawn = partial(Part, compares="algebra", replicates="drawn samples", seen=True)
OUTSIDE = "of d dimensions k lie in the means, by which theory has too many; and noise"
PRECISIONS = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0, 100.0)


@registry.claim(
    8,
    source="answer to a question of a public review; the formulas are derived here",
    basis="derived",
    statement=(
        "At initialization the k outliers of a block are visible above λ_c = k/√α, where the means "
        "leave the bulk of a spiked sample covariance."
    ),
)
def threshold(context: Context) -> tuple[StartRun, list[Part]]:
    """HA-8."""
    aspect, d, number = ASPECT, dimension(context), draws(context)
    found = {p: starts(context, p, d, TEST_SIZE, number) for p in PRECISIONS}
    cosines = {p: estimate_mean(spectra.squared_cosines) for p, spectra in found.items()}
    grid = np.geomspace(0.4, 120, 200)
    result = StartRun(
        CLASSES,
        critical_precision(CLASSES, TEST_SIZE),
        np.array(PRECISIONS),
        np.array([cosines[p].value for p in PRECISIONS]),
        grid,
        np.array([initial_outlier(float(p), CLASSES, aspect)[1] for p in grid]),
    )
    values = {p: spectra.values for p, spectra in found.items()}
    return result, [
        *_cosines(context, cosines),
        *_outliers(context, values),
        _critical(cosines[6.0], dimension(context)),
    ]


def _cosines(context: Context, cosines: dict[float, Estimate]) -> list[Part]:
    """How far the means lie in the top eigenvectors, above and below the threshold."""
    return [
        *(_above(context, p, cosines[p]) for p in (3.0, 10.0)),
        _below(context, cosines[1.0]),
        _close_above(context, cosines[2.0]),
    ]


def _spiked(precision: float, d: int | None = None) -> tuple[float, float]:
    """Outlier and squared cosine; of d dimensions d − k lie outside of the means."""
    share = 1.0 if d is None else 1 - CLASSES / d
    return initial_outlier(precision, CLASSES, share * ASPECT)


def _close_above(context: Context, found: Estimate) -> Part:
    """The squared cosine near the threshold, where large d is needed."""
    d = dimension(context)
    predicted = _spiked(2.0)[1]
    return drawn(
        "Squared cosine of the means with the top k eigenvectors close above the threshold, "
        "at λ = 2",
        found,
        within_noise(found, OUTSIDE, abs(_spiked(2.0, d)[1] - predicted)),
        [
            wrong_prediction("1 − γ/ℓ² without the denominator 1 + γ/ℓ", 1 - ASPECT / 0.25),
            other_system(
                "two samples per input: the threshold is 2.8",
                estimate_mean(starts(context, 2.0, d, 2, 48).squared_cosines),
            ),
        ],
        prediction=predicted,
        asymptotic=True,
        sizes=[*_sizes(context, 2.0), Size(float(d), found)],
    )


def _sizes(context: Context, precision: float) -> list[Size]:
    """The squared cosine in fewer dimensions, in as often more draws."""
    d, number = dimension(context), draws(context)
    return [
        Size(
            float(d // n),
            estimate_mean(
                starts(context, precision, d // n, TEST_SIZE, number * n).squared_cosines
            ),
        )
        for n in (8, 4, 2)
    ]


def _above(context: Context, precision: float, found: Estimate) -> Part:
    """The squared cosine above the threshold."""
    d, size, predicted = dimension(context), precision / CLASSES, _spiked(precision)[1]
    few = starts(context, precision, d, ASPECT, 24).squared_cosines
    return drawn(
        f"Squared cosine of the means with the top k eigenvectors at λ = {precision:g}",
        found,
        within_noise(found, OUTSIDE, abs(_spiked(precision, d)[1] - predicted)),
        [
            wrong_prediction("1 − γ/ℓ² without the denominator 1 + γ/ℓ", 1 - ASPECT / size**2),
            other_system(
                "one sample for eight dimensions instead of eight for one", estimate_mean(few)
            ),
        ],
        prediction=predicted,
    )


def _below(context: Context, found: Estimate) -> Part:
    """Below the threshold eigenvectors know the less of the means the larger d is."""
    d, size = dimension(context), 1 / CLASSES
    edge = CLASSES / d * ASPECT * (1 + size) / (ASPECT**0.5 - size) ** 2
    more = starts(context, 1.0, d, 32, 24).squared_cosines
    return drawn(
        "Squared cosine of the means with the top k eigenvectors below the threshold, at λ = 1: "
        "it vanishes as d grows",
        found,
        at_most(
            edge,
            "(k/d) γ(1 + ℓ)/(√γ − ℓ)², that of eigenvectors at the edge (Ledoit and Péché), which "
            "those inside the bulk do not reach",
            "size",
        ),
        [other_system("32 samples per input: the threshold is 0.7", estimate_mean(more))],
        asymptotic=True,
        sizes=[*_sizes(context, 1.0), Size(float(d), found)],
        toward=0.0,
    )


def _critical(cosine: Estimate, d: int) -> Part:
    """The threshold that the squared cosine far above it tells."""
    size = 6.0 / CLASSES

    def threshold(cosine: float) -> float:
        return CLASSES * ((1 - cosine) / (cosine / size + 1 / size**2)) ** 0.5

    predicted, found = critical_precision(CLASSES, TEST_SIZE), monotone(cosine, threshold)
    return drawn(
        "Threshold λ_c = k√γ with the γ that the squared cosine of means and eigenvectors at λ = 6 "
        "tells, eight samples per input",
        found,
        within_noise(found, OUTSIDE, predicted * (1 - (1 - CLASSES / d) ** 0.5)),
        [
            wrong_prediction("k/α, the first power of the samples", CLASSES / TEST_SIZE),
            wrong_prediction("(k − 1)/√α", critical_precision(CLASSES - 1, TEST_SIZE)),
        ],
        prediction=predicted,
    )


def _outliers(context: Context, values: dict[float, Array]) -> list[Part]:
    """Size and number of the outliers."""
    d, k = dimension(context), CLASSES
    predicted = _spiked(3.0)[0]
    fewer = starts(context, 3.0, d, TEST_SIZE / 2, draws(context) // 4).values
    top = estimate_mean(values[3.0][:, :k].mean(axis=1))
    found = over(top, predicted)
    population = (1 + 3 / k) * (k - 1) / k**2 / 3
    many, few = (starts(context, p, d, a, 48).values for p, a in ((1.0, 64), (4.0, 0.5)))
    return [
        drawn(
            "Mean of the k outliers at λ = 3 over their prediction (1 + ℓ)(1 + γ/ℓ)",
            found,
            within_noise(found, OUTSIDE, abs(_spiked(3.0, d)[0] / predicted - 1)),
            [
                wrong_theory("1 + ℓ, that of the population", over(top, population)),
                other_system(
                    "half as many samples",
                    over(estimate_mean(fewer[:, :k].mean(axis=1)), predicted),
                ),
            ],
            prediction=1.0,
        ),
        _count_part(4.0, k, values[4.0], "half a sample per input: the threshold is 5.7", few, 0.5),
        _count_part(1.0, 0, values[1.0], "64 samples per input: the threshold is 0.5", many, 64),
    ]


def _count_part(
    precision: float, number: int, values: Array, what: str, other: Array, samples: float
) -> Part:
    """As many outliers as the threshold tells."""
    unit = (CLASSES - 1) / CLASSES**2 / precision
    counts, others = (
        _counts(found, unit, aspect) for found, aspect in ((values, ASPECT), (other, 1 / samples))
    )
    wrong = CLASSES - 1 if number else CLASSES
    return drawn(
        f"Share of draws with exactly {number} outliers at λ = {precision:g}",
        _share(counts, number),
        at_least(0.5, "another number in all draws gives 0: half way to it", "neighbor"),
        [
            other_system(what, _share(others, number)),
            wrong_theory(f"{wrong} outliers", _share(counts, wrong)),
        ],
    )


def _counts(values: Array, unit: float, aspect: float) -> Array:
    edge = unit * (1 + aspect**0.5) ** 2
    return np.array([count_outliers(row, edge) for row in values])


def _share(counts: Array, number: int) -> Estimate:
    return estimate_fraction(int((counts == number).sum()), len(counts))
