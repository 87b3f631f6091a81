r"""Noise matrices of single ReLU neurons, and what they allow the norms to be.

For a neuron with outgoing weights u and incoming weights w (bias included) the per-sample gradient
is :math:`\partial\ell/\partial w = Au`, :math:`\partial\ell/\partial u = A^\top w` with
:math:`A = 2\tilde xr^\top1_{\mathrm{active}}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.balance_regularization.experiments.networks import Networks, NetworkTask
from traindyn.balance_regularization.experiments.trajectories import require_records, require_step


def noise_matrices(networks: Networks, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    r"""Noise matrices of every neuron, estimated from samples.

    .. math:: C_1 = E[A^\top A] - E[A]^\top E[A], \qquad C_2 = E[AA^\top] - E[A]E[A]^\top.

    Args:
        networks: Replicas.
        x: (replicas, samples, inputs), with the column of ones if there is a bias.
        y: (replicas, samples, outputs).

    Returns:
        C1, shape (replicas, hidden, outputs, outputs), and C2, (replicas, hidden, inputs, inputs).

    Raises:
        ValueError: If there are fewer than two samples.

    Source: Theorem 3.1.
    """
    replicas, samples, _ = x.shape
    if samples < 2:
        raise ValueError(f"x must hold at least 2 samples, got {samples}")
    h, r, _ = networks.backward(x, y)
    active = (h > 0).to(x.dtype).mT / samples

    def mean(left: Tensor, right: Tensor) -> Tensor:
        """Mean over samples of the outer product, where the neuron is active."""
        outer = (left[..., :, None] * right[..., None, :]).flatten(2)
        shape = (replicas, -1, left.shape[2], right.shape[2])
        return torch.bmm(active, outer).reshape(shape)

    a = mean(x, r)
    c1 = mean(r * x.square().sum(2, keepdim=True), r) - a.mT @ a
    c2 = mean(x * r.square().sum(2, keepdim=True), x) - a @ a.mT
    return 4 * c1, 4 * c2


@dataclass(frozen=True)
class NeuronRun:
    """Norms of neurons and the extreme eigenvalues of their noise matrices, over the records.

    Args:
        outgoing: Squared norms |u|².
        incoming: Squared norms |w|², bias included.
        c1: Smallest and largest eigenvalue of C1.
        c2: Smallest and largest eigenvalue of C2.
        active: Fraction of samples at which the neuron is active.
        weights: Incoming weights at the last record.
    """

    outgoing: Float[np.ndarray, "records replicas hidden"]
    incoming: Float[np.ndarray, "records replicas hidden"]
    c1: Float[np.ndarray, "records ends replicas hidden"]
    c2: Float[np.ndarray, "records ends replicas hidden"]
    active: Float[np.ndarray, "records replicas hidden"]
    weights: Float[np.ndarray, "replicas hidden inputs"]

    def bounds(self, first: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        r"""Lower bound, measured value and upper bound of the norm ratio (eq. 4) in time average.

        Where :math:`\langle u^\top C_1u\rangle = \langle w^\top C_2w\rangle`, the ratio
        :math:`\langle|u|^2\rangle / \langle|w|^2\rangle` lies between
        :math:`\lambda_{\min}(C_2)/\lambda_{\max}(C_1)` and
        :math:`\lambda_{\max}(C_2)/\lambda_{\min}(C_1)`, eigenvalues averaged with the weights
        :math:`|u|^2` and :math:`|w|^2`.

        Args:
            first: First record of the average.

        Returns:
            Three arrays (replicas, hidden); bounds of neurons that are never active are not finite.
        """
        u, w = self.outgoing[first:], self.incoming[first:]
        c1 = (self.c1[first:] * u[:, None]).mean(0) / u.mean(0)
        c2 = (self.c2[first:] * w[:, None]).mean(0) / w.mean(0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return c2[0] / c1[1], u.mean(0) / w.mean(0), c2[1] / c1[0]


def follow_neurons(
    task: NetworkTask,
    networks: Networks,
    learning_rate: float,
    records: Sequence[int],
    samples: int,
    generator: torch.Generator,
    *,
    last_samples: int | None = None,
) -> NeuronRun:
    """Train by SGD on single fresh samples and record the noise matrices of every neuron.

    Args:
        task: Where samples come from.
        networks: Replicas at the start; changed in place.
        learning_rate: Step size.
        records: Step counts to record at, increasing.
        samples: Fresh samples per record that estimate the matrices, at least 2.
        generator: Source of data.
        last_samples: Samples of the last record; default: as many as of the others.

    Raises:
        ValueError: If an argument leaves its range.
    """
    require_step(learning_rate, 1)
    require_records(records)
    replicas = len(networks.incoming)
    rows: list[tuple[Tensor, ...]] = []
    taken = 0
    for record in records:
        if record > taken:
            x, y = task.draw((record - taken, replicas, 1), generator)
            for i in range(record - taken):
                networks.step(x[i], y[i], learning_rate)
            taken = record
        if record == records[-1] and last_samples is not None:
            samples = last_samples
        x, y = task.draw((replicas, samples), generator)
        ends = [
            torch.linalg.eigvalsh(matrix)[..., [0, -1]].movedim(-1, 0)
            for matrix in noise_matrices(networks, x, y)
        ]
        active = (torch.bmm(x, networks.incoming.mT) > 0).double().mean(1)
        rows.append((*networks.neuron_norms, *ends, active))
    u, w, c1, c2, on = (torch.stack(column).numpy() for column in zip(*rows, strict=True))
    return NeuronRun(u, w, c1, c2, on, networks.incoming.numpy().copy())
