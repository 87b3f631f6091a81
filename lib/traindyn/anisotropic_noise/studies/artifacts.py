"""Studies of what windows and epochs do to the variances of one layer and of two."""

from __future__ import annotations

from itertools import islice

import numpy as np

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.one_layer import run_sgd
from traindyn.anisotropic_noise.experiments.sampling import Sampling
from traindyn.anisotropic_noise.results.drift import WindowVariances
from traindyn.anisotropic_noise.studies.networks import draw_ensemble
from traindyn.anisotropic_noise.studies.second_layer import FIRST_VALUES
from traindyn.anisotropic_noise.theory.covariance import exact_covariance
from traindyn.anisotropic_noise.theory.flatness import flatness, window_variance
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.runs import Context, study

PROBLEMS = {"ci": 64, "laptop": 96, "paper": 512}
NETWORKS = {"ci": 64, "laptop": 96, "paper": 512}
SHORT_RUNS, LONG_RUNS = 12, 2
"""Runs of a problem in short and in long windows."""

SHORT, LONG = 800, 16_000
TWO_SHORT, TWO_LONG = 2500, 8000
RATE, BATCH, SAMPLES = 0.02, 10, 1000
SPREAD = np.geomspace(0.01, 2.0, 20)
"""Variances of the inputs, two decades: the curvatures of one layer."""

TWO_RATE, TWO_SAMPLES = 6e-3, 4000


@study(stream="AN-16")
def one_layer(context: Context) -> WindowVariances:
    """Variances of one layer along the eigenvectors of the Hessian, over T, and their theory."""
    generator = context.numpy_generator("problems")
    noises = []
    for _ in range(context.choose(**PROBLEMS)):
        x, y = draw_regression(SAMPLES, len(SPREAD), generator, spread=SPREAD)
        noises.append(RegressionNoise(x, y[:, 0]))
    settings: dict[str, tuple[int, Sampling]] = {
        "short window": (SHORT, "replacement"),
        "long window": (LONG, "replacement"),
        "epochs": (LONG, "epochs"),
    }
    h = np.array([np.linalg.eigvalsh(noise.hessian) for noise in noises])
    return WindowVariances(
        {name: window for name, (window, _) in settings.items()},
        flatness(h.mean(axis=0), float(np.mean([n.residual_variance for n in noises])) / 2),
        h,
        {
            name: _one_layer(context, noises, window, sampling)
            for name, (window, sampling) in settings.items()
        },
        {
            name: window_variance(RATE * h * window)
            for name, (window, sampling) in settings.items()
            if sampling == "replacement"
        },
    )


def _one_layer(
    context: Context, noises: list[RegressionNoise], window: int, sampling: Sampling
) -> np.ndarray:
    """Variance around the mean of a window, problems by eigenvectors, from a stationary start."""
    generator = context.numpy_generator(f"one layer, {window} steps, {sampling}")
    runs, inputs = LONG_RUNS if window == LONG else SHORT_RUNS, len(SPREAD)
    minima = np.array([noise.minimum for noise in noises])
    start = np.repeat(minima[:, None], runs, axis=1)
    if sampling == "replacement":  # epochs forget the start as slowly as they fluctuate little
        roots = np.linalg.cholesky([exact_covariance(n, RATE, BATCH) for n in noises])
        start += generator.standard_normal(start.shape) @ roots.mT
    path = run_sgd(
        np.array([noise.x for noise in noises]),
        np.array([noise.y for noise in noises]),
        start.reshape(-1, inputs),
        RATE,
        BATCH,
        window,
        generator,
        sampling=sampling,
    )
    axes = np.linalg.eigh([noise.hessian for noise in noises])[1]
    records = islice(path, 0, None, max(1, window // 1000))
    kept = np.array([w.reshape(len(noises), runs, inputs) @ axes for w in records])
    temperatures = np.array([noise.temperature(RATE, BATCH) for noise in noises])
    return np.asarray(kept.var(axis=0).mean(axis=1) / temperatures[:, None])


@study(stream="AN-16")
def two_layers(context: Context) -> WindowVariances:
    """Variances of the second layer along the modes of the first, over T, per network."""
    ensemble = draw_ensemble(
        FIRST_VALUES,
        np.ones(1),
        20,
        context.choose(**NETWORKS),
        context.numpy_generator("two layers"),
        samples=TWO_SAMPLES,
        learning_rate=TWO_RATE,
    )
    settings: dict[str, tuple[int, Sampling]] = {
        "short window": (TWO_SHORT, "replacement"),
        "long window": (TWO_LONG, "replacement"),
        "epochs": (TWO_LONG, "epochs"),
    }
    found = {}
    for name, (window, sampling) in settings.items():
        generator = context.numpy_generator(f"two layers, {name}")
        path = ensemble.path(1.0, window * TWO_RATE, generator, sampling=sampling)
        records = islice(path, 0, None, window // 1000)
        kept = np.array([ensemble.networks.along(*layers)[1][:, 0] for layers in records])
        found[name] = np.asarray(kept.var(axis=0)) / ensemble.temperature
    return WindowVariances(
        {name: window for name, (window, _) in settings.items()},
        flatness(FIRST_VALUES**2, ensemble.residual_variance / 2),
        FIRST_VALUES[None] ** 2,
        found,
        {},
    )
