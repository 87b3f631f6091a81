"""Claim SS-9: when a network leaves zero, over the scale and over the width of the start."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.escape_runs import (
    SCALES,
    SIZE,
    WIDE,
    WIDTH,
    farthest,
    horizon,
    run_escapes,
    slope_sizes,
)
from traindyn.saddle_to_saddle.claims.escape_widths import over_widths, unit_over_widths
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.escape import escape
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.escape import EscapeRun, WidthRun
from traindyn.saddle_to_saddle.theory.escape import discrete_time_unit
from traindyn.saddle_to_saddle.theory.modes import mode_time, two_layer_amplitude


@registry.claim(
    9,
    source="recalled form; the width form is derived here",
    basis="attributed",
    statement=(
        "The time to leave the origin is log(1/α)/s₁ for two layers and of order α^{−(L−2)} for "
        "more; in terms of the width it is (γ−1) log w / 2s₁ and of order w^{(γ−1)(L−2)/2}."
    ),
)
def times(context: Context) -> tuple[tuple[list[EscapeRun], list[WidthRun]], list[Part]]:
    """SS-9."""
    starts = context.choose(ci=4, laptop=8, paper=32)
    runs = [
        run_escapes(depth, WIDE, starts, context.numpy_generator(f"depth {depth}"))
        for depth in (2, 3, 4, 5)
    ]
    two, *deep = runs
    unit = np.diff(two.times, axis=0) / -np.diff(np.log(two.scales))[:, None]
    slower = run_escapes(2, WIDE[1:], starts, context.numpy_generator("without the first mode"))
    slower_unit = np.diff(slower.times, axis=0) / -np.diff(np.log(slower.scales))[:, None]
    parts = [
        Part(
            "Two layers: time per factor e of the start, the farthest of all starts",
            1 / WIDE[0],
            farthest(unit[-1], 1 / WIDE[0]),
            Test("slope", 1e-4, "of order α^(2 − 2 s₂/s₁) from the other directions"),
            [Control("a target without its first mode", farthest(slower_unit[-1], 1 / WIDE[0]))],
        ),
        _start_part(context),
        _descent_part(context),
    ]
    slopes = {run.depth: run.slopes(run.times)[-1] for run in runs}
    for run in deep:
        power = 2.0 - run.depth
        parts.append(
            Part(
                f"Exponent of the time in α, L = {run.depth}, the farthest of all starts",
                power,
                farthest(slopes[run.depth], power),
                Test("slope", 1e-4, "the rest of the path lasts a share α^(L−2) of the plateau"),
                [Control("with one layer less", farthest(slopes[run.depth - 1], power))],
                asymptotic=True,
                sizes=slope_sizes(run, run.times),
            )
        )
    widths, width_parts = over_widths(context)
    parts += width_parts
    units = {gamma: unit_over_widths(context, gamma) for gamma in (2.0, 1.5)}
    for gamma, other in ((2.0, 1.5), (1.5, 2.0)):
        parts.append(
            Part(
                f"Two layers: time per factor e of the width, γ = {gamma:g}",
                (gamma - 1) / (2 * WIDE[0]),
                units[gamma],
                Test("slope", 0.04, "half of what the other γ changes"),
                [Control(f"γ = {other:g}", units[other])],
            )
        )
    return (runs, widths), parts


def _start_part(context: Context) -> Part:
    """The time of two layers from the start alone, through the closed form of a balanced mode."""
    generator = context.numpy_generator("start")
    target = random_target(WIDE, SIZE, generator)
    u, _, vt = np.linalg.svd(target)
    network, cost = LinearNetwork(SIZE, SIZE, WIDTH, 2), SquaredError(target)
    ratios: list[float] = []
    wrong: list[float] = []
    for direction in network.random(1.0, generator, 8):
        start = SCALES[-1] * direction
        first, last = network.layers(start)
        time = escape(network, cost, start, WIDE[0] / 2, horizon(2, WIDE[0], SCALES[-1])).time
        for found, k in ((ratios, 0), (wrong, 1)):
            amplitude = float(two_layer_amplitude(first, last, u[:, k], vt[k]))
            found.append(time / mode_time(2, WIDE[0], amplitude, WIDE[0] / 2))
    return Part(
        "Two layers: time over that of a balanced mode of the start's own strength, the farthest "
        "of eight starts",
        1.0,
        farthest(np.array(ratios), 1.0),
        Test("equality", 1e-6, "the other modes end at α^(2 − 2 s₂/s₁) = 5e-14 of their share"),
        [Control("strength along the second pair", farthest(np.array(wrong), 1.0))],
    )


def _descent_part(context: Context) -> Part:
    """Gradient descent with a coarse rate has its own time unit."""
    rate = 0.05
    generator = context.numpy_generator("descent")
    target = random_target(WIDE, SIZE, generator)
    network, cost = LinearNetwork(SIZE, SIZE, WIDTH, 2), SquaredError(target)
    direction = network.random(1.0, generator)
    return Part(
        "Two layers, gradient descent at η = 0.05: time per factor e of the start",
        discrete_time_unit(WIDE[0], rate),
        Estimate(_descent_unit(network, cost, direction, rate)),
        Test("slope", 1e-3, "interpolation within a step of 0.05 over 18 factors e"),
        [
            Control(
                "a rate twenty times finer",
                Estimate(_descent_unit(network, cost, direction, rate / 20)),
            )
        ],
    )


def _descent_unit(
    network: LinearNetwork, cost: SquaredError, direction: np.ndarray, rate: float
) -> float:
    """Time of gradient descent per factor e of the start, interpolated between its steps."""
    scales = np.array([1e-8, 1e-16])
    record = np.arange(round(25 / rate))
    times = []
    for scale in scales:
        norms = np.linalg.norm(
            network.product(descend(network, cost, scale * direction, rate, record)), 2, (1, 2)
        )
        up = int(np.argmax(norms > 2)) + 1
        times.append(float(np.interp(np.log(WIDE[0] / 2), np.log(norms[:up]), rate * record[:up])))
    return (times[1] - times[0]) / float(np.log(scales[0] / scales[1]))
