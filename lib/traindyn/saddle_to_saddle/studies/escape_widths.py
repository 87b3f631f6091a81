"""Studies of when a network leaves zero, over its width at a fixed exponent of the start."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.batched_flow import flow_to_level
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.results.escape import WidthTimes
from traindyn.saddle_to_saddle.studies.escape_runs import WIDE, problem

DEEP_WIDTHS = {3: (32, 64, 128), 4: (16, 32, 64)}
"""Widths per depth: the parameters of four layers are twice as many, and their limit farther."""

DEEP_STARTS = {"ci": 48, "laptop": 64, "paper": 400}
TWO_LAYER_WIDTHS, TWO_LAYER_STARTS = (32, 256), {"ci": 60, "laptop": 100, "paper": 400}

IN_CACHE = 50_000
"""Most parameters of networks that move together."""


@study(stream="SS-9")
def deep_times(context: Context, depth: int, gamma: float) -> WidthTimes:
    """Escape times of more than two layers."""
    return _times(context, DEEP_WIDTHS[depth], depth, gamma, context.choose(**DEEP_STARTS))


@study(stream="SS-9")
def two_layer_times(context: Context, gamma: float) -> WidthTimes:
    """Escape times of two layers, at two widths."""
    return _times(context, TWO_LAYER_WIDTHS, 2, gamma, context.choose(**TWO_LAYER_STARTS))


def _times(
    context: Context, widths: tuple[int, ...], depth: int, gamma: float, draws: int
) -> WidthTimes:
    """Times until half of the first singular value is learned, from independent starts."""

    def measure(width: int) -> tuple[np.ndarray, np.ndarray]:
        generator = context.numpy_generator(f"width {width}, depth {depth}, gamma {gamma}")
        network, cost = problem(WIDE, depth, width)
        starts = network.random(width_scale(width, gamma), generator, draws)
        # starts scatter by some percent: five digits of each time are more than enough
        crossings = (
            flow_to_level(network, cost, some, WIDE[0] / 2, relative_tolerance=1e-5).times
            for some in np.array_split(starts, -(-starts.size // IN_CACHE))
        )
        return np.concatenate(list(crossings)), _moments(network, starts, width ** (1 - gamma))

    times, moments = zip(*(measure(width) for width in widths), strict=True)
    return WidthTimes(np.array(widths), np.array(times), np.array(moments))


def _moments(network: LinearNetwork, starts: np.ndarray, size: float) -> np.ndarray:
    """What the first pair sees of a start: three numbers with mean zero, see :class:`WidthTimes`.

    ``size`` is the square of the size of a layer.
    """
    first, *middle, last = network.layers(starts)
    into, out = first[:, :, 0], last[:, 0, :]
    through = into[..., None]
    for w in middle:
        through = w @ through
    overlap = (out[:, None, :] @ through)[:, 0, 0] / size ** (network.depth / 2)
    return np.stack(
        [(into**2).sum(axis=1) / size - 1, (out**2).sum(axis=1) / size - 1, overlap], axis=1
    )
