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
        for (index,) in (batch.T for batch in batches):
            picked = np.take(x, index, axis=0)
            residual = np.einsum("rn,rn->r", picked, w)
            residual -= np.take(y, index)
            residual *= rate
            picked *= residual[:, None]
            w -= picked
            yield w
        return
    for index in batches:
        picked = np.take(x, index, axis=0)
        residual = np.einsum("rsn,rn->rs", picked, w) - np.take(y, index)
        w -= rate * np.einsum("rs,rsn->rn", residual, picked)
        yield w


def run_gaussian(
    hessian: Float[Array, "N N"],
    noise: Float[Array, "N N"],
    start: Float[Array, "replicas N"],
    learning_rate: float,
    steps: int,
    generator: np.random.Generator,
) -> Iterator[Float[Array, "replicas N"]]:
    r"""Gradient descent with Gaussian noise, :math:`\delta' = (1 - \eta H)\delta + \eta\xi`.

    Args:
        hessian: Curvature H.
        noise: Covariance of :math:`\xi`, drawn anew at each step.
        start: Deviations from the minimum, one replica per row.
        learning_rate: Learning rate η.
        steps: Number of steps.
        generator: Source of the noise.
    """
    shrink = np.eye(len(hessian)) - learning_rate * hessian
    values, basis = np.linalg.eigh(noise)
    root = learning_rate * basis * np.sqrt(np.maximum(values, 0))
    deviation = np.array(start, dtype=float)
    for _ in range(steps):
        deviation = deviation @ shrink + generator.standard_normal(deviation.shape) @ root.T
        yield deviation


def moments(
    path: Iterator[Float[Array, "replicas N"]],
    center: Float[Array, " N"],
    *,
    every: int = 1,
) -> tuple[Float[Array, "replicas N N"], Float[Array, "replicas N N"]]:
    r"""Second moments of :math:`\delta = w - \hat w` along a path, and with the step after.

    Args:
        path: Weights of all replicas after every step.
        center: The minimum :math:`\hat w`, where the stationary mean is.
        every: Steps between records, at least 1; longer ones save time, not information, as long
            as they are short against the relaxation.

    Returns:
        Per replica, means of :math:`\delta_t\delta_t^\top` and :math:`\delta_t\delta_{t+1}^\top`.

    Raises:
        ValueError: If the path has fewer than two steps, or ``every`` is below 1.
    """
    if every < 1:
        raise ValueError(f"every must be at least 1, got {every}")
    sums: tuple[Array, Array] | None = None
    kept, records = None, 0
    for step, w in enumerate(path):
        if sums is None:
            size = (w.shape[0], w.shape[1], w.shape[1])
            sums = np.zeros(size), np.zeros(size)
        if kept is not None:
            sums[0][...] += kept[:, :, None] * kept[:, None, :]
            sums[1][...] += kept[:, :, None] * (w - center)[:, None, :]
            records += 1
            kept = None
        if step % every == 0:
            kept = w - center
    if sums is None or not records:
        raise ValueError("path must have at least 2 steps")
    return sums[0] / records, sums[1] / records


def lagged_variances(
    records: Iterator[Float[Array, "replicas d"]],
) -> tuple[Float[Array, "replicas d"], Float[Array, "replicas d"]]:
    """Per replica and axis, means of d² and of d times its value at the next record.

    Args:
        records: Deviations of all replicas at equal times.

    Raises:
        ValueError: If there are fewer than two records.
    """
    kept = np.array([d.copy() for d in records])
    if len(kept) < 2:
        raise ValueError(f"records must be at least 2, got {len(kept)}")
    return (kept[:-1] ** 2).mean(axis=0), (kept[:-1] * kept[1:]).mean(axis=0)
