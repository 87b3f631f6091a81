r"""The stochastic equation of the balanced two-layer model on data without label noise.

The states 0 and :math:`k` are never reached in finite time, only approached exponentially; a
replica is counted once it is so close to one of them that it does not come back.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from jaxtyping import Int

from traindyn.balance_regularization.experiments.noise import fill_normal
from traindyn.balance_regularization.experiments.trajectories import require_replicas

Reading = Literal["ito", "stratonovich"]

FAR = 4.0
"""Log-odds beyond which the drift is constant to exp(-4), so that steps may grow."""

COMPACT_EVERY = 16
"""Steps between two looks at which pairs have arrived."""


def absorb(
    slope: float,
    alpha1: float,
    beta1: float,
    temperature: float,
    start: float,
    pairs: int,
    generator: torch.Generator,
    *,
    resolution: float = 0.4,
    log_cutoff: float = 60 * math.log(10),
    reading: Reading = "ito",
) -> Int[np.ndarray, "2 pairs"]:
    r"""Where both replicas of each pair end: 0 for :math:`v = 0`, 1 for :math:`v = k`.

    The two have opposite kicks, so that seldom both end at the less likely state: the mean over
    pairs scatters less than that over as many independent replicas.

    From :math:`dv = 4v(Tg - f)\,dt + 4v\sqrt{Tg}\,dW` with :math:`f = \beta_1(v - k)` and
    :math:`g = \alpha_1(v-k)^2`, Ito's formula gives equations with additive noise:

    .. math::
        dz &= \Bigl[\frac{\beta_1}{4kT\alpha_1} + \frac{3v/k - 1}{4}\Bigr]d\tau + dB,
        \qquad z = \log\frac{v}{k - v}, \quad d\tau = 16k^2T\alpha_1\,dt, \qquad v < k, \\
        dy &= -\frac{\beta_1 + T\alpha_1(v + k)}{4vT\alpha_1}\,d\tau + dB,
        \qquad y = \log\frac{v - k}{k}, \quad d\tau = 16v^2T\alpha_1\,dt, \qquad v > k.

    Neither coordinate lets the scheme step across :math:`k` or 0. Steps have the standard
    deviation ``resolution``, and grow far out, where the coefficients are constant.

    Args:
        slope: :math:`k > 0`.
        alpha1: :math:`\mathrm{Var}\,x^2 > 0`.
        beta1: :math:`E x^2 > 0`.
        temperature: :math:`T > 0`.
        start: Initial :math:`v > 0`, other than :math:`k`.
        pairs: Number of pairs.
        generator: Source of randomness.
        resolution: Standard deviation of a step of the log-odds; the weak error is of first
            order in its square.
        log_cutoff: Zero counts as reached at :math:`v < k e^{-c}`; default: at 1e-60 k, because
            close to the threshold replicas return from 1e-10.
        reading: Control: ``stratonovich`` reads the noise of :math:`v` in the other sense.

    Raises:
        ValueError: If an argument is not positive, ``start`` equals ``slope``, ``log_cutoff`` is
            below 30, ``reading`` unknown, or it is ``stratonovich`` above :math:`k`.
    """
    for name, value in (
        ("slope", slope),
        ("alpha1", alpha1),
        ("beta1", beta1),
        ("temperature", temperature),
        ("start", start),
        ("resolution", resolution),
    ):
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} must be positive and finite, got {value}")
    if start == slope:
        raise ValueError(f"start must differ from slope, got {start} for both")
    if not log_cutoff >= 30:
        raise ValueError(f"log_cutoff must be at least 30, got {log_cutoff}")
    if reading not in ("ito", "stratonovich"):
        raise ValueError(f"reading must be 'ito' or 'stratonovich', got {reading!r}")
    if reading == "stratonovich" and start > slope:
        raise ValueError(f"start must lie below slope for 'stratonovich', got {start}")
    require_replicas(pairs)
    pull = beta1 / (4 * slope * temperature * alpha1)
    below = start < slope
    first = math.log(start / (slope - start)) if below else math.log((start - slope) / slope)
    ends = np.empty((2, pairs), dtype=np.int64)
    state = torch.full((2, pairs), first, dtype=torch.float64)
    going, index = torch.ones_like(state, dtype=torch.bool), torch.arange(pairs)
    signs = torch.tensor([[1.0], [-1.0]], dtype=torch.float64)
    while len(index):
        for _ in range(COMPACT_EVERY):
            deviation = state.abs().sub_(FAR).div_(FAR).clamp_(min=resolution)
            fraction = state.sigmoid()  # v/k below k, 1 - k/v above
            if below:
                drift = pull + (3 * fraction - 1) / 4
                if reading == "stratonovich":
                    drift += (1 - 2 * fraction) / 2
            else:
                drift = -(pull * (1 - fraction) + (2 - fraction) / 4)
            kick = fill_normal(torch.empty_like(state[0]), generator) * signs
            moved = drift.mul_(deviation).add_(kick).mul_(deviation).add_(state)
            state = torch.where(going, moved, state)  # who has arrived waits for the other
            if below:
                going.logical_and_((state <= 30) & (state >= -log_cutoff))
            else:
                going.logical_and_(state >= -30)
        running = going.any(dim=0)
        if not bool(running.all()):
            arrived = state[:, ~running]
            ends[:, index[~running].numpy()] = (arrived > 0).numpy() if below else 1
            state, going, index = state[:, running], going[:, running], index[running]
    return ends
