"""Claims SS-4 to SS-6: signatures of lazy training, the constant of descent, the symmetry."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.stats import ortho_group

from traindyn.inference import Estimate
from traindyn.ledger import Context, Control, Part, Size, Test
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.experiments.completion import load_instance
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.hessian import output_jacobian
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.symmetry import change_hidden_bases, conserved, include
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.distances import ConstantRun
from traindyn.saddle_to_saddle.theory.distances import kernel_scale

VALUES = (2.0, 1.5, 1.0, 0.5)


def kernel(network: LinearNetwork, theta: np.ndarray) -> np.ndarray:
    """Gram matrix of the derivatives of A by the parameters."""
    jacobian = output_jacobian(network, theta)
    return np.asarray(jacobian @ jacobian.T)


def _relative(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def _lazy_training(context: Context, width: int, gamma: float) -> np.ndarray:
    """Medians over nine starts of what :func:`_lazy_run` measures."""
    generator = context.numpy_generator(f"width {width}, gamma {gamma}")
    return np.asarray(np.median([_lazy_run(generator, width, gamma) for _ in range(9)], axis=0))


def _lazy_run(
    generator: np.random.Generator, width: int, gamma: float
) -> tuple[float, float, float, float]:
    """Kernel: spread at the start, drift; hidden entries: distance from the start, error."""
    cost = load_instance("three_saddles")
    network = LinearNetwork(10, 10, width, 4)
    theta = network.random(width_scale(width, gamma), generator)
    before = kernel(network, theta)
    scale = kernel_scale(width, 4, gamma)
    rate = 0.5 / max(scale, 90.0)
    after = descend(network, cost, theta, rate, np.array([0, 1500]))[-1]
    a0, a = network.product(theta), network.product(after)
    hidden = ~cost.mask if cost.mask is not None else np.ones(cost.shape, dtype=bool)
    return (
        _relative(before, scale * np.eye(100)),
        _relative(kernel(network, after), before),
        float(np.linalg.norm((a - a0)[hidden]) / np.linalg.norm(cost.target)),
        float(cost.hidden_error(a) / cost.hidden_power),
    )


@registry.claim(
    4,
    source="recalled: the lazy regime; the exponents are derived here",
    basis="attributed",
    statement=(
        "For γ < 1 training is lazy: the tangent kernel is a multiple of the identity, hardly "
        "changes, and hidden entries stay where they started."
    ),
)
def lazy(context: Context) -> tuple[ConstantRun, list[Part]]:
    """SS-4."""
    widths = context.choose(ci=(32, 64, 128), laptop=(32, 64, 128, 192), paper=(32, 64, 128, 256))
    rows = np.array([_lazy_training(context, w, 0.75) for w in widths])
    small = np.array([_lazy_training(context, w, 1.5) for w in (widths[0], widths[-1])])
    narrow = _lazy_training(context, 8, 0.75)
    drift = float(np.polyfit(np.log(widths), np.log(rows[:, 1]), 1)[0])
    small_drift = float(np.log(small[1, 1] / small[0, 1]) / np.log(widths[-1] / widths[0]))
    run = ConstantRun(np.array(widths, dtype=float), {}, {}, rows[:, 1], rows[:, 0])

    def sizes(column: int) -> list[Size]:
        return [
            Size(float(w), Estimate(float(v))) for w, v in zip(widths, rows[:, column], strict=True)
        ]

    return run, [
        Part(
            "Exponent of the change of the kernel in the width, L = 4, γ = 0.75",
            -1.0,
            Estimate(drift),
            Test(
                "slope", 0.4, "the target of norm 9 is not small at these widths: corrections 1/√w"
            ),
            [Control("γ = 1.5", Estimate(small_drift))],
        ),
        Part(
            "Relative change of the kernel at the largest width",
            0.0,
            Estimate(float(rows[-1, 1])),
            Test("threshold", 2.0, "of order w^(−(1−γ)L) times the square of the target's size"),
            [Control("γ = 1.5", Estimate(float(small[1, 1])))],
            asymptotic=True,
            sizes=sizes(1),
        ),
        Part(
            "Relative distance of the kernel from κ at the start",
            0.0,
            Estimate(float(rows[-1, 0])),
            Test("threshold", 0.5, "of order √(n/w) = 0.28 per factor, three factors"),
            [Control("width 8, less than the ten inputs", Estimate(float(narrow[0])))],
            asymptotic=True,
            sizes=sizes(0),
        ),
        Part(
            "Error on hidden entries over that of predicting zero, the largest width",
            1.0,
            Estimate(float(rows[-1, 3])),
            Test("threshold", 0.5, "half the error of knowing nothing", side="above"),
            [Control("γ = 2: SS-15", Estimate(_saddle_error(context)))],
        ),
    ]


def _saddle_error(context: Context) -> float:
    """Error on hidden entries from a small start."""
    cost = load_instance("three_saddles")
    network = LinearNetwork(10, 10, 32, 4)
    theta = network.random(width_scale(32, 2.0), context.numpy_generator("small start"))
    end = descend(network, cost, theta, 0.007, np.array([0, 12_000]))[-1]
    return float(cost.hidden_error(network.product(end)) / cost.hidden_power)


def _constant(width: int, gamma: float, generator: np.random.Generator) -> float:
    """Smallest ratio of squared gradient to twice the cost: in training, or up to the escape."""
    target = random_target(VALUES, 4, generator)
    network = LinearNetwork(4, 4, width, 3)
    scale = kernel_scale(width, 3, gamma)
    path = flow(
        network,
        SquaredError(target),
        network.random(width_scale(width, gamma), generator),
        3 / scale if gamma <= 1 else 100 / scale,
        relative_tolerance=1e-6,
        absolute_tolerance=1e-10,
        events=(singular_value_reaches(1, VALUES[0] / 2),) if gamma > 1 else (),
        stop_at_last_event=True,
    )
    return float((path.gradient_norm**2 / (2 * path.loss)).min())


@registry.claim(
    5,
    source="derived here",
    basis="derived",
    statement=(
        "The ratio of squared gradient to twice the cost, which bounds the speed of descent, is "
        "L w^{(1−γ)(L−1)} at the start: it grows for γ < 1, stays at γ = 1, vanishes for γ > 1."
    ),
)
def constant(context: Context) -> tuple[ConstantRun, list[Part]]:
    """SS-5."""
    widths = np.array([32, 64, 128, 256])
    starts = context.choose(ci=3, laptop=7, paper=25)
    gammas = (0.75, 1.0, 1.5, 2.0)
    values = {
        gamma: np.array(
            [
                np.median(
                    [
                        _constant(int(w), gamma, context.numpy_generator(f"{gamma} {w} {k}"))
                        for k in range(starts)
                    ]
                )
                for w in widths
            ]
        )
        for gamma in gammas
    }
    predicted = {g: np.array([kernel_scale(int(w), 3, g) for w in widths]) for g in gammas}
    run = ConstantRun(widths.astype(float), values, predicted, np.empty(0), np.empty(0))
    slopes = {
        gamma: float(np.polyfit(np.log(widths), np.log(values[gamma]), 1)[0]) for gamma in gammas
    }
    parts = []
    for gamma, other in zip(gammas, (*gammas[1:], gammas[0]), strict=True):
        expected = 2 * (1 - gamma)
        parts.append(
            Part(
                f"Exponent of the ratio in the width, L = 3, γ = {gamma:g}",
                expected,
                Estimate(slopes[gamma]),
                Test(
                    "slope",
                    0.25,
                    "the kernel is κ up to √(n/w), 0.35 at w = 32, over log 8: a sixth; half the "
                    "distance to the next exponent",
                ),
                [Control(f"γ = {other:g}", Estimate(slopes[other]))],
            )
        )
    return run, parts


@registry.claim(
    6,
    source="abstract: symmetries",
    basis="stated",
    statement=(
        "Rotations of the hidden bases and inclusions in wider networks commute with training; "
        "other changes of basis leave the function but not the path."
    ),
)
def symmetry(context: Context) -> tuple[None, list[Part]]:
    """SS-6."""
    generator = context.numpy_generator("network")
    network = LinearNetwork(4, 4, 6, 3)
    cost = SquaredError(random_target(VALUES, 4, generator))
    theta = network.random(0.3, generator)
    record = np.array([0, 2000])

    def trained(net: LinearNetwork, start: np.ndarray) -> np.ndarray:
        return descend(net, cost, start, 0.02, record)[-1]

    turns = [ortho_group.rvs(6, random_state=generator) for _ in range(2)]
    stretch = [np.diag(np.geomspace(0.5, 2.0, 6)), np.eye(6)]
    end = trained(network, theta)

    def difference(bases: list[np.ndarray]) -> float:
        changed = trained(network, change_hidden_bases(network, theta, bases))
        return float(np.abs(changed - change_hidden_bases(network, end, bases)).max())

    wide, start = include(network, theta, 9)
    included = float(np.abs(trained(wide, start) - include(network, end, 9)[1]).max())
    noisy = start + 1e-3 * generator.standard_normal(start.shape)
    perturbed = float(np.abs(trained(wide, noisy) - include(network, end, 9)[1]).max())
    path = flow(network, cost, theta, 40.0, relative_tolerance=1e-12, absolute_tolerance=1e-14)
    drift = _change(network, path.theta[[0, -1]])
    rates = np.array([0.02, 0.01, 0.005])
    descent = [
        _change(network, descend(network, cost, theta, rate, np.array([0, round(40 / rate)])))
        for rate in rates
    ]
    orders = [float(np.log2(a / b)) for a, b in pairwise(descent)]
    twice = [_change(network, _heun(network, cost, theta, rate, 40.0)) for rate in rates[:2]]
    return None, [
        Part(
            "Rotated start, 2,000 steps of descent: largest difference from the rotated end",
            0.0,
            Estimate(difference(turns)),
            Test("exact", 1e-11, "rounding over 2,000 steps"),
            [Control("stretched bases", Estimate(difference(stretch)))],
        ),
        Part(
            "Inclusion in a wider network: largest difference from the included end",
            0.0,
            Estimate(included),
            Test("exact", 1e-11, "rounding over 2,000 steps"),
            [Control("new weights of 0.001 instead of 0", Estimate(perturbed))],
        ),
        Part(
            "Gradient flow: largest change of W′W − WW′ between neighboring layers",
            0.0,
            Estimate(drift),
            Test("exact", 1e-9, "a thousand times the tolerance of the solver"),
            [Control("gradient descent at η = 0.02", Estimate(descent[0]))],
        ),
        Part(
            "Gradient descent: order of that change in the learning rate",
            1.0,
            Estimate(orders[-1]),
            Test("slope", 0.1, "the next order in η"),
            [
                Control(
                    "Heun's method in place of single slopes",
                    Estimate(float(np.log2(twice[0] / twice[1]))),
                )
            ],
        ),
    ]


def _change(network: LinearNetwork, ends: np.ndarray) -> float:
    """Largest change between two networks of what the flow conserves."""
    return max(float(np.abs(q[-1] - q[0]).max()) for q in conserved(network, ends))


def _heun(
    network: LinearNetwork, cost: SquaredError, theta: np.ndarray, rate: float, horizon: float
) -> np.ndarray:
    """The flow by steps with the mean of the slopes at both ends: start and end."""

    def slope(point: np.ndarray) -> np.ndarray:
        return -network.gradient(point, cost.gradient(network.product(point)))

    point = theta
    for _ in range(round(horizon / rate)):
        first = slope(point)
        point = point + rate / 2 * (first + slope(point + rate * first))
    return np.stack([theta, point])
