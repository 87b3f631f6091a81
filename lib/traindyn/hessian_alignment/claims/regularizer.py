"""Claim HA-20: the regularizer beyond which the XOR network forgets everything."""

from __future__ import annotations

import math

from traindyn.hessian_alignment.claims.common import over, replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.studies.regularizer import (
    DECAY,
    DIMENSION,
    from_random,
    growth,
    logits,
    norms,
)
from traindyn.hessian_alignment.studies.xor import TIMES
from traindyn.hessian_alignment.theory.xor import CRITICAL_DECAY, captured_logit
from traindyn.hessian_alignment.theory.xor_finite import across_loss, corner_logit, critical_decay
from traindyn.inference import exact
from traindyn.ledger import (
    Part,
    at_most,
    other_system,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

NOISY, CLEAN = 10.0, 1000.0


@registry.claim(
    20,
    source="companion paper (arXiv 2206.04030): fixed points exist below 1/8; finite λ is ours",
    basis="stated",
    statement=(
        "The XOR network learns only with a regularizer below 1/8; at finite λ the threshold is "
        "lower still."
    ),
)
def decay_threshold(context: Context) -> tuple[None, list[Part]]:
    """HA-20."""
    learned, lost = (replica_mean(norms(context, decay)) for decay in (DECAY, 0.2))
    clean, finite = captured_logit(DECAY), corner_logit(DECAY, 100.0)
    found = over(learned, 2 * finite**0.5)
    largest = (32 * math.exp(2 * (CRITICAL_DECAY - 0.2) * TIMES[-1])) ** 0.5
    parts = [
        row(
            "Norm of v of 32 neurons at β = 0.2 > 1/8, λ = 100, t = 80",
            lost,
            at_most(
                largest,
                "√K of the start, which shrinks as exp((1/8 − β)t) at least",
                "next order",
            ),
            [
                other_system("β = 0.05 < 1/8: four corners are captured", learned),
                wrong_theory("a threshold above 0.2: √4C of four corners", exact(2 * clean**0.5)),
            ],
        ),
        row(
            "Norm of v at β = 0.05, λ = 100, over (4c)^½ of four captured corners at finite λ",
            found,
            within_noise(
                found,
                "the share 2β/λ of noise outside of the plane; a step shifts the mean by a part of "
                "the scatter",
                2 * DECAY / 100.0,
            ),
            [
                wrong_theory("three corners", over(learned, (3 * finite) ** 0.5)),
                wrong_theory(
                    "8β in place of 4β", over(learned, 2 * captured_logit(2 * DECAY) ** 0.5)
                ),
                other_system("β = 0.2", over(lost, 2 * finite**0.5)),
            ],
            prediction=1.0,
            basis="derived",
        ),
    ]
    return None, [*parts, *_noisy(context), _clean(context)]


def _noisy(context: Context) -> list[Part]:
    """The threshold is lower at finite λ."""
    plain, outside = corner_logit(DECAY, NOISY), 1 + 2 * DECAY / NOISY
    noisy = plain - across_loss(DECAY, NOISY, 1 / DIMENSION)
    critical = critical_decay(NOISY)
    logit, stops = replica_mean(logits(context, NOISY)), replica_mean(growth(context, NOISY))
    return [
        row(
            "Largest logit of a corner over C at λ = 10, β = 0.1 < 1/8, t = 120: nothing is "
            "captured",
            replica_mean(from_random(context, NOISY)),
            at_most(0.5, "half way from a lost to a captured corner", "neighbor"),
            [other_system("little noise, λ = 1000", replica_mean(from_random(context, CLEAN)))],
            basis="derived",
            note="For λ = 10 the threshold lies below 0.1, see the last part.",
        ),
        row(
            "Logit of the captured corners at λ = 10, β = 0.05, of which the finite steps take "
            "a part",
            logit,
            within_noise(
                logit,
                "a share 2β/λ of the squared weights lies outside of the plane and adds as much to "
                "the noise of the logits; and noise",
                abs(corner_logit(DECAY, NOISY / outside) - plain),
            ),
            [
                wrong_prediction("C, without noise", captured_logit(DECAY)),
                other_system("little noise, λ = 1000", replica_mean(logits(context, CLEAN))),
            ],
            prediction=noisy,
            basis="derived",
        ),
        row(
            "Regularizer that stops the growth of small weights at λ = 10",
            stops,
            within_noise(
                stops,
                "noise outside of the plane adds 1/(16 β_c λ) = 1/15 to the squared weights, and "
                "half of that to the noise that lowers the threshold; and noise",
                (CRITICAL_DECAY - critical) / (32 * critical * NOISY),
            ),
            [
                wrong_prediction("1/8, without noise", CRITICAL_DECAY),
                wrong_prediction(
                    "1 − 1/√λ in place of 1 − √(2/πλ)", CRITICAL_DECAY * (1 - NOISY**-0.5)
                ),
                other_system("little noise, λ = 1000", replica_mean(growth(context, CLEAN))),
            ],
            prediction=critical,
            basis="derived",
        ),
    ]


def _clean(context: Context) -> Part:
    """The logit of the paper, as noise vanishes."""
    logits_found = replica_mean(logits(context, CLEAN))
    logit = captured_logit(DECAY)
    found = over(logits_found, logit)
    here = corner_logit(DECAY, CLEAN) - across_loss(DECAY, CLEAN, 1 / DIMENSION)
    return row(
        "Logit of the captured corners at λ = 1000, β = 0.05, over C = log((1 − 4β)/4β)",
        found,
        within_noise(
            found,
            "what finite λ and finite steps add to C, computed; and noise",
            abs(here / corner_logit(DECAY, 1e10) - 1),
        ),
        [
            wrong_theory("log(1/4β), without 1 − 4β", over(logits_found, -math.log(4 * DECAY))),
            wrong_theory("2β in place of 4β", over(logits_found, captured_logit(DECAY / 2))),
        ],
        prediction=1.0,
    )
