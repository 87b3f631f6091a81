"""Claims HT-9 and HT-16: ten large steps broaden the spectrum, and no noise is needed."""

from __future__ import annotations

from traindyn.heavy_tailed_esd.claims.ensembles import (
    FORM,
    FORM_WHY,
    NULL,
    SQUARE,
    below_all,
    index,
    start_index,
    tail_run,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.tails import EnsembleRun, TailRun
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    descent,
    edge,
    ensemble,
    inputs,
    repeated_runs,
    small_adam,
)
from traindyn.inference import estimate_mean, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


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
    start = start_index(large)
    parts = [
        Part(
            "Hill's index at the start",
            NULL,
            start,
            Test("equality", FORM, FORM_WHY),
            [Control("ten large steps of Adam", index(large))],
        ),
        Part(
            "Hill's index after ten steps of Adam with η = 1, against the smallest null of any "
            "shape",
            SQUARE,
            index(large),
            below_all(context),
            [Control("at the start", start), Control("a small learning rate", index(small))],
        ),
        Part(
            "Hill's index after ten steps of gradient descent with η = 5d, against the same null",
            SQUARE,
            index(steep),
            below_all(context),
            [Control("at the start", start)],
        ),
        Part(
            "Hill's index after ten steps of Adam with a rate near half the threshold of a spike",
            NULL,
            index(small),
            Test("equality", FORM, FORM_WHY),
            [Control("η = 1", index(large))],
        ),
        *_outliers(context, small, large),
    ]
    runs = {"Adam, small η": small, "Adam, η = 1": large, "GD, η = 5d": steep}
    return tail_run(context, runs), parts


def _outliers(context: Context, small: EnsembleRun, large: EnsembleRun) -> list[Part]:
    """Eigenvalues beyond the edge of the start, after small steps and after large ones."""
    size = inputs(context)
    few = Test("equality", 3.0, "the spike, and one more for every three of the nine later steps")
    before = estimate_mean((small.start > 1.05 * edge(context)).sum(axis=1))
    return [
        Part(
            "Number of outliers at that small rate",
            1.0,
            estimate_mean(small.outliers),
            few,
            [Control("η = 1", estimate_mean(large.outliers))],
            note=(
                "At these dimensions the fluctuating edge and the later steps add an outlier or "
                "two to the spike of the first; the sharp count of one belongs to d = 1,000."
            ),
        ),
        Part(
            "The same number is not zero",
            1.0,
            estimate_mean(small.outliers),
            Test(
                "threshold",
                0.95,
                "a random matrix has an eigenvalue 5 % beyond the edge, three fluctuations, in "
                "fewer than one case of a hundred",
                side="above",
            ),
            [Control("at the start", before)],
        ),
        Part(
            "Share of the eigenvalues beyond the edge after ten steps of Adam with η = 1",
            0.5,
            estimate_mean(large.outliers / size),
            Test("threshold", 1 / size, "one eigenvalue: the median has left", side="above"),
            [Control("a small learning rate", estimate_mean(small.outliers / size))],
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
    large, small = ensemble(context, LARGE_ADAM), ensemble(context, small_adam(context))
    return None, [
        Part(
            "Weights that differ between two runs of ten steps",
            0.0,
            exact(float(found.differing)),
            Test("exact", 0.5, "a count"),
            [Control("rows in another order: other rounding", exact(float(found.mixed)))],
        ),
        Part(
            "Change of Hill's index with the order of the rows",
            0.0,
            exact(found.mixed_index - found.index),
            Test("equality", 1e-6, "rounding, a thousand million times enlarged by the dynamics"),
            [
                Control(
                    "a random half of another sample: rows drawn with replacement",
                    exact(found.other_index - found.index),
                )
            ],
        ),
        Part(
            "Hill's index after ten noiseless steps of Adam with η = 1",
            SQUARE,
            index(large),
            below_all(context),
            [Control("a small learning rate", index(small))],
        ),
    ]
