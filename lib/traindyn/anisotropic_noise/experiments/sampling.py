"""Which samples a batch holds: drawn with replacement, or in epochs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

Array = np.ndarray
Sampling = Literal["replacement", "epochs"]

PART = 64
"""Steps whose indices are in memory at a time, with replacement."""


def draw_batches(
    samples: int,
    batch_size: int,
    replicas: int,
    steps: int,
    generator: np.random.Generator,
    sampling: Sampling = "replacement",
    block: int = 512,
) -> Iterator[Int[Array, "replicas batch"]]:
    """Indices of the samples of every step, for every replica.

    They are drawn many steps at a time: one call per step would cost more than the step. A block is
    drawn in parts, so that the indices of many replicas never fill the memory.

    Args:
        samples: Number of samples to draw from.
        batch_size: Samples per batch.
        replicas: Number of independent replicas.
        steps: Number of batches.
        generator: Source of the indices.
        sampling: ``replacement`` draws every sample independently; ``epochs`` goes through a new
            permutation of all samples, each replica through its own, and leaves no remainder.
        block: Steps with replacement come in whole blocks: the last one is drawn to its end.

    Raises:
        ValueError: If a number is below 1, or ``batch_size`` does not divide ``samples`` in epochs:
            a last batch that is smaller or dropped would change the noise.
    """
    for name, value in (
        ("samples", samples),
        ("batch_size", batch_size),
        ("replicas", replicas),
        ("block", block),
    ):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if sampling == "epochs":
        if samples % batch_size:
            raise ValueError(f"batch_size must divide {samples} in epochs, got {batch_size}")
        block = samples // batch_size
        order = np.tile(np.arange(samples), (replicas, 1))
    done = 0
    while done < steps:
        if sampling == "epochs":
            drawn = generator.permuted(order, axis=1).reshape(replicas, block, batch_size)
            yield from drawn.swapaxes(0, 1)[: steps - done]
            done += block
            continue
        for start in range(0, block, PART):  # to its end: what is drawn later must not move
            size = min(PART, block - start), replicas, batch_size
            yield from generator.integers(samples, size=size)[: max(0, steps - done)]
            done += size[0]


def first_samples(x: Float[Array, "*problems P n"], replicas: int) -> Int[Array, "replicas 1"]:
    """Index of the first sample of every replica's problem among the samples of all problems.

    Raises:
        ValueError: If the replicas cannot be shared out equally.

    >>> first_samples(np.zeros((2, 5, 1)), 4).ravel()
    array([0, 0, 5, 5])
    """
    problems = len(x) if x.ndim == 3 else 1
    if replicas % problems:
        raise ValueError(f"replicas must be a multiple of {problems} problems, got {replicas}")
    return np.repeat(np.arange(problems) * x.shape[-2], replicas // problems)[:, None]
