"""Claims HT-9 and HT-16: ten large steps broaden the spectrum, and no noise is needed."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import (
    NULL,
    SHAPE,
    SQUARE,
    below_all,
    index,
    start_index,
    tail_run,
)
from traindyn.heavy_tailed_esd.claims.parts import algebraic, simulated
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.tails import EnsembleRun, TailRun
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    REPEATED_INPUTS,
    descent,
    edge,
    ensemble,
    inputs,
    repeated_runs,
    small_adam,
)
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    other_system,
    same_run,
    within,
    wrong_prediction,
)
from traindyn.runs import Context

MIXED = "updates with their entries in random places"


@registry.claim(
    9,
    source="abstract: heavy tails without gradient noise; figures 3 to 5 after the reviews",
    basis="stated",
    statement=(
        "Ten full-batch steps with a large learning rate turn the spectrum of the weights from a "
        "random matrix's into a broad one; a small rate leaves the bulk and adds a few outliers."
    ),
)
def ten_steps(context: Context) -> tuple[TailRun, list[Part]]:
    """HT-9."""
    small = ensemble(context, small_adam(context))
    large = ensemble(context, LARGE_ADAM)
    steep = ensemble(context, descent(context, 5.0))
    mixed, mixed_steep = (
        ensemble(context, optimizer, update="permuted")
        for optimizer in (LARGE_ADAM, descent(context, 5.0))
    )
    square = wrong_prediction("the null of square matrices", SQUARE)
    parts = [
        algebraic(
            "Hill's index of the weights at the start",
            start_index(large),
            SHAPE,
            [square, other_system("after ten large steps of Adam", index(large))],
            prediction=NULL,
        ),
        simulated(
            "Hill's index after ten steps of Adam with η = 1",
            index(large),
            below_all(context),
            [other_system(MIXED, index(mixed)), same_run("a small learning rate", index(small))],
        ),
        simulated(
            "Hill's index after ten steps of gradient descent with η = 5d",
            index(steep),
            below_all(context),
            [other_system(MIXED, index(mixed_steep))],
        ),
        simulated(
            "Hill's index after ten steps of Adam with a rate near half the threshold of a spike",
            index(small),
            SHAPE,
            [square, same_run("η = 1", index(large))],
            prediction=NULL,
        ),
        *_outliers(context, small, large),
    ]
    runs = {"Adam, small η": small, "Adam, η = 1": large, "GD, η = 5d": steep}
    return tail_run(context, runs), parts


def _outliers(context: Context, small: EnsembleRun, large: EnsembleRun) -> list[Part]:
    """Eigenvalues beyond the edge of the start, after small steps and after large ones."""
    size = inputs(context)
    without = ensemble(context, LARGE_ADAM, update="without top pair")
    before = (small.start > 1.05 * edge(context)).sum(axis=1)
    found = estimate_mean(small.outliers)

    def share(run: EnsembleRun) -> Estimate:
        return estimate_mean(run.outliers / size)

    return [
        simulated(
            "Number of eigenvalues beyond 1.05 edges after ten steps of Adam with a rate near half "
            "the threshold of a spike: few",
            found,
            at_most(10.0, "ten updates, each nearly of rank one, move ten eigenvalues", "count"),
            [
                other_system(
                    "updates without their first pair, η = 1", estimate_mean(without.outliers)
                ),
                same_run("η = 1", estimate_mean(large.outliers)),
            ],
            basis="derived",
        ),
        simulated(
            "Number of eigenvalues beyond 1.05 edges after ten steps of Adam with a rate near half "
            "the threshold of a spike: not none",
            found,
            at_least(
                0.5,
                "between a spike and none: a random matrix has one in fewer than a case of fifty",
                "neighbor",
            ),
            [other_system("random matrices: the weights at the start", estimate_mean(before))],
        ),
        simulated(
            "Share of the eigenvalues beyond 1.05 edges after ten steps of Adam with η = 1",
            share(large),
            at_least(0.5, "the median has left the bulk", "sign"),
            [
                other_system(
                    "random matrices: the weights at the start", estimate_mean(before / size)
                ),
                same_run("a small learning rate", share(small)),
            ],
            basis="derived",
        ),
    ]


@registry.claim(
    16,
    source="title and abstract",
    basis="stated",
    statement=(
        "The tail needs no gradient noise: full-batch training is deterministic and makes it."
    ),
)
def no_noise(context: Context) -> tuple[None, list[Part]]:
    """HT-16."""
    found = repeated_runs(context)
    moved = np.abs(found.mixed_index - found.index)
    return None, [
        simulated(
            "Most weights that differ between two runs of ten steps of Adam with η = 1 on the same "
            "rows",
            exact(float(found.differing.max())),
            within(0.5, "a count", "count"),
            [other_system("rows in another order: other rounding", estimate_mean(found.mixed))],
            prediction=0.0,
            replicates="",
        ),
        simulated(
            "Largest change of Hill's index after ten steps of Adam with η = 1 if the rows stand "
            "in another order",
            exact(float(moved.max())),
            within(1e-6, "rounding, a thousand million times enlarged by the dynamics", "rounding"),
            [
                other_system(
                    "rows drawn with replacement: another sample",
                    estimate_mean(np.abs(found.other_index - found.index)),
                )
            ],
            prediction=0.0,
            replicates="",
            basis="derived",
        ),
        simulated(
            "Hill's index after ten steps of Adam with η = 1 that were repeated to the last bit, "
            f"d = {REPEATED_INPUTS}",
            estimate_mean(found.index),
            at_most(
                SQUARE + 2 / REPEATED_INPUTS,
                "the smallest null over all shapes, of square matrices, with 2/d for their finite "
                "size",
                "neighbor",
            ),
            [other_system("random matrices: the weights at the start", estimate_mean(found.start))],
        ),
    ]
