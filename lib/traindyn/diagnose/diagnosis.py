"""All lenses on one network at its present weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from traindyn.curvature import hessian_operator
from traindyn.curvature.parameters import distinct_parameters
from traindyn.diagnose.data import (
    Batch,
    LossFunction,
    evaluating,
    halves,
    loss_function,
    seeded,
    take_samples,
)
from traindyn.diagnose.landscape import (
    GROUPS,
    Density,
    Directions,
    LayerAlignment,
    density_sizes,
    layer_alignments,
    mean_loss,
    spectral_density,
    top_directions,
)
from traindyn.diagnose.noise import PROBES, LayerBalance, Noise, balances, gradient_noise
from traindyn.diagnose.weights import (
    LayerWeights,
    Start,
    layer_weights,
    start_matrices,
    weight_matrices,
)
from traindyn.inference import Estimate
from traindyn.system.arguments import require_kind, short, whole_number

PRODUCTS_PER_PAIR = 25
"""Hessian products that Lanczos needs per eigenpair, roughly; only the estimate of cost uses it."""

LENSES = ("weights", "curvature", "layers", "density", "noise", "balance")


@dataclass(frozen=True)
class Diagnosis:
    """What the lenses saw.

    Args:
        parameters: Number of trainable parameters.
        samples: Samples used.
        seed: Of all random starts and probes.
        loss: Mean loss of the samples that directions were found on.
        held_out_loss: Of those that curvature was measured on.
        weights: Spectrum of each weight matrix.
        curvature: Top eigenvectors of the Hessian; None if they did not converge.
        layers: Alignment with the eigenspace of the block of each layer.
        density: Spectral density of the Hessian.
        noise: Noise of the gradient along the top eigenvectors.
        balance: Balance of the hidden layers with the rescaling symmetry.
        skipped: What was left out, with the reason.
        seconds: Seconds that each lens took.
    """

    parameters: int
    samples: int
    seed: int
    loss: Estimate
    held_out_loss: Estimate
    weights: tuple[LayerWeights, ...] = ()
    curvature: Directions | None = None
    layers: tuple[LayerAlignment, ...] = ()
    density: Density | None = None
    noise: Noise | None = None
    balance: tuple[LayerBalance, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def diagnose(
    network: nn.Module,
    loader: Iterable[Any],
    loss: str | LossFunction = "cross_entropy",
    *,
    samples: int = 512,
    count: int = 10,
    seed: int = 0,
    start: Mapping[str, Any] | None = None,
    lenses: Iterable[str] = LENSES,
    tell: Callable[[str], None] | None = None,
) -> Diagnosis:
    """Look at a network through the lenses of this book; nothing of it is changed.

    The network is looked at in evaluation mode, on its own device and in its own precision.

    Args:
        network: Any module whose parameters are float32 or float64.
        loader: Gives batches: ``(inputs, ..., targets)`` or dictionaries. The first samples count,
            so let it shuffle.
        loss: ``cross_entropy``, ``mse``, or a function of outputs and targets that gives one loss
            per sample.
        samples: Samples to use, at least 4. Half of them find directions, half measure along them.
        count: Top eigenvectors k, from 1 to the number of parameters less one.
        seed: Of all random starts and probes, of the loader's shuffling and of noise in the
            network. Torch's generators are afterwards where they were.
        start: ``state_dict`` before training, copied, for what moved since.
        lenses: Which of ``weights``, ``curvature``, ``layers``, ``density``, ``noise`` and
            ``balance``; noise needs curvature.
        tell: Receives a line with the cost before the work starts, and one per lens.

    Raises:
        ValueError: If an argument leaves its range, a batch or loss is none, the network has no
            parameters to differentiate by, or its loss has no second derivative.

    >>> net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    >>> data = [(torch.randn(16, 3), torch.randint(2, (16,)))]
    >>> diagnose(net, data, count=2, samples=16).parameters
    26
    """
    require_kind("network", network, nn.Module)
    samples, seed = whole_number("samples", samples, 4), whole_number("seed", seed, 0)
    lenses = _chosen(lenses)
    loss = loss_function(loss)
    named = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
    parameters = distinct_parameters([p for _, p in named])
    _require_plain(named)
    size = sum(p.numel() for p in parameters)
    if size < 2:
        raise ValueError(f"network must have at least 2 weights to train, got {size}")
    count = whole_number("count", count, 1, size - 1)
    tell = tell or (lambda _: None)
    with seeded(parameters, seed), evaluating(network), torch.enable_grad():
        before = start_matrices(network, start)
        first, second = halves(take_samples(loader, samples, parameters[0].device))
        look = _Look(network, named, count, np.random.default_rng(seed), before)
        look.read(first, second, loss)
        tell(look.cost(lenses))
        found, seconds = {}, {}
        for lens in (lens for lens in LENSES if lens in lenses):
            began = time.perf_counter()
            found[lens] = getattr(look, lens)()
            seconds[lens] = time.perf_counter() - began
            tell(f"{lens}: {seconds[lens]:.1f} s")
    return Diagnosis(
        size,
        sum(map(len, [*first, *second])),
        seed,
        look.loss,
        look.held_out_loss,
        **found,
        skipped=look.skipped,
        seconds=seconds,
    )


def _chosen(lenses: Iterable[str]) -> tuple[str, ...]:
    """The names of lenses, each a known one."""
    if isinstance(lenses, str) or not isinstance(lenses, Iterable):
        raise ValueError(f"lenses must be a list of names, got {short(lenses)}")
    chosen = tuple(lenses)
    for lens in chosen:
        if lens not in LENSES:
            raise ValueError(f"lenses must be of {', '.join(LENSES)}, got {short(lens)}")
    return chosen


def _require_plain(named: Sequence[tuple[str, Tensor]]) -> None:
    """Refuse weights that are not there, and gradients that something else changes."""
    for name, parameter in named:
        if parameter.is_meta:
            raise ValueError(f"network must hold its weights, got {name} on the device meta")
        if parameter._backward_hooks:
            raise ValueError(f"weights must have no hooks, which change gradients, got {name}")


class _Look:
    """The lenses, with what they share: losses with their graph, and the top directions."""

    def __init__(
        self,
        network: nn.Module,
        named: Sequence[tuple[str, Tensor]],
        count: int,
        generator: np.random.Generator,
        start: Start,
    ) -> None:
        self.network, self.named, self.count = network, named, count
        self.parameters = [p for _, p in named]
        self.size = sum(p.numel() for p in self.parameters)
        self.generator = generator
        self.start = start
        self.tolerance = 1e-3 if any(p.dtype == torch.float32 for p in self.parameters) else 1e-6
        self.skipped = dict(start.skipped)
        self.found: Directions | None = None

    def read(self, first: list[Batch], second: list[Batch], loss: LossFunction) -> None:
        """Compute the losses of both halves, and one product to know its cost."""
        began = time.perf_counter()
        self.batch, self.function = first[0], loss
        self.losses, self.loss = mean_loss(self.network, first, loss)
        self.held_out, self.held_out_loss = mean_loss(self.network, second, loss)
        self.hessian = hessian_operator(self.losses.mean(), self.parameters)
        self.hessian @ np.ones(self.size, self.hessian.dtype)
        self.seconds = time.perf_counter() - began

    def cost(self, lenses: Sequence[str]) -> str:
        """What the chosen lenses will take."""
        pairs = PRODUCTS_PER_PAIR * (self.count + 1)
        steps, probes = density_sizes(self.size)
        products = {
            "curvature": pairs + (GROUPS + 2) * self.count,
            "layers": pairs * len(self.named),
            "density": steps * probes,
            "noise": 2 * self.count + 4 * PROBES,
        }
        total = sum(products.get(lens, 0) for lens in lenses)
        return (
            f"{self.size:,} parameters: about {total:,} Hessian products, "
            f"at most {total * self.seconds:.0f} s"
        )

    def weights(self) -> tuple[LayerWeights, ...]:
        """Spectra of the weights, the frozen ones too."""
        found = []
        for name, parameter in self.network.named_parameters():
            if parameter.is_complex():
                self.skipped[f"weights of {name}"] = "they are complex"
        for name, matrix in weight_matrices(self.network):
            try:
                before = self.start.matrices.get(name)
                found.append(layer_weights(name, matrix, self.generator, before))
            except ValueError as error:
                self.skipped[f"weights of {name}"] = str(error)
        return tuple(found)

    def curvature(self) -> Directions | None:
        """Top directions; what does not converge is told."""
        try:
            self.found = top_directions(
                self.losses.mean(), self.held_out, self.parameters, self.count, self.generator,
                self.tolerance,
            )  # fmt: skip
        except ValueError as error:  # such as of two precisions, where symmetry is lost in rounding
            self.skipped["curvature"] = str(error)
        return self.found

    def layers(self) -> tuple[LayerAlignment, ...]:
        """Alignment layer by layer."""
        matrices = [(name, p) for name, p in self.named if p.ndim >= 2]
        mean = self.losses.mean()
        return tuple(
            layer_alignments(
                mean, matrices, self.count, self.generator, self.tolerance, self.skipped
            )
        )

    def density(self) -> Density | None:
        """Spectral density, if two directions fit into memory."""
        try:
            return spectral_density(self.hessian, self.generator)
        except (ValueError, MemoryError) as error:
            self.skipped["density"] = str(error)
        return None

    def noise(self) -> Noise | None:
        """Noise along the top directions, of the samples that did not choose them."""
        if self.found is None:
            self.skipped["noise"] = "it needs the directions of the lens curvature"
            return None
        if len(self.held_out) < 2:
            self.skipped["noise"] = "it needs two samples that did not choose the directions"
            return None
        hessian = hessian_operator(self.held_out.mean(), self.parameters)
        return gradient_noise(
            self.held_out, self.parameters, hessian, self.found.vectors, self.generator
        )

    def balance(self) -> tuple[LayerBalance, ...]:
        """Balance of hidden layers."""
        sample = self.batch.named or self.batch.arguments
        mean = self.losses.mean()
        return tuple(balances(self.network, sample, mean, self.skipped))
