"""Claims about balance: BR-1 (exact budget), BR-2 (rate) and BR-3 (only SGD noise balances)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.experiments.neurons import (
    Activation,
    BudgetRun,
    Loss,
    follow_budget,
    matrix_form_error,
    product_form_error,
)
from traindyn.balance_regularization.experiments.trajectories import (
    Paths,
    Step,
    descent_step,
    follow,
    langevin_step,
    sgd_step,
)
from traindyn.balance_regularization.results import PlaneRun, RateRun
from traindyn.balance_regularization.theory.dynamics import (
    imbalance_spread_in_valley,
    residual_imbalance_of_flow,
)
from traindyn.balance_regularization.theory.moments import moments
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_fraction, estimate_mean
from traindyn.ledger import Context, Control, Part, Size, Test

START = (2.0, 0.3)
"""Unbalanced start (u, w) of the scalar runs: imbalance 3.91, product 0.6."""

STANDARD = ScalarRegression(slope=1.0, noise=1.0)
"""y = x + noise, both standard normal."""


@registry.claim(
    1,
    source="strengthens Theorem 3.1",
    basis="derived",
    statement=(
        "Each SGD step changes the imbalance |u|² − |w|² of a linear, ReLU or leaky ReLU neuron by "
        "exactly η²(|g_u|² − |g_w|²): no approximation, any learning rate, any batch."
    ),
)
def exact_budget(context: Context) -> tuple[dict[str, BudgetRun], list[Part]]:
    """BR-1."""
    losses: tuple[Loss, Loss] = ("square", "cross entropy")

    def budgets(activation: Activation, gradient_noise: float = 0.0) -> list[BudgetRun]:
        return [
            follow_budget(
                activation,
                loss,
                context.torch_generator(f"{activation} {loss}"),
                gradient_noise=gradient_noise,
            )
            for loss in losses
        ]

    symmetric = {name: budgets(name) for name in ("linear", "ReLU", "leaky ReLU")}
    broken = {
        "tanh": budgets("tanh"),
        "GELU": budgets("GELU"),
        "ReLU, isotropic noise added to the gradient": budgets("ReLU", gradient_noise=0.1),
    }
    runs = [run for pair in symmetric.values() for run in pair]
    steps = len(runs[0].measured) - 1
    rounding = max(run.rounding for run in runs)

    def controls(error: Callable[[BudgetRun], float]) -> list[Control]:
        return [
            Control(what, Estimate(min(error(run) for run in pair)))
            for what, pair in broken.items()
        ]

    product = {
        symmetric: product_form_error(
            START, 0.005, 20_000, context.numpy_generator("product"), symmetric
        )
        for symmetric in (True, False)
    }
    matrix = {
        activation: matrix_form_error(
            (10, 8, 6), 10, 1e-3, 300, context.torch_generator("matrix"), activation
        )
        for activation in ("linear", "ReLU")
    }
    epsilon = float(np.finfo(float).eps)
    parts = [
        Part(
            "Largest error of one step, over 50 neurons with biases, linear, ReLU and leaky ReLU, "
            "square loss and cross entropy",
            0.0,
            Estimate(max(run.step_error for run in runs)),
            Test("exact", rounding, "rounding of two sums of 51 squares in double precision"),
            controls(lambda run: run.step_error),
        ),
        Part(
            f"Largest error of the cumulative account over {steps} steps",
            0.0,
            Estimate(max(run.total_error for run in runs)),
            Test("exact", steps * rounding, "the rounding of one step times the number of steps"),
            controls(lambda run: run.total_error),
        ),
        Part(
            "Scalar product form log(d_n / d_0) = Σ log(1 − 4η²s²): error after 20,000 steps",
            0.0,
            Estimate(product[True]),
            Test(
                "exact",
                20_000 * 8 * epsilon,
                "eight roundings a step that all point one way, in double precision",
            ),
            [Control("weight decay on u only", Estimate(product[False]))],
        ),
        Part(
            "Matrix form for linear networks, Δ(UᵀU − WWᵀ) = η²(G_UᵀG_U − G_WG_Wᵀ): "
            "largest error of a step",
            0.0,
            Estimate(matrix["linear"]),
            Test("exact", 2 * 16 * epsilon * 8, "two sums of 16 squares of size at most 8"),
            [Control("ReLU: holds per neuron, not between neurons", Estimate(matrix["ReLU"]))],
        ),
    ]
    shown = {name: pair[0] for name, pair in (symmetric | broken).items()}
    return shown, parts


def _rate_run(
    context: Context,
    learning_rate: float,
    batch_size: int = 1,
    *,
    time: float = 50.0,
    start: tuple[float, float] = START,
    replicas: int,
    loss_factor: float = 1.0,
) -> RateRun:
    name = f"rate {learning_rate} {batch_size} {loss_factor}"
    step = sgd_step(
        STANDARD,
        learning_rate,
        batch_size,
        replicas,
        context.torch_generator(name),
        loss_factor=loss_factor,
    )
    steps = round(time / learning_rate)
    records = [steps * i // 25 for i in range(26)]
    paths = follow(step, start, learning_rate, records, replicas)
    return RateRun(learning_rate, batch_size, paths, moments(STANDARD))


@registry.claim(
    2,
    source="Corollary 3.3, eq. 7",
    basis="stated",
    statement=(
        "In the scalar two-layer model the imbalance decays at the rate 4Tg(v), "
        "d log|u² − w²| / dt = −4Tg(v), with the temperature T = η/S."
    ),
)
def rate_of_balance(context: Context) -> tuple[list[RateRun], list[Part]]:
    """BR-2."""
    replicas = context.choose(ci=2000, laptop=2000, paper=20_000)
    rates = (0.02, 0.01, 0.005, 0.002)
    runs = [_rate_run(context, rate, replicas=replicas) for rate in rates]
    reference = runs[2]
    half_loss = _rate_run(context, 0.005, replicas=replicas, loss_factor=0.5)
    large_batch = _rate_run(context, 0.02, 16, replicas=replicas // 8)
    grid = [
        _rate_run(context, rate, size, time=20.0, start=(2.0, 0.5), replicas=replicas // 4)
        for rate, size in ((0.001, 1), (0.002, 1), (0.004, 1), (0.004, 2), (0.004, 4), (0.004, 16))
    ]
    norm = START[0] ** 2 + START[1] ** 2
    late = _late_rate(context, 25 * replicas)
    late_half = _late_rate(context, replicas, loss_factor=0.5)
    parts = [
        Part(
            "Decay over the average 4∫[Tg + ηf²]dt along the paths at η = 0.005 "
            "(the exact drift, with the squared mean force)",
            1.0,
            reference.ratio(centered=False),
            Test(
                "equality",
                0.01,
                "the next order is 18η² = 5e-4; one percent also tells the exact drift from "
                "the rate without f², which differs by more",
            ),
            [
                Control("loss ½(·)² instead of (·)²", half_loss.ratio(centered=False)),
                Control(
                    "without the squared mean force, at η = 0.02", runs[0].ratio(centered=True)
                ),
            ],
        ),
        Part(
            "Decay over the paper's 4T∫g dt at η = 0.002; the ratio tends to 1 as η → 0",
            1.0,
            runs[-1].ratio(centered=True),
            Test(
                "equality",
                1.5 * rates[-1] * norm,
                "leading correction η(u² + w²) at the start, times 1.5",
            ),
            [Control("same law at batch size 16, η = 0.02", large_batch.ratio(centered=True))],
            asymptotic=True,
            sizes=[Size(run.learning_rate, run.ratio(centered=True)) for run in runs],
            note="At fixed T a larger batch needs a larger learning rate and makes the law worse.",
        ),
        Part(
            "Exponent of the rate in T over learning rates 0.001 to 0.004 and batches 1 to 16",
            1.0,
            _exponent(grid, lambda run: run.temperature),
            Test(
                "slope",
                2 * 0.004 * 4.25 / math.log(16),
                "twice the leading correction η(u² + w²) over the range of log T",
            ),
            [Control("regressed on ηS", _exponent(grid, lambda r: r.learning_rate * r.batch_size))],
        ),
        Part(
            "Late decay rate over 4(β₂ − β₁E v), at a fifth of the critical temperature",
            1.0,
            late,
            Test("equality", 0.03, "three times the step-size order Sβ₂²/α₃ = 0.01"),
            [Control("loss ½(·)² instead of (·)²", late_half)],
            note="Follows from E[β₁v − β₂ + Tg] = 0; not in the paper.",
        ),
    ]
    return [*runs, large_batch, *grid], parts


def _exponent(runs: list[RateRun], temperature: Callable[[RateRun], float]) -> Estimate:
    """Slope of log(decay rate / 4⟨g⟩) on the logarithm of a candidate temperature."""
    x = np.log([temperature(run) for run in runs])
    weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    scale = [run.predicted_decay(centered=True) / run.temperature for run in runs]
    rates = [estimate_mean(run.decay / s) for run, s in zip(runs, scale, strict=True)]
    slope = float(weights @ np.log([rate.value for rate in rates]))
    errors = weights * [rate.stderr / rate.value for rate in rates]
    return Estimate(slope, float(np.linalg.norm(errors)), sum(rate.n for rate in rates))


def _late_rate(context: Context, replicas: int, loss_factor: float = 1.0) -> Estimate:
    """Late decay rate of the imbalance over 4(β₂ − β₁E v), light-tailed data at T = 0.2 T_c."""
    data = ScalarRegression(slope=1.0, noise=10.0, inputs="rademacher")
    law = moments(data)
    learning_rate = 0.2 * law.critical_temperature
    generator = context.torch_generator(f"late {loss_factor}")
    step = sgd_step(data, learning_rate, 1, replicas, generator, loss_factor=loss_factor)
    burn_in, end = round(8 / learning_rate), round(20 / learning_rate)
    paths = follow(step, (1.2, 0.8), learning_rate, [burn_in, end], replicas)
    decay = paths.log_imbalance[0] - paths.log_imbalance[1]
    mean_v, _ = paths.window(0, 1)
    duration = paths.times[1] - paths.times[0]
    predicted = 4 * duration * (law.beta2 - law.beta1 * mean_v)
    ratio = float(decay.mean() / predicted.mean())
    residual = (decay - ratio * predicted) / predicted.mean()
    return Estimate(ratio, estimate_mean(residual).stderr, replicas)


@registry.claim(
    3,
    source="Figure 1",
    basis="stated",
    statement=(
        "From an unbalanced start, gradient descent keeps u² − w², SGD drives it to zero, and "
        "gradient descent with isotropic noise diffuses along the valley of minima."
    ),
)
def only_sgd_noise_balances(context: Context) -> tuple[PlaneRun, list[Part]]:
    """BR-3."""
    rate = 0.01
    data = moments(STANDARD)
    replicas = context.choose(ci=2000, laptop=2000, paper=20_000)
    many = 5 * replicas  # the spread of the imbalance under isotropic noise has heavy tails
    times = range(0, 201, 25)
    records = [round(time / rate) for time in times]
    amplitude = 2 * rate * math.sqrt(float(data.noise(np.array(data.minimum))) * data.minimum)

    stream = context.torch_generator
    steps: dict[str, Step] = {
        "SGD": sgd_step(STANDARD, rate, 1, replicas, stream("SGD")),
        "isotropic": langevin_step(STANDARD, rate, amplitude, stream("isotropic")),
        "independent": sgd_step(
            STANDARD, rate, 1, replicas, stream("independent"), independent_noise=True
        ),
    }
    runs = {
        name: follow(step, START, rate, records, many if name == "isotropic" else replicas)
        for name, step in steps.items()
    }
    descent = {
        eta: follow(descent_step(STANDARD, eta), START, eta, [0, round(20 / eta)], 1)
        for eta in (0.02, 0.01, 0.005, 0.0025)
    }
    lost = residual_imbalance_of_flow(data, *START)

    def prefactor(eta: float, paths: Paths) -> float:
        start, end = paths.imbalance[0].mean(), paths.imbalance[-1].mean()
        return float((1 - end / start) / (eta * lost))

    def log_drop(paths: Paths) -> Estimate:
        return estimate_mean(paths.log_imbalance[0] - paths.log_imbalance[-1])

    def mean_ratio(paths: Paths) -> Estimate:
        return estimate_mean(paths.imbalance[1] / paths.imbalance[0])

    def spread(paths: Paths) -> Estimate:
        square = estimate_mean(paths.imbalance[-1] ** 2 / paths.imbalance[0] ** 2)
        root = math.sqrt(square.value)
        return Estimate(root, square.stderr / (2 * root), square.n)

    def flipped(paths: Paths) -> Estimate:
        return estimate_fraction(int((paths.imbalance[-1] <= 0).sum()), paths.u.shape[1])

    finest = min(descent)
    curvature = 2 * data.beta1 * (START[0] ** 2 + START[1] ** 2)
    predicted_drop = 4 * rate * times[-1]
    imbalance = START[0] ** 2 - START[1] ** 2
    second_moment = imbalance_spread_in_valley(
        data.minimum, imbalance, amplitude**2 / rate, times[-1], rate * data.beta1
    )
    predicted_spread = math.sqrt(second_moment) / imbalance
    parts = [
        Part(
            "Gradient descent loses the fraction 4η∫f²dt of the imbalance, nothing at η → 0: "
            "loss over prediction at η = 0.0025",
            1.0,
            Estimate(prefactor(finest, descent[finest])),
            Test("equality", finest * curvature, "step-size order η times the sharpness at start"),
            [Control("SGD at η = 0.01", Estimate(prefactor(rate, runs["SGD"])))],
            asymptotic=True,
            sizes=[Size(eta, Estimate(prefactor(eta, paths))) for eta, paths in descent.items()],
        ),
        Part(
            "SGD shrinks |u² − w²| more than a thousandfold by Tt = 2 (mean decrease of the log)",
            predicted_drop,
            log_drop(runs["SGD"]),
            Test(
                "threshold",
                predicted_drop - math.log(1000),
                "a factor 1,000; at the minimum, where g = 1, 4Tt is predicted",
                side="above",
            ),
            [
                Control("isotropic noise of equal power", log_drop(runs["isotropic"])),
                Control("independent noise on u and w", log_drop(runs["independent"])),
            ],
            note=(
                "Independent noise has the same variances in every state; only the correlation "
                "of the two gradients is gone. It is the rank-one structure that balances."
            ),
        ),
        Part(
            "Isotropic noise does not move the mean imbalance: E(u² − w²) over its start "
            "after one balance time 1/4T",
            1.0,
            mean_ratio(runs["isotropic"]),
            Test("equality", 0.1, "a sixth of what SGD removes in that time, 1 − 1/e"),
            [
                Control("SGD", mean_ratio(runs["SGD"])),
                Control("independent noise on u and w", mean_ratio(runs["independent"])),
            ],
        ),
        Part(
            "Isotropic noise spreads the imbalance along the valley: its root mean square over "
            "its start at Tt = 2",
            predicted_spread,
            spread(runs["isotropic"]),
            Test(
                "equality",
                0.15 * predicted_spread,
                "the smallest error of modelling that matters: a noise power wrong by half",
            ),
            [
                Control("SGD", spread(runs["SGD"])),
                Control("independent noise on u and w", spread(runs["independent"])),
            ],
            note=(
                "The prediction solves a diffusion along the valley; it leaves out that steps "
                "jitter more across the steep ends of the valley, which costs a few percent."
            ),
        ),
        Part(
            "SGD never reverses the imbalance: fraction of replicas with w² ≥ u² at Tt = 2",
            0.0,
            flipped(runs["SGD"]),
            Test("threshold", 0.02, "far below the fraction under either other noise", "below"),
            [
                Control("isotropic noise of equal power", flipped(runs["isotropic"])),
                Control("independent noise on u and w", flipped(runs["independent"])),
            ],
        ),
    ]
    return PlaneRun(descent, runs, data, rate), parts
