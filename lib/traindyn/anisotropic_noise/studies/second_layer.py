"""Studies of two layers with one output: variances and speed of the modes of the second."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.results.second_layer import (
    ModesRun,
    RelaxationRun,
    TwoLayerVariances,
)
from traindyn.anisotropic_noise.studies.settings import (
    draw_setting,
    per_mode,
    ratio_of,
    relaxation_rates,
    simulate,
)
from traindyn.anisotropic_noise.theory.two_layers import second_layer_variances
from traindyn.runs import Context, study

SAMPLES = 16_000
LIMIT_SAMPLES = (1000, 4000, 16_000, 64_000)
LIMIT_PROBLEMS = 9
CONTROL = 0.05
"""Share of the replicas of a control."""


@study(stream="AN-8")
def variances(context: Context) -> TwoLayerVariances:
    """Simulated SGD against the linear theory, and the theory against its limit."""
    setting = draw_setting(4000, context.numpy_generator("problem"))
    both, _ = simulate(setting, context, "SGD")
    frozen, _ = simulate(setting, context, "frozen", freeze_first=True, share=CONTROL)
    limits = {}
    for samples in LIMIT_SAMPLES:
        generator = context.numpy_generator(f"problems of {samples}")
        gaps = []
        for _ in range(LIMIT_PROBLEMS):
            drawn = draw_setting(samples, generator)
            _, values = drawn.modes()
            (target,) = second_layer_variances(values, np.array([1.0]))
            gaps.append(float(np.abs(drawn.variances() - target).max()))
        limits[samples] = float(np.median(gaps))
    return TwoLayerVariances(setting.variances(), per_mode(both), per_mode(frozen), limits)


@study(stream="AN-9")
def coupled_modes(context: Context) -> ModesRun:
    """Variances with both layers trained and with the first frozen, and their ratio."""
    setting = draw_setting(SAMPLES, context.numpy_generator("problem"))
    _, a = setting.modes()
    (predicted,) = second_layer_variances(a, np.array([1.0]))
    both, _ = simulate(setting, context, "both")
    frozen, _ = simulate(setting, context, "frozen", freeze_first=True)
    pairs = (both, frozen), (frozen[::2], frozen[1::2])
    ratios, uncoupled = (
        [
            ratio_of(one, other).scaled(1 / p)
            for one, other, p in zip(per_mode(above), per_mode(below), predicted, strict=True)
        ]
        for above, below in pairs
    )
    return ModesRun(a, 1.0, per_mode(both), per_mode(frozen), ratios, uncoupled)


@study(stream="AN-11")
def relaxation(context: Context) -> RelaxationRun:
    """Relaxation rates with both layers trained and with the first frozen."""
    setting = draw_setting(SAMPLES, context.numpy_generator("problem"))
    both = simulate(setting, context, "both")
    frozen = simulate(setting, context, "frozen", freeze_first=True, share=CONTROL)
    return RelaxationRun(relaxation_rates(setting, *both), relaxation_rates(setting, *frozen))
