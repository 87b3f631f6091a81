"""Studies of two layers with one output: variances and speed of the modes of the second."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.results.second_layer import FrozenModes, LimitGaps, SettingRun
from traindyn.anisotropic_noise.studies.networks import LABEL_NOISE, STARTS, draw_ensemble
from traindyn.anisotropic_noise.studies.settings import draw_setting
from traindyn.anisotropic_noise.theory.flatness import flatness
from traindyn.anisotropic_noise.theory.two_layers import second_layer_variances
from traindyn.runs import Context, study

NETWORKS = {"ci": 600, "laptop": 800, "paper": 9600}
FIRST_VALUES = np.geomspace(0.15, 2.0, 10)
"""Singular values of the first layer."""

INPUTS, RATE = 10, 6e-3
FROZEN_NETWORKS = {"ci": 1500, "laptop": 2000, "paper": 9600}
"""No fewer than networks with both layers trained; so many tell relaxation from one of half the
rate."""

FROZEN_RATE, FROZEN_BATCH, FROZEN_TIME = 0.01, 4, 40.0
"""Of runs with the first layer frozen: learning rate, batch, and their length in 1/η."""

LIMIT_SAMPLES = (500, 2000, 8000, 32_000)
LIMIT_PROBLEMS = {"ci": 64, "laptop": 80, "paper": 576}
LIMIT_FREE = np.geomspace(0.3, 1.5, 9)
"""As many modes as inputs: the more modes, the less a mean over them scatters."""


def run_setting(
    context: Context,
    label: str,
    networks: int,
    *,
    second_value: float = 1.0,
    noise: float = LABEL_NOISE,
    learning_rate: float = RATE,
    batch_size: int = 8,
) -> SettingRun:
    """Networks of one setting with both layers trained, from both sides of T."""
    ensemble = draw_ensemble(
        FIRST_VALUES,
        np.array([second_value]),
        INPUTS,
        networks,
        context.numpy_generator(f"networks, {label}"),
        noise=noise,
        learning_rate=learning_rate,
        batch_size=batch_size,
    )
    moments = {
        name: ensemble.moments(start, context.numpy_generator(f"{label}, from {name}"))
        for name, start in STARTS.items()
    }
    return SettingRun(
        label=label,
        first_values=FIRST_VALUES,
        second_value=second_value,
        residual_variance=ensemble.residual_variance,
        learning_rate=ensemble.learning_rate,
        error=ensemble.error,
        flatness=flatness(FIRST_VALUES**2, ensemble.residual_variance / 2),
        moments=moments,
    )


@study(stream="AN-9")
def both_trained(context: Context) -> SettingRun:
    """The setting to which the others are compared."""
    return run_setting(context, f"b = 1, η = {RATE:g}, S = 8", context.choose(**NETWORKS))


@study(stream="AN-9")
def first_frozen(context: Context) -> FrozenModes:
    """Networks with the first layer frozen, from both sides of T."""
    frozen = draw_ensemble(
        FIRST_VALUES,
        np.ones(1),
        INPUTS,
        context.choose(**FROZEN_NETWORKS),
        context.numpy_generator("frozen networks"),
        learning_rate=FROZEN_RATE,
        batch_size=FROZEN_BATCH,
    )
    alone = {
        name: frozen.moments(
            start,
            context.numpy_generator(f"frozen, from {name}"),
            burn=0.0,
            times=FROZEN_TIME,
            frozen="first",
        ).second[:, 0]
        for name, start in STARTS.items()
    }
    return FrozenModes(
        first_values=FIRST_VALUES,
        learning_rate=FROZEN_RATE,
        batch_size=FROZEN_BATCH,
        steps=np.arange(1, round(FROZEN_TIME / FROZEN_RATE) + 1, round(0.1 / FROZEN_RATE)),
        variances=alone,
    )


@study(stream="AN-8")
def limit_gaps(context: Context) -> LimitGaps:
    """Squared distance of the linear theory from its limit, by number of samples."""
    return LimitGaps(
        {
            samples: _gaps(context, samples, context.numpy_generator(f"problems of {samples}"))
            for samples in LIMIT_SAMPLES
        }
    )


def _gaps(context: Context, samples: int, generator: np.random.Generator) -> np.ndarray:
    """Per problem, mean square of the relative deviations over the modes."""
    gaps = []
    for _ in range(context.choose(**LIMIT_PROBLEMS)):
        drawn = draw_setting(samples, generator, inputs=10, free=LIMIT_FREE)
        _, values = drawn.modes()
        (target,) = second_layer_variances(values, np.ones(1))
        gaps.append(np.mean((drawn.variances() / target - 1) ** 2))
    return np.array(gaps)
