"""Parts of claim AN-6 on anisotropic inputs: variance and flatness are unrelated, not equal."""

from __future__ import annotations

from traindyn.anisotropic_noise.results.anisotropy import UnevenInputs
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test


def parts_on_uneven_inputs(run: UnevenInputs) -> list[Part]:
    """What is left of the claim when the variances of the inputs span two decades."""
    few = run.by_aspect[0.025]
    return [
        Part(
            "Inputs with variances from 0.1 to 10: rank correlation of flatness with variance, "
            "c = 0.025, N = 50",
            0.0,
            few.correlation,
            Test("equality", 0.16, "of order √c, the next order; isotropic noise has 1"),
            [Control("isotropic noise", few.white_correlation)],
        ),
        Part(
            "The same inputs: variance of the curvatures along principal directions, over that "
            "of eigenvectors of the random matrix that couples similar curvatures",
            1.0,
            few.principal,
            Test("equality", 0.2, "corrections of order √(1/N) = 0.14, with a margin of a half"),
            [Control("random directions", few.random)],
            asymptotic=True,
            sizes=[Size(aspect, means.principal) for aspect, means in run.by_aspect.items()],
            note="The principal directions differ in curvature more than random directions do: "
            "the loss is isotropic only if the inputs are.",
        ),
    ]
