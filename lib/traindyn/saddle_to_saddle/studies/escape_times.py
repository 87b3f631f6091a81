"""Studies of when a network leaves zero, over the scale of its start."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.escape import escape
from traindyn.saddle_to_saddle.results.escape import EscapeRun, ModeTimes
from traindyn.saddle_to_saddle.studies.escape_runs import (
    SCALES,
    WIDE,
    draw_problem,
    horizon,
    run_escapes,
)
from traindyn.saddle_to_saddle.theory.modes import two_layer_amplitude

STARTS = {"ci": 4, "laptop": 8, "paper": 32}
MODE_STARTS = 8
RATE = 0.05
"""Learning rate of the coarse descent."""

DESCENT_SCALES = (1e-8, 1e-16)
DESCENT_TIME = 25
"""Time of the descent: the smaller start leaves after 13."""


@study(stream="SS-9")
def escapes(context: Context, depth: int) -> EscapeRun:
    """Escapes of one depth."""
    starts = context.choose(**STARTS)
    return run_escapes(depth, WIDE, starts, context.numpy_generator(f"depth {depth}"))


@study(stream="SS-9")
def escapes_without_first_mode(context: Context) -> EscapeRun:
    """Escapes of two layers where the target lacks its first mode."""
    starts = context.choose(**STARTS)
    return run_escapes(2, WIDE[1:], starts, context.numpy_generator("without the first mode"))


@study(stream="SS-9")
def started_modes(context: Context) -> ModeTimes:
    """Escapes of two layers from the smallest scale, with the strengths of the start's modes."""
    generator = context.numpy_generator("start")
    network, cost = draw_problem(WIDE, 2, generator)
    u, _, vt = np.linalg.svd(cost.target)
    starts = [SCALES[-1] * direction for direction in network.random(1.0, generator, MODE_STARTS)]
    end = horizon(2, WIDE[0], SCALES[-1])

    layers = [network.layers(start) for start in starts]

    def strengths(k: int) -> np.ndarray:
        return np.array([two_layer_amplitude(w1, w2, u[:, k], vt[k]) for w1, w2 in layers])

    times = [escape(network, cost, start, WIDE[0] / 2, end).time for start in starts]
    return ModeTimes(np.array(times), strengths(0), strengths(1))


@study(stream="SS-9")
def descent_unit(context: Context, rate: float) -> float:
    """Time of gradient descent per factor e of the start, interpolated between its steps."""
    generator = context.numpy_generator("descent")
    network, cost = draw_problem(WIDE, 2, generator)
    direction = network.random(1.0, generator)
    record = np.arange(round(DESCENT_TIME / rate))
    times = []
    for scale in DESCENT_SCALES:
        norms = np.linalg.norm(
            network.product(descend(network, cost, scale * direction, rate, record)), 2, (1, 2)
        )
        up = int(np.argmax(norms > 2)) + 1
        times.append(float(np.interp(np.log(WIDE[0] / 2), np.log(norms[:up]), rate * record[:up])))
    return (times[1] - times[0]) / float(np.log(DESCENT_SCALES[0] / DESCENT_SCALES[1]))
