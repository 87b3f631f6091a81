"""Whether a tail may be called a power law, and how uncertain its exponent is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from traindyn.inference import Estimate
from traindyn.inference.samples import spread
from traindyn.system.arguments import MOST, numpy_generator, whole_number
from traindyn.tails.indices import TailFit, best_cutoff, first_of_equals, fit_tail
from traindyn.tails.rivals import (
    FEWEST_TO_COMPARE,
    Comparison,
    against_exponential,
    against_lognormal,
)
from traindyn.tails.spectra import log_spectrum, positive_spectrum

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
        resamples: From 20 to ``MOST``.

    Raises:
        ValueError: If ``resamples`` leaves its range or the spectrum cannot be fitted.
    """
    whole_number("resamples", resamples, 20, MOST)
    numpy_generator(generator)
    fit = fit_tail(eigenvalues)
    logs = log_spectrum(positive_spectrum(eigenvalues))

    def resample() -> Array:
        return logs[generator.integers(logs.size, size=logs.size)]

    alphas = np.array([alpha for alpha, _ in _fits(resample, resamples)])
    return Estimate(fit.alpha, spread(alphas), fit.count)


def _fits(draw: Callable[[], Array], number: int) -> Iterator[tuple[float, float]]:
    """Exponent and distance of synthetic spectra of logarithms.

    One whose values are all equal has no exponent and is drawn again; of n values that differ at
    most 1 resample in e is such a one.
    """
    while number:
        found = best_cutoff(np.sort(draw()))
        if found is not None:
            number -= 1
            yield found[1:]


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
        samples: Number of them, from 20 to ``MOST``.

    Raises:
        ValueError: If ``samples`` leaves its range or the spectrum cannot be fitted.

    Source: A. Clauset, C. Shalizi and M. Newman, SIAM Rev. 51 (2009) 661, sec. 4.1.
    """
    whole_number("samples", samples, 20, MOST)
    numpy_generator(generator)
    fit = fit_tail(eigenvalues)
    logs = log_spectrum(positive_spectrum(eigenvalues))
    body, cutoff = logs[: logs.size - fit.count], logs[logs.size - fit.count]

    def synthetic() -> Array:
        in_tail = generator.binomial(logs.size, fit.share) if body.size else logs.size
        uniform = np.maximum(generator.random(in_tail), 2.0**-54)  # 0 has no logarithm
        tail = cutoff - np.log(uniform) / (fit.alpha - 1)
        below = generator.choice(body, logs.size - in_tail) if body.size else body
        return np.concatenate([tail, below])

    return sum(distance > fit.distance for _, distance in _fits(synthetic, samples)) / samples


def name_tail(
    eigenvalues: Float[Array, " n"], generator: np.random.Generator, resamples: int = 100
) -> TailReport:
    """Fit the best power law, try it against its rivals, and name it only if none objects.

    It is called a power law if its tail holds ``FEWEST_TO_NAME`` eigenvalues, lies no farther
    from its fit than samples of the fit do, fits better than an exponential law, and is not fitted
    better by a lognormal law, each at the level ``LEVEL``; and if no eigenvalue is repeated so
    often that no continuous law fits: a jump of the distribution lies at least half of its height
    away from any, and must not pass the quantile of Kolmogorov's law.

    Args:
        eigenvalues: Positive, at least 20.
        generator: Source of the bootstraps.
        resamples: Size of each bootstrap, from 20 to ``MOST``.

    Raises:
        ValueError: If ``resamples`` leaves its range or the spectrum cannot be fitted.

    >>> draw = np.random.default_rng(0)
    >>> name_tail(draw.pareto(1.0, 400) + 1, draw).name
    'power law'
    >>> name_tail(draw.random(400) + 1, draw).name
    'no power law'
    """
    whole_number("resamples", resamples, 20, MOST)
    numpy_generator(generator)
    values = positive_spectrum(eigenvalues)
    fit = fit_tail(values)
    tail = values[values.size - fit.count :]
    objections = []
    if fit.count < FEWEST_TO_NAME:
        objections.append(f"only {fit.count} eigenvalues in the tail")
    equal = int(np.diff(first_of_equals(log_spectrum(tail)), append=tail.size).max())
    if equal / tail.size / 2 > stats.kstwo.isf(LEVEL, tail.size):
        objections.append(f"{equal} of {tail.size} eigenvalues in the tail are equal")
    if fit.count < FEWEST_TO_COMPARE:
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
