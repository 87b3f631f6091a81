"""Claims HT-9, HT-18, HT-20: large steps broaden the spectrum; is that a power law?"""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.claims.ensembles import (
    FORM,
    FORM_WHY,
    LARGE_ADAM,
    NULL,
    SQUARE,
    descent,
    ensemble,
    index,
    index_at,
    inputs,
    small_adam,
)
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.training_runs import WIDTH_RATIO, EnsembleRun
from traindyn.heavy_tailed_esd.results.tails import CollapseRun, NamingRun, TailRun
from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.ledger import Context, Control, Part, Test
from traindyn.tails import (
    against_exponential,
    against_lognormal,
    fit_tail,
    hill,
    name_tail,
    random_indices,
)

BELOW_ALL = Test(
    "ordering",
    0.02,
    "the smallest null over all shapes; the mean of finite matrices lies 2/d above its limit",
    side="below",
)
"""A matrix with a smaller index is no random matrix of any shape."""


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
            BELOW_ALL,
            [Control("at the start", start), Control("a small learning rate", index(small))],
        ),
        Part(
            "Hill's index after ten steps of gradient descent with η = 5d, against the same null",
            SQUARE,
            index(steep),
            BELOW_ALL,
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
            Test("threshold", 0.1, "more than two fifths: no bulk is left", side="above"),
            [Control("a small learning rate", estimate_mean(small.outliers / size))],
        ),
    ]
    runs = {"Adam, small η": small, "Adam, η = 1": large, "GD, η = 5d": steep}
    return TailRun(runs, NULL, WIDTH_RATIO, edge), parts


RATES = (0.3, 0.5, 0.7, 1.0)


@registry.claim(
    18,
    source="beyond the paper",
    basis="extension",
    statement=(
        "For a given optimizer the index depends on the relative displacement of the weights "
        "alone, whatever the learning rate, the number of steps and the number of samples."
    ),
)
def displacement(context: Context) -> tuple[CollapseRun, list[Part]]:
    """HT-18."""
    two = [ensemble(context, Optimizer("adam", rate)) for rate in RATES]
    eight = [ensemble(context, Optimizer("adam", rate), samples_per_input=8) for rate in RATES[1:]]
    steep = [ensemble(context, descent(context, rate)) for rate in (1.8, 2.5, 3.5, 5.0)]
    mixed = ensemble(context, LARGE_ADAM, update="permuted")
    ten, five = index_at(two, 10, 1.2), index_at(two, 5, 1.2)
    single = two[-1].hill[:, 0] - index_at(two, 10, 1.0)
    moved = [index_at(two, 10, float(q)) for q in (0.7, 2.0)]
    between = [index_at(eight, 10, q) - index_at(two, 10, q) for q in (1.3, 1.6, 2.0)]
    tenth = Test("equality", 0.06, "a tenth of the drop of the index from its null at η = 1")
    parts = [
        Part(
            "Adam: index after five steps minus that after ten, both displaced by 1.2 times the "
            "norm of the start",
            0.0,
            estimate_mean(five - ten),
            tenth,
            [
                Control("one step against ten, displaced by 1.0", estimate_mean(single)),
                Control(
                    "five steps against ten at one learning rate, η = 0.5",
                    estimate_mean(two[1].hill[:, 2] - two[1].hill[:, 3]),
                ),
            ],
            note="The collapse needs a few steps: a single step of that size leaves more of the "
            "bulk.",
        ),
        Part(
            "Adam: index with 8d samples minus that with 2d, mean over the displacements 1.3, 1.6 "
            "and 2.0",
            0.0,
            estimate_mean(np.mean(between, axis=0)),
            tenth,
            [
                Control(
                    "displaced by 0.7 against 2.0",
                    estimate_mean(moved[0] - moved[1]),
                )
            ],
            expected="falsified",
            note=(
                "The curves for 2d and 8d samples are parallel, not equal: with more samples the "
                "same displacement makes a lighter tail. Displacement alone does not set the index."
            ),
        ),
        Part(
            "Adam with permuted updates, displaced by more than 2: index minus its null",
            0.0,
            estimate_mean(mixed.hill[:, -1] - NULL),
            Test("equality", FORM, FORM_WHY),
            [Control("the updates as they are, displaced by 2.0", estimate_mean(moved[1] - NULL))],
            note="Displacement without structure makes no tail at all.",
        ),
        Part(
            "Drop of the index below its null at a displacement of about 0.3: inside the lazy ball",
            0.0,
            estimate_mean(
                NULL - ensemble(context, small_adam(context)).hill[:, -1],
            ),
            Test("equality", FORM, FORM_WHY),
            [Control("displaced by 0.7", estimate_mean(NULL - moved[0]))],
        ),
    ]
    curves = {
        "Adam, n = 2d, 10 steps": _curve(two, -1),
        "Adam, n = 2d, 5 steps": _curve(two, -2),
        "Adam, n = 8d, 10 steps": _curve(eight, -1),
        "GD, n = 2d, 10 steps": _curve(steep, -1),
        "Adam, permuted updates": _curve([mixed], -1),
    }
    return CollapseRun(curves, NULL), parts


