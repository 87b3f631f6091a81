"""Claim HA-20: the regularizer beyond which the XOR network forgets everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.claims.xor import network, states
from traindyn.hessian_alignment.experiments.xor import XorSetting
from traindyn.hessian_alignment.experiments.xor_chain import one_neuron_per_corner, run_chain
from traindyn.hessian_alignment.theory.xor import CRITICAL_DECAY, captured_logit
from traindyn.hessian_alignment.theory.xor_finite import corner_logit, critical_decay
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context

DECAY = 0.05
NOISY, CLEAN = 10.0, 1000.0
DIMENSION, REPLICAS = 200, 100


def _norm(context: Context, decay: float) -> Estimate:
    """Norm of v of the large network at the end."""
    setting = replace(network(context, 100.0), dimension=100, decay=decay)
    return replica_mean(states(context, setting)[-1].second.norm(dim=1).numpy())


def _from_random(context: Context, precision: float) -> Estimate:
    """Largest logit of a corner over C after a long time, β = 0.1."""
    setting = XorSetting(4, 100, precision, 0.1, replicas=200)
    end = run_chain(setting, [120.0], context.numpy_generator(f"random start {precision}"))[-1]
    largest = np.abs(end.corner_logits()).max(axis=1)
    return replica_mean(largest / captured_logit(setting.decay))


def _logit(context: Context, precision: float) -> Estimate:
    """Mean logit of the corners after a start at the fixed point of large λ."""
    start = one_neuron_per_corner(captured_logit(DECAY) ** 0.5, REPLICAS)
    setting = XorSetting(4, DIMENSION, precision, DECAY, REPLICAS)
    end = run_chain(setting, [80.0], context.numpy_generator(f"logit {precision}"), start)[-1]
    return replica_mean(np.abs(end.corner_logits()).mean(axis=1))


def _growth(context: Context, precision: float) -> Estimate:
    """Rate at which small weights grow, plus β: the regularizer that would just stop them."""
    start = one_neuron_per_corner(1e-4, REPLICAS)
    setting = XorSetting(4, DIMENSION, precision, DECAY, REPLICAS)
    times = (20.0, 60.0)
    path = run_chain(setting, times, context.numpy_generator(f"growth {precision}"), start)
    early, late = (np.log(np.linalg.norm(state.second, axis=1)) for state in path)
    return replica_mean((late - early) / (times[1] - times[0]) + DECAY)


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
    learned, lost = _norm(context, DECAY), _norm(context, 0.2)
    captured, noisy = (4 * captured_logit(DECAY)) ** 0.5, corner_logit(DECAY, NOISY)
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
        Part(
            "Largest logit of a corner over C at λ = 10, β = 0.1 < 1/8, t = 120",
            0.0,
            _from_random(context, NOISY),
            Test("threshold", 0.5, "half: not captured", "below"),
            [Control("λ = 1000", _from_random(context, CLEAN))],
            note="For λ = 10 the threshold lies below 0.1, see the last part.",
        ),
        Part(
            "Logit of the corners at λ = 10, β = 0.05",
            noisy,
            _logit(context, NOISY),
            Test(
                "equality",
                3 * (2 * DECAY / NOISY + 1 / DIMENSION) * noisy,
                "three times the share 2β/λ of noise outside of the plane, and the step 1/d",
            ),
            [Control("λ = 1000", _logit(context, CLEAN))],
        ),
        Part(
            "Regularizer that stops the growth of small weights at λ = 10",
            critical_decay(NOISY),
            _growth(context, NOISY),
            Test(
                "equality",
                (CRITICAL_DECAY - critical_decay(NOISY)) / 15,
                "noise outside of the plane adds 1/(16 β_c λ) = 1/15 to the squared weights, and "
                "half of that to the noise that lowers the threshold; twice",
            ),
            [Control("λ = 1000", _growth(context, CLEAN))],
        ),
    ]
    return None, parts
