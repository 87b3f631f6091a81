"""When networks leave the origin, over the scale of their start."""

from __future__ import annotations

import numpy as np

from traindyn.runs import Context, study
from traindyn.your_own_network.experiments.escapes import leaving_steps
from traindyn.your_own_network.experiments.networks import Kind, make_network, random_copies
from traindyn.your_own_network.experiments.training import images_of_digits
from traindyn.your_own_network.results.runs import Escapes
from traindyn.your_own_network.theory.small_start import (
    moment_of_images,
    moment_of_rows,
)

IMAGES = 50
"""Images of the training, all of them in every step."""

COPIES: dict[Kind, dict[str, int]] = {
    "convolutional": {"ci": 16, "laptop": 24, "paper": 64},
    "transformer": {"ci": 48, "laptop": 48, "paper": 96},
}
"""Of the transformer as many as a median needs whose interval leaves the outermost copies out: a
start that lies across the fastest direction leaves late."""

SCALES: dict[Kind, tuple[float, ...]] = {
    "convolutional": (0.1, 0.05),
    "transformer": (1e-2, 1e-4),
}

RATES: dict[Kind, float] = {"convolutional": 0.5, "transformer": 1.0}

LEVEL, MOST_STEPS = 0.2, 400
"""Singular value of the logits that counts as having left, and steps after which to give up."""


@study(stream="escapes")
def escapes(context: Context, kind: Kind) -> Escapes:
    """Steps until copies leave, from starts in the same directions at every scale."""
    network = make_network(kind)
    start = random_copies(
        network, context.choose(**COPIES[kind]), 1.0, context.torch_generator(kind)
    )
    images, labels = (all_of[:IMAGES] for all_of in images_of_digits())
    steps = [
        leaving_steps(
            network,
            {name: scale * w for name, w in start.items()},
            images,
            labels,
            LEVEL,
            MOST_STEPS,
            learning_rate=RATES[kind],
        )
        for scale in SCALES[kind]
    ]
    return Escapes(
        np.array(SCALES[kind]),
        np.array(steps),
        RATES[kind],
        *moment_of_rows(images.numpy(), labels.numpy()),
        *moment_of_images(images.numpy(), labels.numpy()),
    )
