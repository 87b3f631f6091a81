"""Whole matrices of all classes along shared runs, and what lies in their top eigenspaces."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.experiments.full_matrix import FullSpectra, captured, full_spectra
from traindyn.hessian_alignment.studies.softmax import Setting, trained
from traindyn.runs import Context, study

__all__ = ["FullSpectra", "Setting", "captured"]

Array = np.ndarray
TIMES = (0.0, 60.0)
TEST_SIZE = 30
"""Test samples per input."""


def whole_setting(context: Context, precision: float = 100.0) -> Setting:
    """Four classes in few dimensions, so that the whole matrix can be formed."""
    return Setting(precision, decay=0.05, dimension=context.choose(ci=80, laptop=100, paper=200))


def full(
    context: Context, setting: Setting, times: tuple[float, ...] = TIMES, index: int = -1
) -> FullSpectra:
    """Spectra of the whole matrices of a shared run, at one of its times."""
    return _full(context, setting, times, index % len(times))


@study(stream="HA-1")
def _full(context: Context, setting: Setting, times: tuple[float, ...], index: int) -> FullSpectra:
    run = trained(context, setting, times)
    generator = context.torch_generator(f"full {setting} {times} {index}")
    return full_spectra(run.weights[index], run.mixture, TEST_SIZE * setting.dimension, generator)


def weights_inside(
    context: Context, setting: Setting, matrix: str, index: int = -1
) -> Float[Array, "replicas one"]:
    """Overlap of all weights together with the top k eigenvectors of a whole matrix."""
    spectra = full(context, setting, index=index)
    vectors = spectra.hessian_vectors if matrix == "hessian" else spectra.gradient_vectors
    x = trained(context, setting, TIMES).weights[index]
    columns = x.reshape(len(x), -1, 1).numpy()
    return captured(columns, vectors[..., : setting.classes]) ** 0.5


def departure_of_sum(
    context: Context, setting: Setting, decay: float, law: str = "steps"
) -> Float[Array, " replicas"]:
    """Largest deviation of the sum of the weights over classes from its start times a factor.

    Args:
        context: Scale and seed.
        setting: What was run.
        decay: β of the law.
        law: The factor: (1 − δβ)ⁿ of n ``steps``, or exp(−βt) of the ``flow``.

    Raises:
        ValueError: If the law is unknown.
    """
    if law not in ("steps", "flow"):
        raise ValueError(f"law must be 'steps' or 'flow', got {law!r}")
    run = trained(context, setting, TIMES)
    steps = round(TIMES[-1] / setting.learning_rate)
    factor = (1 - setting.learning_rate * decay) ** steps
    if law == "flow":
        factor = float(np.exp(-decay * TIMES[-1]))
    sums = run.weights.sum(dim=2)
    return np.asarray((sums[-1] - factor * sums[0]).abs().amax(dim=1).numpy())
