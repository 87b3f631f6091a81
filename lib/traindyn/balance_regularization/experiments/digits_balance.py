r"""Noise and norms of the layers of ReLU networks on the digits data, with and without label noise.

The network is :math:`U\,\mathrm{ReLU}(W\tilde x) + c` with :math:`\tilde x = (x, 1)`, trained on
cross entropy by SGD with batches of one; replicas are one tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.balance_regularization.experiments.trajectories import require_records, require_step
from traindyn.digits import handwritten_digits

CLASSES = 10


@dataclass(frozen=True)
class DigitsBalance:
    """Two layers along the run; the axis ``layers`` holds U, then W with its bias.

    Args:
        steps: Steps taken at each record.
        norms: Squared norms.
        noise: Tr Cov of the per-sample gradients over the images.
        squares: Mean squared norm of these gradients: the noise and the squared mean gradient.
        accuracy: Fraction of the training images that are classified correctly, at the end.
    """

    steps: np.ndarray
    norms: Float[np.ndarray, "records layers networks"]
    noise: Float[np.ndarray, "records layers networks"]
    squares: Float[np.ndarray, "records layers networks"]
    accuracy: Float[np.ndarray, " networks"]

    @property
    def imbalance(self) -> Float[np.ndarray, "records networks"]:
        """|U|² − |W|²."""
        return np.asarray(self.norms[:, 0] - self.norms[:, 1])

    @property
    def noise_ratio(self) -> Float[np.ndarray, "records networks"]:
        """Noise of U over that of W."""
        return np.asarray(self.noise[:, 0] / self.noise[:, 1])


def follow_on_digits(
    networks: int,
    records: Sequence[int],
    generator: torch.Generator,
    *,
    random_labels: float = 0.0,
    scales: tuple[float, float] = (1.0, 1.0),
    hidden: int = 32,
    learning_rate: float = 0.05,
) -> DigitsBalance:
    r"""Train networks on the digits data and follow the balance of their layers.

    Args:
        networks: Replicas, which differ in their weights and samples.
        records: Step counts to record at, increasing; 0 records the start.
        generator: Source of weights, samples and labels.
        random_labels: Probability that a sample comes with a label drawn at random; each time anew.
        scales: Scales of U and W at the start.
        hidden: Hidden neurons.
        learning_rate: :math:`\eta > 0`.

    Raises:
        ValueError: If an argument leaves its range.
    """
    require_step(learning_rate, 1)
    require_records(records)
    if networks < 1 or hidden < 1:
        raise ValueError(f"networks and hidden must be at least 1, got {networks} and {hidden}")
    if not 0 <= random_labels <= 1:
        raise ValueError(f"random_labels must lie in [0, 1], got {random_labels}")
    images, labels = _images()
    weights = _start(networks, images.shape[1], hidden, generator)
    weights[1].mul_(scales[0])
    weights[0].mul_(scales[1])
    rows: list[tuple[Tensor, ...]] = []
    taken = 0
    for record in records:
        count = record - taken
        chosen = torch.randint(len(images), (count, networks), generator=generator)
        targets = _targets(labels[chosen], random_labels, generator)
        for x, target in zip(images[chosen], targets, strict=True):
            _step(weights, x, target, learning_rate)
        taken = record
        probe = _targets(labels.expand(networks, -1), random_labels, generator)
        rows.append((_norms(weights), *noise_of_layers(weights, images, probe)))
    right = _outputs(weights, _hidden(weights, images)).argmax(dim=-1) == labels
    norms, noise, squares = (torch.stack(column).numpy() for column in zip(*rows, strict=True))
    accuracy = right.double().mean(dim=1).numpy()
    return DigitsBalance(np.asarray(records), norms, noise, squares, accuracy)


Weights = tuple[Tensor, Tensor, Tensor]
"""W (networks, hidden, inputs + 1), U (networks, classes, hidden), c (networks, classes)."""


def noise_of_layers(weights: Weights, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    r"""Unbiased Tr Cov of the per-sample gradients of U and of W, and their mean squared norms.

    .. math:: \frac{n}{n-1}\bigl(\overline{|g|^2} - |\bar g|^2\bigr).

    Args:
        weights: Replicas.
        x: Images with a one in the last place, (samples, inputs + 1).
        target: One-hot labels, (networks, samples, classes).

    Returns:
        Two tensors (layers, networks).
    """
    outgoing = weights[1]
    hidden = _hidden(weights, x)
    r = _outputs(weights, hidden).softmax(dim=-1) - target
    b = torch.bmm(r, outgoing).mul_(hidden > 0)
    n = len(x)

    def moments(left: Tensor, right: Tensor) -> Tensor:
        square = (left.square().sum(-1) * right.square().sum(-1)).mean(-1)
        mean = torch.matmul(left.mT, right) / n
        return torch.stack([n / (n - 1) * (square - mean.square().sum((1, 2))), square])

    noise, squares = torch.stack([moments(r, hidden), moments(b, x)], dim=1)
    return noise, squares


def _images() -> tuple[Tensor, Tensor]:
    """All images with a one in the last place, pixels in [0, 1], and their labels."""
    pixels, digits = handwritten_digits()
    x = torch.tensor(pixels / 16)
    return torch.cat([x, torch.ones_like(x[:, :1])], dim=1), torch.tensor(digits)


def _start(networks: int, inputs: int, hidden: int, generator: torch.Generator) -> Weights:
    """Normal weights of variance one over the fan-in, biases zero."""
    incoming = torch.randn(networks, hidden, inputs, generator=generator, dtype=torch.float64)
    outgoing = torch.randn(networks, CLASSES, hidden, generator=generator, dtype=torch.float64)
    incoming.mul_(inputs**-0.5)[..., -1] = 0.0
    return incoming, outgoing.mul_(hidden**-0.5), torch.zeros(networks, CLASSES).double()


def _targets(labels: Tensor, random_labels: float, generator: torch.Generator) -> Tensor:
    """One-hot labels, some of them drawn at random."""
    if random_labels:
        drawn = torch.randint(CLASSES, labels.shape, generator=generator)
        noisy = torch.rand(labels.shape, generator=generator) < random_labels
        labels = torch.where(noisy, drawn, labels)
    return torch.nn.functional.one_hot(labels.long(), CLASSES).double()


def _hidden(weights: Weights, x: Tensor) -> Tensor:
    """Hidden units of all networks on the same images."""
    networks, hidden, inputs = weights[0].shape
    product = x @ weights[0].reshape(networks * hidden, inputs).T
    return product.reshape(len(x), networks, hidden).relu_().movedim(1, 0).contiguous()


def _outputs(weights: Weights, hidden: Tensor) -> Tensor:
    _, outgoing, offset = weights
    return torch.baddbmm(offset[:, None], hidden, outgoing.mT)


def _norms(weights: Weights) -> Tensor:
    incoming, outgoing, _ = weights
    return torch.stack([outgoing.square().sum((1, 2)), incoming.square().sum((1, 2))])


def _step(weights: Weights, x: Tensor, target: Tensor, learning_rate: float) -> None:
    """One step in place, on one sample (networks, inputs + 1) per network."""
    incoming, outgoing, offset = weights
    hidden = torch.bmm(incoming, x[..., None]).relu_()
    r = (torch.bmm(outgoing, hidden)[..., 0] + offset).softmax(dim=-1) - target
    b = torch.bmm(outgoing.mT, r[..., None]).mul_(hidden > 0)
    outgoing.baddbmm_(r[..., None], hidden.mT, alpha=-learning_rate)
    incoming.baddbmm_(b, x[:, None], alpha=-learning_rate)
    offset.sub_(r, alpha=learning_rate)
