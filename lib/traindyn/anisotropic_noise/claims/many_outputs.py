"""Parts of claim AN-8 with four outputs: both layers, by the linear theory and simulated."""

from __future__ import annotations

from traindyn.anisotropic_noise.results.second_layer import FourOutputs
from traindyn.inference import exact
from traindyn.ledger.legacy import Control, Part, Test

SIMULATED = Test(
    "equality",
    0.1**2,
    "a tenth, squared: √(n/P) = 0.014 and the error of the theory, η tr H / S = 0.05, with a "
    "margin of a half",
    side="below",
)
"""Rule for the squared relative distance of 32 simulated variances from their formula."""


def parts_on_many_outputs(run: FourOutputs) -> list[Part]:
    """Variances of every pair of singular vectors against T a²/(a² + b²) and T b²/(a² + b²)."""
    distances = run.distances
    return [
        Part(
            "Four outputs: largest distance of the variances of the second layer from "
            "a²/(a² + b²), 64,000 samples",
            0.0,
            exact(run.many.second),
            Test("equality", 0.08, "of order √(n/P) = 0.014 for each of 32 directions"),
            [Control("120 samples", exact(run.few.second))],
        ),
        Part(
            "Four outputs: largest distance of the sum of both layers' variances from T",
            0.0,
            exact(run.many.sum),
            Test("equality", 0.08, "as above"),
            [Control("120 samples", exact(run.few.sum))],
        ),
        Part(
            "Simulated SGD with four outputs: squared relative distance of 32 variances of the "
            "second layer from a²/(a² + b²)",
            0.0,
            distances.second,
            SIMULATED,
            [Control("first layer frozen", distances.second_alone)],
        ),
        Part(
            "The same run: 32 variances of the first layer, from b²/(a² + b²)",
            0.0,
            distances.first,
            SIMULATED,
            [Control("second layer frozen", distances.first_alone)],
        ),
    ]
