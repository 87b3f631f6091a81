"""The same training on handwritten digits: is a digit even or odd?

Labels are ±1. Unlike the inputs of the model the pixels are far from isotropic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float

from traindyn.digits import handwritten_digits
from traindyn.heavy_tailed_esd.experiments.data import Sample
from traindyn.heavy_tailed_esd.experiments.features import hidden_features
from traindyn.heavy_tailed_esd.experiments.network import Student
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, OptimizerName
from traindyn.heavy_tailed_esd.experiments.ridge import fit_heads
from traindyn.heavy_tailed_esd.experiments.spectra import spectrum
from traindyn.tails import hill

Array = np.ndarray

HIDDEN = 96
"""Hidden units: 3/2 of the 64 pixels, the shape of the paper."""

PENALTIES = torch.logspace(-5, 1, 25, dtype=torch.float64)


@dataclass(frozen=True)
class DigitsCurve:
    """What ten steps at each learning rate leave, per start.

    Args:
        rates: Learning rates, 0 for the start.
        spectra: Eigenvalues of the first layer.
        hill: Their Hill's index.
        losses: Test loss of a ridge head, the best penalty.
        accuracy: Share of the test images whose sign that head predicts.
    """

    rates: Float[Array, " rates"]
    spectra: Float[Array, "rates starts inputs"]
    hill: Float[Array, "rates starts"]
    losses: Float[Array, "rates starts"]
    accuracy: Float[Array, "rates starts"]


@cache
def digits_samples(whiten: bool = False) -> tuple[Sample, Sample]:
    """Every other image for training, the rest for tests.

    Pixels are centered, of mean square 1 over all pixels, or decorrelated to variance 1 (but for
    the pixels that hardly vary).
    """
    images, digits = handwritten_digits()
    x = images - images.mean(axis=0)
    if whiten:
        values, axes = np.linalg.eigh(x.T @ x / len(x))
        x = x @ (axes / np.sqrt(np.maximum(values, 1e-3 * values.max())))
    else:
        x /= np.sqrt((x**2).mean())
    y = 1.0 - 2.0 * (digits % 2)
    inputs, labels = torch.tensor(x), torch.tensor(y)
    return Sample(inputs[::2], labels[::2]), Sample(inputs[1::2], labels[1::2])


def train_digits(
    generator: torch.Generator,
    *,
    rates: Sequence[float],
    name: OptimizerName = "adam",
    starts: int = 8,
    shuffled: bool = False,
    whiten: bool = False,
) -> DigitsCurve:
    """Ten full-batch steps from several starts together; then ridge heads on the true labels.

    Training is in float32, as in the authors' public code; spectra and heads are in float64.

    Args:
        generator: Source of starts and of the order of shuffled labels.
        rates: Learning rates.
        name: Optimizer.
        starts: Number of independent starts, at least 1.
        shuffled: Whether the first layer trains on shuffled labels.
        whiten: Whether pixels are decorrelated first.

    Raises:
        ValueError: If ``starts`` is below 1.
    """
    sample, tests = digits_samples(whiten)
    student, first, labels = _starts(generator, sample, starts, shuffled)
    seen = Sample(sample.inputs.float(), labels.float())
    layers = [first]
    for rate in rates:
        weights, update_of = first.float(), Optimizer(name, rate).updates()
        for _ in range(10):
            weights = weights + update_of(student.losses_and_gradients(weights, seen)[1])
        layers.append(weights.double())
    rows = [_probe(weights, sample, tests) for layer in layers for weights in layer]
    spectra, *scalars = (np.array(column) for column in zip(*rows, strict=True))
    shape = len(layers), starts
    return DigitsCurve(
        np.array([0.0, *rates]),
        spectra.reshape(*shape, -1),
        *(column.reshape(shape) for column in scalars),
    )


def _starts(
    generator: torch.Generator, sample: Sample, starts: int, shuffled: bool = False
) -> tuple[Student, Float[torch.Tensor, "starts hidden inputs"], torch.Tensor]:
    """Students of all starts (float32), their weights, and the labels that each sees."""
    if starts < 1:
        raise ValueError(f"starts must be at least 1, got {starts}")
    heads, weights, labels = [], [], []
    for _ in range(starts):
        heads.append(torch.randn(HIDDEN, generator=generator, dtype=torch.float64))
        shape = HIDDEN, sample.inputs.shape[1]
        weights.append(torch.randn(shape, generator=generator, dtype=torch.float64))
        labels.append((sample.shuffled(generator) if shuffled else sample).labels)
    return Student(torch.stack(heads).float()), torch.stack(weights), torch.stack(labels)


def digits_spikes(
    generator: torch.Generator, *, name: OptimizerName, starts: int, length: float
) -> Float[Array, " starts"]:
    """Largest eigenvalue over d after one step, of the rate that brings the weights to a length.

    The length is that of the weights along the step, |uᵀW|²/d, with the unit vector u of the head
    for gradient descent and of its signs for Adam; it determines the rate of every start.

    Args:
        generator: Source of starts.
        name: Optimizer.
        starts: Number of independent starts, at least 1.
        length: The length, above that of the start.

    Raises:
        ValueError: If ``starts`` is below 1.
    """
    sample, _ = digits_samples()
    student, first, labels = _starts(generator, sample, starts)
    seen = Sample(sample.inputs.float(), labels.float())
    gradient = student.losses_and_gradients(first.float(), seen)[1].double()
    steps = Optimizer(name, 1.0).updates()(gradient)
    units = student.head.double()
    units = units if name == "gd" else units.sign()
    units = units / units.norm(dim=1, keepdim=True)
    found = []
    for weights, step, unit in zip(first, steps, units, strict=True):
        start, move = unit @ weights, unit @ step
        square, half, rest = (float(v) for v in (move @ move, start @ move, start @ start))
        excess = length * len(start) - rest
        rate = (-half + math.sqrt(half**2 + square * excess)) / square
        found.append(spectrum(weights + rate * step).top / len(start))
    return np.array(found)


def _probe(
    weights: Float[torch.Tensor, "hidden inputs"], sample: Sample, tests: Sample
) -> tuple[Array, float, float, float]:
    values = spectrum(weights).eigenvalues
    heads = fit_heads(hidden_features(weights, sample.inputs), sample.labels)
    features = hidden_features(weights, tests.inputs)
    losses = heads.losses(features, tests.labels, PENALTIES)
    best = int(losses.argmin())
    correct = (features @ heads.heads(PENALTIES)[:, best]) * tests.labels > 0
    return values, hill(values), float(losses[best]), float(correct.double().mean())
