"""Study of where the stationary density has a peak, over noise and temperature."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.results.transition import PeakMap, PhaseMap
from traindyn.balance_regularization.theory.modes import density_peaks, mode, stated_mode_limit
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.data import ScalarRegression
from traindyn.runs import Context, study

SIZES = {"ci": (24, 32), "laptop": (48, 64), "paper": (96, 128)}
"""Noises and temperatures of the map."""


def gaussian(noise: float) -> Moments:
    """Moments of Gaussian data of slope 1."""
    return moments(ScalarRegression(slope=1.0, noise=noise))


@study(stream="BR-12")
def peak_map(context: Context) -> PeakMap:
    """Where the density has a peak, by search, by eq. 16 and by the text; nothing is drawn."""
    sizes = context.choose(**SIZES)
    noises = np.linspace(0.25, 4.0, sizes[0])
    ratios = (np.arange(sizes[1]) + 0.5) / sizes[1]
    seen = np.zeros(sizes, dtype=bool)
    granted, stated = np.zeros_like(seen), np.zeros_like(seen)
    for i, noise in enumerate(noises):
        data = gaussian(float(noise))
        for j, ratio in enumerate(ratios):
            temperature = float(ratio) * data.critical_temperature
            seen[i, j] = bool(density_peaks(data, temperature))
            granted[i, j] = mode(data, temperature) is not None
            stated[i, j] = temperature < stated_mode_limit(1.0, float(noise))
    return PeakMap(PhaseMap(noises, ratios, seen, stated), granted)
