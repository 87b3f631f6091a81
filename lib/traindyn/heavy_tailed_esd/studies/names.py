"""Tails of trained weights and of rivals: which laws fit them, and what they may be called."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.results.tails import NamedTails, NamingRun, NormalizedTails
from traindyn.heavy_tailed_esd.studies.ensembles import LARGE_ADAM, adam, descent, ensemble, shape
from traindyn.inference import Estimate, estimate_fraction
from traindyn.runs import Context, study
from traindyn.tails import (
    against_exponential,
    against_lognormal,
    fit_tail,
    hill,
    name_tail,
    random_indices,
)

TRUTH, PRODUCT = "sample of a power law", "product of random matrices"

SAMPLES, NULLS, RESAMPLES = 64, 128, 20
"""Samples of a power law; random matrices; resamples that give a tail its name."""


@study(stream="HT-14")
def normalized_tails(context: Context) -> NormalizedTails:
    """Fits of the tails that ten normalized steps of Adam at rate 10 make."""
    strong = ensemble(context, adam(10.0, normalize=True), samples_per_input=8)
    fits = [fit_tail(values) for values in strong.end]
    size = shape(context)
    before = random_indices(size, NULLS, context.numpy_generator("random matrices"))
    return NormalizedTails(
        np.array([fit.alpha for fit in fits]),
        np.array([fit.share for fit in fits]),
        before.alpha,
        before.count / size[1],
    )


@study(stream="HT-20")
def named_tails(context: Context) -> NamedTails:
    """Likelihood ratios, fits, names and indices of trained spectra and of rivals."""
    generator = context.numpy_generator("samples")
    large = ensemble(context, LARGE_ADAM)
    hidden, size = shape(context)

    def product() -> np.ndarray:
        first = generator.standard_normal((hidden, size))
        return np.linalg.svd(first @ generator.standard_normal((size, size)), compute_uv=False) ** 2

    spectra = {
        "start": large.start,
        "Adam, η = 1": large.end,
        "GD, η = 5d": ensemble(context, descent(context, 5.0)).end,
        "Adam, η = 10, normalized": ensemble(
            context, adam(10.0, normalize=True), samples_per_input=8
        ).end,
        PRODUCT: np.array([product() for _ in large.end]),
        TRUTH: generator.pareto(1.0, (SAMPLES, size)) + 1,
    }
    trained = [*spectra["Adam, η = 1"], *spectra["GD, η = 5d"]]
    named = {
        "trained": _share_named(trained, generator),
        TRUTH: _share_named([*spectra[TRUTH]], generator),
    }
    nulls = random_indices((hidden, size), len(large.end), generator)
    halves = {name: [_upper_half(v) for v in values] for name, values in spectra.items()}
    fits = {name: [fit_tail(values) for values in rows] for name, rows in spectra.items()}
    run = NamingRun(
        {n: np.array([against_exponential(t).ratio for t in rows]) for n, rows in halves.items()},
        {n: np.array([against_lognormal(t).ratio for t in rows]) for n, rows in halves.items()},
        {name: np.array([fit.alpha for fit in rows]) for name, rows in fits.items()},
        {name: np.array([float(fit.count) for fit in rows]) for name, rows in fits.items()},
        named,
    )
    products, truth = (np.array([hill(v) for v in spectra[name]]) for name in (PRODUCT, TRUTH))
    return NamedTails(run, products, truth, nulls.hill)


def _upper_half(values: np.ndarray) -> np.ndarray:
    return np.sort(values)[len(values) // 2 :]


def _share_named(spectra: list[np.ndarray], generator: np.random.Generator) -> Estimate:
    """Share of the spectra whose tail may be called a power law."""
    hits = [name_tail(v, generator, RESAMPLES).name == "power law" for v in spectra]
    return estimate_fraction(sum(hits), len(hits))
