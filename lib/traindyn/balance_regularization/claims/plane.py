"""Claim BR-3: what other noise than that of SGD does to the imbalance."""

from __future__ import annotations

import math

from traindyn.balance_regularization.claims.common import never
from traindyn.balance_regularization.claims.parts import simulated
from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.balance import Paths, PlaneRun
from traindyn.balance_regularization.studies.data import STANDARD, START
from traindyn.balance_regularization.studies.plane import (
    RATE,
    SPREAD_TIME,
    TIMES,
    amplitude,
    descent_path,
    noisy_paths,
    spread_from_balance,
)
from traindyn.balance_regularization.theory.dynamics import (
    imbalance_spread_in_valley,
    residual_imbalance_of_flow,
)
from traindyn.balance_regularization.theory.moments import moments
from traindyn.inference import Estimate, estimate_fraction, estimate_mean, exact, monotone
from traindyn.ledger import (
    Part,
    Size,
    at_least,
    other_system,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

DESCENT_RATES = (0.02, 0.01, 0.005, 0.0025)


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
    run = PlaneRun(
        {rate: descent_path(rate) for rate in DESCENT_RATES},
        {
            "SGD": noisy_paths(context, "SGD"),
            "isotropic": noisy_paths(context, "isotropic"),
            "independent": noisy_paths(context, "independent"),
        },
        moments(STANDARD).minimum,
        RATE,
    )
    return run, [
        _descent(run),
        _shrinks(run),
        _no_mean(run),
        _spreads(context, run),
        _never_reverses(run),
    ]


def _descent(run: PlaneRun) -> Part:
    """Gradient descent loses little of the imbalance."""
    data = moments(STANDARD)
    lost = residual_imbalance_of_flow(data, *START)
    curvature = 2 * data.beta1 * (START[0] ** 2 + START[1] ** 2)
    finest = min(run.descent)

    def prefactor(rate: float, factor: float = 1.0) -> Estimate:
        """The fraction that is lost over the predicted one; nothing is drawn."""
        path = run.descent[rate].imbalance[:, 0]
        return exact(float((1 - path[-1] / path[0]) / (rate * lost * factor)))

    sgd = run.noisy["SGD"].imbalance
    return Part(
        "Gradient descent loses the fraction 4η∫f²dt of u² − w², f = β₁v − β₂, which vanishes as "
        "η → 0: loss over prediction at η = 0.0025",
        prefactor(finest),
        within(finest * curvature, "step-size order η times the sharpness at start", "next order"),
        [
            wrong_theory("2η∫f²dt", prefactor(finest, 0.5)),
            other_system("SGD at η = 0.01", estimate_mean((1 - sgd[-1] / sgd[0]) / (RATE * lost))),
        ],
        prediction=1.0,
        compares="simulation",
        basis="derived",
        asymptotic=True,
        sizes=[Size(eta, prefactor(eta)) for eta in run.descent],
        seen=True,
    )


def _shrinks(run: PlaneRun) -> Part:
    """SGD drives the imbalance to zero."""
    data = moments(STANDARD)
    slowest = 4 * RATE * TIMES[-1] * data.delta / data.alpha1
    return simulated(
        "SGD shrinks |u² − w²| at least as fast as the bound exp(−4Tt Δ/α₁) for data with label "
        "noise: mean decrease of log|u² − w²| by Tt = 2",
        _log_drop(run.noisy["SGD"]),
        at_least(slowest, "the paper's bound, g(v) ≥ Δ/α₁ in the rate 4Tg", "paper"),
        [
            other_system("isotropic noise of equal power", _log_drop(run.noisy["isotropic"])),
            other_system("independent noise on u and w", _log_drop(run.noisy["independent"])),
        ],
        note=(
            "Independent noise has the same variances in every state; only the correlation "
            "of the two gradients is gone. It is the rank-one structure that balances."
        ),
    )


def _no_mean(run: PlaneRun) -> Part:
    """Isotropic noise does not move the mean."""
    data, isotropic = moments(STANDARD), run.noisy["isotropic"]
    power, damping = amplitude() ** 2 / RATE, RATE * data.beta1
    norm = START[0] ** 2 + START[1] ** 2
    drift = RATE * residual_imbalance_of_flow(data, *START)
    drift += damping * power / (1 - damping * norm) * isotropic.times[1]
    return simulated(
        "Isotropic noise does not move the mean imbalance: E(u² − w²) over its start "
        "after one balance time 1/4T",
        _mean_ratio(isotropic),
        within_noise(
            _mean_ratio(isotropic),
            "the mean is conserved, but for the loss 4η∫f²dt of finite steps, which is predicted",
        ),
        [
            other_system("SGD", _mean_ratio(run.noisy["SGD"])),
            other_system("independent noise", _mean_ratio(run.noisy["independent"])),
        ],
        prediction=1 - drift,
    )


def _spreads(context: Context, run: PlaneRun) -> Part:
    """Isotropic noise diffuses along the valley, from balance as from anywhere."""
    data = moments(STANDARD)
    power, damping = amplitude() ** 2 / RATE, RATE * data.beta1

    def spread(noise_rate: float) -> float:
        return math.sqrt(
            imbalance_spread_in_valley(data.minimum, 0.0, noise_rate, SPREAD_TIME, damping)
        )

    straight = math.sqrt(8 * power * data.minimum * SPREAD_TIME)
    return simulated(
        "Isotropic noise drives a balanced net along the valley: root mean square of u² − w² at "
        "Tt = 0.5, from u = w = 1",
        _spread(spread_from_balance(context)),
        within(
            (spread(power) - straight) / 2,
            "half the distance to a valley that is straight; the diffusion in the bent one is "
            "solved, with finite steps across it, to an order of less than 1 %",
            "neighbor",
        ),
        [
            wrong_prediction("u² + w² = 2v* along the whole valley", straight),
            wrong_prediction("half the noise power", spread(power / 2)),
            other_system("SGD from the unbalanced start, Tt = 2", _spread(run.noisy["SGD"])),
        ],
        prediction=spread(power),
        basis="derived",
    )


def _never_reverses(run: PlaneRun) -> Part:
    replicas = run.noisy["SGD"].u.shape[1]
    return simulated(
        "SGD never reverses the imbalance: fraction of replicas with w² ≥ u² at Tt = 2",
        _flipped(run.noisy["SGD"]),
        never(replicas),
        [
            other_system("isotropic noise of equal power", _flipped(run.noisy["isotropic"])),
            other_system("independent noise on u and w", _flipped(run.noisy["independent"])),
        ],
        basis="derived",
        note="A step multiplies u² − w² by 1 − 4η²s², which is positive for |s| < 50.",
    )


def _log_drop(paths: Paths) -> Estimate:
    return estimate_mean(paths.log_imbalance[0] - paths.log_imbalance[-1])


def _mean_ratio(paths: Paths) -> Estimate:
    return estimate_mean(paths.imbalance[1] / paths.imbalance[0])


def _spread(paths: Paths) -> Estimate:
    square = estimate_mean(paths.imbalance[-1] ** 2)
    return monotone(square, lambda value: math.sqrt(max(value, 0.0)))


def _flipped(paths: Paths) -> Estimate:
    return estimate_fraction(int((paths.imbalance[-1] <= 0).sum()), paths.u.shape[1])
