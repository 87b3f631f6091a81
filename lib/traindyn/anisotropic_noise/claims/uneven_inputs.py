"""Parts of claim AN-6 on anisotropic inputs: variance and flatness are unrelated, not equal."""

from __future__ import annotations

from traindyn.anisotropic_noise.claims.parts import algebraic
from traindyn.anisotropic_noise.results.anisotropy import UnevenInputs
from traindyn.inference import exact
from traindyn.ledger import Part, Size, other_system, within, wrong_prediction, wrong_theory


def parts_on_uneven_inputs(run: UnevenInputs) -> list[Part]:
    """What is left of the claim when the variances of the inputs span two decades."""
    few = run.by_aspect[0.025]
    law, of_random = run.shown.predicted
    return [
        algebraic(
            "One layer, inputs with variances from 0.1 to 10, N = 50: rank correlation of flatness "
            "with variance along principal directions, c = 0.025",
            few.correlation,
            within(0.5, "half the way to a perfect relation of either sign", "neighbor"),
            [
                wrong_prediction("an inverse relation", -1.0),
                other_system("isotropic noise, C in proportion to 1/H", exact(1.0)),
            ],
            prediction=0.0,
            basis="derived",
        ),
        algebraic(
            "One layer, inputs with variances from 0.1 to 10, N = 50: variance of the curvatures "
            "along principal directions, over that of eigenvectors of the random matrix that "
            "couples similar curvatures, c = 0.025",
            few.principal,
            within(
                abs(1 - of_random / law) / 2,
                f"half the way to what directions at random have, {of_random / law:.2f}",
                "neighbor",
            ),
            [
                wrong_prediction("directions at random", of_random / law),
                wrong_theory("the same, measured", few.random),
            ],
            prediction=1.0,
            basis="derived",
            asymptotic=True,
            sizes=[Size(aspect, means.principal) for aspect, means in run.by_aspect.items()],
            note="The principal directions differ in curvature more than random directions do: "
            "the loss is isotropic only if the inputs are.",
        ),
    ]
