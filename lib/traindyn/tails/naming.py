"""Whether a tail may be called a power law, and how uncertain its exponent is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.inference import Estimate
from traindyn.tails.indices import TailFit, fit_tail, positive_spectrum
from traindyn.tails.rivals import Comparison, against_exponential, against_lognormal

Array = np.ndarray

FEWEST_TO_NAME = 50
"""Tail points below which no test tells a power law from its rivals (Clauset et al., sec. 3)."""

LEVEL = 0.05
"""Level of each test, for one spectrum at hand; not the error rate of the book."""


@dataclass(frozen=True)
class TailReport:
    """A tail with all that must be known before it is named.

    Args:
        fit: The best power law.
        exponent: Its exponent with the standard error of a bootstrap.
        exponential: The power law against an exponential law.
        lognormal: The power law against a lognormal law cut off on the left.
        fit_p_value: Share of samples of the fitted law that lie farther from their own fit.
        objections: Why the tail is not called a power law; empty if it is.
    """

    fit: TailFit
    exponent: Estimate
    exponential: Comparison
    lognormal: Comparison
    fit_p_value: float
    objections: tuple[str, ...]

    @property
    def name(self) -> str:
        """``power law``, or ``no power law``."""
        return "no power law" if self.objections else "power law"


def bootstrap_exponent(
    eigenvalues: Float[Array, " n"], generator: np.random.Generator, resamples: int = 100
) -> Estimate:
    """Exponent of the best power law, with the scatter of resamples as its standard error.

    The cut-off is chosen again in every resample. Eigenvalues of one matrix repel each other and
    are no independent sample, so the error is a guide to how firmly the exponent is held; the
    scatter between independent matrices is the error of a claim.

    Args:
        eigenvalues: Positive, at least 20.
        generator: Source of the resampling.
        resamples: At least 20.

    Raises:
        ValueError: If ``resamples`` is below 20 or the spectrum cannot be fitted.
    """
    if resamples < 20:
        raise ValueError(f"resamples must be at least 20, got {resamples}")
    values = positive_spectrum(eigenvalues)
    drawn = [
        fit_tail(values[generator.integers(values.size, size=values.size)]).alpha
        for _ in range(resamples)
    ]
    fit = fit_tail(values)
    return Estimate(fit.alpha, float(np.std(drawn, ddof=1)), fit.count)


def fit_p_value(
    eigenvalues: Float[Array, " n"], generator: np.random.Generator, samples: int = 100
) -> float:
    """Share of synthetic spectra that lie farther from their best power law than the given one.

    A synthetic spectrum draws each value from the fitted power law with the probability of the
    tail, else from the eigenvalues below the cut-off, and is fitted afresh. A small share speaks
    against the power law.

    Args:
        eigenvalues: Positive, at least 20.
        generator: Source of the synthetic spectra.
        samples: Number of them, at least 20.

    Raises:
        ValueError: If ``samples`` is below 20 or the spectrum cannot be fitted.

    Source: A. Clauset, C. Shalizi and M. Newman, SIAM Rev. 51 (2009) 661, sec. 4.1.
    """
    if samples < 20:
        raise ValueError(f"samples must be at least 20, got {samples}")
    values = positive_spectrum(eigenvalues)
    fit = fit_tail(values)
    body = values[: values.size - fit.count]
    farther = 0
    for _ in range(samples):
        in_tail = generator.binomial(values.size, fit.share) if body.size else values.size
        tail = fit.cutoff * generator.random(in_tail) ** (-1 / (fit.alpha - 1))
        below = generator.choice(body, values.size - in_tail) if body.size else body
        farther += fit_tail(np.concatenate([tail, below])).distance > fit.distance
    return farther / samples


def name_tail(
    eigenvalues: Float[Array, " n"], generator: np.random.Generator, resamples: int = 100
) -> TailReport:
    """Fit the best power law, try it against its rivals, and name it only if none objects.

    It is called a power law if its tail holds ``FEWEST_TO_NAME`` eigenvalues, lies no farther
    from its fit than samples of the fit do, fits better than an exponential law, and is not fitted
    better by a lognormal law, each at the level ``LEVEL``.

    Args:
        eigenvalues: Positive, at least 20.
        generator: Source of the bootstraps.
        resamples: Size of each bootstrap, at least 20.

    Raises:
        ValueError: If ``resamples`` is below 20 or the spectrum cannot be fitted.

    >>> draw = np.random.default_rng(0)
    >>> name_tail(draw.pareto(1.0, 400) + 1, draw).name
    'power law'
    >>> name_tail(draw.random(400) + 1, draw).name
    'no power law'
    """
    values = positive_spectrum(eigenvalues)
    fit = fit_tail(values)
    tail = values[values.size - fit.count :]
    objections = []
    if fit.count < FEWEST_TO_NAME:
        objections.append(f"only {fit.count} eigenvalues in the tail")
    if fit.count < 10:
        nothing = Comparison(0.0, 0.0, 1.0)
        exponential = lognormal = nothing
    else:
        exponential, lognormal = against_exponential(tail), against_lognormal(tail)
    distant = fit_p_value(values, generator, resamples)
    if distant < LEVEL:
        objections.append("farther from its fit than samples of the fit")
    if not (exponential.ratio > 0 and exponential.p_value < LEVEL):
        objections.append("not better than an exponential law")
    if lognormal.p_value < LEVEL:
        objections.append("a lognormal law fits better")
    exponent = bootstrap_exponent(values, generator, resamples)
    return TailReport(fit, exponent, exponential, lognormal, distant, tuple(objections))
