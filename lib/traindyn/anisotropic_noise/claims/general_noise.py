"""Claim AN-19: the noise away from the minimum."""

from __future__ import annotations

from traindyn.anisotropic_noise.claims.parts import algebraic
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.shares import agreement
from traindyn.anisotropic_noise.studies.general_noise import SAMPLES, general_noise
from traindyn.inference import Estimate, log_slope
from traindyn.ledger import (
    Part,
    Rule,
    Size,
    other_system,
    within,
    within_noise,
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
        algebraic(
            f"Noise at random weights, {SAMPLES[-1]:,} samples: agreement, one minus the squared "
            "relative distance, with 2L(w)H + gg′",
            agreement(away[SAMPLES[-1]]),
            _sampled(agreement(away[SAMPLES[-1]])),
            [
                wrong_theory("2L(w)H alone", agreement(run.away.without_product)),
                wrong_theory("noise that is not centered, + 2gg′", agreement(run.away.uncentered)),
                wrong_theory("L(w)H + gg′", agreement(run.away.halved)),
                other_system("inputs of either sign and fixed size", agreement(run.signs.law)),
            ],
            asymptotic=True,
            sizes=[Size(samples, agreement(of)) for samples, of in away.items()],
            prediction=1 - run.sampled_away,
        ),
        algebraic(
            f"Noise at the minimum, {SAMPLES[-1]:,} samples: agreement, one minus the squared "
            "relative distance, with 2LH",
            agreement(minimum[SAMPLES[-1]]),
            _sampled(agreement(minimum[SAMPLES[-1]])),
            [
                wrong_theory("LH", agreement(run.minimum.halved)),
                other_system("the noise at random weights", agreement(run.away.without_product)),
            ],
            asymptotic=True,
            sizes=[Size(samples, agreement(of)) for samples, of in minimum.items()],
            prediction=1 - run.sampled_minimum,
        ),
        Part(
            "Exponent with which the squared distance of the noise at random weights from "
            "2L(w)H + gg′ falls with the number of samples",
            log_slope(list(away), list(away.values())),
            within(0.25, "half the way to the exponent −1/2", "neighbor"),
            [wrong_prediction("as the root of the number of samples", -0.5)],
            compares="algebra",
            replicates=PROBLEMS,
            prediction=-1.0,
        ),
    ]


def _sampled(measurement: Estimate) -> Rule:
    return within_noise(
        measurement,
        "one less what sampling leaves, to lowest order in 1/P: the eighth moments of Gaussian "
        "inputs and labels",
    )
