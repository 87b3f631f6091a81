"""Claim HA-8: from which precision on the outliers of a block are visible at the start."""

from __future__ import annotations

import numpy as np

from traindyn.curvature import count_outliers
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.emergence import StartRun
from traindyn.hessian_alignment.studies.softmax import ASPECT, TEST_SIZE
from traindyn.hessian_alignment.studies.threshold import CLASSES, dimension, draws, starts
from traindyn.hessian_alignment.theory.bbp import critical_precision, initial_outlier
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

Array = np.ndarray
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
    return result, [*_cosines(context, cosines), *_outliers(context, values)]


def _cosines(context: Context, cosines: dict[float, Estimate]) -> list[Part]:
    """How far the means lie in the top eigenvectors, above and below the threshold."""
    d, number = dimension(context), draws(context)
    sizes = [d // 8, d // 4, d // 2]
    near = [starts(context, 2.0, s, TEST_SIZE, number * d // s) for s in sizes]
    return [
        *(
            Part(
                f"Squared cosine of the means with the top k eigenvectors at λ = {p:g}",
                initial_outlier(p, CLASSES, ASPECT)[1],
                cosines[p],
                Test(
                    "equality", 0.02, "corrections of order k/d, and 1/√(αd) of a draw, on one side"
                ),
                [
                    Control(
                        "one sample for eight dimensions instead of eight for one",
                        estimate_mean(starts(context, p, d, ASPECT, 12).squared_cosines),
                    )
                ],
            )
            for p in (3.0, 10.0)
        ),
        Part(
            "Squared cosine below the threshold, at λ = 1",
            0.0,
            cosines[1.0],
            Test(
                "threshold",
                0.12,
                "a random space has k/d, enhanced near the threshold by 1/(1 − λ²/λ_c²), here 2; "
                "the rest is room for the smallest size",
                side="below",
            ),
            [Control("above the threshold, λ = 3", cosines[3.0])],
        ),
        Part(
            "Squared cosine close above the threshold, at λ = 2",
            initial_outlier(2.0, CLASSES, ASPECT)[1],
            cosines[2.0],
            Test("equality", 0.06, "near the threshold corrections are of order d^(−1/2) = 0.06"),
            [Control("below the threshold, λ = 1", cosines[1.0])],
            asymptotic=True,
            sizes=[
                *(
                    Size(float(s), estimate_mean(n.squared_cosines))
                    for s, n in zip(sizes, near, strict=True)
                ),
                Size(float(d), cosines[2.0]),
            ],
        ),
    ]


def _outliers(context: Context, values: dict[float, Array]) -> list[Part]:
    """Size and number of the outliers."""
    d, k = dimension(context), CLASSES
    predicted = initial_outlier(3.0, k, ASPECT)[0]
    fewer = starts(context, 3.0, d, TEST_SIZE / 2, draws(context) // 4).values
    counts = {p: _counts(values[p], (k - 1) / k**2 / p, ASPECT) for p in (1.0, 4.0)}
    return [
        Part(
            "Outliers at λ = 3 over their prediction",
            1.0,
            estimate_mean(values[3.0][:, :k].mean(axis=1) / predicted),
            Test("equality", 0.02, "an eighth of what the finite sample adds"),
            [
                Control(
                    "half as many samples",
                    estimate_mean(fewer[:, :k].mean(axis=1) / predicted),
                )
            ],
        ),
        *(
            Part(
                f"Outliers counted at λ = {p:g}",
                float(number),
                counts[p],
                Test("equality", 0.5, "half an eigenvalue"),
                [Control(f"at λ = {other:g}", counts[other])],
            )
            for p, other, number in ((4.0, 1.0, k), (1.0, 4.0, 0))
        ),
    ]


def _counts(values: Array, unit: float, aspect: float) -> Estimate:
    edge = unit * (1 + aspect**0.5) ** 2
    return estimate_mean(np.array([count_outliers(row, edge) for row in values], dtype=float))
