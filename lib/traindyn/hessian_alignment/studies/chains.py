"""Runs of SGD in law, from starts below and above, and until weights and means align."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.softmax_chain import softmax_chain
from traindyn.runs import Context, study

Array = np.ndarray
CLASSES, DECAY, PRECISION = 4, 0.1, 100.0
ALIGNED = 0.9
RATE = 0.005
"""Learning rate that does not shrink with d."""

GRID = tuple(0.25 * i for i in range(49))


def dimensions(context: Context) -> tuple[int, ...]:
    """Numbers of inputs, rising."""
    return context.choose(ci=(100, 200, 400), laptop=(100, 200, 400), paper=(200, 400, 800, 1600))


@study(stream="HA-1")
def samples_to_align(context: Context, dimension: int, shrinks: bool = True) -> Float[Array, " n"]:
    """Samples until the overlap of weights and means exceeds 0.9, from weights outside the means.

    Args:
        context: Scale and seed.
        dimension: d.
        shrinks: Whether the learning rate is 1/d; else it is fixed.
    """
    step = 1.0 if shrinks else RATE * dimension
    generator = context.numpy_generator(f"align {dimension} {shrinks}")
    m, rest = softmax_chain(
        np.zeros((CLASSES, CLASSES)),
        np.eye(CLASSES),
        dimension,
        PRECISION,
        DECAY,
        step,
        GRID,
        48,
        generator,
    )
    along = (m**2).sum(axis=3)
    overlaps = np.sqrt(along / (along + np.diagonal(rest, axis1=2, axis2=3))).mean(axis=2)
    first = (overlaps > ALIGNED).argmax(axis=0)
    columns = np.arange(overlaps.shape[1])
    low, high = overlaps[first - 1, columns], overlaps[first, columns]
    part = (ALIGNED - low) / (high - low)  # of the interval before
    times = np.asarray(GRID)[first - 1] + part * (GRID[1] - GRID[0])
    return np.asarray(times * dimension / step)


@study(stream="HA-4")
def squared_rest(context: Context, start: float, decay: float = DECAY) -> Float[Array, " runs"]:
    """Squared weights outside the means after a long time, mean over classes, λ = 20.

    Args:
        context: Scale and seed.
        start: The same at time zero.
        decay: β.
    """
    generator = context.numpy_generator(f"rest {start} {decay}")
    _, rest = softmax_chain(
        np.zeros((CLASSES, CLASSES)),
        start * np.eye(CLASSES),
        100,
        20.0,
        decay,
        1.0,
        [60.0],
        64,
        generator,
    )
    return np.asarray(np.trace(rest[-1], axis1=1, axis2=2) / CLASSES)
