"""Controls of the captured corners, and one network on its way to them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from traindyn.hessian_alignment.experiments.xor_chain import Summary, run_chain
from traindyn.hessian_alignment.results.xor import PathRun
from traindyn.hessian_alignment.studies.corners import (
    DECAY,
    DIMENSION,
    LATE,
    network_of_four,
)
from traindyn.hessian_alignment.theory.xor import captured_logit
from traindyn.hessian_alignment.theory.xor_flow import flow
from traindyn.runs import Context, study

Array = np.ndarray
FIRST_SECOND = np.array([1.0, 0.7, -0.7, -1.0])
FIRST_MEANS = np.array([[0.15, -0.25], [-0.25, -0.15], [0.25, 0.1], [-0.1, 0.2]])
"""The start of the network that is shown: its signs tell the corners μ, -μ, ν and ν again."""


@study(stream="HA-19")
def positive_counts(context: Context) -> Int[Array, " some"]:
    """Numbers of corners that networks capture if all outgoing weights start positive."""
    setting = network_of_four(DIMENSION, 400)
    generator = context.numpy_generator("positive")
    start = run_chain(setting, [0.0], generator)[0]
    start = Summary(np.abs(start.second), start.means, start.rest)
    end = run_chain(setting, [LATE], generator, start)[-1]
    return np.asarray(end.captured(captured_logit(DECAY)).sum(axis=1))


@study(stream="HA-19")
def paths(context: Context) -> PathRun:
    """A network of four neurons that share three corners, by SGD and by the flow."""
    times = np.linspace(0, LATE, 26)
    generator = context.numpy_generator("paths")
    setting = network_of_four(200, 1)
    rest = run_chain(setting, [0.0], generator)[0].rest
    start = Summary(FIRST_SECOND[None], FIRST_MEANS[None], rest)
    states = run_chain(setting, times.tolist(), generator, start)
    means, second = flow(start.means, start.second, DECAY, times.tolist())
    flow_states = [Summary(v, m, start.rest) for m, v in zip(means, second, strict=True)]
    return PathRun(
        times,
        np.array([state.means[0] for state in states]),
        np.array([state.corner_logits()[0] for state in states]),
        means[:, 0],
        np.array([state.corner_logits()[0] for state in flow_states]),
        captured_logit(DECAY),
    )
