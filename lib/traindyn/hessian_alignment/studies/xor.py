"""Runs of the two-layer network on XOR that claims share, and the spectra of its layers."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.xor import (
    MATRICES,
    LayerSpectra,
    Matrix,
    XorSetting,
    XorState,
    layer_spectra,
    train_xor,
)
from traindyn.runs import Context, study

__all__ = ["MATRICES", "Matrix", "XorSetting"]

Array = np.ndarray
TIMES = (0.0, 5.0, 15.0, 30.0, 80.0)
TEST_SIZE = 8
"""Test samples per input."""


def network(context: Context, precision: float = 30.0, decay: float = 0.05) -> XorSetting:
    """Enough neurons that all four corners are captured, in all but one run in 2,000."""
    d = context.choose(ci=160, laptop=200, paper=500)
    return XorSetting(32, d, precision, decay, replicas=16)


@study(stream="HA-15")
def states(context: Context, setting: XorSetting) -> list[XorState]:
    """Weights of all replicas at the times of the chapter."""
    return train_xor(setting, TIMES, context.torch_generator(f"{setting}"))


def layers(context: Context, setting: XorSetting, matrix: Matrix, index: int = -1) -> LayerSpectra:
    """Spectra of a run at one of its times."""
    return _layers(context, setting, matrix, index % len(TIMES))


@study(stream="HA-15")
def _layers(context: Context, setting: XorSetting, matrix: Matrix, index: int) -> LayerSpectra:
    state = states(context, setting)[index]
    generator = context.torch_generator(f"test {setting} {index}")
    samples = TEST_SIZE * setting.dimension
    return layer_spectra(state, setting.precision, samples, generator, matrix)


def last_inside(
    context: Context,
    setting: XorSetting,
    index: int,
    matrix: Matrix = "hessian",
    count: int = 4,
) -> Float[Array, " replicas"]:
    """Overlap of the last v with the top eigenvectors of its block at a time.

    Args:
        context: Scale and seed.
        setting: What was run.
        index: Of the time.
        matrix: Which matrix.
        count: Number of eigenvectors, up to four.
    """
    v = states(context, setting)[-1].second.numpy()
    basis = layers(context, setting, matrix, index).second_vectors[..., :count]
    parts = np.linalg.norm(np.einsum("rka,rk->ra", basis, v), axis=1)
    return np.asarray(parts / np.linalg.norm(v, axis=1))


def last_norms(context: Context, setting: XorSetting) -> Float[Array, " replicas"]:
    """Norm of v at the end."""
    return np.asarray(states(context, setting)[-1].second.norm(dim=1).numpy())
