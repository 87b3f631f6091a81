"""Studies of when a network leaves zero, over the scale of its start."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.batched_flow import flow_to_level
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.results.escape import EscapeRun, ModeTimes
from traindyn.saddle_to_saddle.studies.escape_runs import SCALES, WIDE, problem, run_escapes
from traindyn.saddle_to_saddle.theory.modes import two_layer_amplitude

STARTS = {"ci": 16, "laptop": 24, "paper": 96}
RATE = 0.05
"""Learning rate of the coarse descent."""

DESCENT_SCALES = (1e-8, 1e-16)
DESCENT_TIME = 25
"""Time of the descent: the smaller start leaves after 13."""


@study(stream="SS-9")
def escapes_without_first_mode(context: Context) -> EscapeRun:
    """Escapes of two layers where the target lacks its first mode."""
    starts = context.choose(**STARTS)
    return run_escapes(2, (WIDE[1], 0.5), starts, context.numpy_generator("without the first mode"))


@study(stream="SS-9")
def started_modes(context: Context) -> ModeTimes:
    """Escapes of two layers from the smallest scale, with the strengths of the start's modes."""
    network, cost = problem(WIDE, 2)
    directions = network.random(1.0, context.numpy_generator("start"), context.choose(**STARTS))
    starts = SCALES[-1] * directions
    first, last = network.layers(starts)
    top = np.eye(network.inputs)[0]
    times = flow_to_level(network, cost, starts, WIDE[0] / 2).times
    return ModeTimes(times, two_layer_amplitude(first, last, top, top))


@study(stream="SS-9")
def descent_units(context: Context, rate: float) -> np.ndarray:
    """Time of gradient descent per factor e of the start, interpolated between its steps."""
    network, cost = problem(WIDE, 2)
    generator = context.numpy_generator("descent")
    directions = network.random(1.0, generator, context.choose(**STARTS))
    record = np.arange(round(DESCENT_TIME / rate))

    def times(scale: float) -> np.ndarray:
        path = network.product(descend(network, cost, scale * directions, rate, record))
        norms = np.linalg.norm(path, 2, (2, 3)).T
        ends = np.argmax(norms > 2, axis=1) + 1
        return np.array(
            [
                np.interp(np.log(WIDE[0] / 2), np.log(row[:end]), rate * record[:end])
                for row, end in zip(norms, ends, strict=True)
            ]
        )

    early, late = (times(scale) for scale in DESCENT_SCALES)
    return np.asarray((late - early) / np.log(DESCENT_SCALES[0] / DESCENT_SCALES[1]))
