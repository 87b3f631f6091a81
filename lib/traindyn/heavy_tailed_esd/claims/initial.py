"""Claim HT-1: the spectrum of random weights, before the first step."""

from __future__ import annotations

import numpy as np

from traindyn.heavy_tailed_esd.claims.estimates import midway
from traindyn.heavy_tailed_esd.claims.parts import algebraic
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.initial import InitialRun, InitialSpectra
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT
from traindyn.heavy_tailed_esd.studies.initial import ENDS, initial_picture, initial_spectra
from traindyn.heavy_tailed_esd.theory.bulk import COMPLEX_TRACY_WIDOM_MEAN, TRACY_WIDOM_MEAN
from traindyn.inference import estimate_mean, estimate_median
from traindyn.ledger import Part, Size, at_most, other_system, within, wrong_prediction
from traindyn.random_matrices import MarchenkoPastur
from traindyn.runs import Context

TOO_LARGE = 1.05
"""Factor of the entries of the nearest other matrix."""


@registry.claim(
    1,
    source="abstract; the setting of the authors' public code",
    basis="stated",
    statement=(
        "The spectrum of the weights at the start is that of a random matrix: the law of "
        "Marchenko and Pastur, with ends that scatter by the law of Tracy and Widom."
    ),
)
def initial_spectrum(context: Context) -> tuple[InitialRun, list[Part]]:
    """HT-1."""
    found = initial_spectra(context)
    inputs, largest = max(found.normal.items())
    parts = [
        algebraic(
            "Kolmogorov-Smirnov distance of the eigenvalues at the start from the law of Marchenko "
            f"and Pastur, d = {inputs}",
            estimate_mean(largest.distance),
            at_most(
                _stretched(TOO_LARGE**2) / 2,
                "half of the distance of the law from that of entries too large by 5 %",
                "neighbor",
            ),
            [
                other_system(
                    f"entries too large by 5 %, d = {ENDS}", estimate_mean(found.scaled.distance)
                ),
                other_system(
                    f"matrices longer by a quarter, d = {ENDS}",
                    estimate_mean(found.longer.distance),
                ),
            ],
            asymptotic=True,
            sizes=[Size(d, estimate_mean(s.distance)) for d, s in found.normal.items()],
            toward=0.0,
        ),
        *_ends(found),
    ]
    return initial_picture(context), parts


def _ends(found: InitialSpectra) -> list[Part]:
    """Largest and smallest eigenvalue against the law of Tracy and Widom."""
    ends, student = found.normal[ENDS], found.student
    half = within(
        midway(TRACY_WIDOM_MEAN, COMPLEX_TRACY_WIDOM_MEAN),
        "half of the distance to the mean of the law for complex matrices",
        "neighbor",
    )
    complex_law = wrong_prediction("the law of complex matrices", COMPLEX_TRACY_WIDOM_MEAN)
    return [
        algebraic(
            "Mean of the largest eigenvalue at the start, centered and scaled as for the law of "
            f"Tracy and Widom, d = {ENDS}",
            estimate_mean(ends.top),
            half,
            [
                complex_law,
                other_system("entries too large by 5 %", estimate_mean(found.scaled.top)),
                other_system(
                    "entries of Student's law with three degrees of freedom, median",
                    estimate_median(student.top),
                ),
            ],
            prediction=TRACY_WIDOM_MEAN,
            basis="derived",
        ),
        algebraic(
            "Mean of the logarithm of the smallest eigenvalue at the start, centered and scaled as "
            f"for the law of Tracy and Widom, d = {ENDS}",
            estimate_mean(ends.bottom),
            half,
            [
                complex_law,
                other_system(
                    "entries of Student's law with three degrees of freedom, median",
                    estimate_median(student.bottom),
                ),
            ],
            prediction=TRACY_WIDOM_MEAN,
            basis="derived",
        ),
    ]


def _stretched(factor: float) -> float:
    """Distance of the law of Marchenko and Pastur from itself with stretched eigenvalues."""
    law = MarchenkoPastur(1 / ASPECT)
    points = np.linspace(law.low, law.high * factor, 2001)
    return float(np.abs(law.cdf(points) - law.cdf(points / factor)).max())
