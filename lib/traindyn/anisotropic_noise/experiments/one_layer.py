r"""SGD of linear regression with one output, many replicas at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from jaxtyping import Float

from traindyn.anisotropic_noise.experiments.sampling import (
    Sampling,
    draw_batches,
    first_samples,
)

Array = np.ndarray


def run_sgd(
    x: Float[Array, "*problems P N"],
    y: Float[Array, "*problems P"],
    start: Float[Array, "replicas N"],
    learning_rate: float | Float[Array, " replicas"],
    batch_size: int,
    steps: int,
    generator: np.random.Generator,
    *,
    sampling: Sampling = "replacement",
) -> Iterator[Float[Array, "replicas N"]]:
    """Weights of every replica after each step; the array is reused, copy what you keep.

    Args:
        x: Inputs, one sample per row; with three axes, problem by problem, which the replicas
            share out in order.
        y: Labels.
        start: Weights before the first step, one replica per row.
        learning_rate: Learning rate η of the loss with the factor 1/2, positive; one for all
            replicas or one for each.
        batch_size: Samples per batch.
        steps: Number of steps.
        generator: Source of the batches.
        sampling: With replacement, or in epochs.

    Raises:
        ValueError: If ``learning_rate`` is not positive, or see :func:`draw_batches`.
    """
    if not (np.all(np.greater(learning_rate, 0)) and np.all(np.isfinite(learning_rate))):
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    w = np.array(start, dtype=float)
    rate = np.asarray(learning_rate) / batch_size
    samples = x.shape[-2]
    batches = draw_batches(samples, batch_size, len(w), steps, generator, sampling)
    own = first_samples(x, len(w))
    x, y = x.reshape(-1, x.shape[-1]), y.ravel()
    if batch_size == 1:
        for index in ((batch + own)[:, 0] for batch in batches):
            picked = np.take(x, index, axis=0)
            residual = np.einsum("rn,rn->r", picked, w)
            residual -= np.take(y, index)
            residual *= rate
            picked *= residual[:, None]
            w -= picked
            yield w
        return
    for batch in batches:
        index = batch + own
        picked = np.take(x, index, axis=0)
        residual = np.einsum("rsn,rn->rs", picked, w) - np.take(y, index)
        w -= rate[..., None] * np.einsum("rs,rsn->rn", residual, picked)
        yield w


def run_gaussian(
    hessian: Float[Array, "*problems N N"],
    noise: Float[Array, "*problems N N"],
    start: Float[Array, "*problems replicas N"],
    learning_rate: float | Float[Array, " problems"],
    steps: int,
    generator: np.random.Generator,
) -> Iterator[Float[Array, "*problems replicas N"]]:
    r"""Gradient descent with Gaussian noise, :math:`\delta' = (1 - \eta H)\delta + \eta\xi`.

    Args:
        hessian: Curvature H, of one problem or of many.
        noise: Covariance of :math:`\xi`, drawn anew at each step.
        start: Deviations from the minimum, one replica per row.
        learning_rate: Learning rate η, one for all problems or one for each.
        steps: Number of steps.
        generator: Source of the noise.
    """
    rate = np.asarray(learning_rate)[..., None, None]
    shrink = np.eye(hessian.shape[-1]) - rate * hessian
    values, basis = np.linalg.eigh(noise)
    root = rate * basis * np.sqrt(np.maximum(values, 0))[..., None, :]
    deviation = np.array(start, dtype=float)
    for _ in range(steps):
        deviation = deviation @ shrink + generator.standard_normal(deviation.shape) @ root.mT
        yield deviation


def moments(
    path: Iterator[Float[Array, "replicas N"]],
    center: Float[Array, "*replicas N"],
    *,
    every: int = 1,
) -> tuple[Float[Array, "replicas N N"], Float[Array, "replicas N N"]]:
    r"""Second moments of :math:`\delta = w - \hat w` along a path, and with the next record.

    Args:
        path: Weights of all replicas after every step.
        center: The minimum :math:`\hat w`, where the stationary mean is; one for all replicas or
            one for each.
        every: Steps between records, at least 1.

    Returns:
        Per replica, means of :math:`\delta_t\delta_t^\top` and
        :math:`\delta_t\delta_{t'}^\top` for the next record t', both over all records but the
        last.

    Raises:
        ValueError: If the path has fewer than two records, or ``every`` is below 1.
    """
    if every < 1:
        raise ValueError(f"every must be at least 1, got {every}")
    same, later, kept, records = np.zeros(()), np.zeros(()), None, 0
    for w in islice(path, 0, None, every):
        now = w - center
        if kept is not None:
            same = same + kept[:, :, None] * kept[:, None, :]
            later = later + kept[:, :, None] * now[:, None, :]
            records += 1
        kept = now
    if not records:
        raise ValueError("path must have at least 2 records")
    return same / records, later / records
