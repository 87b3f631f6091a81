"""Claims HT-9 and HT-16: ten large steps broaden the spectrum, and no noise is needed."""

from __future__ import annotations

import numpy as np
import torch

from traindyn.heavy_tailed_esd.claims.ensembles import (
    FORM,
    FORM_WHY,
    LARGE_ADAM,
    NULL,
    SQUARE,
    below_all,
    descent,
    ensemble,
    index,
    inputs,
    small_adam,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.data import Sample
from traindyn.heavy_tailed_esd.experiments.optimizers import trained
from traindyn.heavy_tailed_esd.experiments.spectra import spectrum
from traindyn.heavy_tailed_esd.experiments.training_runs import (
    WIDTH_RATIO,
    Ensemble,
)
from traindyn.heavy_tailed_esd.results.tails import TailRun
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context
from traindyn.tails import (
    hill,
)


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
    size = inputs(context)
    edge = float((np.sqrt(WIDTH_RATIO * size) + np.sqrt(size)) ** 2)
    small = ensemble(context, small_adam(context))
    large = ensemble(context, LARGE_ADAM)
    steep = ensemble(context, descent(context, 5.0))
    start = estimate_mean(np.array([hill(values) for values in large.start]))
    few = Test("equality", 3.0, "the spike, and one more for every three of the nine later steps")
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
            [Control("at the start", estimate_mean((small.start > 1.05 * edge).sum(axis=1)))],
        ),
        Part(
            "Share of the eigenvalues beyond the edge after ten steps of Adam with η = 1",
            0.5,
            estimate_mean(large.outliers / size),
            Test("threshold", 1 / size, "one eigenvalue: the median has left", side="above"),
            [Control("a small learning rate", estimate_mean(small.outliers / size))],
        ),
    ]
    runs = {"Adam, small η": small, "Adam, η = 1": large, "GD, η = 5d": steep}
    return TailRun(runs, NULL, WIDTH_RATIO, edge), parts


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
    problem, generator = Ensemble(inputs(context), 2, LARGE_ADAM, 1, context.seed).problem(0)
    sample = problem.sample
    order = torch.randperm(len(sample.labels), generator=generator)
    drawn = torch.randint(len(sample.labels), (len(sample.labels),), generator=generator)

    def after(seen: Sample) -> torch.Tensor:
        return trained(problem.student, problem.weights, seen, LARGE_ADAM, 10)

    first, again = after(sample), after(sample)
    mixed = after(Sample(sample.inputs[order], sample.labels[order]))
    other = after(Sample(sample.inputs[drawn], sample.labels[drawn]))
    one = hill(spectrum(first).eigenvalues)
    large, small = ensemble(context, LARGE_ADAM), ensemble(context, small_adam(context))
    return None, [
        Part(
            "Weights that differ between two runs of ten steps",
            0.0,
            Estimate(float((first != again).sum())),
            Test("exact", 0.5, "a count"),
            [
                Control(
                    "rows in another order: other rounding", Estimate(float((first != mixed).sum()))
                )
            ],
        ),
        Part(
            "Change of Hill's index with the order of the rows",
            0.0,
            Estimate(hill(spectrum(mixed).eigenvalues) - one),
            Test("equality", 1e-6, "rounding, a thousand million times enlarged by the dynamics"),
            [
                Control(
                    "a random half of another sample: rows drawn with replacement",
                    Estimate(hill(spectrum(other).eigenvalues) - one),
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
