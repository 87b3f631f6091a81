"""Claim HA-20: the regularizer beyond which the XOR network forgets everything."""

from __future__ import annotations

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.studies.regularizer import (
    DECAY,
    DIMENSION,
    from_random,
    growth,
    logits,
    norms,
)
from traindyn.hessian_alignment.theory.xor import CRITICAL_DECAY, captured_logit
from traindyn.hessian_alignment.theory.xor_finite import corner_logit, critical_decay
from traindyn.ledger.legacy import Control, Part, Test
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
    captured = (4 * captured_logit(DECAY)) ** 0.5
    parts = [
        Part(
            "Norm of v at β = 0.2 > 1/8, λ = 100, t = 80",
            0.0,
            lost,
            Test(
                "threshold", 0.05, "√32 falls by exp(-0.075 t) = 1/400; three times that", "below"
            ),
            [Control("β = 0.05", learned)],
        ),
        Part(
            "Norm of v at β = 0.05, λ = 100, over (4C)^½ of four captured corners",
            1.0,
            learned.scaled(1 / captured),
            Test("equality", 0.1, "next orders in λ^(-1/2) = 0.1 of a corner's logit"),
            [Control("β = 0.2", lost.scaled(1 / captured))],
        ),
    ]
    return None, [*parts, *_noisy(context)]


def _noisy(context: Context) -> list[Part]:
    """The threshold is lower at finite λ."""
    noisy = corner_logit(DECAY, NOISY)
    return [
        Part(
            "Largest logit of a corner over C at λ = 10, β = 0.1 < 1/8, t = 120",
            0.0,
            replica_mean(from_random(context, NOISY)),
            Test("threshold", 0.5, "half: not captured", "below"),
            [Control("λ = 1000", replica_mean(from_random(context, CLEAN)))],
            note="For λ = 10 the threshold lies below 0.1, see the last part.",
        ),
        Part(
            "Logit of the corners at λ = 10, β = 0.05",
            noisy,
            replica_mean(logits(context, NOISY)),
            Test(
                "equality",
                3 * (2 * DECAY / NOISY + 1 / DIMENSION) * noisy,
                "three times the share 2β/λ of noise outside of the plane, and the step 1/d",
            ),
            [Control("λ = 1000", replica_mean(logits(context, CLEAN)))],
        ),
        Part(
            "Regularizer that stops the growth of small weights at λ = 10",
            critical_decay(NOISY),
            replica_mean(growth(context, NOISY)),
            Test(
                "equality",
                (CRITICAL_DECAY - critical_decay(NOISY)) / 15,
                "noise outside of the plane adds 1/(16 β_c λ) = 1/15 to the squared weights, and "
                "half of that to the noise that lowers the threshold; twice",
            ),
            [Control("λ = 1000", replica_mean(growth(context, CLEAN)))],
        ),
    ]
