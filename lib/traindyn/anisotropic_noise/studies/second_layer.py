"""Studies of two layers with one output: variances and speed of the modes of the second."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.results.second_layer import CoupledModes, LimitGaps
from traindyn.anisotropic_noise.studies.networks import STARTS, draw_ensemble
from traindyn.anisotropic_noise.studies.settings import draw_setting
from traindyn.anisotropic_noise.theory.two_layers import second_layer_variances
from traindyn.runs import Context, study

NETWORKS = {"ci": 1200, "laptop": 2400, "paper": 9600}
FIRST_VALUES = np.geomspace(0.15, 2.0, 10)
"""Singular values of the first layer."""

INPUTS = 20
FROZEN_RATE, FROZEN_BATCH, FROZEN_TIME = 0.01, 4, 30.0
"""Of runs with the first layer frozen: learning rate, batch, and their length in 1/η."""

LIMIT_SAMPLES = (500, 2000, 8000, 32_000)
LIMIT_PROBLEMS = {"ci": 96, "laptop": 144, "paper": 576}
LIMIT_FREE = np.geomspace(0.3, 1.5, 4)


@study(stream="AN-9")
def coupled_modes(context: Context) -> CoupledModes:
    """Networks with both layers trained and with the first frozen, from both sides of T."""
    count, one = context.choose(**NETWORKS), np.ones(1)
    generator = context.numpy_generator("networks")
    ensemble = draw_ensemble(FIRST_VALUES, one, INPUTS, count, generator)
    both = {
        name: ensemble.moments(start, context.numpy_generator(f"both, from {name}"))
        for name, start in STARTS.items()
    }
    frozen = draw_ensemble(
        FIRST_VALUES,
        one,
        INPUTS,
        count,
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
    return CoupledModes(
        first_values=FIRST_VALUES,
        second_value=1.0,
        learning_rate=ensemble.learning_rate,
        batch_size=ensemble.batch_size,
        error=ensemble.error,
        both={name: moments.second[:, 0] for name, moments in both.items()},
        later={name: moments.later[:, 0] for name, moments in both.items()},
        frozen=alone,
        frozen_learning_rate=FROZEN_RATE,
        frozen_batch_size=FROZEN_BATCH,
        frozen_steps=np.arange(1, round(FROZEN_TIME / FROZEN_RATE) + 1, round(0.1 / FROZEN_RATE)),
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
