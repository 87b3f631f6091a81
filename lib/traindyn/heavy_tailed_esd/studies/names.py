"""Tails of trained weights and of rivals: which laws fit them, and what they may be called."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.results.tails import NamedTails, NamingRun, NormalizedTails
from traindyn.heavy_tailed_esd.studies.ensembles import (
    LARGE_ADAM,
    adam,
    descent,
    ensemble,
    shape,
    small_adam,
)
from traindyn.inference import Estimate, estimate_fraction
from traindyn.runs import Context, study
from traindyn.tails import (
    TailFit,
    against_exponential,
    against_lognormal,
    fit_tail,
    hill,
    name_tail,
    random_indices,
)

TRUTH, PRODUCT = "sample of a power law", "product of random matrices"

SAMPLES, RESAMPLES = 64, 20
"""Samples of a power law; resamples that give a tail its name."""


@study(stream="HT-14")
def normalized_tails(context: Context) -> NormalizedTails:
    """Fits of the tails that ten normalized steps of Adam at rate 10 make, and of their starts."""
    strong = ensemble(context, adam(10.0, normalize=True), samples_per_input=8)
    gentle = ensemble(context, small_adam(context))
    after, before, slow, slow_before = (
        [fit_tail(values) for values in spectra]
        for spectra in (strong.end, strong.start, gentle.end, gentle.start)
    )
    return NormalizedTails(
        alpha=np.array([fit.alpha for fit in after]),
        start_alpha=np.array([fit.alpha for fit in before]),
        growth=_growth(after, before),
        gentle_growth=_growth(slow, slow_before),
    )


def _growth(after: list[TailFit], before: list[TailFit]) -> np.ndarray:
    """Growth of the share of the spectrum in the tail."""
    return np.array([one.share - other.share for one, other in zip(after, before, strict=True)])


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
