"""Distances of random starts to minima and saddles, over the width."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.distances import (
    balanced_guess,
    distance_to_lost_rank,
    drop_modes,
    dropped_part,
    nearest_minimum,
)
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.results.distances import StartDistances

SIZE = 4
VALUES = (2.0, 1.5, 1.0, 0.5)
"""Singular values of the target. Its directions do not matter: the law of a random start is the
same in all bases, so the target is diagonal."""

WIDTHS = (32, 64, 128, 256)
STARTS = {"ci": 48, "laptop": 48, "paper": 96}
"""Starts at large widths; at small ones, lazy starts scatter more and cost less: up to four times
as many."""

IN_CACHE = 200_000
"""Most parameters of networks that are handled together."""

BOUND_STARTS, DEEP_BOUND_STARTS = 400, 36
"""Starts whose distance from all saddles is bounded, of two and of three layers."""


@study(stream="SS-1")
def lazy_starts(context: Context, depth: int, gamma: float) -> StartDistances:
    """Starts with γ < 1."""
    return _distances(context, depth, gamma, WIDTHS)


@study(stream="SS-2")
def starts_near_saddles(context: Context, depth: int, gamma: float) -> StartDistances:
    """Starts with γ > 1, whose nearest minimum is not sought."""
    return _distances(context, depth, gamma, WIDTHS, minima=False)


@study(stream="SS-3")
def small_starts(
    context: Context, depth: int, gamma: float, widths: tuple[int, ...] = WIDTHS
) -> StartDistances:
    """Starts with γ > 1."""
    return _distances(context, depth, gamma, widths)


def _distances(
    context: Context, depth: int, gamma: float, widths: tuple[int, ...], *, minima: bool = True
) -> StartDistances:
    modes = 1 if gamma < 1 else SIZE
    measured = []
    for width in widths:
        network = LinearNetwork(SIZE, SIZE, width, depth)
        count = context.choose(**STARTS) * (max(1, WIDTHS[-2] // width) if gamma < 1 else 1)
        generator = context.numpy_generator(f"L{depth}, gamma {gamma}, w{width}")
        starts = network.random(width_scale(width, gamma), generator, count)
        groups = np.array_split(starts, -(-starts.size // IN_CACHE))
        found = [_measure(network, group, gamma, modes, minima) for group in groups]
        measured.append(np.concatenate(found, axis=1))
    return StartDistances(
        depth, gamma, modes, np.array(widths, dtype=float), *zip(*measured, strict=True)
    )


def _measure(
    network: LinearNetwork, starts: np.ndarray, gamma: float, modes: int, minima: bool
) -> np.ndarray:
    """The fields of :class:`StartDistances` that stand for starts, in their order."""
    target = np.diag(VALUES)
    saddle = drop_modes(network, starts, target, modes)
    slope = network.gradient(saddle, SquaredError(target).gradient(network.product(saddle)))
    if (steepest := np.linalg.norm(slope, axis=1).max()) > 1e-7:
        raise RuntimeError(f"no saddle: gradient {steepest:.3g}")
    to_minimum = np.full(len(starts), np.nan)
    if minima:
        guess = balanced_guess(network, starts, target) if gamma >= 1 else None
        # the distance is stationary: its error is the square of what is left of the change
        tolerance = 1e-5 if gamma < 1 or network.depth == 2 else 1e-4
        minimum = nearest_minimum(network, starts, target, guess, tolerance=tolerance)
        to_minimum = np.linalg.norm(minimum - starts, axis=1)
    return np.array(
        [
            to_minimum,
            np.linalg.norm(target - network.product(starts), axis=(1, 2)),
            np.linalg.norm(saddle - starts, axis=1),
            dropped_part(network, starts, target, modes),
            np.linalg.norm(starts, axis=1),
        ]
    )


@study(stream="SS-2")
def saddle_bounds(context: Context, width: int, gamma: float) -> Float[np.ndarray, " starts"]:
    """No saddle of two layers is nearer: the distance at which both layers lose rank."""
    network = LinearNetwork(SIZE, SIZE, width, 2)
    generator = context.numpy_generator(f"b{width}")
    starts = network.random(width_scale(width, gamma), generator, BOUND_STARTS)
    smallest = [np.linalg.svd(w, compute_uv=False)[:, -1] for w in network.layers(starts)]
    return np.asarray(np.hypot(*smallest))


@study(stream="SS-2")
def deep_saddle_bounds(context: Context, width: int, gamma: float) -> Float[np.ndarray, " starts"]:
    """No saddle of three layers is nearer: both products with the middle layer lose rank.

    Each of the two has half of the change of the middle layer for its own.
    """
    network = LinearNetwork(SIZE, SIZE, width, 3)
    generator = context.numpy_generator(f"three layers, b{width}")
    found = []
    for start in network.random(width_scale(width, gamma), generator, DEEP_BOUND_STARTS):
        first, middle, last = network.layers(start)
        square = distance_to_lost_rank(last.T, middle) + distance_to_lost_rank(first, middle.T)
        found.append(square**0.5)
    return np.array(found)
