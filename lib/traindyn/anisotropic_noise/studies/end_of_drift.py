"""Study of where the drift along the valley of minima ends with several outputs."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.results.drift import EndOfDrift
from traindyn.anisotropic_noise.studies.drift import BATCH, RATE
from traindyn.anisotropic_noise.studies.networks import Ensemble, draw_ensemble
from traindyn.anisotropic_noise.theory.drift import decay_rate
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise
from traindyn.runs import Context, study

NETWORKS = {"ci": 96, "laptop": 96, "paper": 384}
INPUTS, OUTPUTS = 9, 3
VALUES = np.array([1.5, 1.0, 0.6])
"""Singular values of the map."""

FREE = np.array([0.8, 0.5])
STARTS = {"first": np.array([0.5, 0.4, 0.3]), "second": np.array([2.5, 2.0, 1.6])}
"""Singular values of the second layer at the start: below their end and above."""

TIMES, LATE = 7, 6
"""Decay times of the run, and after which it is at its end."""

LINEARIZED = 24
"""Networks whose linear theory is computed."""


@study(stream="AN-14")
def end_of_drift(context: Context, start: str) -> EndOfDrift:
    """Singular values of the layers along a long run from one of two starts."""
    ensemble = draw_ensemble(
        np.concatenate([VALUES / STARTS[start], FREE]),
        STARTS[start],
        INPUTS,
        context.choose(**NETWORKS),
        context.numpy_generator(f"networks, {start} start"),
        samples=4000,
        noise=1.0,
        learning_rate=RATE,
        batch_size=BATCH,
        aligned=True,
    )
    decay = decay_rate(ensemble.residual_variance, RATE, BATCH, OUTPUTS)
    every = round(TIMES / decay) // 70
    path = ensemble.path(
        0.0, TIMES / decay * RATE, context.numpy_generator(f"SGD from the {start} start")
    )
    times, firsts, seconds = [], [], []
    last = ensemble.networks.first, ensemble.networks.second
    for step, (first, second) in enumerate(path):
        if step % every == 0:
            times.append(step * decay)
            firsts.append(np.linalg.svd(first, compute_uv=False)[:, :OUTPUTS] ** 2)
            seconds.append(np.linalg.svd(second, compute_uv=False) ** 2)
            last = first[:LINEARIZED].copy(), second[:LINEARIZED].copy()
    late = np.array(times) > LATE
    return EndOfDrift(
        times=np.array(times),
        first=np.mean(firsts, axis=1),
        second=np.mean(seconds, axis=1),
        late_first=np.array(firsts)[late].mean(axis=0),
        late_second=np.array(seconds)[late].mean(axis=0),
        variances=np.array(
            [_variances(ensemble, i, *pair) for i, pair in enumerate(zip(*last, strict=True))]
        ),
    )


def _variances(
    ensemble: Ensemble, network: int, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Linear theory of the second layer at a minimum near some weights, outputs by modes, over T.

    The minimum is the nearest one by a change of the first layer alone.
    """
    best = ensemble.networks.maps[network]
    first = first + np.linalg.pinv(second) @ (best - second @ first)
    noise = TwoLayerNoise(ensemble.x, ensemble.x @ best.T + ensemble.residuals, first, second)
    c = noise.second_layer(noise.covariance(1e-3, 1)) / noise.temperature(1e-3, 1)
    axes = np.kron(np.linalg.svd(second)[0], np.linalg.svd(first)[0][:, :OUTPUTS])
    return np.einsum("pa,pq,qa->a", axes, c, axes).reshape(OUTPUTS, OUTPUTS)
