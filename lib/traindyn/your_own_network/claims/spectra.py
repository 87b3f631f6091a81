"""Claim ON-1: what the spectrum of a layer says depends on the start."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import Part, at_least, at_most, other_system, wrong_theory
from traindyn.runs import Context
from traindyn.tails import hill
from traindyn.your_own_network.claims.parts import NAMES, trained
from traindyn.your_own_network.claims.registry import registry
from traindyn.your_own_network.results.runs import KINDS, Kind, LensRun, LensRuns
from traindyn.your_own_network.studies.runs import STARTS, lens_run, null_indices
from traindyn.your_own_network.theory.spectra import lightest_index

WHY = "the smallest null over all shapes, of square matrices, with 2/n for their finite size"


@registry.claim(
    1,
    source="ours: the index of heavy tails on the layers of the other chapters' networks",
    basis="extension",
    statement=(
        "The index of a heavy tail needs large steps: at a small learning rate the middle layer "
        "keeps the index of a random matrix, from a usual start and from a small one."
    ),
)
def indices(context: Context) -> tuple[LensRuns, list[Part]]:
    """ON-1."""
    usual, small = ([lens_run(context, kind, start) for kind in KINDS] for start in STARTS)
    nulls = [estimate_mean(null_indices(context, kind)) for kind in KINDS]
    told = zip(KINDS, small, nulls, strict=True)
    return (
        LensRuns(tuple(usual), tuple(small), np.array([null.value for null in nulls])),
        [part for kind, run, null in told for part in _parts(kind, run, null)],
    )


def hill_indices(spectra: np.ndarray) -> np.ndarray:
    """Hill's index of each spectrum."""
    return np.array([hill(values) for values in spectra])


def _parts(kind: Kind, run: LensRun, null: Estimate) -> list[Part]:
    index = estimate_mean(hill_indices(run.spectra[-1]))
    limit = lightest_index(min(run.shape))
    random = other_system("random matrices of that shape", null)
    said = f"{NAMES[kind]}, middle layer after SGD at rate {run.learning_rate:g} from a small start"
    return [
        trained(
            f"{said}: Hill's index is that of a random matrix, as for a usual start",
            index,
            at_least(limit, WHY, "neighbor"),
            [wrong_theory("the index 2 of a heavy tail with infinite variance", exact(2.0))],
            expected="falsified",
            note="From a small start the weights are what was learned: a few large directions.",
        ),
        trained(
            f"{said}, amended: Hill's index is below that of every random matrix",
            index,
            at_most(limit, WHY, "neighbor"),
            [random],
        ),
    ]
