"""The imbalance of every hidden neuron during SGD, against its exact budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from traindyn.symmetry import NeuronLayer

Activation = Literal["linear", "ReLU", "leaky ReLU", "tanh", "GELU"]
Loss = Literal["square", "cross entropy"]

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "linear": nn.Identity,
    "ReLU": nn.ReLU,
    "leaky ReLU": lambda: nn.LeakyReLU(0.1),
    "tanh": nn.Tanh,
    "GELU": nn.GELU,
}


@dataclass(frozen=True)
class Account:
    """How well changes are accounted for.

    Args:
        change: Size of the largest change.
        error: Largest error of what is said of one.
    """

    change: float
    error: float

    @property
    def missed(self) -> float:
        """Share of the largest change that the account misses at most.

        >>> Account(change=0.5, error=0.125).missed
        0.25
        """
        return self.error / self.change


def _account(changes: np.ndarray | float, accounted: np.ndarray | float) -> Account:
    return Account(float(np.abs(changes).max()), float(np.abs(changes - accounted).max()))


@dataclass(frozen=True)
class BudgetRun:
    """Imbalance of every neuron along a run, measured and accounted.

    Args:
        measured: Imbalance before each step and after the last.
        accounted: First imbalance plus the sum of the exact changes so far.
        rounding: Bound of the rounding error of one step.
    """

    measured: Float[np.ndarray, "records neurons"]
    accounted: Float[np.ndarray, "records neurons"]
    rounding: float

    @property
    def step(self) -> Account:
        """The account of single steps, over steps and neurons."""
        return _account(np.diff(self.measured, axis=0), np.diff(self.accounted, axis=0))

    @property
    def total(self) -> Account:
        """The account of the run up to any of its steps."""
        return _account(self.measured - self.measured[0], self.accounted - self.measured[0])


def follow_budget(
    activation: Activation,
    loss: Loss,
    generator: torch.Generator,
    *,
    sizes: tuple[int, int, int] = (20, 50, 30),
    batch_size: int = 10,
    learning_rate: float = 1e-3,
    steps: int = 300,
    gradient_noise: float = 0.0,
) -> BudgetRun:
    r"""Train a network with one hidden layer and biases, and keep the books of its neurons.

    Inputs are standard normal. Targets are the inputs of a random linear map plus unit noise for
    the square loss, random classes for the cross entropy. The defaults make the imbalance move
    by far more than rounding within seconds.

    Args:
        activation: Activation of the hidden layer.
        loss: Mean of the square loss over outputs, or cross entropy.
        generator: Source of weights, data and noise.
        sizes: Inputs, hidden neurons, outputs.
        batch_size: :math:`S`.
        learning_rate: :math:`\eta`.
        steps: Steps to take.
        gradient_noise: Standard deviation of isotropic noise added to every gradient (control).

    Raises:
        ValueError: If activation or loss is unknown, ``batch_size`` or ``steps`` below 1, or
            ``learning_rate`` not positive.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
    if loss not in ("square", "cross entropy"):
        raise ValueError(f"loss must be 'square' or 'cross entropy', got {loss!r}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    inputs, hidden, outputs = sizes
    layer = NeuronLayer(nn.Linear(inputs, hidden), nn.Linear(hidden, outputs))
    network = nn.Sequential(layer.incoming, ACTIVATIONS[activation](), layer.outgoing).double()
    with torch.no_grad():
        for parameter in network.parameters():
            fan_in = parameter.shape[-1]
            parameter.normal_(std=fan_in**-0.5, generator=generator)
    teacher = torch.randn(inputs, outputs, generator=generator, dtype=torch.float64)
    measured = [layer.imbalance()]
    accounted = [measured[0]]
    scale = 0.0
    for _ in range(steps):
        x = torch.randn(batch_size, inputs, generator=generator, dtype=torch.float64)
        network.zero_grad()
        torch.autograd.backward(_loss(network(x), x, teacher, loss, generator))
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        if gradient_noise > 0:
            for gradient in gradients:
                kick = torch.randn(gradient.shape, generator=generator, dtype=torch.float64)
                gradient.add_(kick, alpha=gradient_noise)
        accounted.append(accounted[-1] + layer.step_change(learning_rate))
        with torch.no_grad():
            for parameter, gradient in zip(network.parameters(), gradients, strict=True):
                parameter.sub_(gradient, alpha=learning_rate)
        measured.append(layer.imbalance())
        norms = layer.outgoing_norms() + layer.incoming_norms()
        scale = max(scale, float(norms.max()))
    # a sum of m squares is exact to m roundings; it is taken before and after each step
    rounding = 2 * (inputs + 1 + outputs) * float(np.finfo(float).eps) * scale
    return BudgetRun(torch.stack(measured).numpy(), torch.stack(accounted).numpy(), rounding)


def _loss(
    prediction: Tensor, x: Tensor, teacher: Tensor, loss: Loss, generator: torch.Generator
) -> Tensor:
    if loss == "square":
        noise = torch.randn(prediction.shape, generator=generator, dtype=torch.float64)
        return nn.functional.mse_loss(prediction, x @ teacher + noise)
    classes = torch.randint(prediction.shape[1], (len(x),), generator=generator)
    return nn.functional.cross_entropy(prediction, classes)


def product_form(
    start: tuple[float, float],
    learning_rate: float,
    steps: int,
    generator: np.random.Generator,
    loss_is_symmetric: bool = True,
    *,
    first_order: bool = False,
) -> Account:
    r"""Account :math:`\log d_n - \log d_0 = \sum\log(1 - 4\eta^2s^2)`, :math:`d = u^2 - w^2`.

    One replica of the scalar model with :math:`y = x + \epsilon`, both normal, batch size one.

    Args:
        start: Initial (u, w).
        learning_rate: :math:`\eta`.
        steps: Steps to take.
        generator: Source of data.
        loss_is_symmetric: If false, the loss gains :math:`10^{-3}u^2`, which breaks the symmetry
            (control).
        first_order: If true, each factor is read as :math:`e^{-4\eta^2s^2}` (control).
    """
    u, w = start
    first = np.log(abs((u - w) * (u + w)))
    total = 0.0
    for x, noise in generator.normal(size=(steps, 2)):
        slope = x * (u * w * x - x - noise)
        shrinks = 4 * learning_rate**2 * slope**2
        total += -shrinks if first_order else np.log1p(-shrinks)
        decay = 0.0 if loss_is_symmetric else 2e-3 * learning_rate * u
        u, w = u - 2 * learning_rate * slope * w - decay, w - 2 * learning_rate * slope * u
    return _account(np.log(abs((u - w) * (u + w))) - first, total)


def matrix_form(
    sizes: tuple[int, int, int],
    batch_size: int,
    learning_rate: float,
    steps: int,
    generator: torch.Generator,
    activation: Activation = "linear",
) -> Account:
    r"""Account of the entries of :math:`f = U\phi(Wx)` in a step, exact for linear networks.

    .. math:: \Delta(U^\top U - WW^\top) = \eta^2(G_U^\top G_U - G_WG_W^\top).

    Args:
        sizes: Inputs, hidden neurons, outputs.
        batch_size: :math:`S`.
        learning_rate: :math:`\eta`.
        steps: Steps to take.
        generator: Source of weights and data.
        activation: A nonlinear one breaks the law between neurons (control).
    """
    inputs, hidden, outputs = sizes
    function = ACTIVATIONS[activation]()

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    inner = (normal(hidden, inputs) * inputs**-0.5).requires_grad_()
    outer = (normal(outputs, hidden) * hidden**-0.5).requires_grad_()
    changes, accounted = [], []
    for _ in range(steps):
        x, noise = normal(batch_size, inputs), normal(batch_size, outputs)
        loss = (function(x @ inner.T) @ outer.T - noise).square().sum(dim=1).mean()
        g_outer, g_inner = torch.autograd.grad(loss, (outer, inner))
        with torch.no_grad():
            before = outer.T @ outer - inner @ inner.T
            outer.sub_(g_outer, alpha=learning_rate)
            inner.sub_(g_inner, alpha=learning_rate)
            changes.append(outer.T @ outer - inner @ inner.T - before)
            accounted.append(learning_rate**2 * (g_outer.T @ g_outer - g_inner @ g_inner.T))
    return _account(torch.stack(changes).numpy(), torch.stack(accounted).numpy())
