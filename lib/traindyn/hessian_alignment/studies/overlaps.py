"""Runs of SGD of three classes from one start, through the overlaps of weights and means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.softmax_chain import softmax_chain
from traindyn.runs import Context, study

Array = np.ndarray
CLASSES, PRECISION, DECAY = 3, 5.0, 0.05
TIMES = tuple(float(t) for t in range(21))
START = np.array([[0.1, -0.2, 0.15], [-0.1, 0.05, 0.2], [0.2, 0.1, -0.1]])
"""Overlaps of weights and means at the start: of no symmetry, and far from the end."""

REST = np.array([[1.0, 0.2, -0.1], [0.2, 0.9, 0.1], [-0.1, 0.1, 1.1]])
"""Overlaps of the rests of the weights at the start."""


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Overlaps along runs on their own samples.

    Args:
        m: Of weights and means.
        r: Of the rests of the weights.
    """

    m: Float[Array, "times replicas k k"]
    r: Float[Array, "times replicas k k"]


def replicas(context: Context) -> dict[int, int]:
    """Number of runs for every dimension d, rising."""
    return context.choose(
        ci={50: 256, 200: 128, 800: 96},
        laptop={50: 256, 200: 128, 800: 96},
        paper={50: 512, 200: 256, 800: 128, 3200: 96},
    )


@study(stream="HA-13")
def recorded(context: Context, dimension: int, step_constant: float, replicas: int) -> Overlaps:
    """Overlaps along SGD of three classes, drawn in law.

    Args:
        context: Scale and seed.
        dimension: d.
        step_constant: Learning rate times d.
        replicas: Independent runs.
    """
    generator = context.numpy_generator(f"{dimension} {step_constant}")
    found = softmax_chain(
        START, REST, dimension, PRECISION, DECAY, step_constant, TIMES, replicas, generator
    )
    return Overlaps(*found)
