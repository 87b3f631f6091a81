"""What the limit of SGD says of the blocks of a setting, at finite λ and with its first 1/d."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from traindyn.hessian_alignment.studies.softmax import HORIZON, TEST_SIZE, Setting
from traindyn.hessian_alignment.theory.limit_blocks import (
    LimitBlock,
    largest_sine,
    limit_block,
    limit_weights,
)
from traindyn.hessian_alignment.theory.separated_classes import Matrix
from traindyn.runs import study

Array = np.ndarray


@study(stream="limits")
def weights_at(setting: Setting, time: float) -> Float[Array, "k columns"]:
    """Weights with the overlaps that SGD reaches from a random start of norm one.

    Of d directions of the noise, d − k lie outside the means, which lowers the corrector.

    Args:
        setting: What is run, with orthonormal means and equal classes.
        time: Steps times learning rate.

    Raises:
        ValueError: If the setting is another.
    """
    plain = replace(setting, geometry="orthonormal", labels="true", weights=(), noise="gaussian")
    if plain != setting:
        raise ValueError(f"setting must have equal classes and orthonormal means, got {setting}")
    step = setting.step * outside(setting)
    return limit_weights(setting.classes, setting.precision, setting.decay, step, time)


def outside(setting: Setting) -> float:
    """Share of the d directions that lie outside the means."""
    return 1 - setting.classes / setting.dimension


def limit(
    setting: Setting,
    matrix: Matrix,
    time: float = HORIZON[-1],
    test_size: float = TEST_SIZE,
    correlated: bool = True,
) -> LimitBlock:
    """Predicted top of a block of a setting at a time.

    Args:
        setting: What is run.
        matrix: ``hessian`` or ``gradient``.
        time: Steps times learning rate.
        test_size: Test samples per input.
        correlated: False for the wrong theory of weights that know nothing of the samples.
    """
    aspect = outside(setting) / test_size
    return limit_block(weights_at(setting, time), setting.precision, aspect, matrix, correlated)


def expected_largest_sine(setting: Setting, matrix: Matrix) -> float:
    """Predicted sine of the largest angle between an eigenspace and the means, at the end."""
    tilts = limit(setting, matrix).tilts
    return largest_sine(tilts, setting.dimension - setting.classes)


@study(stream="limits")
def limit_outliers(
    setting: Setting, matrix: Matrix, times: tuple[float, ...]
) -> Float[Array, "times k"]:
    """Predicted outliers of a block over time; not a number where there is none.

    Args:
        setting: What is run, with orthonormal means and equal classes.
        matrix: ``hessian`` or ``gradient``.
        times: Steps times learning rate.
    """
    rows = np.full((len(times), setting.classes), np.nan)
    for found, time in zip(rows, times, strict=True):
        outliers = limit(setting, matrix, time).outliers
        found[: len(outliers)] = outliers
    return rows
