"""Studies of when a network leaves zero, over its width at a fixed exponent of the start."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.escape import escape
from traindyn.saddle_to_saddle.experiments.networks import width_scale
from traindyn.saddle_to_saddle.results.escape import WidthTimes
from traindyn.saddle_to_saddle.studies.escape_runs import WIDE, draw_problem, horizon

DEEP_WIDTHS, DEEP_STARTS = (32, 64, 128), {"ci": 100, "laptop": 150, "paper": 600}
TWO_LAYER_WIDTHS, TWO_LAYER_STARTS = (32, 256), {"ci": 60, "laptop": 100, "paper": 400}
WEAK_STARTS = 30


@study(stream="SS-9")
def deep_times(context: Context, depth: int, gamma: float) -> WidthTimes:
    """Escape times of more than two layers."""
    return _times(context, DEEP_WIDTHS, depth, gamma, context.choose(**DEEP_STARTS))


@study(stream="SS-9")
def weak_times(context: Context, depth: int, gamma: float) -> WidthTimes:
    """Escape times at the largest width where the middle layers have half the variance."""
    return _times(context, DEEP_WIDTHS[-1:], depth, gamma, WEAK_STARTS, middle=0.5)


@study(stream="SS-9")
def two_layer_times(context: Context, gamma: float) -> WidthTimes:
    """Escape times of two layers, at two widths."""
    return _times(context, TWO_LAYER_WIDTHS, 2, gamma, context.choose(**TWO_LAYER_STARTS))


def _times(
    context: Context,
    widths: tuple[int, ...],
    depth: int,
    gamma: float,
    draws: int,
    middle: float = 1.0,
) -> WidthTimes:
    """Times until half of the first singular value is learned, from independent starts.

    ``middle`` multiplies the variance of the layers between the first and the last.
    """

    def times(width: int) -> list[float]:
        generator = context.numpy_generator(
            f"width {width}, depth {depth}, gamma {gamma}, middle {middle}"
        )
        network, cost = draw_problem(WIDE, depth, generator, width)
        sigma = width_scale(width, gamma)
        end = horizon(depth, WIDE[0], sigma)
        starts = network.random(sigma, generator, draws)
        for layer in network.layers(starts)[1:-1]:
            layer *= middle**0.5
        # starts scatter by some percent: six digits of each time are more than enough
        return [escape(network, cost, start, WIDE[0] / 2, end, 1e-6).time for start in starts]

    return WidthTimes(np.array(widths), np.array([times(width) for width in widths]))
