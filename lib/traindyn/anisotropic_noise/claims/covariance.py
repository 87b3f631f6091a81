"""Claims AN-1 and AN-2: covariance and mean loss of SGD, exact and in the small-step limit."""

from __future__ import annotations

import math

import numpy as np

from traindyn.anisotropic_noise.claims.parts import algebraic
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.shares import agreement, share
from traindyn.anisotropic_noise.results.covariance import (
    CovarianceRun,
    ExactCurves,
    LossRun,
    MeanLosses,
    MixedMoments,
    TheoryErrors,
)
from traindyn.anisotropic_noise.studies.covariance import covariances, mean_losses, mixed_moments
from traindyn.inference import Estimate, combination, estimate_mean, exact
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

PROBLEMS = "drawn problems"
EXACT = "the recursion is exact, from any start and for every problem: only noise is left"


@registry.claim(
    1,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "The covariance of the weights of linear regression solves a closed recursion at any "
        "learning rate and batch size; the Lyapunov equation with the noise of the minimum is its "
        "limit for small steps, with an error of first order in the learning rate times tr H."
    ),
)
def covariance(context: Context) -> tuple[ExactCurves, list[Part]]:
    """AN-1."""
    run, mixed = covariances(context), mixed_moments(context)
    shown = ExactCurves(
        run.step_sizes,
        np.array([e.frozen.mean() for e in run.errors]),
        np.array([e.state_dependent.mean() for e in run.errors]),
        run.simulated_at,
        [estimate_mean(d.right) for d in run.simulated],
        [estimate_mean(d.wrong) for d in run.simulated],
    )
    return shown, [
        _recursion(run),
        _doubled_rate(run),
        _frozen_or_discrete(run),
        _in_fours(run),
        *_terms(run, mixed),
        _square_of_a_step(run.errors[0], float(run.step_sizes[0])),
    ]


def _recursion(run: CovarianceRun) -> Part:
    largest = run.simulated[-1]
    found = agreement(estimate_mean(largest.right))
    return Part(
        "SGD of linear regression in batches of one, started from the minimum and from twice the "
        "stationary covariance: agreement of the covariance with the exact recursion, one "
        "minus the mean squared distance in units of it, at η tr H = 0.4",
        found,
        within_noise(found, EXACT),
        [wrong_theory("noise frozen at the minimum", agreement(estimate_mean(largest.wrong)))],
        compares="simulation",
        replicates=PROBLEMS,
        prediction=1.0,
        seen=True,
    )


def _doubled_rate(run: CovarianceRun) -> Part:
    """The error of frozen noise is of first order in the learning rate."""
    exponents = {
        float(s): estimate_mean(np.log2(b.frozen / a.frozen))
        for s, a, b in list(zip(run.step_sizes, run.errors, run.errors[1:], strict=False))[::-1]
    }
    *_, smallest = exponents.values()
    return Part(
        "Exponent with which the error of the covariance with frozen noise grows with the "
        "learning rate, from η tr H = 0.0125 to 0.025",
        smallest,
        within_noise(
            smallest,
            "the next order of the error is η tr H of the first, which adds η tr H over log 2 to "
            "the exponent; and noise",
            float(run.step_sizes[0]) / math.log(2),
        ),
        [
            wrong_prediction("an error of second order", 2.0),
            wrong_prediction("an error that grows as the root of the learning rate", 0.5),
        ],
        compares="theories",
        replicates=PROBLEMS,
        prediction=1.0,
        asymptotic=True,
        sizes=[Size(*pair) for pair in exponents.items()],
        seen=True,
    )


def _frozen_or_discrete(run: CovarianceRun) -> Part:
    """What is to blame at batches of one."""

    def parts(errors: TheoryErrors) -> Estimate:
        return estimate_mean(np.log(errors.frozen / errors.state_dependent))

    return Part(
        "At batches of one the frozen noise, not the discrete step, makes the error: logarithm of "
        "the error of the covariance with frozen noise over that of the stochastic equation whose "
        "noise follows the weights, η tr H = 0.4",
        parts(run.errors[-1]),
        at_least(math.log(2), "where the two make equal parts of the error", "sign"),
        [other_system("batches of 64, whose noise hardly counts", parts(run.large_batch))],
        compares="theories",
        replicates=PROBLEMS,
        seen=True,
    )


