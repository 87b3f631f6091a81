"""The part of claim SS-9 about the width: escape times at a fixed exponent of the start."""

from __future__ import annotations

import numpy as np

from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.escape_runs import SIZE, WIDE, horizon
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.escape import escape
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.escape import WidthRun
from traindyn.saddle_to_saddle.theory.modes import blow_up_lead
from traindyn.saddle_to_saddle.theory.wide import wide_escape_constant

TOP = WIDE[0]
WIDTHS = np.array([32, 64, 128])
CASES = ((3, 2.0), (3, 1.5), (4, 2.0))
"""Depths and exponents of the start."""


def over_widths(context: Context) -> tuple[list[WidthRun], list[Part]]:
    """More than two layers: a power of the width, with the constant of the infinitely wide net."""
    draws = context.choose(ci=100, laptop=150, paper=600)
    times = {
        case: np.array([_times(context, int(w), *case, draws) for w in WIDTHS]) for case in CASES
    }
    exponents = {}
    for depth, gamma in CASES:
        plateau = times[depth, gamma] - blow_up_lead(depth, TOP, TOP / 2)
        exponents[depth, gamma] = estimate_mean(
            np.polyfit(np.log(WIDTHS), np.log(plateau), 1)[0],
        )
    runs, parts = [], []
    for case, changed in zip(CASES, (*CASES[1:], CASES[0]), strict=True):
        depth, gamma = case
        power = (gamma - 1) * (depth - 2) / 2
        constant = wide_escape_constant(depth) / ((depth - 2) * TOP)
        expected = constant * WIDTHS**power + blow_up_lead(depth, TOP, TOP / 2)
        ratios = [estimate_mean(t) for t in times[case] / expected[:, None]]
        runs.append(WidthRun(*case, WIDTHS.astype(float), times[case].mean(axis=1), expected))
        weaker = _times(context, int(WIDTHS[-1]), depth, gamma, 30, middle=0.5)
        name = f"L = {depth}, γ = {gamma:g}"
        parts += [
            Part(
                f"Exponent of the time of the plateau in the width, {name}",
                power,
                exponents[case],
                Test(
                    "slope",
                    0.07 * (depth - 2),
                    "each of four directions adds a relative 1/w per middle layer: from 4/32 to "
                    "4/128 in log 4",
                ),
                [Control(f"L = {changed[0]}, γ = {changed[1]:g}", exponents[changed])],
            ),
            Part(
                f"Time over that of an infinitely wide network, w = {WIDTHS[-1]}, {name}",
                1.0,
                ratios[-1],
                Test(
                    "equality",
                    (depth - 2) * 4 / 128,
                    "each of four directions adds a relative 1/w per middle layer",
                ),
                [
                    Control(
                        "middle layers of half the variance",
                        estimate_mean(weaker / expected[-1]),
                    )
                ],
                sizes=[Size(float(w), ratio) for w, ratio in zip(WIDTHS, ratios, strict=True)],
            ),
        ]
    return runs, parts


def unit_over_widths(context: Context, gamma: float) -> Estimate:
    """Time of two layers per factor e of the width, from many pairs of starts."""
    widths = np.array([32, 256])
    draws = context.choose(ci=60, laptop=100, paper=400)
    times = np.array([_times(context, int(w), 2, gamma, draws) for w in widths])
    return estimate_mean(np.polyfit(np.log(widths), times, 1)[0])


def _times(
    context: Context, width: int, depth: int, gamma: float, draws: int, middle: float = 1.0
) -> np.ndarray:
    """Times until half of the first singular value is learned, from independent starts.

    ``middle`` multiplies the variance of the layers between the first and the last.
    """
    generator = context.numpy_generator(
        f"width {width}, depth {depth}, gamma {gamma}, middle {middle}"
    )
    target = random_target(WIDE, SIZE, generator)
    network, cost = LinearNetwork(SIZE, SIZE, width, depth), SquaredError(target)
    sigma = width_scale(width, gamma)
    end = horizon(depth, TOP, sigma)
    starts = network.random(sigma, generator, draws)
    for layer in network.layers(starts)[1:-1]:
        layer *= middle**0.5
    # starts scatter by some percent: six digits of each time are more than enough
    return np.array([escape(network, cost, start, TOP / 2, end, 1e-6).time for start in starts])
