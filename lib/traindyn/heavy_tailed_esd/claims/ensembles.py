"""Nulls of the index, and how runs of several steps are compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.heavy_tailed_esd.results.tails import EnsembleRun, TailRun
from traindyn.heavy_tailed_esd.studies.ensembles import edge, inputs
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Rule, at_most, within
from traindyn.runs import Context
from traindyn.tails import hill, hill_null

NULL = hill_null(1.5)
"""Hill's index of a random matrix of the shape of the weights."""

SQUARE = hill_null(1.0)
"""The smallest index that a random matrix of any shape has."""

FORM = (NULL - SQUARE) / 2
"""Half the distance between the two: a smaller change could be one of shape."""

SHAPE = within(
    FORM, "half of the distance to the null of square matrices, h = d for h = 1.5d", "neighbor"
)
"""An index is that of a random matrix of the shape of the weights."""


def finite(context: Context) -> float:
    """By how much the index of a random matrix of finite size lies above its limit, 2/d."""
    return 2 / inputs(context)


def below_all(context: Context) -> Rule:
    """A matrix with an index below :data:`SQUARE` is no random matrix of any shape."""
    return at_most(
        SQUARE + finite(context),
        "the smallest null over all shapes, of square matrices, with 2/d for their finite size",
        "neighbor",
    )


def tail_run(context: Context, runs: dict[str, EnsembleRun]) -> TailRun:
    """Runs by name for a figure, with the null and the edge of their shape."""
    return TailRun(runs, NULL, ASPECT, edge(context))


def start_index(run: EnsembleRun) -> Estimate:
    """Mean of Hill's index at the start."""
    return estimate_mean(start_indices(run))


def start_indices(run: EnsembleRun) -> np.ndarray:
    """Hill's index at the start, by problem."""
    return np.array([hill(values) for values in run.start])


def index(run: EnsembleRun) -> Estimate:
    """Mean of Hill's index after the last step."""
    return estimate_mean(run.hill[:, -1])


def change(after: EnsembleRun, before: EnsembleRun) -> Estimate:
    """Mean change of the index after the last step, in pairs."""
    return estimate_mean(after.hill[:, -1] - before.hill[:, -1])


def index_at(runs: Sequence[EnsembleRun], mark: int, displacement: float) -> np.ndarray:
    """Hill's index of each problem at a step and a displacement, between learning rates.

    The displacement grows with the learning rate; the index is interpolated in its logarithm.

    Raises:
        ValueError: If a problem's displacements do not enclose the wanted one.
    """
    column = runs[0].marks.index(mark)
    found = []
    for replica in range(len(runs[0].hill)):
        x = np.array([run.displacement[replica, column] for run in runs])
        y = np.array([run.hill[replica, column] for run in runs])
        order = np.argsort(x)
        if not x[order[0]] < displacement < x[order[-1]]:
            raise ValueError(
                f"displacement must lie in [{x.min():.3g}, {x.max():.3g}], got {displacement}"
            )
        found.append(np.interp(np.log(displacement), np.log(x[order]), y[order]))
    return np.array(found)
