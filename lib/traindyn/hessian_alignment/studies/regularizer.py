"""Networks on XOR near the regularizer beyond which they forget everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.xor import XorSetting
from traindyn.hessian_alignment.experiments.xor_chain import one_neuron_per_corner, run_chain
from traindyn.hessian_alignment.studies.xor import last_norms, network
from traindyn.hessian_alignment.theory.xor import captured_logit
from traindyn.runs import Context, study

Array = np.ndarray
DECAY = 0.05
DIMENSION, REPLICAS = 100, 100


def norms(context: Context, decay: float) -> Float[Array, " replicas"]:
    """Norm of v of the large network at the end, λ = 100."""
    return last_norms(context, replace(network(context, 100.0), dimension=100, decay=decay))


@study(stream="HA-20")
def from_random(context: Context, precision: float) -> Float[Array, " replicas"]:
    """Largest logit of a corner over C after a long time, β = 0.1."""
    setting = XorSetting(4, 100, precision, 0.1, replicas=200)
    end = run_chain(setting, [120.0], context.numpy_generator(f"random start {precision}"))[-1]
    return np.abs(end.corner_logits()).max(axis=1) / captured_logit(setting.decay)


@study(stream="HA-20")
def logits(context: Context, precision: float) -> Float[Array, " replicas"]:
    """Mean logit of the corners after a start at the fixed point of large λ."""
    start = one_neuron_per_corner(captured_logit(DECAY) ** 0.5, REPLICAS)
    setting = XorSetting(4, DIMENSION, precision, DECAY, REPLICAS)
    end = run_chain(setting, [80.0], context.numpy_generator(f"logit {precision}"), start)[-1]
    return np.abs(end.corner_logits()).mean(axis=1)


@study(stream="HA-20")
def growth(context: Context, precision: float) -> Float[Array, " replicas"]:
    """Rate at which small weights grow, plus β: the regularizer that would just stop them."""
    start = one_neuron_per_corner(1e-4, REPLICAS)
    setting = XorSetting(4, DIMENSION, precision, DECAY, REPLICAS)
    times = (20.0, 60.0)
    path = run_chain(setting, times, context.numpy_generator(f"growth {precision}"), start)
    early, late = (np.log(np.linalg.norm(state.second, axis=1)) for state in path)
    return (late - early) / (times[1] - times[0]) + DECAY
