"""Distances of random starts to minima and saddles, over the width."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.runs import Context, study
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.distances import (
    balanced_guess,
    drop_modes,
    dropped_part,
    nearest_minimum,
)
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.distances import StartDistances

SIZE = 4
VALUES = (2.0, 1.5, 1.0, 0.5)
"""Singular values of the targets."""

WIDTHS = (32, 64, 128, 256)
STARTS = {"ci": 5, "laptop": 9, "paper": 33}
"""Starts per width, each with a target of its own."""

BOUND_STARTS, FIRST_LAYER_STARTS = 25, 5


@study(stream="SS-1")
def lazy_starts(context: Context, depth: int, gamma: float) -> StartDistances:
    """Starts with γ < 1."""
    return _distances(context, depth, gamma, WIDTHS)


@study(stream="SS-2")
def starts_near_saddles(context: Context, depth: int, gamma: float) -> StartDistances:
    """Starts on both sides of γ = 1.

    The nearest minimum of small starts with more than two layers takes long; it is not sought.
    """
    return _distances(context, depth, gamma, WIDTHS, minima=depth == 2 or gamma < 1)


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
        generators = [
            context.numpy_generator(f"L{depth}, gamma {gamma}, w{width}, {start}")
            for start in range(context.choose(**STARTS))
        ]
        measured.append([_measure(network, gamma, modes, minima, g) for g in generators])
    columns = np.moveaxis(np.array(measured), -1, 0)
    return StartDistances(depth, gamma, modes, np.array(widths, dtype=float), *columns)


def _measure(
    network: LinearNetwork,
    gamma: float,
    modes: int,
    minima: bool,
    generator: np.random.Generator,
) -> tuple[float, ...]:
    """The fields of :class:`StartDistances` that stand for one start, in their order."""
    target = random_target(VALUES, SIZE, generator)
    theta = network.random(width_scale(network.width, gamma), generator)
    saddle = drop_modes(network, theta, target, modes)
    slope = network.gradient(saddle, SquaredError(target).gradient(network.product(saddle)))
    if np.linalg.norm(slope) > 1e-7:
        raise RuntimeError(f"no saddle: gradient {np.linalg.norm(slope):.3g}")
    to_minimum = float("nan")
    if minima:
        guess = balanced_guess(network, theta, target) if gamma >= 1 else None
        to_minimum = float(np.linalg.norm(nearest_minimum(network, theta, target, guess) - theta))
    return (
        to_minimum,
        float(np.linalg.norm(target - network.product(theta))),
        float(np.linalg.norm(saddle - theta)),
        dropped_part(network, theta, target, modes),
        float(np.linalg.norm(theta)),
    )


@study(stream="SS-2")
def saddle_bounds(context: Context, width: int, gamma: float) -> Float[np.ndarray, " starts"]:
    """No saddle of two layers is nearer: the distance at which both layers lose rank."""
    network = LinearNetwork(SIZE, SIZE, width, 2)
    generator = context.numpy_generator(f"b{width}")
    starts = network.random(width_scale(width, gamma), generator, BOUND_STARTS)
    smallest = [np.linalg.svd(w, compute_uv=False)[:, -1] for w in network.layers(starts)]
    return np.asarray(np.hypot(*smallest))


@study(stream="SS-3")
def first_layer_starts(
    context: Context, depth: int, gamma: float, width: int
) -> Float[np.ndarray, " starts"]:
    """Distances to the nearest minimum of starts whose layers are zero after the first."""
    network = LinearNetwork(SIZE, SIZE, width, depth)
    generator = context.numpy_generator(f"first layer, L{depth}, gamma {gamma}")
    found = []
    for theta in network.random(width_scale(width, gamma), generator, FIRST_LAYER_STARTS):
        target = random_target(VALUES, SIZE, generator)
        for layer in network.layers(theta)[1:]:
            layer[...] = 0.0
        minimum = nearest_minimum(network, theta, target, balanced_guess(network, theta, target))
        found.append(float(np.linalg.norm(minimum - theta)))
    return np.array(found)
