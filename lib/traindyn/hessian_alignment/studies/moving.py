"""Training on a mixture and on images, and the blocks of the Hessian on the way."""

from __future__ import annotations

import numpy as np
import torch

from traindyn.hessian_alignment.experiments.blocks import spectra_on
from traindyn.hessian_alignment.experiments.images import Images, scaled_images
from traindyn.hessian_alignment.experiments.mixtures import (
    Mixture,
    orthonormal_means,
    random_start,
    train,
)
from traindyn.hessian_alignment.results.moving import Course, Courses
from traindyn.runs import Context, study

REPLICAS = {"ci": 6, "laptop": 8, "paper": 24}
CLASSES, DIMENSION = 4, 64
"""The images have 64 pixels; the mixture gets as many inputs."""

PRECISIONS = (100.0, 20.0, 3.0)
DECAY = 0.05
TIMES = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 13.0, 16.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0)
TEST_SIZE = 8
"""Test samples per input, of the mixture; of the images all are taken that are not trained on."""

SHOWN = 12
"""Eigenvalues of a block that are kept."""


@study(stream="moving")
def courses(context: Context) -> Courses:
    """Both kinds of inputs at every precision."""
    generator = context.torch_generator("courses")
    replicas = context.choose(**REPLICAS)
    mixtures, images = [], []
    for precision in PRECISIONS:
        means = orthonormal_means(CLASSES, DIMENSION, generator)
        mixture = Mixture(means, precision)
        mixtures.append(_course(precision, mixture, mixture, replicas, generator))
        halves = scaled_images(CLASSES, precision, generator)
        images.append(_course(precision, *halves, replicas, generator))
    return Courses(CLASSES, DIMENSION, replicas, np.array(TIMES), tuple(mixtures), tuple(images))


def _course(
    precision: float,
    source: Mixture | Images,
    tests: Mixture | Images,
    replicas: int,
    generator: torch.Generator,
) -> Course:
    start = random_start(replicas, CLASSES, DIMENSION, generator)
    snapshots = [round(time * DIMENSION) for time in TIMES]
    samples = source.stream(replicas, snapshots[-1], generator)
    paths = train(start, samples, 1 / DIMENSION, DECAY, snapshots)
    values, inside, first = [], [], []
    for x in paths:
        sets = [
            (tests.labels, tests.inputs)
            if isinstance(tests, Images)
            else tests.draw((TEST_SIZE * DIMENSION,), generator)
            for _ in range(replicas)
        ]
        found = spectra_on(x, sets, matrices=("hessian",), extra=SHOWN - CLASSES)["hessian"]
        mean = found.values.mean(axis=(0, 1))
        values.append(mean / mean[CLASSES])
        inside.append(found.overlaps(x).mean())
        first.append(found.overlaps(x, 1).mean())
    return Course(precision, np.array(values), np.array(inside), np.array(first))
