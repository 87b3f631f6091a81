"""Claim AN-19: the noise away from the minimum."""

from __future__ import annotations

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.studies.general_noise import general_noise
from traindyn.inference import exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    19,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "At any weights, for Gaussian inputs and many samples, the noise is 2L(w)H plus the "
        "product of the gradient with itself; at the minimum it is proportional to the Hessian."
    ),
)
def noise_at_any_weights(context: Context) -> tuple[None, list[Part]]:
    """AN-19."""
    sizes = {samples: general_noise(context, samples) for samples in (10_000, 100_000, 1_000_000)}
    run = sizes[1_000_000]
    why = "of order n/√P = 0.01, doubled"
    return None, [
        Part(
            "Relative distance of the noise from 2L(w)H + gg′ at random weights, a million samples",
            0.0,
            exact(run.away.law),
            Test("equality", 0.02, why),
            [Control("inputs of either sign and fixed size", exact(run.signs.law))],
            asymptotic=True,
            sizes=[Size(samples, exact(found.away.law)) for samples, found in sizes.items()],
        ),
        Part(
            "Relative distance of the noise from 2LH at the minimum",
            0.0,
            exact(run.minimum.without_product),
            Test("equality", 0.02, why),
            [Control("at the random weights", exact(run.away.without_product))],
            asymptotic=True,
            sizes=[
                Size(samples, exact(found.minimum.without_product))
                for samples, found in sizes.items()
            ],
        ),
    ]
