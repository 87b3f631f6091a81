"""Claim HA-8: from which precision on the outliers of a block are visible at the start."""

from __future__ import annotations

import numpy as np

from traindyn.curvature import count_outliers
from traindyn.hessian_alignment.claims.common import ASPECT, TEST_SIZE
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.experiments.emergence import StartSpectra, start_spectra
from traindyn.hessian_alignment.results.emergence import StartRun
from traindyn.hessian_alignment.theory.bbp import critical_precision, initial_outlier
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context

Array = np.ndarray


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
    d = context.choose(ci=320, laptop=400, paper=800)
    draws = context.choose(ci=100, laptop=160, paper=320)
    k, aspect = 4, ASPECT
    critical = critical_precision(k, TEST_SIZE)

    def drawn(
        precision: float, size: int = d, ratio: float = TEST_SIZE, repeat: int = draws
    ) -> StartSpectra:
        generator = context.torch_generator(f"{precision} {size} {ratio}")
        return start_spectra(k, size, precision, round(ratio * size), repeat, generator)

    precisions = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0, 100.0)
    found = {precision: drawn(precision) for precision in precisions}
    cosines = {p: estimate_mean(spectra.squared_cosines) for p, spectra in found.items()}
    predicted = {p: initial_outlier(p, k, aspect) for p in precisions}
    inverted = {p: drawn(p, d, aspect, 12) for p in (3.0, 10.0)}
    parts = [
        Part(
            f"Squared cosine of the means with the top k eigenvectors at λ = {p:g}",
            predicted[p][1],
            cosines[p],
            Test("equality", 0.02, "corrections of order k/d, and 1/√(αd) of a draw, on one side"),
            [
                Control(
                    "one sample for eight dimensions instead of eight for one",
                    estimate_mean(inverted[p].squared_cosines),
                )
            ],
        )
        for p in inverted
    ]
    parts.append(
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
        )
    )
    sizes = [d // 8, d // 4, d // 2]
    near = [estimate_mean(drawn(2.0, s, repeat=draws * d // s).squared_cosines) for s in sizes]
    parts.append(
        Part(
            "Squared cosine close above the threshold, at λ = 2",
            predicted[2.0][1],
            cosines[2.0],
            Test("equality", 0.06, "near the threshold corrections are of order d^(−1/2) = 0.06"),
            [Control("below the threshold, λ = 1", cosines[1.0])],
            asymptotic=True,
            sizes=[
                *(Size(float(s), e) for s, e in zip(sizes, near, strict=True)),
                Size(float(d), cosines[2.0]),
            ],
        )
    )
    fewer = drawn(3.0, ratio=TEST_SIZE / 2, repeat=draws // 4)
    relative = found[3.0].values[:, :k].mean(axis=1) / predicted[3.0][0]
    parts.append(
        Part(
            "Outliers at λ = 3 over their prediction",
            1.0,
            estimate_mean(relative),
            Test("equality", 0.02, "an eighth of what the finite sample adds"),
            [
                Control(
                    "half as many samples",
                    estimate_mean(fewer.values[:, :k].mean(axis=1) / predicted[3.0][0]),
                )
            ],
        )
    )
    counts = {p: _counts(found[p].values, (k - 1) / k**2 / p, aspect) for p in (1.0, 4.0)}
    for p, other, number in ((4.0, 1.0, k), (1.0, 4.0, 0)):
        parts.append(
            Part(
                f"Outliers counted at λ = {p:g}",
                float(number),
                counts[p],
                Test("equality", 0.5, "half an eigenvalue"),
                [Control(f"at λ = {other:g}", counts[other])],
            )
        )
    grid = np.geomspace(0.4, 120, 200)
    result = StartRun(
        k,
        critical,
        np.array(precisions),
        np.array([cosines[p].value for p in precisions]),
        grid,
        np.array([initial_outlier(float(p), k, aspect)[1] for p in grid]),
    )
    return result, parts


def _counts(values: Array, unit: float, aspect: float) -> Estimate:
    edge = unit * (1 + aspect**0.5) ** 2
    return estimate_mean(np.array([count_outliers(row, edge) for row in values], dtype=float))
