"""The trainings that all lenses look at: two networks, each from a usual and from a small start."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import torch

from traindyn.runs import Context, study
from traindyn.tails import random_indices
from traindyn.your_own_network.experiments.balance import PAIRS, both_squares, budget
from traindyn.your_own_network.experiments.landscape import Landscape, copy_of, landscape
from traindyn.your_own_network.experiments.lenses import (
    accuracy,
    output_values,
    singular_values,
)
from traindyn.your_own_network.experiments.networks import (
    MIDDLE,
    Kind,
    make_network,
    random_copies,
)
from traindyn.your_own_network.experiments.training import (
    TRAINING,
    Training,
    images_of_digits,
    mean_losses,
    train,
)
from traindyn.your_own_network.results.runs import LensRun

Start = Literal["usual", "small"]
STARTS: tuple[Start, ...] = get_args(Start)

COPIES = {"ci": 32, "laptop": 32, "paper": 64}
"""Copies of a network, each with a start and batches of its own. Of fewer than 24, all may show a
phenomenon and leave open whether half of them do."""

SCALES: dict[tuple[Kind, Start], float] = {
    ("convolutional", "usual"): 1.0,
    ("convolutional", "small"): 0.3,
    ("transformer", "usual"): 1.0,
    ("transformer", "small"): 0.1,
}
"""Root of the number of inputs times the standard deviation of the first weights."""

LEARNING_RATE, BATCH = 0.1, 8

STEPS: dict[tuple[Kind, Start], int] = {
    ("convolutional", "usual"): 250,
    ("convolutional", "small"): 400,
    ("transformer", "usual"): 500,
    ("transformer", "small"): 900,
}

RECORDS = 11
"""Looks at a training, the first at the start."""

LOOKED_AT = 128
"""Images that loss, outputs, curvature and noise are measured on."""

TOP = 10
"""Directions of the Hessian: as many as classes."""


NULLS = 200
"""Random matrices that an index is held against."""


@study(stream="runs")
def lens_run(context: Context, kind: Kind, start: Start) -> LensRun:
    """Train copies, and look at them from time to time."""
    network, name = make_network(kind), MIDDLE[kind]
    generator = context.torch_generator(f"{kind}, {start}")
    scale = SCALES[kind, start]
    first = random_copies(network, context.choose(**COPIES), scale, generator)
    records = np.unique(np.geomspace(10, STEPS[kind, start], RECORDS - 1).round().astype(int))
    run = train(
        network,
        first,
        [0, *records.tolist()],
        generator,
        learning_rate=LEARNING_RATE,
        batch_size=BATCH,
    )
    images, labels = images_of_digits()
    seen = slice(LOOKED_AT)
    matrix = first[name]
    return LensRun(
        LEARNING_RATE,
        scale**2 / matrix[0, 0].numel(),
        (matrix.shape[1], matrix[0, 0].numel()),
        np.array(run.steps),
        np.stack(
            [
                mean_losses(network, w, images[seen], labels[seen]).detach().double().numpy()
                for w in run.weights
            ]
        ),
        np.stack([singular_values(w[name]) ** 2 for w in run.weights]),
        np.stack([output_values(network, w, images[seen]) for w in run.weights]),
        *_balance(kind, run),
        accuracy(network, run.weights[-1], images[TRAINING:], labels[TRAINING:]),
        {name: w.numpy() for name, w in first.items()},
        {name: w.numpy() for name, w in run.weights[-1].items()},
    )


def _balance(kind: Kind, run: Training) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Imbalances of the units of every pair of layers, and how large these are."""
    imbalance, sizes = {}, {}
    for pair in PAIRS[kind]:
        imbalance[pair.name] = np.stack([budget(w, pair).numpy() for w in run.weights])
        sizes[pair.name] = np.stack(
            [both_squares(w, pair).mean(dim=1).numpy() for w in run.weights]
        )
    return imbalance, sizes


@study(stream="landscapes")
def landscapes(context: Context, kind: Kind, start: Start = "usual") -> tuple[Landscape, ...]:
    """Curvature and noise at the end of every training from a start."""
    run = lens_run(context, kind, start)
    signs = context.torch_generator(kind if start == "usual" else f"{kind}, {start}")
    images, labels = images_of_digits()
    network = make_network(kind)
    end, first = ({n: torch.tensor(w) for n, w in ws.items()} for ws in (run.end, run.start))
    return tuple(
        landscape(
            network,
            copy_of(end, number),
            copy_of(first, number),
            images[:LOOKED_AT],
            labels[:LOOKED_AT],
            TOP,
            signs,
            PAIRS[kind],
        )
        for number in range(len(run.accuracy))
    )


@study(stream="null")
def null_indices(context: Context, kind: Kind) -> np.ndarray:
    """Hill's index of random matrices with the shape of the middle layer."""
    weight = dict(make_network(kind).named_parameters())[MIDDLE[kind]]
    shape = (len(weight), weight[0].numel())
    return random_indices(shape, NULLS, context.numpy_generator(kind)).hill