def _curve(runs: list[EnsembleRun], column: int) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([run.displacement[:, column].mean() for run in runs]),
        np.array([run.hill[:, column].mean() for run in runs]),
    )


def _upper_half(values: np.ndarray) -> np.ndarray:
    return np.sort(values)[len(values) // 2 :]


@registry.claim(
    20,
    source="beyond the paper",
    basis="extension",
    statement=(
        "“Power law” names these tails but does not fit them: a lognormal law fits better in every "
        "trained case, and a product of two random matrices has the index without any training."
    ),
)
def only_a_name(context: Context) -> tuple[NamingRun, list[Part]]:
    """HT-20."""
    generator = context.numpy_generator("samples")
    size = inputs(context)
    large = ensemble(context, LARGE_ADAM)
    replicas = len(large.end)
    hidden = round(WIDTH_RATIO * size)

    def product() -> np.ndarray:
        first = generator.standard_normal((hidden, size))
        return np.linalg.svd(first @ generator.standard_normal((size, size)), compute_uv=False) ** 2

    spectra = {
        "start": large.start,
        "Adam, η = 1": large.end,
        "GD, η = 5d": ensemble(context, descent(context, 5.0)).end,
        "Adam, η = 10, normalized": ensemble(
            context, Optimizer("adam", 10.0, normalize=True), samples_per_input=8
        ).end,
        "product of random matrices": np.array([product() for _ in range(replicas)]),
        "sample of a power law": generator.pareto(1.0, (64, size)) + 1,
    }
    halves = {name: [_upper_half(v) for v in values] for name, values in spectra.items()}
    lognormal = {
        name: np.array([against_lognormal(tail).ratio for tail in tails])
        for name, tails in halves.items()
    }
    exponential = {
        name: np.array([against_exponential(tail).ratio for tail in tails])
        for name, tails in halves.items()
    }
    truth = "sample of a power law"
    trained = [*spectra["Adam, η = 1"], *spectra["GD, η = 5d"]]
    named = {
        "trained": _share_named(trained, generator),
        truth: _share_named(list(spectra[truth]), generator),
    }
    fits = {name: [fit_tail(values) for values in rows] for name, rows in spectra.items()}
    alpha = {name: np.array([fit.alpha for fit in rows]) for name, rows in fits.items()}
    count = {name: np.array([float(fit.count) for fit in rows]) for name, rows in fits.items()}
    loses = Test(
        "ordering", 0.2, "two standard errors of one tail, the usual level of 5 %", side="below"
    )
    parts = [
        Part(
            f"Normalized likelihood ratio of power law and lognormal law above the median, {name}",
            -2.0,
            estimate_mean(lognormal[name]),
            loses,
            [Control("a true sample of a power law", estimate_mean(lognormal[truth]))],
        )
        for name in ("Adam, η = 1", "GD, η = 5d")
    ]
    nulls = random_indices((hidden, size), replicas, generator)
    products = estimate_mean(np.array([hill(v) for v in spectra["product of random matrices"]]))
    parts += [
        Part(
            "Normalized likelihood ratio of power law and exponential law, Adam with η = 1",
            0.0,
            estimate_mean(exponential["Adam, η = 1"]),
            Test("ordering", 2.0, "two standard errors of one tail", side="below"),
            [Control("a true sample of a power law", estimate_mean(exponential[truth]))],
        ),
        Part(
            "The same for normalized weights and η = 10: the one tail that favors the power law",
            2.0,
            estimate_mean(exponential["Adam, η = 10, normalized"]),
            Test("ordering", 2.0, "above 0 the power law fits better", side="above"),
            [Control("η = 1 without normalization", estimate_mean(exponential["Adam, η = 1"]))],
        ),
        Part(
            "Hill's index of a product of two random matrices, nothing trained, against the "
            "smallest null of one",
            SQUARE,
            products,
            BELOW_ALL,
            [Control("one random matrix", estimate_mean(nulls.hill))],
        ),
        Part(
            "Hill's index of a sample of a power law with the exponent 2",
            2.0,
            estimate_mean(np.array([hill(values) for values in spectra[truth]])),
            Test("equality", 0.35, "three quarters of the distance of the null from 2"),
            [Control("Adam with a small learning rate",
                     index(ensemble(context, small_adam(context))))],
        ),
        Part(
            "Share of the trained spectra whose tail passes every test of a power law",
            0.0,
            named["trained"],
            Test("threshold", 0.5, "fewer than half, whatever a few of them do", side="below"),
            [Control("samples of a power law", named[truth])],
            note=(
                "Tests at the level of 5 % each: at least 50 eigenvalues in the tail, distance "
                "from the fit, an exponential and a lognormal rival."
            ),
        ),
    ]  # fmt: skip
    return NamingRun(exponential, lognormal, alpha, count, named), parts


def _share_named(spectra: list[np.ndarray], generator: np.random.Generator) -> Estimate:
    """Share of the spectra whose tail may be called a power law."""
    hits = [name_tail(values, generator, 20).name == "power law" for values in spectra]
    return estimate_fraction(sum(hits), len(hits))
