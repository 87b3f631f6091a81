"""The limit of the overlaps of SGD, and runs with noise ±1 beside what is predicted for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.blocks import block_spectra
from traindyn.hessian_alignment.experiments.mixtures import Noise
from traindyn.hessian_alignment.experiments.overlaps import train_from
from traindyn.hessian_alignment.studies.overlaps import (
    CLASSES,
    DECAY,
    PRECISION,
    REST,
    START,
    TIMES,
)
from traindyn.hessian_alignment.theory.bbp import block_spectrum
from traindyn.hessian_alignment.theory.effective_dynamics import effective_path
from traindyn.hessian_alignment.theory.projection import project
from traindyn.runs import Context, study

Array = np.ndarray
TEST_SIZE = 8
"""Test samples per input."""


@dataclass(frozen=True)
class Path:
    """Overlaps along the limiting equations.

    Args:
        m: Of weights and means.
        r: Of the rests of the weights.
    """

    m: Float[Array, "times k k"]
    r: Float[Array, "times k k"]


def limit(step_constant: float, precision: float = PRECISION) -> Path:
    """The limiting path from the start of the runs."""
    times = np.array(TIMES)
    return Path(*effective_path(START, REST, precision, DECAY, step_constant, times))


@dataclass(frozen=True)
class Noisy:
    """Runs with some noise over what is predicted for normal noise.

    Args:
        overlaps: Sum of the overlaps of weights and means of each class.
        outliers: First outlier of every Hessian block.
        cosines: Squared cosine of its vector with the weights.
    """

    overlaps: Float[Array, " replicas"]
    outliers: Float[Array, "replicas k"]
    cosines: Float[Array, "replicas k"]


@study(stream="HA-13")
def noisy(context: Context, noise: Noise, precision: float = PRECISION) -> Noisy:
    """SGD in d dimensions over predictions for normal noise of the precision of the claim.

    Args:
        context: Scale and seed.
        noise: Law of the noise of the inputs.
        precision: λ of that noise.
    """
    d, number = context.choose(ci=(160, 48), laptop=(160, 48), paper=(800, 64))
    generator = context.torch_generator(f"{noise} {precision}")
    found = train_from(START, REST, d, precision, DECAY, TIMES[-1], number, generator, noise)
    spectra = block_spectra(
        found.weights, found.mixture, TEST_SIZE * d, generator, matrices=("hessian",)
    )["hessian"]
    means = found.mixture.means.numpy()
    along = (found.weights.numpy() * means).sum(axis=(1, 2))
    overlaps = along / np.trace(limit(1.0).m[-1])
    outliers, cosines = np.empty((2, number, CLASSES))
    for r, x in enumerate(found.weights.numpy()):
        seen = project(x, means, PRECISION)
        for c in range(CLASSES):
            predicted = block_spectrum(seen, seen.hessian_weights(c), 1 / TEST_SIZE)
            cosine = (spectra.vectors[r, c, :, 0] @ x[c]) ** 2 / (x[c] @ x[c])
            outliers[r, c] = spectra.values[r, c, 0] / predicted.outliers[0]
            cosines[r, c] = cosine / predicted.squared_cosine(0, x[c])
    return Noisy(overlaps, outliers, cosines)
