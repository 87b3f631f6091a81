r"""Two-layer ReLU networks trained by SGD with hand-written gradients, replicas as one tensor.

The network is :math:`f = U\,\mathrm{ReLU}(W\tilde x)`, the loss :math:`|f - y|^2` without 1/2, and
the data :math:`y_j = x_j + \sigma\epsilon_j` (:math:`x_j = 0` beyond the inputs) with standard
normal :math:`x, \epsilon`. With a bias, :math:`\tilde x = (x, 1)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from traindyn.balance_regularization.experiments.noise import fill_normal


@dataclass(frozen=True)
class NetworkTask:
    r"""Shape of the networks and noise of their data.

    Args:
        inputs: :math:`d_x`.
        hidden: Number of hidden neurons.
        outputs: :math:`d_y`.
        noise: :math:`\sigma \ge 0` of each output.
        bias: Whether neurons have a bias, the last of their incoming weights.
        noisy_outputs: Number of outputs with label noise, from the first; default: all.

    Raises:
        ValueError: If a size is below 1, ``noise`` is negative or ``noisy_outputs`` leaves
            [0, outputs].
    """

    inputs: int
    hidden: int
    outputs: int
    noise: float = 1.0
    bias: bool = False
    noisy_outputs: int | None = None

    def __post_init__(self) -> None:
        for name in ("inputs", "hidden", "outputs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if not (self.noise >= 0 and math.isfinite(self.noise)):
            raise ValueError(f"noise must be at least 0 and finite, got {self.noise}")
        if self.noisy_outputs is not None and not 0 <= self.noisy_outputs <= self.outputs:
            raise ValueError(
                f"noisy_outputs must lie in [0, {self.outputs}], got {self.noisy_outputs}"
            )

    def draw(self, shape: tuple[int, ...], generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Inputs (with a column of ones if there is a bias) and labels, on the last axis."""
        x, y = (
            fill_normal(torch.empty(*shape, size, dtype=torch.float64), generator)
            for size in (self.inputs, self.outputs)
        )
        y.mul_(self.noise)
        if self.noisy_outputs is not None:
            y[..., self.noisy_outputs :] = 0
        shared = min(self.inputs, self.outputs)
        y[..., :shared] += x[..., :shared]
        if self.bias:
            x = torch.cat([x, torch.ones_like(x[..., :1])], dim=-1)
        return x, y


@dataclass
class Networks:
    """Replicas of one network; training changes them in place.

    Args:
        incoming: W, with the bias in the last column if there is one.
        outgoing: U.
    """

    incoming: Float[Tensor, "replicas hidden inputs"]
    outgoing: Float[Tensor, "replicas outputs hidden"]

    @property
    def norms(self) -> tuple[Tensor, Tensor]:
        """Squared norms of U and W, one per replica."""
        return self.outgoing.square().sum((1, 2)), self.incoming.square().sum((1, 2))

    @property
    def neuron_norms(self) -> tuple[Tensor, Tensor]:
        """Squared norms of outgoing and incoming weights of every neuron."""
        return self.outgoing.square().sum(1), self.incoming.square().sum(2)

    def backward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        r"""Hidden units h, residuals r = f − y and :math:`b = 1_{\mathrm{active}}\,U^\top r`.

        The per-sample gradients are :math:`2rh^\top` for U and :math:`2b\tilde x^\top` for W.

        Args:
            x: (replicas, samples, inputs).
            y: (replicas, samples, outputs).
        """
        h = torch.bmm(x, self.incoming.mT).relu_()
        r = torch.baddbmm(y, h, self.outgoing.mT, beta=-1)
        return h, r, torch.bmm(r, self.outgoing).mul_(h > 0)

    def step(self, x: Tensor, y: Tensor, learning_rate: float) -> Tensor:
        """One step of gradient descent on the mean loss of the samples.

        Returns:
            The mean loss before the step, one value per replica.
        """
        h, r, b = self.backward(x, y)
        rate = -2 * learning_rate / x.shape[1]
        self.outgoing.baddbmm_(r.mT, h, alpha=rate)
        self.incoming.baddbmm_(b.mT, x, alpha=rate)
        return r.square().sum((1, 2)) / x.shape[1]

    def noise_terms(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        r"""Unbiased Tr Cov of the per-sample gradients of U and of W, from n ≥ 2 samples.

        .. math:: \frac{n}{n-1}\bigl(\overline{|g|^2} - |\bar g|^2\bigr).

        Raises:
            ValueError: If there are fewer than two samples.
        """
        n = x.shape[1]
        if n < 2:
            raise ValueError(f"x must hold at least 2 samples, got {n}")
        h, r, b = self.backward(x, y)

        def trace(left: Tensor, right: Tensor) -> Tensor:
            each = left.square().sum(2) * right.square().sum(2)
            mean = torch.bmm(left.mT, right) / n
            return 4 * n / (n - 1) * (each.mean(1) - mean.square().sum((1, 2)))

        return trace(r, h), trace(b, x)


def initial_networks(
    task: NetworkTask,
    replicas: int,
    scales: tuple[float, float],
    generator: torch.Generator,
) -> Networks:
    r"""Normal weights with :math:`E|U|^2 = s_U^2 H` and :math:`E|W|^2 = s_W^2 H` for H neurons.

    Args:
        task: Shape of the networks.
        replicas: Number of independent networks.
        scales: :math:`(s_U, s_W)`, both positive.
        generator: Source of randomness.

    Raises:
        ValueError: If there are no replicas or a scale is not positive.
    """
    if replicas < 1:
        raise ValueError(f"replicas must be at least 1, got {replicas}")
    if not min(scales) > 0:
        raise ValueError(f"scales must be positive, got {scales}")
    width = task.inputs + task.bias
    incoming = torch.randn(replicas, task.hidden, width, generator=generator, dtype=torch.float64)
    outgoing = torch.randn(
        replicas, task.outputs, task.hidden, generator=generator, dtype=torch.float64
    )
    return Networks(
        incoming.mul_(scales[1] / math.sqrt(width)),
        outgoing.mul_(scales[0] / math.sqrt(task.outputs)),
    )
