"""What one training of many copies leaves, seen through the lenses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from traindyn.your_own_network.experiments.landscape import Landscape
from traindyn.your_own_network.experiments.networks import KINDS, Kind

__all__ = [
    "KINDS",
    "Account",
    "Escapes",
    "Kind",
    "Landscape",
    "LensRun",
    "LensRuns",
    "Phenomena",
    "Rates",
]

Array = np.ndarray


@dataclass(frozen=True)
class LensRun:
    """A training, looked at from time to time.

    Args:
        learning_rate: Learning rate.
        variance: Variance of the entries of the middle layer at the start.
        shape: Its rows and columns.
        steps: Numbers of steps at the records.
        loss: Mean loss on some of the training images.
        spectra: Squared singular values of the middle layer, falling.
        outputs: Singular values of the logits.
        imbalance: By pair of layers: the imbalance |u|² − |w|² of each unit.
        sizes: By pair: mean of |u|² + |w|² over units.
        accuracy: Share of new images that are told right, at the end.
        start: First weights by name, a row per copy.
        end: Last weights.
    """

    learning_rate: float
    variance: float
    shape: tuple[int, int]
    steps: Int[Array, " records"]
    loss: Float[Array, "records copies"]
    spectra: Float[Array, "records copies least"]
    outputs: Float[Array, "records copies 10"]
    imbalance: dict[str, Float[Array, "records copies _units"]]
    sizes: dict[str, Float[Array, "records copies"]]
    accuracy: Float[Array, " copies"]
    start: dict[str, Float[Array, "copies ..."]]
    end: dict[str, Float[Array, "copies ..."]]


@dataclass(frozen=True)
class LensRuns:
    """The convolutional network and the transformer, from both starts.

    Args:
        usual: Runs from the usual start.
        small: Runs from the small start.
        nulls: Hill's index of random matrices with the shapes of the middle layers.
    """

    usual: tuple[LensRun, ...]
    small: tuple[LensRun, ...]
    nulls: Float[Array, " networks"]


@dataclass(frozen=True)
class Phenomena:
    """Which phenomena each copy of a network shows, by the rule of the claim on that phenomenon.

    Args:
        tail: The index of the middle layer ends below that of every random matrix.
        stages: The logits pass through a stage of at most two directions.
        gradient: The top eigenvectors hold half of the squared gradient or more.
        noise: Their share of the noise is that of the curvature, up to half of it.
    """

    tail: Bool[Array, " copies"]
    stages: Bool[Array, " copies"]
    gradient: Bool[Array, " copies"]
    noise: Bool[Array, " copies"]


@dataclass(frozen=True)
class Account:
    """The balance of one pair of layers over some steps.

    Args:
        change: Change of the imbalance of each unit.
        accounted: What the account says it is.
        size: Largest |u|² + |w|² of a unit at the end.
        terms: How many numbers u and w of a unit hold.
    """

    change: Float[Array, "copies units"]
    accounted: Float[Array, "copies units"]
    size: float
    terms: int


@dataclass(frozen=True)
class Escapes:
    """When copies leave the origin, over the scale of their start.

    Args:
        scales: Scales, falling.
        steps: Steps until the largest singular value of the logits passes a level.
        learning_rate: Learning rate.
        row_rate: Rate of the shortest path of the transformer, from the images of the training.
        row_rank: Effective rank of what it would learn, all directions at once.
        image_rate: Rate of a linear network of two layers on whole images.
        image_rank: Effective rank of what that would learn.
    """

    scales: Float[Array, " scales"]
    steps: Float[Array, "scales copies"]
    learning_rate: float
    row_rate: float
    row_rank: float
    image_rate: float
    image_rank: float


@dataclass(frozen=True)
class Rates:
    """Change of the imbalance at one time with two learning rates.

    Args:
        full: Sum of the changes of a copy with the learning rate.
        half: With half of it and twice the steps.
    """

    full: Float[Array, " copies"]
    half: Float[Array, " copies"]