def _in_fours(run: CovarianceRun) -> Part:
    found = agreement(estimate_mean(run.in_fours.right))
    return Part(
        "SGD in batches of four: agreement of the covariance with the exact recursion, one minus "
        "the mean squared distance in units of it, at η tr H / S = 0.4",
        found,
        within_noise(found, EXACT),
        [wrong_theory("noise frozen at the minimum", agreement(estimate_mean(run.in_fours.wrong)))],
        compares="simulation",
        replicates=PROBLEMS,
        prediction=1.0,
        seen=True,
    )


def _terms(run: CovarianceRun, mixed: MixedMoments) -> list[Part]:
    """Single terms of the recursion, seen in SGD: 1 with the term, 0 without."""
    rows = (
        (
            "The noise follows the weights: share of what sets the exact recursion apart from "
            "frozen noise that SGD in batches of one shows, η tr H = 0.4",
            run.followed,
            "noise frozen at the minimum",
        ),
        (
            "The noise is what a gradient deviates by from its mean: share of what centering takes "
            "from the covariance that SGD in batches of four shows, η tr H / S = 0.4",
            run.centered,
            "noise with the second moment of a gradient in place of its covariance",
        ),
        (
            "Residuals and inputs of one batch belong together: share of their mixed moment that "
            "SGD in batches of four shows twelve steps after a start beside the minimum",
            mixed.together,
            "noise of a batch drawn apart from its inputs",
        ),
    )
    return [
        Part(
            statement,
            share(of),
            within_noise(share(of), EXACT),
            [wrong_prediction(wrong, 0.0)],
            compares="simulation",
            replicates=PROBLEMS,
            prediction=1.0,
        )
        for statement, of, wrong in rows
    ]


def _square_of_a_step(errors: TheoryErrors, step_size: float) -> Part:
    return Part(
        "What the stochastic equation leaves out is the square of a mean step: its error over the "
        "size of the solution of HX + XH = ηHCH, in batches of one at η tr H = 0.0125",
        estimate_mean(errors.state_dependent / errors.square),
        within(step_size, "η tr H, the size of the next order", "next order"),
        [
            wrong_theory(
                "noise with the second moment of a gradient in place of its covariance",
                estimate_mean(errors.uncentered / errors.square),
            )
        ],
        compares="theories",
        replicates=PROBLEMS,
        prediction=1.0,
    )


@registry.claim(
    2,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "The mean loss above its minimum is η tr D / 4S for small steps, whether or not detailed "
        "balance holds; for larger steps the exact recursion gives it."
    ),
)
def mean_loss(context: Context) -> tuple[MeanLosses, list[Part]]:
    """AN-2."""
    run = mean_losses(context)
    pairs = list(zip(run.simulated, run.exact, strict=True))
    simulated = [_around(found, theory) for found, theory in pairs]
    shown = MeanLosses(run.step_sizes, run.curve, run.simulated_at, simulated)
    return shown, [
        algebraic(
            "Trace of the Lyapunov equation: mean loss of the theory with frozen noise over "
            "η tr D / 4S",
            estimate_mean(run.frozen),
            within(1e-10, "rounding of a 10 × 10 eigenproblem", "rounding"),
            [
                wrong_prediction("tr HC without its factor 1/2", 2.0),
                wrong_theory("the exact recursion at η tr H = 0.33", estimate_mean(run.exact[-1])),
            ],
            prediction=1.0,
        ),
        *(_simulated_loss(run, i, found) for i, found in enumerate(simulated)),
    ]


def _around(found: np.ndarray, theory: np.ndarray) -> Estimate:
    """Mean over problems with the error of the difference from theory, problem by problem."""
    return combination([1.0, 1.0], [estimate_mean(found - theory), exact(float(theory.mean()))])


def _simulated_loss(run: LossRun, index: int, found: Estimate) -> Part:
    largest = index == len(run.simulated_at) - 1
    fixed = other_system("Gaussian noise, frozen at the minimum", estimate_mean(run.fixed))
    return Part(
        f"Mean loss of SGD above its minimum at η tr H = {run.simulated_at[index]:g}, in units of "
        "η tr D / 4S",
        found,
        within_noise(found, EXACT),
        [wrong_prediction("the limit of small steps", 1.0), *([fixed] if largest else [])],
        compares="simulation",
        replicates=PROBLEMS,
        prediction=float(run.exact[index].mean()),
        seen=True,
    )
