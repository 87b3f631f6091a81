"""Claim HT-1: the spectrum of random weights, before the first step."""

from __future__ import annotations

import math

from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.initial import InitialRun
from traindyn.heavy_tailed_esd.studies.initial import initial_picture, initial_spectra
from traindyn.heavy_tailed_esd.theory.bulk import TRACY_WIDOM_DEVIATION, TRACY_WIDOM_MEAN
from traindyn.inference import estimate_mean
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


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
    inputs, normal = max(found.normal.items())
    parts = [
        Part(
            f"Distance of the eigenvalues from the law of Marchenko and Pastur, d = {inputs}",
            0.0,
            estimate_mean(normal.distance),
            Test(
                "ks",
                math.log(inputs) / inputs,
                "log(d)/d: the eigenvalues of one matrix repel each other and keep that close",
                side="below",
            ),
            [
                Control("entries too large by 5 %", estimate_mean(found.scaled.distance)),
                Control("matrices longer by a quarter", estimate_mean(found.longer.distance)),
            ],
            asymptotic=True,
            sizes=[Size(d, estimate_mean(s.distance)) for d, s in found.normal.items()],
        ),
        Part(
            "Mean of the largest eigenvalue, centered and scaled, by the law of Tracy and Widom",
            TRACY_WIDOM_MEAN,
            estimate_mean(normal.top),
            Test(
                "equality",
                TRACY_WIDOM_DEVIATION,
                "one standard deviation of the law, the scatter of a single matrix",
            ),
            [
                Control("entries too large by 5 %", estimate_mean(found.scaled.top)),
                Control("entries with heavy tails (Student's law), median", found.student_top),
            ],
        ),
        Part(
            "Mean of the smallest one, likewise, on a logarithmic scale",
            TRACY_WIDOM_MEAN,
            estimate_mean(normal.bottom),
            Test(
                "equality",
                TRACY_WIDOM_DEVIATION / 2,
                "half a standard deviation of the law; corrections are of order d^(-2/3)",
            ),
            [Control("entries with heavy tails (Student's law), median", found.student_bottom)],
        ),
    ]
    return initial_picture(context), parts
