"""Claims AN-8, AN-9 and AN-11: the layers are coupled, in their variances and in their speed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from traindyn.anisotropic_noise.claims.many_outputs import many_outputs
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.settings import (
    draw_setting,
    per_mode,
    ratio_of,
    relaxation_rates,
    simulate,
    worst,
)
from traindyn.anisotropic_noise.results.second_layer import CoupledRun, ModesRun
from traindyn.anisotropic_noise.theory.two_layers import second_layer_variances
from traindyn.inference import Estimate
from traindyn.ledger import Control, Part, Size, Test
from traindyn.runs import Context


@registry.claim(
    8,
    source="abstract, two layers; the formulas are derived here",
    basis="stated",
    statement=(
        "With many samples the weights of two layers have the covariance T on the directions that "
        "the loss sees: the second layer the variances T a²/(a² + b²), the first T b²/(a² + b²)."
    ),
)
def two_layer_covariance(context: Context) -> tuple[CoupledRun, list[Part]]:
    """AN-8."""
    setting = draw_setting(4000, context.numpy_generator("problem"))
    predicted = setting.variances()
    same, _ = simulate(setting, context, "SGD")
    frozen, _ = simulate(setting, context, "frozen", freeze_first=True, share=0.05)
    limits = {}
    for samples in (1000, 4000, 16_000, 64_000):
        generator = context.numpy_generator(f"problems of {samples}")
        gaps = []
        for _ in range(9):
            drawn = draw_setting(samples, generator)
            _, values = drawn.modes()
            target = second_layer_variances(values, np.array([1.0]))[0]
            gaps.append(float(np.abs(drawn.variances() - target).max()))
        limits[samples] = float(np.median(gaps))
    result, four_outputs = many_outputs(context)
    uncoupled = per_mode(frozen)[int(predicted.argmin())]
    return result, [
        Part(
            "Simulated SGD against the linear theory: largest relative distance of a variance of "
            "the second layer over ten modes",
            0.0,
            _farthest(same, predicted),
            Test(
                "equality",
                0.1,
                "half the smallest effect of the coupling, a factor of 1.2 in the steepest mode; "
                "η tr H / S = 0.015 is the error of the theory",
                side="below",
            ),
            [Control("first layer frozen", _farthest(frozen, predicted))],
        ),
        Part(
            "Linear theory against a²/(a² + b²): largest distance over ten modes, median of nine "
            "problems with 64,000 samples",
            0.0,
            Estimate(limits[64_000]),
            Test("equality", 0.05, "of order √(n/P) = 0.018, times 2.5 for the largest of ten"),
            [
                Control(
                    "first layer frozen, simulated: the steepest mode",
                    replace(uncoupled, value=abs(uncoupled.value - float(predicted.min()))),
                )
            ],
            asymptotic=True,
            sizes=[Size(samples, Estimate(value)) for samples, value in limits.items()],
        ),
        *four_outputs,
    ]


def _farthest(moments: np.ndarray, predicted: np.ndarray) -> Estimate:
    """Largest relative distance of a mode's variance from its prediction."""
    return worst([v.scaled(1 / p) for v, p in zip(per_mode(moments), predicted, strict=True)])


@registry.claim(
    9,
    source="abstract, two layers; the ratio is derived here",
    basis="stated",
    statement=(
        "The coupling of the layers is a source of anisotropy of its own: freeze the first layer "
        "and the second fluctuates equally in all directions; train both and its variances are "
        "multiplied by a²/(a² + b²)."
    ),
)
def coupling(context: Context) -> tuple[ModesRun, list[Part]]:
    """AN-9."""
    setting = draw_setting(16_000, context.numpy_generator("problem"))
    _, a = setting.modes()
    predicted = second_layer_variances(a, np.array([1.0]))[0]
    both, later = simulate(setting, context, "both")
    frozen, _ = simulate(setting, context, "frozen", freeze_first=True)
    each, alone = per_mode(both), per_mode(frozen)
    ratios = [
        ratio_of(one, other).scaled(1 / p)
        for one, other, p in zip(each, alone, predicted, strict=True)
    ]
    rates = relaxation_rates(setting, both, later)
    halves = [per_mode(half) for half in (frozen[::2], frozen[1::2])]
    uncoupled = [
        ratio_of(one, other).scaled(1 / p) for one, other, p in zip(*halves, predicted, strict=True)
    ]
    result = ModesRun(a, 1.0, each, alone, rates)
    return result, [
        Part(
            "Variance with both layers trained over that with the first frozen, divided by "
            "a²/(a² + b²): largest distance from 1 over ten modes",
            0.0,
            worst(ratios),
            Test(
                "equality",
                0.15,
                "√(n/P) = 0.035, doubled for the largest of ten, and as much again for a ratio; "
                "the predicted factors themselves span 0.02 to 0.8",
                side="below",
            ),
            [Control("first layer frozen in both", worst(uncoupled))],
        ),
        Part(
            "First layer frozen: largest distance of a variance from T over ten modes",
            0.0,
            worst(alone),
            Test("equality", 0.15, "as above", side="below"),
            [Control("both layers trained", worst(each))],
        ),
    ]


@registry.claim(
    11,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "A mode of the second layer relaxes at the rate η(a² + b²) of the joint curvature, not at "
        "η a²: flat directions forget fast when both layers train."
    ),
)
def relaxation(context: Context) -> tuple[ModesRun, list[Part]]:
    """AN-11."""
    setting = draw_setting(16_000, context.numpy_generator("problem"))
    _, a = setting.modes()
    both, later = simulate(setting, context, "both")
    rates = relaxation_rates(setting, both, later)
    slow = relaxation_rates(
        setting, *simulate(setting, context, "frozen", freeze_first=True, share=0.05)
    )
    return ModesRun(a, 1.0, per_mode(both), [], rates), [
        Part(
            "Measured rate over η(a² + b²): largest distance from 1 over ten modes",
            0.0,
            worst(rates),
            Test(
                "equality",
                0.15,
                "√(n/P) = 0.035, doubled for the largest of ten, and as much again for the error "
                "of the linear theory; the two rates differ by factors of 1.2 to 50",
            ),
            [Control("first layer frozen", worst(slow))],
        )
    ]
