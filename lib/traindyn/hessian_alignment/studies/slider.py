"""What the slider over λ shows."""

from __future__ import annotations

import torch

from traindyn.hessian_alignment.experiments.runs import Setting
from traindyn.hessian_alignment.experiments.sweep import Frame, sweep
from traindyn.runs import study

__all__ = ["Setting"]


@study(stream="slider")
def frames(
    setting: Setting, precisions: tuple[float, ...], times: tuple[float, ...], seed: int = 0
) -> list[Frame]:
    """Alignment over time and the last spectra of the blocks, for each λ.

    Args:
        setting: What to run, apart from λ.
        precisions: Values of λ, rising.
        times: Times to measure at, rising.
        seed: Of the random numbers.
    """
    return sweep(setting, precisions, times, torch.Generator().manual_seed(seed))
