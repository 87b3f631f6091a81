"""Studies of what windows and epochs do to the variances of one layer and of two."""

from __future__ import annotations

from itertools import islice

import numpy as np

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.experiments.minima import around, second_layer
from traindyn.anisotropic_noise.experiments.one_layer import run_sgd
from traindyn.anisotropic_noise.experiments.sampling import Sampling
from traindyn.anisotropic_noise.experiments.two_layers import run_two_layers
from traindyn.anisotropic_noise.results.drift import WindowExponents, WindowVariances
from traindyn.anisotropic_noise.studies.problems import stationary_start
from traindyn.anisotropic_noise.studies.settings import LABEL_NOISE, draw_setting
from traindyn.anisotropic_noise.theory.covariance import exact_covariance
from traindyn.anisotropic_noise.theory.flatness import flatness, window_variance
from traindyn.anisotropic_noise.theory.regression import RegressionNoise
from traindyn.inference import Estimate, estimate_by_bootstrap
from traindyn.runs import Context, study

ONE_REPLICAS = {"ci": 128, "laptop": 192, "paper": 768}
ONE_WINDOW = {"ci": 48_000, "laptop": 64_000, "paper": 256_000}
SHORT = 4000
TWO_REPLICAS = {"ci": 64, "laptop": 96, "paper": 384}
TWO_WINDOW = {"ci": 16_000, "laptop": 32_000, "paper": 128_000}
RATE, BATCH, SAMPLES = 0.02, 10, 4000
SPREAD = np.geomspace(0.002, 2.0, 20)
"""Variances of the inputs, three decades: the curvatures of one layer."""

FLATTEST = 6
"""Directions over which exponents are fitted: there a window of 4,000 steps is short."""

TWO_RATE = 2e-3
"""Learning rate of two layers with batches of one."""


def exponent(variances: np.ndarray, width: np.ndarray) -> float:
    """Exponent d log V / d log F over the flattest directions; V averaged over replicas."""
    flattest = np.argsort(width)[-FLATTEST:]
    mean = variances.mean(axis=0)[flattest]
    return float(np.polyfit(np.log(width[flattest]), np.log(mean), 1)[0])


@study(stream="AN-16")
def one_layer(context: Context) -> WindowVariances:
    """Variances of one layer along the eigenvectors of the Hessian, over T, and their theory."""
    generator = context.numpy_generator("problem")
    x, y = draw_regression(SAMPLES, len(SPREAD), generator, spread=SPREAD)
    noise = RegressionNoise(x, y[:, 0])
    long = context.choose(**ONE_WINDOW)
    settings: dict[str, tuple[int, Sampling]] = {
        "short window": (SHORT, "replacement"),
        "long window": (long, "replacement"),
        "epochs": (long, "epochs"),
    }
    found = {
        name: _one_layer(context, noise, window, sampling)
        for name, (window, sampling) in settings.items()
    }
    h = np.linalg.eigvalsh(noise.hessian)
    theory = {
        name: window_variance(RATE * h * window)
        for name, (window, sampling) in settings.items()
        if sampling == "replacement"
    }
    return WindowVariances(
        {name: window for name, (window, _) in settings.items()},
        flatness(h, noise.residual_variance / 2),
        found,
        theory,
    )


def _one_layer(
    context: Context, noise: RegressionNoise, window: int, sampling: Sampling
) -> np.ndarray:
    """Variance of every replica around its own mean over the window."""
    generator = context.numpy_generator(f"one layer, {window} steps, {sampling}")
    _, axes = np.linalg.eigh(noise.hessian)
    replicas = context.choose(**ONE_REPLICAS)
    if window < 10_000:
        replicas *= 6  # about one independent sample per replica
    c = exact_covariance(noise, RATE, BATCH)
    start = stationary_start(noise, c, replicas, generator)
    if sampling == "epochs":
        start[...] = noise.minimum  # epochs forget the start as slowly as they fluctuate little
    path = run_sgd(noise.x, noise.y, start, RATE, BATCH, window, generator, sampling=sampling)
    records = islice(path, 0, None, max(1, window // 2000))
    kept = np.array([(w - noise.minimum) @ axes for w in records])
    return np.asarray(kept.var(axis=0)) / noise.temperature(RATE, BATCH)


@study(stream="AN-16")
def two_layers(context: Context) -> WindowVariances:
    """Variances of the second layer along the modes of the first, over T."""
    setting = draw_setting(
        SAMPLES,
        context.numpy_generator("two layers"),
        learning_rate=TWO_RATE,
        batch_size=1,
        noise=LABEL_NOISE,
    )
    left, a = setting.modes()
    noise = setting.noise
    covariance = noise.covariance(TWO_RATE, 1)
    replicas, long = context.choose(**TWO_REPLICAS), context.choose(**TWO_WINDOW)
    settings: dict[str, tuple[int, Sampling]] = {
        "short window": (long // 4, "replacement"),
        "long window": (long, "replacement"),
        "epochs": (long, "epochs"),
    }
    found = {}
    for name, (window, sampling) in settings.items():
        generator = context.numpy_generator(f"two layers, {name}")
        start = around(noise.first, noise.second, covariance, replicas, generator)
        path = run_two_layers(
            noise.x, noise.y, *start, TWO_RATE, 1, window, generator, sampling=sampling
        )
        records = islice(path, 0, None, window // 1000)
        kept = np.array(list(second_layer(records, noise.second, left)))
        found[name] = np.asarray(kept.var(axis=0)) / setting.temperature
    return WindowVariances(
        {name: window for name, (window, _) in settings.items()},
        flatness(a**2, noise.residual_variance / 2),
        found,
        {},
    )


@study(stream="AN-16")
def exponents(context: Context) -> WindowExponents:
    """Exponents of variance over flatness in all windows, by bootstrap, and of the theory."""
    one, two = one_layer(context), two_layers(context)
    resampler = context.numpy_generator("bootstrap")

    def estimates(run: WindowVariances) -> dict[str, Estimate]:
        return {
            name: estimate_by_bootstrap(v, lambda v: exponent(v, run.flatness), resampler)
            for name, v in run.variances.items()
        }

    return WindowExponents(
        estimates(one),
        estimates(two),
        {name: exponent(v[None], one.flatness) for name, v in one.theory.items()},
    )
