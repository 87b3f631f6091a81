"""Claim HA-7: a block has as many outliers as the means have dimensions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.curvature import count_outliers
from traindyn.hessian_alignment.claims.common import row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.separation import CountRun
from traindyn.hessian_alignment.studies.blocks import sample_edges
from traindyn.hessian_alignment.studies.softmax import Geometry, Setting, base, spectra
from traindyn.hessian_alignment.theory.separated_classes import Matrix
from traindyn.inference import Estimate, estimate_fraction
from traindyn.ledger import Part, at_least, other_system, wrong_theory
from traindyn.runs import Context


def count(context: Context, setting: Setting, matrix: Matrix) -> np.ndarray:
    """Outliers of every block, above the edge for the weights of the very samples in it."""
    values, edges = spectra(context, setting, matrix).values, sample_edges(context, setting, matrix)
    return np.array(
        [
            [count_outliers(block, edge) for block, edge in zip(row, row_edges, strict=True)]
            for row, row_edges in zip(values, edges, strict=True)
        ]
    )


@registry.claim(
    7,
    source="derived here",
    basis="derived",
    statement=(
        "A diagonal block has k outliers, not k − 1, when the means are linearly independent; in "
        "general as many as the rank of the means."
    ),
)
def outlier_count(context: Context) -> tuple[CountRun, list[Part]]:
    """HA-7."""
    cases: list[tuple[Geometry, int]] = [("orthonormal", 4), ("simplex", 3), ("offset", 4)]
    counts: dict[tuple[Geometry, Matrix], np.ndarray] = {}
    matrices: tuple[Matrix, ...] = ("hessian", "gradient")
    for geometry, _ in cases:
        for matrix in matrices:
            setting = replace(base(context), geometry=geometry)
            counts[geometry, matrix] = count(context, setting, matrix)

    def right(geometry: Geometry, matrix: Matrix, expected: int) -> Estimate:
        found = (counts[geometry, matrix] == expected).all(axis=1)
        return estimate_fraction(int(found.sum()), len(found))

    names = {"hessian": "Hessian", "gradient": "gradients"}
    other: dict[Geometry, Geometry] = {
        "orthonormal": "simplex",
        "simplex": "orthonormal",
        "offset": "simplex",
    }
    wrong: dict[Geometry, int] = {"orthonormal": 3, "simplex": 4, "offset": 5}
    parts = [
        row(
            f"Share of runs in which every block has exactly {expected} outliers; "
            f"{geometry} means, {names[matrix]}",
            right(geometry, matrix, expected),
            at_least(
                0.5, "one outlier more or less in every block gives 0: half way to it", "neighbor"
            ),
            [
                other_system(f"{other[geometry]} means", right(other[geometry], matrix, expected)),
                wrong_theory(
                    f"{wrong[geometry]} outliers", right(geometry, matrix, wrong[geometry])
                ),
            ],
        )
        for geometry, expected in cases
        for matrix in matrices
    ]
    result = CountRun(
        {
            (geometry, matrix): spectra(
                context, replace(base(context), geometry=geometry), matrix
            ).values[0, 0]
            for geometry, _ in cases
            for matrix in matrices
        }
    )
    return result, parts
