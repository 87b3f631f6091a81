"""Claims about the critical temperature: BR-9 (transition), BR-22 (order), BR-23 (slowing)."""

from __future__ import annotations

import math

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.experiments.chain import memory_of_sgd, stationary_law_of_sgd
from traindyn.balance_regularization.experiments.collapse import (
    critical_learning_rate,
    growth_per_step,
)
from traindyn.balance_regularization.experiments.samples import (
    sample_regression_sgd,
    sample_two_layer_sgd,
)
from traindyn.balance_regularization.results import TransitionRun
from traindyn.balance_regularization.theory.dynamics import memory_of_log_v, relaxation_time
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.threshold import (
    collapse_growth,
    critical_temperature,
    second_order_critical_temperature,
    step_size_coefficient,
)
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import Context, Control, Part, Size, Test

UNIFORM_KURTOSIS = 9 / 5


def _light(noise: float) -> ScalarRegression:
    return ScalarRegression(slope=1.0, noise=noise, inputs="rademacher")


def _threshold(noise: float, batch_size: int = 1, weight_decay: float = 0.0) -> float:
    """Exact critical temperature of discrete SGD on light-tailed data."""
    data = _light(noise)
    guess = batch_size * critical_temperature(moments(data), weight_decay)
    return critical_learning_rate(data, guess, batch_size, weight_decay) / batch_size


def _relative(noise: float, batch_size: int = 1, weight_decay: float = 0.0) -> float:
    """The same in units of the predicted critical temperature."""
    predicted = critical_temperature(moments(_light(noise)), weight_decay)
    return _threshold(noise, batch_size, weight_decay) / predicted


@registry.claim(
    9,
    source="section 4.2",
    basis="stated",
    statement=(
        "Above the critical temperature T_c = (β₂ − γ)/α₃ noise drives the two-layer net to v = 0; "
        "below it E v = v*(1 − T/T_c). γ is the weight decay."
    ),
)
def transition(context: Context) -> tuple[TransitionRun, list[Part]]:
    """BR-9."""
    noises = (3.0, 5.0, 10.0)
    ratios = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    means = {
        noise: np.array([stationary_law_of_sgd(1.0, noise, r / noise**2).mean for r in ratios])
        for noise in (5.0, 7.0, 10.0)
    }
    deviation = {n: float(np.abs(m - (1 - np.array(ratios))).max()) for n, m in means.items()}
    decays = (0.3, 0.6)
    with_decay = [_relative(10.0, 1, decay) for decay in decays]
    unshifted = _threshold(10.0, 1, 0.3) / critical_temperature(moments(_light(10.0)))
    gaussian = {noise: ScalarRegression(slope=1.0, noise=noise) for noise in (4.0, 4.5, 5.0, 10.0)}
    steps = np.arange(0.3, 3.01, 0.1)
    lowest = {
        noise: min(
            growth_per_step(data, rate * moments(data).critical_temperature) for rate in steps
        )
        for noise, data in gaussian.items()
    }
    slopes = {ratio: _simulated_growth(context, ratio) for ratio in (0.6, 1.4)}
    half = _simulated_growth(context, 1.4, loss_factor=0.5)
    predicted = collapse_growth(moments(_light(10.0)), 1.4 / 100)
    parts = [
        Part(
            "Exact threshold of discrete SGD (x = ±1, σ = 10k, S = 1) over T_c",
            1.0,
            Estimate(_relative(10.0)),
            Test("equality", 0.02, "twice the step-size order Sβ₂²/α₃ = 0.01"),
            [
                Control("batches of 4 at σ = 10k", Estimate(_relative(10.0, 4))),
                Control("Gaussian data, σ = 5k", Estimate(_gaussian_threshold(5.0))),
            ],
            asymptotic=True,
            sizes=[Size(noise**2, Estimate(_relative(noise))) for noise in noises],
            note="Located by the mean growth of log v near zero, not by a count of collapsed runs.",
        ),
        Part(
            "Exact mean of discrete SGD: largest |E v/v* − (1 − T/T_c)| over ten temperatures",
            0.0,
            Estimate(deviation[10.0]),
            Test(
                "equality",
                0.015,
                "a step-size shift of T_c by 1 % moves the line by up to 0.009",
                side="below",
            ),
            [Control("depth 0 at 0.9 T_c", _regression_deviation(context))],
            asymptotic=True,
            sizes=[Size(noise**2, Estimate(d)) for noise, d in deviation.items()],
        ),
        Part(
            "Weight decay γ = 0.3 and 0.6: exact threshold over (β₂ − γ)/α₃, the furthest from 1",
            1.0,
            Estimate(max(with_decay, key=lambda ratio: abs(ratio - 1))),
            Test("equality", 0.02, "twice the step-size order"),
            [Control("over T_c without decay, γ = 0.3", Estimate(unshifted))],
        ),
        Part(
            "Simulated SGD from v = 1e-30 at 1.4 T_c: growth rate of log v",
            predicted,
            slopes[1.4],
            Test(
                "equality",
                0.2,
                "leading step-size correction 0.01·(4r − 16r² + 14.4r³) = 0.137, times 1.5",
            ),
            [
                Control("at 0.6 T_c", slopes[0.6]),
                Control("loss ½(·)² instead of (·)²", half),
            ],
        ),
        Part(
            "Gaussian data with σ = 4k, batches of one: lowest growth per step of log v over all "
            "learning rates up to 3 T_c. It is positive: such nets never collapse",
            0.0,
            Estimate(lowest[4.0]),
            Test("threshold", 1e-6, "error of the quadrature", side="above"),
            [Control("σ = 5k, which collapses in a window", Estimate(lowest[5.0]))],
            note="The transition of the paper is one of small steps; here large steps undo it.",
        ),
    ]
    return TransitionRun(_growth_curves(gaussian), means[10.0], np.array(ratios)), parts


