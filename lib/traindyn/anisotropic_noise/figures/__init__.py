"""Figures of the chapter: each maps results of claims to one figure."""

from traindyn.anisotropic_noise.figures.cloud import moving_cloud
from traindyn.anisotropic_noise.figures.digits import digits
from traindyn.anisotropic_noise.figures.one_layer import (
    anisotropy,
    current,
    exact_and_frozen,
    other_inputs,
    spectra,
)
from traindyn.anisotropic_noise.figures.two_layers import (
    artifacts,
    four_outputs,
    headline,
    slow_life,
    without_current,
)

__all__ = [
    "anisotropy",
    "artifacts",
    "current",
    "digits",
    "exact_and_frozen",
    "four_outputs",
    "headline",
    "moving_cloud",
    "other_inputs",
    "slow_life",
    "spectra",
    "without_current",
]
