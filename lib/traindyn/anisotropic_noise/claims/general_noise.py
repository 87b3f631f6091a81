"""Claim AN-19: the noise away from the minimum."""

from __future__ import annotations

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.studies.general_noise import SAMPLES, general_noise
from traindyn.inference import Estimate, log_slope
from traindyn.ledger import (
    Part,
    Rule,
    Size,
    at_most,
    other_system,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

PROBLEMS = "drawn problems"


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
    sizes = {samples: general_noise(context, samples) for samples in SAMPLES}
    run = sizes[SAMPLES[-1]]
    away = {samples: found.away.law for samples, found in sizes.items()}
    minimum = {samples: found.minimum.without_product for samples, found in sizes.items()}
    return None, [
        Part(
            f"Noise at random weights, {SAMPLES[-1]:,} samples: squared relative distance from "
            "2L(w)H + gg′",
            away[SAMPLES[-1]],
            _limit(away),
            [
                wrong_theory("2L(w)H alone", run.away.without_product),
                wrong_theory("noise that is not centered, + 2gg′", run.away.uncentered),
                wrong_theory("L(w)H + gg′", run.away.halved),
                other_system("inputs of either sign and fixed size", run.signs.law),
            ],
            compares="algebra",
            replicates=PROBLEMS,
            asymptotic=True,
            sizes=[Size(*pair) for pair in away.items()],
            toward=0.0,
            seen=True,
        ),
        Part(
            f"Noise at the minimum, {SAMPLES[-1]:,} samples: squared relative distance from 2LH",
            minimum[SAMPLES[-1]],
            _limit(minimum),
            [
                wrong_theory("LH", run.minimum.halved),
                other_system("the noise at random weights", run.away.without_product),
            ],
            compares="algebra",
            replicates=PROBLEMS,
            asymptotic=True,
            sizes=[Size(*pair) for pair in minimum.items()],
            toward=0.0,
            seen=True,
        ),
        Part(
            "Exponent with which the squared distance of the noise at random weights from "
            "2L(w)H + gg′ falls with the number of samples",
            log_slope(list(away), list(away.values())),
            within(0.25, "half the way to the exponent −1/2", "neighbor"),
            [
                wrong_prediction("as the root of the number of samples", -0.5),
                other_system(
                    "inputs of either sign and fixed size",
                    log_slope(list(sizes), [found.signs.law for found in sizes.values()]),
                ),
            ],
            compares="algebra",
            replicates=PROBLEMS,
            prediction=-1.0,
        ),
    ]


def _limit(by_samples: dict[int, Estimate]) -> Rule:
    first, *_, last = by_samples
    return at_most(
        2 * by_samples[first].value * first / last,
        f"twice what the distance at {first:,} samples leaves if it falls in proportion",
        "size",
    )