def _gaussian_threshold(noise: float) -> float:
    data = ScalarRegression(slope=1.0, noise=noise)
    critical = moments(data).critical_temperature
    return critical_learning_rate(data, critical) / critical


def _growth_curves(gaussian: dict[float, ScalarRegression]) -> dict[str, np.ndarray]:
    """Growth of log v per unit of time over T/T_c, rows (T/T_c, growth), by kind of data."""
    r = np.linspace(0.3, 2.0, 35)

    def curve(data: ScalarRegression, decay: float = 0.0) -> np.ndarray:
        critical = moments(data).critical_temperature
        growth = [growth_per_step(data, x * critical, 1, decay) / (x * critical) for x in r]
        return np.stack([r, np.array(growth)])

    light = {f"bounded data, γ = {g:g}": curve(_light(10.0), g) for g in (0.0, 0.3, 0.6)}
    return light | {f"Gaussian data, σ = {s:g}k": curve(d) for s, d in gaussian.items()}


def _simulated_growth(context: Context, ratio: float, loss_factor: float = 1.0) -> Estimate:
    """Growth rate of log v of simulated SGD that starts close to zero."""
    replicas, start, time = context.choose(ci=20_000, laptop=20_000, paper=200_000), 1e-30, 20.0
    rate = ratio * moments(_light(10.0)).critical_temperature
    v = sample_two_layer_sgd(
        _light(10.0),
        start,
        rate,
        1,
        round(time / rate),
        replicas,
        context.torch_generator(f"growth {ratio} {loss_factor}"),
        loss_factor=loss_factor,
    )
    return estimate_mean((np.log(v) - math.log(start)) / time)


def _regression_deviation(context: Context) -> Estimate:
    """|E v/v* − (1 − T/T_c)| of depth 0 at 0.9 T_c."""
    rate = 0.9 * moments(_light(10.0)).critical_temperature
    generator = context.torch_generator("depth 0")
    mean = estimate_mean(
        sample_regression_sgd(_light(10.0), rate, 1, round(4 / rate), 10_000, generator)
    )
    return Estimate(abs(mean.value - 0.1), mean.stderr, mean.n)


