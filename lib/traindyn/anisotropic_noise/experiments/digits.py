r"""Fluctuations of the last layer of a network trained on the digits data.

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
class WindowedWeights:
    """Principal components of the last layer in a window, averaged over replicas.

    Args:
        variances: Variances along the components, falling.
        curvature: Curvature of the loss along them.
        drift: Cosine between the first component and the mean of the weights.
    """

    variances: Float[Array, " components"]
    curvature: Float[Array, " components"]
    drift: float

    def exponent(self, components: slice = slice(1, 60)) -> float:
        """Exponent d log V / d log F, with F² proportional to one over the curvature."""
        v, h = self.variances[components], self.curvature[components]
        return float(np.polyfit(-np.log(h) / 2, np.log(v), 1)[0])

    def correlation(self, components: slice = slice(1, 60)) -> float:
        """Correlation of log V and log F."""
        v, h = self.variances[components], self.curvature[components]
        return float(np.corrcoef(-np.log(h), np.log(v))[0, 1])


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
    window: int,
    generator: np.random.Generator,
    *,
    replicas: int = 6,
    hidden: int = 16,
    learning_rate: float = 0.05,
    batch_size: int = 10,
    sampling: Sampling = "replacement",
    freeze_first: bool = False,
) -> WindowedWeights:
    """Train replicas from their own starts and analyze the last steps.

    Args:
        steps: Number of steps in all; the first layer trains for as long even if it is frozen
            afterwards.
        window: Last steps that are analyzed, one in five of them.
        generator: Source of starts and batches.
        replicas: Independent networks.
        hidden: Hidden units.
        learning_rate: Learning rate of the loss with the factor 1/2.
        batch_size: Images per batch.
        sampling: With replacement, or in epochs.
        freeze_first: Whether the first layer is frozen from one window before the analysis on.

    Raises:
        ValueError: If the window is longer than half the steps.
    """
    if not 0 < window <= steps // 2:
        raise ValueError(f"window must lie in [1, {steps // 2}], got {window}")
    x, y = digits_data()
    first = generator.standard_normal((replicas, hidden, 64)) / 8
    second = generator.standard_normal((replicas, 10, hidden)) / hidden**0.5
    kept = []
    batches = draw_batches(len(x), batch_size, replicas, steps, generator, sampling)
    for step, index in enumerate(batches):
        inputs = x[index]
        z = np.maximum(inputs @ first.mT, 0.0)
        residual = (z @ second.mT - y[index]) * (learning_rate / batch_size)
        change = residual.mT @ z
        if not (freeze_first and step >= steps - 2 * window):
            first -= ((residual @ second) * (z > 0)).mT @ inputs
        second -= change
        if step >= steps - window and step % 5 == 0:
            kept.append(second.reshape(replicas, -1).copy())
    return _analyze(np.array(kept), np.maximum(x @ first.mT, 0.0))


def _analyze(
    path: Float[Array, "times replicas q"], hidden: Float[Array, "replicas images k"]
) -> WindowedWeights:
    """Principal components per replica, then averages in the order of the components."""
    mean = path.mean(axis=0)
    variances, curvature, cosines = [], [], []
    for replica in range(path.shape[1]):
        centered = path[:, replica] - mean[replica]
        values, axes = np.linalg.eigh(centered.T @ centered / len(centered))
        z = hidden[replica]
        block = z.T @ z / len(z)
        directions = axes[:, ::-1].T.reshape(len(values), 10, -1)
        variances.append(values[::-1])
        curvature.append(np.einsum("dok,kl,dol->d", directions, block, directions))
        cosines.append(abs(axes[:, -1] @ mean[replica]) / np.linalg.norm(mean[replica]))
    return WindowedWeights(
        np.exp(np.log(np.maximum(variances, 1e-300)).mean(axis=0)),
        np.exp(np.log(np.maximum(curvature, 1e-300)).mean(axis=0)),
        float(np.mean(cosines)),
    )
