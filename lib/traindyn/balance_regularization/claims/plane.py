"""Claim BR-3: only the noise of SGD balances."""

from __future__ import annotations

import math

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.balance import Paths, PlaneRun
from traindyn.balance_regularization.studies.data import STANDARD, START
from traindyn.balance_regularization.studies.plane import (
    RATE,
    TIMES,
    amplitude,
    descent_path,
    noisy_paths,
)
from traindyn.balance_regularization.theory.dynamics import (
    imbalance_spread_in_valley,
    residual_imbalance_of_flow,
)
from traindyn.balance_regularization.theory.moments import moments
from traindyn.inference import Estimate, estimate_fraction, estimate_mean, exact
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
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
    return run, [_descent(run), _shrinks(run), *_spreads(run), _never_reverses(run)]


def _descent(run: PlaneRun) -> Part:
    """Gradient descent loses little of the imbalance."""
    data = moments(STANDARD)
    lost = residual_imbalance_of_flow(data, *START)
    curvature = 2 * data.beta1 * (START[0] ** 2 + START[1] ** 2)
    finest = min(run.descent)

    def prefactor(rate: float, paths: Paths) -> float:
        start, end = paths.imbalance[0].mean(), paths.imbalance[-1].mean()
        return float((1 - end / start) / (rate * lost))

    return Part(
        "Gradient descent loses the fraction 4η∫f²dt of the imbalance, nothing at η → 0: "
        "loss over prediction at η = 0.0025",
        1.0,
        exact(prefactor(finest, run.descent[finest])),
        Test("equality", finest * curvature, "step-size order η times the sharpness at start"),
        [Control("SGD at η = 0.01", exact(prefactor(RATE, run.noisy["SGD"])))],
        asymptotic=True,
        sizes=[Size(eta, exact(prefactor(eta, paths))) for eta, paths in run.descent.items()],
    )


def _shrinks(run: PlaneRun) -> Part:
    """SGD drives the imbalance to zero."""
    predicted_drop = 4 * RATE * TIMES[-1]
    return Part(
        "SGD shrinks |u² − w²| more than a thousandfold by Tt = 2 (mean decrease of the log)",
        predicted_drop,
        _log_drop(run.noisy["SGD"]),
        Test(
            "threshold",
            predicted_drop - math.log(1000),
            "a factor 1,000; at the minimum, where g = 1, 4Tt is predicted",
            side="above",
        ),
        [
            Control("isotropic noise of equal power", _log_drop(run.noisy["isotropic"])),
            Control("independent noise on u and w", _log_drop(run.noisy["independent"])),
        ],
        note=(
            "Independent noise has the same variances in every state; only the correlation "
            "of the two gradients is gone. It is the rank-one structure that balances."
        ),
    )


def _spreads(run: PlaneRun) -> list[Part]:
    """Isotropic noise diffuses along the valley."""
    data = moments(STANDARD)
    imbalance = START[0] ** 2 - START[1] ** 2
    second_moment = imbalance_spread_in_valley(
        data.minimum, imbalance, amplitude() ** 2 / RATE, TIMES[-1], RATE * data.beta1
    )
    predicted_spread = math.sqrt(second_moment) / imbalance
    return [
        Part(
            "Isotropic noise does not move the mean imbalance: E(u² − w²) over its start "
            "after one balance time 1/4T",
            1.0,
            _mean_ratio(run.noisy["isotropic"]),
            Test("equality", 0.1, "a sixth of what SGD removes in that time, 1 − 1/e"),
            [
                Control("SGD", _mean_ratio(run.noisy["SGD"])),
                Control("independent noise on u and w", _mean_ratio(run.noisy["independent"])),
            ],
        ),
        Part(
            "Isotropic noise spreads the imbalance along the valley: its root mean square over "
            "its start at Tt = 2",
            predicted_spread,
            _spread(run.noisy["isotropic"]),
            Test(
                "equality",
                0.1 * predicted_spread,
                "a noise power wrong by a fifth; the finite steps, which take 8 % off the spread, "
                "are predicted to their next order of less than 1 %",
            ),
            [
                Control("SGD", _spread(run.noisy["SGD"])),
                Control("independent noise on u and w", _spread(run.noisy["independent"])),
            ],
            note="The prediction solves a diffusion along the valley, with finite steps across it.",
        ),
    ]


def _never_reverses(run: PlaneRun) -> Part:
    return Part(
        "SGD never reverses the imbalance: fraction of replicas with w² ≥ u² at Tt = 2",
        0.0,
        _flipped(run.noisy["SGD"]),
        Test("threshold", 0.02, "far below the fraction under either other noise", "below"),
        [
            Control("isotropic noise of equal power", _flipped(run.noisy["isotropic"])),
            Control("independent noise on u and w", _flipped(run.noisy["independent"])),
        ],
    )


def _log_drop(paths: Paths) -> Estimate:
    return estimate_mean(paths.log_imbalance[0] - paths.log_imbalance[-1])


def _mean_ratio(paths: Paths) -> Estimate:
    return estimate_mean(paths.imbalance[1] / paths.imbalance[0])


def _spread(paths: Paths) -> Estimate:
    square = estimate_mean(paths.imbalance[-1] ** 2 / paths.imbalance[0] ** 2)
    root = math.sqrt(square.value)
    return Estimate(root, square.stderr / (2 * root), square.n)


def _flipped(paths: Paths) -> Estimate:
    return estimate_fraction(int((paths.imbalance[-1] <= 0).sum()), paths.u.shape[1])
