r"""SGD of a linear network with two layers, :math:`f(x) = W_2 W_1 x`, many replicas at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float

from traindyn.anisotropic_noise.experiments.sampling import (
    Sampling,
    draw_batches,
    first_samples,
)

Array = np.ndarray


def run_two_layers(
    x: Float[Array, "*problems P n"],
    y: Float[Array, "*problems P m"],
    first: Float[Array, "replicas k n"],
    second: Float[Array, "replicas m k"],
    learning_rate: float,
    batch_size: int,
    steps: int,
    generator: np.random.Generator,
    *,
    maps: Float[Array, "replicas m n"] | None = None,
    sampling: Sampling = "replacement",
    freeze_first: bool = False,
    freeze_second: bool = False,
) -> Iterator[tuple[Float[Array, "replicas k n"], Float[Array, "replicas m k"]]]:
    r"""Both layers of every replica after each step; the arrays are reused, copy what you keep.

    The loss of one sample is :math:`\tfrac12\lVert Bx - y\rVert^2` with :math:`B = W_2 W_1`. A
    batch acts through the gradient G by this product alone: the layers have the gradients
    :math:`W_2^\top G` and :math:`G W_1^\top`, and hidden outputs are never computed.

    Args:
        x: Inputs, one sample per row; with three axes, problem by problem, which the replicas
            share out in order.
        y: Labels, one sample per row.
        first: :math:`W_1` before the first step.
        second: :math:`W_2` before the first step.
        learning_rate: Learning rate η, positive.
        batch_size: Samples per batch.
        steps: Number of steps.
        generator: Source of the batches.
        maps: If given, the labels of replica r are ``maps[r]`` applied to the inputs, plus ``y``.
        sampling: With replacement, or in epochs.
        freeze_first: Whether the first layer keeps its weights.
        freeze_second: Whether the second layer keeps its weights.

    Raises:
        ValueError: If ``learning_rate`` is not positive, or see :func:`draw_batches`.
    """
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate must be positive and finite, got {learning_rate}")
    w1, w2 = np.array(first, dtype=float), np.array(second, dtype=float)
    rate = learning_rate / batch_size
    shared = torch.from_numpy(w1), torch.from_numpy(w2)  # the same memory
    samples = x.shape[-2]
    own = first_samples(x, len(w1))
    x, y = x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])
    target = np.zeros((1, 1, 1)) if maps is None else maps
    for batch in draw_batches(samples, batch_size, len(w1), steps, generator, sampling):
        index = batch + own
        inputs = np.take(x, index, axis=0)  # replicas, batch, n
        residual = inputs @ (w2 @ w1 - target).mT
        residual -= np.take(y, index, axis=0)
        residual *= rate
        gradient = residual.mT @ inputs  # replicas, m, n
        change = gradient @ w1.mT
        if not freeze_first:
            if w2.shape[1] == 1:  # an outer product, in place: ten times as fast as matmul
                shared[0].addcmul_(shared[1].mT, torch.from_numpy(gradient), value=-1)
            else:
                w1 -= w2.mT @ gradient
        if not freeze_second:
            w2 -= change
        yield w1, w2
