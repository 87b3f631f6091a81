"""The limit of the overlaps of SGD, and runs with noise ±1 beside what is predicted for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.blocks import block_spectra
from traindyn.hessian_alignment.studies.overlaps import (
    CLASSES,
    DECAY,
    PRECISION,
    TIMES,
    Overlaps,
    recorded,
    signs_size,
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


def limit(found: Overlaps, step_constant: float) -> Path:
    """The limiting path from the start of the runs, at the precision of the claim."""
    m, r = found.m[0, 0], found.r[0, 0]
    return Path(*effective_path(m, r, PRECISION, DECAY, step_constant, np.array(TIMES)))


@dataclass(frozen=True)
class Signs:
    """Runs with noise ±1 over what is predicted for normal noise.

    Args:
        overlaps: Sum of the overlaps of weights and means of each class.
        outliers: First outlier of every Hessian block.
        cosines: Squared cosine of its vector with the weights.
    """

    overlaps: Float[Array, " replicas"]
    outliers: Float[Array, "replicas k"]
    cosines: Float[Array, "replicas k"]


@study(stream="HA-13")
def signs(context: Context, precision: float) -> Signs:
    """Noise of ±1 over predictions for normal noise of the precision of the claim."""
    d, number = signs_size(context)
    found = recorded(context, d, 1.0, number, precision, "rademacher")
    generator = context.torch_generator(f"test {precision}")
    spectra = block_spectra(
        found.weights, found.mixture, TEST_SIZE * d, generator, matrices=("hessian",)
    )["hessian"]
    means = found.mixture.means.numpy()
    overlaps = np.trace(found.m[-1], axis1=1, axis2=2) / np.trace(limit(found, 1.0).m[-1])
    outliers, cosines = np.empty((2, number, CLASSES))
    for r, x in enumerate(found.weights.numpy()):
        seen = project(x, means, PRECISION)
        for c in range(CLASSES):
            predicted = block_spectrum(seen, seen.hessian_weights(c), 1 / TEST_SIZE)
            cosine = (spectra.vectors[r, c, :, 0] @ x[c]) ** 2 / (x[c] @ x[c])
            outliers[r, c] = spectra.values[r, c, 0] / predicted.outliers[0]
            cosines[r, c] = cosine / predicted.squared_cosine(0, x[c])
    return Signs(overlaps, outliers, cosines)
