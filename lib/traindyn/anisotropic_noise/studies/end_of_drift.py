"""Study of where the drift along the valley of minima ends with several outputs."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.drift import EndOfDrift
from traindyn.anisotropic_noise.studies.valley import BATCH, RATE, Valley, draw_valley, ratio_of
from traindyn.anisotropic_noise.theory.drift import stationary_values
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise, second_layer_variances
from traindyn.runs import Context, study

REPLICAS = {"ci": 48, "laptop": 96, "paper": 384}
INPUTS, OUTPUTS = 9, 3
FREE = np.array([0.8, 0.5])
STARTS = {"first": np.array([0.5, 0.4, 0.3]), "second": np.array([2.5, 2.0, 1.6])}
TIMES, LATE = 7, 6
"""Decay times of the run, and after which it is at its end."""

LINEARIZED = 16
"""Replicas whose linear theory is averaged."""


@study(stream="AN-14")
def end_of_drift(context: Context, start: str) -> EndOfDrift:
    """The layers along a long run from one of two starts of the same problem."""
    values = STARTS[start]
    problem = draw_valley(INPUTS, values, FREE, 1.0, context.numpy_generator("problem"))
    generator = context.numpy_generator(f"SGD from the {start} start")
    steps = round(TIMES / problem.decay)
    layers = problem.start(context.choose(**REPLICAS))
    path = run_two_layers(problem.x, problem.y, *layers, RATE, BATCH, steps, generator)
    times, firsts, seconds, late = [], [], [], []
    for step, (first, second) in enumerate(path):
        if step % (steps // 70) == 0:
            a = np.linalg.svd(first, compute_uv=False)[:, :OUTPUTS] ** 2
            b = np.linalg.svd(second, compute_uv=False) ** 2
            times.append(step * problem.decay)
            firsts.append(a.mean(axis=0))
            seconds.append(b.mean(axis=0))
            if step * problem.decay > LATE:
                late.append((a, b))
                last = first[:LINEARIZED].copy(), second[:LINEARIZED].copy()
    late_first, late_second = (np.array(values) for values in zip(*late, strict=True))
    s = np.linalg.svd(problem.second @ problem.first, compute_uv=False)
    a2, b2 = stationary_values(s, INPUTS, OUTPUTS)
    return EndOfDrift(
        times=np.array(times),
        first=np.array(firsts),
        second=np.array(seconds),
        predicted_first=a2,
        predicted_second=b2,
        late_first=late_first.mean(axis=(0, 1)),
        ratio=ratio_of(late_first.mean(axis=0).sum(axis=1), late_second.mean(axis=0).sum(axis=1)),
        variances_at_start=_variances(problem, *problem.start(1), a2, b2),
        variances_at_end=_variances(problem, *last, a2, b2),
    )


def _variances(
    problem: Valley, firsts: np.ndarray, seconds: np.ndarray, a2: np.ndarray, b2: np.ndarray
) -> float:
    """Largest distance from 1 of the linear theory over a²/(a² + b²), averaged over replicas."""
    best = np.linalg.lstsq(problem.x, problem.y, rcond=None)[0].T
    predicted = second_layer_variances(np.sqrt(a2), np.sqrt(b2))
    rank = len(a2)
    shares = []
    for first, second in zip(firsts, seconds, strict=True):
        # a minimum nearby: the smallest change of the first layer that makes the map exact
        first = first + np.linalg.pinv(second) @ (best - second @ first)
        noise = TwoLayerNoise(problem.x, problem.y, first, second)
        c = noise.second_layer(noise.covariance(1e-3, 1)) / noise.temperature(1e-3, 1)
        axes = np.kron(np.linalg.svd(second)[0], np.linalg.svd(first)[0][:, :rank])
        found = np.einsum("pa,pq,qa->a", axes, c, axes).reshape(rank, rank)
        shares.append(found / predicted)
    return float(np.abs(np.mean(shares, axis=0) - 1).max())
