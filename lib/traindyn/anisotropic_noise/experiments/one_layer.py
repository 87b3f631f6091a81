r"""SGD of linear regression with one output, many replicas at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from traindyn.anisotropic_noise.experiments.sampling import Sampling, draw_batches

Array = np.ndarray


def run_sgd(
    x: Float[Array, "P N"],
    y: Float[Array, " P"],
    start: Float[Array, "replicas N"],
    learning_rate: float,
    batch_size: int,
    steps: int,
    generator: np.random.Generator,
    *,
    sampling: Sampling = "replacement",
) -> Iterator[Float[Array, "replicas N"]]:
    """Weights of every replica after each step; the array is reused, copy what you keep.

    Args:
        x: Inputs, one sample per row.
        y: Labels.
        start: Weights before the first step, one replica per row.
        learning_rate: Learning rate η of the loss with the factor 1/2, positive.
        batch_size: Samples per batch.
        steps: Number of steps.
        generator: Source of the batches.
        sampling: With replacement, or in epochs.

    Raises:
        ValueError: If ``learning_rate`` is not positive, or see :func:`draw_batches`.
    """
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    w = np.array(start, dtype=float)
    rate = learning_rate / batch_size
    batches = draw_batches(len(x), batch_size, len(w), steps, generator, sampling)
    if batch_size == 1:
        for index in batches:
            picked = x[index[:, 0]]
            residual = np.einsum("rn,rn->r", picked, w)
            residual -= y[index[:, 0]]
            residual *= rate
            picked *= residual[:, None]
            w -= picked
            yield w
        return
    for index in batches:
        picked = x[index]
        residual = np.einsum("rsn,rn->rs", picked, w) - y[index]
        w -= rate * np.einsum("rs,rsn->rn", residual, picked)
        yield w


def stationary_covariance(
    x: Float[Array, "P N"],
    y: Float[Array, " P"],
    start: Float[Array, "replicas N"],
    center: Float[Array, " N"],
    learning_rate: float,
    batch_size: int,
    steps: int,
    generator: np.random.Generator,
    *,
    burn_in: int = 0,
    every: int = 1,
) -> tuple[Float[Array, "replicas N N"], Float[Array, "replicas N N"]]:
    r"""Second moments of :math:`\delta = w - \hat w` over a run, and with the step after.

    Args:
        x: Inputs, one sample per row.
        y: Labels.
        start: Weights before the first step, one replica per row.
        center: The minimum :math:`\hat w`, where the stationary mean is.
        learning_rate: Learning rate η.
        batch_size: Samples per batch.
        steps: Number of steps.
        generator: Source of the batches.
        burn_in: Steps before the first record.
        every: Steps between records, at least 2 (the step after a record is used too) or 1.

    Returns:
        Per replica, means of :math:`\delta_t\delta_t^\top` and :math:`\delta_t\delta_{t+1}^\top`.

    Raises:
        ValueError: If fewer than one record fits.
    """
    if steps - burn_in <= every:
        raise ValueError(f"steps must exceed burn_in + every, got {steps}, {burn_in}, {every}")
    replicas, inputs = start.shape
    same = np.zeros((replicas, inputs, inputs))
    after = np.zeros_like(same)
    kept, records = None, 0
    for step, w in enumerate(run_sgd(x, y, start, learning_rate, batch_size, steps, generator)):
        if step < burn_in:
            continue
        if kept is not None:
            same += kept[:, :, None] * kept[:, None, :]
            after += kept[:, :, None] * (w - center)[:, None, :]
            records += 1
            kept = None
        if (step - burn_in) % every == 0:
            kept = w - center
    return same / records, after / records
