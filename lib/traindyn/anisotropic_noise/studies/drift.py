"""Studies of the slow drift along the valley of minima, and of what a window shows of it."""

from __future__ import annotations

from itertools import islice

import numpy as np

from traindyn.anisotropic_noise.results.drift import (
    ComponentRun,
    DriftChange,
    DriftRates,
    DriftWindow,
    SlowDrift,
)
from traindyn.anisotropic_noise.studies.networks import Ensemble, draw_ensemble
from traindyn.anisotropic_noise.theory.drift import decay_rate, drift_of_balance
from traindyn.anisotropic_noise.theory.flatness import window_variance
from traindyn.runs import Context, study

NETWORKS = {"ci": 200, "laptop": 200, "paper": 1536}
RATE_NETWORKS = {"ci": 560, "laptop": 560, "paper": 1536}
COMPONENT_NETWORKS = {"ci": 32, "laptop": 40, "paper": 384}
RATE, BATCH, INPUTS = 0.02, 4, 10
FIRST_VALUES = np.array([1.0, *np.geomspace(0.9, 0.25, 4)])
"""The mode that the second layer reads, then those that it does not."""

SMALL_BATCH = 2
"""Of the drift's rate: the smaller the batch, the more the loss above its minimum adds."""

QUIET = 0.01
"""Label noise of the control, which has a quarter of the networks."""

SAMPLES = 1_000_000
"""Of all networks: sampled moments of fourth order move the drift by a tenth of a percent."""

EVERY = 10
"""Steps between records of the drift."""

TIMES, WINDOW_TIMES, WINDOW, LATE = 3, (1.0, 2.0, 2.9), 3000, 1.5
"""Decay times of the run and at the begin of windows, steps of a window, and when late begins."""

COMPONENT_VALUES = np.array([1.0, *np.geomspace(2, 0.15, 9)])
COMPONENT_RATE, COMPONENT_STEPS = 0.01, 12_000
COMPONENT_INPUTS, COMPONENT_NOISE = 20, 0.3


def _valley(context: Context, noise: float, name: str, networks: int, batch: int) -> Ensemble:
    return draw_ensemble(
        FIRST_VALUES,
        np.ones(1),
        INPUTS,
        networks,
        context.numpy_generator(name),
        samples=SAMPLES,
        noise=noise,
        learning_rate=RATE,
        batch_size=batch,
        aligned=True,
    )


