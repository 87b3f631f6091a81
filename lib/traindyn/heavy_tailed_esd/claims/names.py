"""Claims HT-14 and HT-20: the heaviest tails, and whether they are power laws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

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
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer
from traindyn.heavy_tailed_esd.experiments.training_runs import (
    WIDTH_RATIO,
)
from traindyn.heavy_tailed_esd.results.tails import NamingRun, TailRun
from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context
from traindyn.tails import (
    against_exponential,
    against_lognormal,
    fit_tail,
    hill,
    name_tail,
    random_indices,
)


@registry.claim(
    14,
    source="options of the authors' public code",
    basis="stated",
    statement=(
        "Rescaling the weights to their first norm before every step makes the heaviest and "
        "cleanest tails."
    ),
)
def normalized(context: Context) -> tuple[TailRun, list[Part]]:
    """HT-14."""
    plain = ensemble(context, LARGE_ADAM, samples_per_input=8)
    fixed = ensemble(context, replace(LARGE_ADAM, normalize=True), samples_per_input=8)
    strong = ensemble(context, Optimizer("adam", 10.0, normalize=True), samples_per_input=8)
    gentle = [
        ensemble(context, replace(small_adam(context), normalize=on)).hill[:, -1]
        for on in (True, False)
    ]
    fits = [fit_tail(values) for values in strong.end]
    size = inputs(context)
    shape = (round(WIDTH_RATIO * size), size)
    before = random_indices(shape, 24, context.numpy_generator("random matrices"))
    parts = [
        Part(
            "Largest relative distance of ‖W‖² from hd before a step",
            0.0,
            Estimate(float(fixed.norm_error.max())),
            Test("exact", 1e-12, "rounding of a sum of squares"),
            [Control("not normalized", Estimate(float(plain.norm_error.min())))],
        ),
        Part(
            "Hill's index with normalization minus that without, Adam, η = 1, n = 8d",
            -FORM,
            estimate_mean(fixed.hill[:, -1] - plain.hill[:, -1]),
            Test("ordering", FORM / 2, f"half of a difference that matters, {FORM_WHY}", "below"),
            [Control("a small learning rate, n = 2d", estimate_mean(gentle[0] - gentle[1]))],
        ),
        Part(
            "Tail weight 1/(α − 1) of the best Kolmogorov-Smirnov fit with normalization, η = 10",
            1.0,
            estimate_mean(np.array([1 / (fit.alpha - 1) for fit in fits])),
            Test("threshold", 1 / 3, "α below 2.5; a law of weight 1 has no mean", side="above"),
            [
                Control(
                    "random matrices of that shape",
                    estimate_mean(1 / (before.alpha - 1)),
                )
            ],
        ),
        Part(
            "Share of the spectrum in that tail",
            0.4,
            estimate_mean(np.array([fit.share for fit in fits])),
            Test("threshold", 0.1, "at least three tenths", side="above"),
            [Control("random matrices of that shape", estimate_mean(before.count / size))],
        ),
    ]
    edge = float((np.sqrt(WIDTH_RATIO * size) + np.sqrt(size)) ** 2)
    runs = {"η = 1": plain, "η = 1, normalized": fixed, "η = 10, normalized": strong}
    return TailRun(runs, NULL, WIDTH_RATIO, edge), parts


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
            Test("ordering", 0.2, "a tenth of two standard errors of one tail", side="below"),
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
            below_all(context),
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
