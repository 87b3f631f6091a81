r"""The two-layer stochastic equation in the clock that makes its noise constant.

At depth 1, balanced, :math:`L = \log v` obeys :math:`dL = -4(f + Tg)\,dt + 4\sqrt{Tg}\,dW`. In the
clock :math:`ds = 16Tg\,dt` the noise is that of a plain Brownian motion,

.. math:: dL = -\Bigl(\frac14 + \frac{f}{4Tg}\Bigr)\,ds + dW,

and the scheme of Leimkuhler and Matthews samples the stationary law with an error of second order
in the step, for one evaluation of the drift per step.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float

from traindyn.balance_regularization.experiments.noise import fill_normal
from traindyn.balance_regularization.experiments.samples import (
    CHUNK,
    Coefficients,
    Field,
    noise_strength,
)
from traindyn.balance_regularization.experiments.trajectories import require_replicas


def clock_rate(v: Field, data: Coefficients, temperature: float) -> Field:
    r"""Speed of the clock, :math:`ds/dt = 16Tg(v)`: the square of the noise of log v."""
    return 16 * noise_strength(v, data, temperature)


def clock_step(data: Coefficients, temperature: float, resolution: float) -> float:
    r"""Step of the clock that resolves the pull to the minimum.

    The drift changes with :math:`L` at the rate :math:`\beta_2/4Tg(v^*)` at the minimum; the step
    is ``resolution`` over that rate, and at most 1.

    Raises:
        ValueError: If ``temperature`` or ``resolution`` is not positive, or the noise vanishes at
            the minimum.
    """
    for name, value in (("temperature", temperature), ("resolution", resolution)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")
    *_, b1, b2 = data
    (noise,) = noise_strength(np.array([b2 / b1]), data, temperature)
    if not noise > 0:
        raise ValueError("data must be noisy at the minimum, got labels without noise")
    return min(resolution * 4 * float(noise) / b2, 1.0)


def sample_two_layer_law(
    data: Coefficients,
    temperature: float,
    start: float,
    clock_time: float,
    replicas: int,
    generator: torch.Generator,
    resolution: float = 0.8,
) -> Float[np.ndarray, " replicas"]:
    r"""Final :math:`v` of the balanced two-layer stochastic equation, in the clock :math:`s`.

    Its stationary law is that of plain time weighted by :func:`clock_rate`. A step of size
    :math:`h` is :math:`L' = L + hF(L) + \tfrac12\sqrt h\,(R + R')` with the normal :math:`R` of the
    step before and a fresh :math:`R'`.

    Args:
        data: Moments that define force and noise.
        temperature: :math:`T`.
        start: Initial v > 0.
        clock_time: Time :math:`s` to run; rounded up to whole steps.
        replicas: Number of replicas; simulated :data:`CHUNK` at a time.
        generator: Source of randomness.
        resolution: Step over the time scale of the drift at the minimum, see :func:`clock_step`.
            At the default the law is off by less than 0.005 (distance of distribution functions).

    Raises:
        ValueError: If an argument is not positive, or the noise vanishes at the minimum.

    Source: B. Leimkuhler and C. Matthews, Appl. Math. Res. Express 2013, 34, for the scheme.
    """
    for name, value in (("start", start), ("clock_time", clock_time)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")
    require_replicas(replicas)
    step = clock_step(data, temperature, resolution)
    a1, a2, a3, b1, b2 = data
    half = math.sqrt(step) / 2
    samples = []
    for first in range(0, replicas, CHUNK):
        log_v = torch.full((min(CHUNK, replicas - first),), math.log(start), dtype=torch.float64)
        v, noise, kick = (torch.empty_like(log_v) for _ in range(3))
        fill_normal(kick, generator)
        for _ in range(math.ceil(clock_time / step)):
            torch.exp(log_v, out=v)
            torch.mul(v, a1, out=noise).sub_(2 * a2).mul_(v).add_(a3)
            force = v.mul_(b1).sub_(b2).div_(noise)
            log_v.sub_(step / 4).sub_(force, alpha=step / (4 * temperature)).add_(kick, alpha=half)
            log_v.add_(fill_normal(kick, generator), alpha=half)
        samples.append(log_v.exp().numpy())
    return np.concatenate(samples)