@study(stream="AN-13")
def slow_drift(context: Context) -> SlowDrift:
    """Singular values along a long run, and the variances in windows of it."""
    valley = _valley(context, 1.0, "networks", context.choose(**NETWORKS), BATCH)
    decay = decay_rate(valley.residual_variance, RATE, BATCH, 1)
    steps, begins = round(TIMES / decay), [time / decay for time in WINDOW_TIMES]
    times, firsts, seconds = [], [], []
    windows: list[DriftWindow] = []
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    path = valley.path(0.0, TIMES / decay * RATE, context.numpy_generator("long run"))
    for step, (first, second) in enumerate(path):
        if step % (steps // 60) == 0:
            times.append(step * decay)
            firsts.append(np.linalg.svd(first, compute_uv=False) ** 2)
            seconds.append((second**2).sum(axis=(1, 2)))
        if any(begin <= step < begin + WINDOW for begin in begins) and step % 10 == 0:
            kept.append((first.copy(), second.copy()))
        if len(kept) == WINDOW // 10:
            windows.append(_window(kept))
            kept = []
    return SlowDrift(np.array(times), np.array(firsts), np.array(seconds), windows, RATE, BATCH)


def _window(kept: list[tuple[np.ndarray, np.ndarray]]) -> DriftWindow:
    """Variances of the second layer in a window along the modes of the first, and prediction."""
    first = np.mean([f for f, _ in kept], axis=0)
    second = np.array([s for _, s in kept])
    left, a, _ = np.linalg.svd(first, full_matrices=False)
    along = np.einsum("trmk,rki->trmi", second - second.mean(axis=0), left)[:, :, 0]
    b = np.linalg.norm(second.mean(axis=0)[:, 0], axis=-1)[:, None]
    seen = window_variance(RATE * (a**2 + b**2) * 10 * len(kept))
    at_start = np.sort(FIRST_VALUES)[::-1] ** 2
    return DriftWindow(
        found=(along**2).mean(axis=0),
        predicted=a**2 / (a**2 + b**2) * seen,
        at_start=at_start / (at_start + 1) * seen,
    )


@study(stream="AN-13")
def drift_rates(context: Context) -> DriftRates:
    """Change of the imbalance over the drift that theory adds up, with a control."""
    count = context.choose(**RATE_NETWORKS)
    valley = _valley(context, 1.0, "drift", count, SMALL_BATCH)
    quiet = _valley(context, QUIET, "quiet drift", count // 4, SMALL_BATCH)
    return DriftRates(
        *(
            change_of_balance(of, context.numpy_generator(name), valley.residual_variance)
            for of, name in ((valley, "drift"), (quiet, "quiet"))
        )
    )


def change_of_balance(valley: Ensemble, generator: np.random.Generator, unit: float) -> DriftChange:
    """Change of Q per network in 0.3 decay times, projected on the drift of its start.

    What noise adds to Q is turned back by the drift later on, so that it is not independent of the
    drift that is added up along the run; of the drift at the start it is.

    Args:
        valley: Networks, each at a minimum.
        generator: Source of the batches.
        unit: Residual variance that theory takes.
    """
    time = 0.3 / decay_rate(unit, RATE, valley.batch_size, 1)
    records = round(time / EVERY)
    sigma, maps = valley.x.T @ valley.x / len(valley.x), valley.networks.maps

    def balance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        return first @ first.mT - second.mT @ second

    def drift(layers: tuple[np.ndarray, np.ndarray], error: np.ndarray | None) -> np.ndarray:
        return drift_of_balance(*layers, unit, RATE, valley.batch_size, inputs=sigma, error=error)

    layers = start = valley.networks.first, valley.networks.second
    drifts, at_minimum = [drift(start, None)], [drift(start, None)]
    path = valley.path(0.0, EVERY * records * RATE, generator)
    for layers in islice(path, EVERY - 1, None, EVERY):
        drifts.append(drift(layers, layers[1] @ layers[0] - maps))
        at_minimum.append(drift(layers, None))

    def along(matrix: np.ndarray) -> np.ndarray:
        return np.asarray((matrix * drifts[0]).sum(axis=(1, 2)))

    return DriftChange(
        along(balance(*layers) - balance(*start)),
        along(np.trapezoid(drifts, dx=EVERY, axis=0)),
        along(np.trapezoid(at_minimum, dx=EVERY, axis=0)),
    )


@study(stream="AN-15")
def drift_components(context: Context, noise: float, *, freeze_first: bool = False) -> ComponentRun:
    """Principal components of the second layer in a window, at a label noise, per network."""
    generator = context.numpy_generator(f"noise {noise}" + ", frozen" * freeze_first)
    ensemble = draw_ensemble(
        COMPONENT_VALUES,
        np.ones(1),
        COMPONENT_INPUTS,
        context.choose(**COMPONENT_NETWORKS),
        generator,
        samples=4000,
        noise=noise,
        learning_rate=COMPONENT_RATE,
        batch_size=BATCH,
        aligned=True,
    )
    kept, hidden = [], []
    path = ensemble.path(
        0.0, COMPONENT_STEPS * COMPONENT_RATE, generator, "first" if freeze_first else ""
    )
    for step, (first, second) in enumerate(path):
        if step % 20 == 0:
            kept.append(second[:, 0].copy())
            hidden.append(first.copy())
    features = np.mean(hidden, axis=0)
    curvature = features @ features.mT
    mean = np.mean(kept, axis=0)
    centered = np.array(kept) - mean
    covariance = np.einsum("tri,trj->rij", centered, centered)
    values, axes = np.linalg.eigh(covariance)
    along = np.einsum("rik,rij,rjk->rk", axes, curvature, axes)
    pairs = np.log(values), -np.log(along)
    without, whole = (
        np.array([np.corrcoef(v[:count], f[:count])[0, 1] for v, f in zip(*pairs, strict=True)])
        for count in (-1, None)
    )
    return ComponentRun(
        cosine=np.abs(np.einsum("ri,ri->r", axes[:, :, -1], mean)) / np.linalg.norm(mean, axis=1),
        ratio=values[:, -1] / values[:, -2],
        correlation=without,
        correlation_with_first=whole,
    )
