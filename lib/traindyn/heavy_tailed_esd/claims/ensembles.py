"""Settings that several claims share: the size, the learning rates, and how runs are compared."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from traindyn.heavy_tailed_esd.experiments.mechanisms import UpdateKind
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.training_runs import (
    Ensemble,
    EnsembleRun,
    Labels,
    run_ensemble,
)
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Test
from traindyn.runs import Context
from traindyn.tails import hill_null

LARGE_ADAM = Optimizer("adam", 1.0)
NULL = hill_null(1.5)
"""Hill's index of a random matrix of the shape of the weights."""

SQUARE = hill_null(1.0)
"""The smallest index that a random matrix of any shape has."""

FORM = (NULL - SQUARE) / 2
"""Half the distance between the two: a smaller change could be one of shape."""

FORM_WHY = "half the distance of the nulls for h = 1.5d and h = d"


def inputs(context: Context) -> int:
    """Number d of inputs."""
    return context.choose(ci=200, laptop=300, paper=1000)


def below_all(context: Context) -> Test:
    """A matrix with an index below :data:`SQUARE` is no random matrix of any shape."""
    return Test(
        "ordering",
        2 / inputs(context),
        "the smallest null over all shapes; the mean of finite matrices lies 2/d above its limit",
        side="below",
    )


def small_adam(context: Context) -> Optimizer:
    """Adam a little above half its threshold for a spike in one step, 1.88/√h."""
    return Optimizer("adam", 0.95 / math.sqrt(inputs(context)))


def descent(context: Context, rate: float) -> Optimizer:
    """Gradient descent with the learning rate in units of d."""
    return Optimizer("gd", rate * inputs(context))


def ensemble(
    context: Context,
    optimizer: Optimizer,
    *,
    samples_per_input: int = 2,
    steps: int = 10,
    labels: Labels = "teacher",
    update: UpdateKind = "full",
    linear: bool = False,
) -> EnsembleRun:
    """Runs on the problems of this seed, the same ones for every claim and setting."""
    return run_ensemble(
        Ensemble(
            inputs(context),
            samples_per_input,
            optimizer,
            16,
            context.seed,
            steps,
            labels,
            update,
            linear,
        )
    )


def index(run: EnsembleRun) -> Estimate:
    """Mean of Hill's index after the last step."""
    return estimate_mean(run.hill[:, -1])


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
