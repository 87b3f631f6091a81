r"""Fluctuations of the last layer of networks trained on the digits data.

The network is :math:`f(x) = W_2 \max(W_1 x, 0)` with the square loss on centered classes. It is
exactly quadratic in the last layer, with the curvature :math:`1 \otimes \mathbb{E}[zz^\top]` of the
hidden outputs z, so flatness along a direction needs no search.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from traindyn.anisotropic_noise.experiments.sampling import Sampling, draw_batches
from traindyn.digits import handwritten_digits

Array = np.ndarray


@dataclass(frozen=True)
class LastLayer:
    """The last layer of networks in a window at the end of their training.

    Args:
        second: Its mean over the window.
        covariance: Covariance of its weights, row by row, over the window.
        hidden: Second moment of the hidden outputs at the end.
        residual_variance: Mean square of a residual per output at the end.
    """

    second: Float[Array, "networks 10 k"]
    covariance: Float[Array, "networks q q"]
    hidden: Float[Array, "networks k k"]
    residual_variance: Float[Array, " networks"]


@cache
def digits_data() -> tuple[Float[Array, "images 64"], Float[Array, "images 10"]]:
    """1,790 images: pixels centered, mean square norm 8 (so that hidden outputs are of order 1)."""
    images, labels = handwritten_digits()
    x = images[:1790] - images[:1790].mean(axis=0)
    x *= np.sqrt(8 / (x**2).sum(axis=1).mean())
    y = np.eye(10)[labels[:1790]]
    return x, y - y.mean(axis=0)


def train(
    steps: int,
    windows: tuple[int, ...],
    networks: int,
    generator: np.random.Generator,
    *,
    hidden: int = 16,
    learning_rate: float = 0.05,
    batch_size: int = 10,
    sampling: Sampling = "replacement",
    freeze_first: bool = False,
) -> dict[int, LastLayer]:
    """Train networks from their own starts and analyze windows of the last steps.

    Args:
        steps: Number of steps in all.
        windows: Last steps that are analyzed, one in five of them.
        networks: Number of networks, trained at once.
        generator: Source of starts and batches.
        hidden: Hidden units.
        learning_rate: Learning rate of the loss with the factor 1/2.
        batch_size: Images per batch.
        sampling: With replacement, or in epochs.
        freeze_first: Whether the first layer is frozen from one window before the longest on.

    Raises:
        ValueError: If a window is longer than half the steps.
    """
    if not 0 < min(windows) <= max(windows) <= steps // 2:
        raise ValueError(f"windows must lie in [1, {steps // 2}], got {windows}")
    x, y = digits_data()
    first = generator.standard_normal((networks, hidden, 64)) / 8
    second = generator.standard_normal((networks, 10, hidden)) / hidden**0.5
    kept = []
    batches = draw_batches(len(x), batch_size, networks, steps, generator, sampling)
    for step, index in enumerate(batches):
        inputs = x[index]
        z = np.maximum(inputs @ first.mT, 0.0)
        residual = (z @ second.mT - y[index]) * (learning_rate / batch_size)
        change = residual.mT @ z
        if not (freeze_first and step >= steps - 2 * max(windows)):
            first -= ((residual @ second) * (z > 0)).mT @ inputs
        second -= change
        if step >= steps - max(windows) and step % 5 == 0:
            kept.append(second.copy())
    z = np.maximum(x @ first.mT, 0.0)
    moment, left = z.mT @ z / len(x), ((z @ second.mT - y) ** 2).mean(axis=(1, 2))
    path = np.array(kept)
    found = {}
    for window in windows:
        part = path[-(window // 5) :]
        mean = part.mean(axis=0)
        flat = (part - mean).reshape(len(part), networks, -1).swapaxes(0, 1)
        found[window] = LastLayer(mean, flat.mT @ flat / len(part), moment, left)
    return found
