"""The same training on handwritten digits: is a digit even or odd?

Labels are ±1. Unlike the inputs of the model the pixels are far from isotropic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
import torch
from jaxtyping import Float

from traindyn.digits import handwritten_digits
from traindyn.heavy_tailed_esd.experiments.data import Sample
from traindyn.heavy_tailed_esd.experiments.features import hidden_features
from traindyn.heavy_tailed_esd.experiments.network import Student
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, OptimizerName, trained
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
    """Ten full-batch steps from several starts; then a ridge head on the true labels.

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
    if starts < 1:
        raise ValueError(f"starts must be at least 1, got {starts}")
    sample, tests = digits_samples(whiten)
    rows = []
    for _ in range(starts):
        student = Student(torch.randn(HIDDEN, generator=generator, dtype=torch.float64))
        first = torch.randn(
            HIDDEN, sample.inputs.shape[1], generator=generator, dtype=torch.float64
        )
        seen = sample.shuffled(generator) if shuffled else sample
        layers = [first, *(trained(student, first, seen, Optimizer(name, r), 10) for r in rates)]
        rows.append([_probe(weights, sample, tests) for weights in layers])
    spectra, *scalars = (np.array(column) for column in zip(*chain(*rows), strict=True))
    shape = starts, len(rates) + 1
    return DigitsCurve(
        np.array([0.0, *rates]),
        spectra.reshape(*shape, -1).swapaxes(0, 1),
        *(column.reshape(shape).T for column in scalars),
    )


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
