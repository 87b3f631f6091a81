"""The same training on handwritten digits: is a digit even or odd?

Labels are ±1. Unlike the inputs of the model the pixels are far from isotropic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from sklearn.datasets import load_digits

from traindyn.heavy_tailed_esd.experiments.data import Sample
from traindyn.heavy_tailed_esd.experiments.features import hidden_features
from traindyn.heavy_tailed_esd.experiments.network import Student
from traindyn.heavy_tailed_esd.experiments.optimizers import Optimizer, trained
from traindyn.heavy_tailed_esd.experiments.ridge import fit_heads
from traindyn.heavy_tailed_esd.experiments.spectra import spectrum
from traindyn.tails import hill

Array = np.ndarray

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Learning rates of Adam."""

HIDDEN = 96
"""Hidden units: 3/2 of the 64 pixels, the shape of the paper."""

PENALTIES = torch.logspace(-5, 1, 25, dtype=torch.float64)


@dataclass(frozen=True)
class DigitsCurve:
    """What ten steps at each learning rate leave, per start.

    Args:
        rates: Learning rates of Adam.
        hill: Hill's index of the first layer.
        losses: Test loss of a ridge head, the best penalty.
        start: Hill's index and test loss before training, per start.
    """

    rates: Float[Array, " rates"]
    hill: Float[Array, "rates starts"]
    losses: Float[Array, "rates starts"]
    start: tuple[Float[Array, " starts"], Float[Array, " starts"]]


@cache
def digits_samples(whiten: bool = False) -> tuple[Sample, Sample]:
    """Every other image for training, the rest for tests.

    Pixels are centered, of mean square 1 over all pixels, or decorrelated to variance 1 (but for
    the pixels that hardly vary).
    """
    data = load_digits()
    x = data.data - data.data.mean(axis=0)
    if whiten:
        values, axes = np.linalg.eigh(x.T @ x / len(x))
        x = x @ (axes / np.sqrt(np.maximum(values, 1e-3 * values.max())))
    else:
        x /= np.sqrt((x**2).mean())
    y = 1.0 - 2.0 * (data.target % 2)
    inputs, labels = torch.tensor(x), torch.tensor(y)
    return Sample(inputs[::2], labels[::2]), Sample(inputs[1::2], labels[1::2])


def train_digits(
    generator: torch.Generator,
    *,
    starts: int = 8,
    rates: Sequence[float] = RATES,
    shuffled: bool = False,
    whiten: bool = False,
) -> DigitsCurve:
    """Ten full-batch steps of Adam from several starts; then a ridge head on the true labels.

    Args:
        generator: Source of starts and of the order of shuffled labels.
        starts: Number of independent starts, at least 1.
        rates: Learning rates.
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
        layers = [first, *(trained(student, first, seen, Optimizer("adam", r), 10) for r in rates)]
        rows.append([_probe(weights, sample, tests) for weights in layers])
    indices, losses = np.array(rows).T
    return DigitsCurve(np.array(rates), indices[1:], losses[1:], (indices[0], losses[0]))


def _probe(
    weights: Float[torch.Tensor, "hidden inputs"], sample: Sample, tests: Sample
) -> tuple[float, float]:
    heads = fit_heads(hidden_features(weights, sample.inputs), sample.labels)
    losses = heads.losses(hidden_features(weights, tests.inputs), tests.labels, PENALTIES)
    return hill(spectrum(weights).eigenvalues), float(losses.min())