@registry.claim(
    22,
    source="appendix A.3",
    basis="stated",
    statement=(
        "To second order in the step the critical temperature is β₂/(α₃ + Sβ₂²), stated for S = 1."
    ),
)
def second_order(context: Context) -> tuple[dict[int, dict[float, float]], list[Part]]:
    """BR-22."""
    del context  # exact: no scale, no seed
    noises = (3.0, 5.0, 10.0)

    def ratio(noise: float, size: int) -> float:
        return _threshold(noise, size) / second_order_critical_temperature(
            moments(_light(noise)), size
        )

    def coefficient(noise: float, size: int) -> float:
        return noise**2 * (1 / _relative(noise, size) - 1)

    table = {size: {noise: coefficient(noise, size) for noise in (10.0, 30.0)} for size in (1, 4)}
    parts = [
        Part(
            "Exact threshold of discrete SGD (x = ±1, σ = 10k, S = 1) over the formula",
            1.0,
            Estimate(ratio(10.0, 1)),
            Test("equality", 0.01, "first neglected order, Sβ₂²/α₃"),
            [Control("batches of 4", Estimate(ratio(10.0, 4)))],
            asymptotic=True,
            sizes=[Size(noise**2, Estimate(ratio(noise, 1))) for noise in noises],
        ),
        Part(
            "The coefficient itself: (α₃/β₂²)(T_c/T_exact − 1) at σ = 30k, S = 1, is S",
            1.0,
            Estimate(table[1][30.0]),
            Test("equality", 0.05, "next order, fifty times β₂²/α₃ = 1e-3"),
            [Control("batches of 4", Estimate(table[4][30.0]))],
            expected="falsified",
            note=(
                "At the threshold the third and fourth moments of the batch mean contribute at the "
                "same order as the squared mean gradient that the formula keeps."
            ),
        ),
        Part(
            "Corrected coefficient 3S + 2(κ − 3), κ the kurtosis of xy: measured over predicted at "
            "σ = 30k, S = 4",
            1.0,
            Estimate(table[4][30.0] / step_size_coefficient(4, UNIFORM_KURTOSIS)),
            Test("equality", 0.05, "next order, about ten times Sβ₂²/α₃ = 0.0044"),
            [
                Control("coefficient S", Estimate(table[4][30.0] / 4)),
                Control("S = 1 formula at S = 4", Estimate(table[4][30.0] / 0.6)),
            ],
            asymptotic=True,
            sizes=[
                Size(n**2, Estimate(coefficient(n, 4) / step_size_coefficient(4, UNIFORM_KURTOSIS)))
                for n in (10.0, 17.0, 30.0)
            ],
            note="Derived here, for data whose third central moment of xy is negligible.",
        ),
    ]
    return table, parts


@registry.claim(
    23,
    source="from eq. 15",
    basis="derived",
    statement=(
        "Critical slowing down: near T_c the memory of log v grows as 2r/(β₂(1 − r)²), r = T/T_c."
    ),
)
def critical_slowing(context: Context) -> tuple[dict[float, float], list[Part]]:
    """BR-23."""
    del context  # exact: no scale, no seed
    ratios = (0.1, 0.3, 0.5, 0.7, 0.8)

    def over_law(noise: float) -> float:
        """The measured memory over the predicted one, furthest from 1 over temperatures."""
        data = moments(_light(noise))
        found = [
            memory_of_sgd(1.0, noise, r / noise**2) / memory_of_log_v(data, r / noise**2)
            for r in ratios
        ]
        return max(found, key=lambda ratio: abs(ratio - 1))

    near = (0.3, 0.5, 0.7, 0.8, 0.9)
    data = moments(_light(10.0))
    memory = {r: memory_of_sgd(1.0, 10.0, r / 100) for r in near}
    relative = {r: m / relaxation_time(data, r / 100) for r, m in memory.items()}
    simple_pole = relative[0.5] * (memory[0.9] * (1 - 0.9)) / (memory[0.5] * (1 - 0.5))
    parts = [
        Part(
            "Exact memory of discrete SGD (x = ±1, σ = 10k) over that of the continuous law, the "
            "furthest from 1 of five temperatures up to 0.8 T_c",
            1.0,
            Estimate(over_law(10.0)),
            Test("equality", 0.03, "three times the step-size order Sβ₂²/α₃ = 0.01"),
            [Control("σ = 5k", Estimate(over_law(5.0)))],
            asymptotic=True,
            sizes=[Size(noise**2, Estimate(over_law(noise))) for noise in (5.0, 7.0, 10.0)],
        ),
        Part(
            "Memory over 2r/(β₂(1 − r)²), the furthest from one half of r = 0.3 to 0.9, while the "
            "memory itself grows a hundredfold",
            0.5,
            Estimate(max(relative.values(), key=lambda ratio: abs(ratio - 0.5))),
            Test("equality", 0.15, "the law is asymptotic; at r = 0.3 it is off by 0.08 already"),
            [Control("a simple pole 1/(1 − r), fixed at r = 0.5", Estimate(simple_pole))],
        ),
    ]
    return memory, parts
