"""One block over a sweep of λ: eigenvalues and overlaps over time, for the slider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from traindyn.hessian_alignment.experiments.blocks import block_spectra
from traindyn.hessian_alignment.experiments.runs import Setting, simulate


@dataclass(frozen=True)
class Frame:
    """Blocks at one λ, means over classes and replicas.

    Args:
        precision: λ.
        times: Times of the overlaps.
        overlaps: Overlap over time, for each matrix.
        values: Top eigenvalues at the last time, falling.
        gaps: k-th over next eigenvalue there.
    """

    precision: float
    times: np.ndarray
    overlaps: dict[str, np.ndarray]
    values: dict[str, np.ndarray]
    gaps: dict[str, float]


def sweep(
    setting: Setting,
    precisions: Sequence[float],
    times: Sequence[float],
    generator: torch.Generator,
    test_size: int = 8,
    shown: int = 12,
) -> list[Frame]:
    """Alignment over time and the last spectra of the blocks, for each λ.

    Args:
        setting: What to run, apart from λ.
        precisions: Values of λ.
        times: Times to measure at, in increasing order.
        generator: Source of randomness.
        test_size: Test samples per input.
        shown: Number of eigenvalues to keep.
    """
    frames = []
    for precision in precisions:
        run = simulate(replace(setting, precision=precision), times, generator)
        overlaps: dict[str, list[float]] = {"hessian": [], "gradient": []}
        for x in run.weights:
            found = block_spectra(
                x,
                run.mixture,
                test_size * setting.dimension,
                generator,
                extra=shown - setting.classes,
            )
            for matrix, spectra in found.items():
                overlaps[matrix].append(float(spectra.overlaps(x).mean()))
        frames.append(
            Frame(
                precision,
                np.array(times),
                {name: np.array(values) for name, values in overlaps.items()},
                {name: spectra.values.mean(axis=(0, 1)) for name, spectra in found.items()},
                {name: float(spectra.gaps.mean()) for name, spectra in found.items()},
            )
        )
    return frames
