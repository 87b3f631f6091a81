"""Claim BR-24: what carries over to networks on images of handwritten digits."""

from __future__ import annotations

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.results.networks import DigitsBalance, DigitsRun, RealRun
from traindyn.balance_regularization.studies.digits import (
    EARLY,
    RATE,
    RECIPES,
    account,
    layers,
)
from traindyn.inference import Estimate, estimate_mean, exact, ratio_of_means
from traindyn.ledger import (
    Part,
    at_least,
    other_system,
    within,
    within_noise,
    wrong_theory,
)
from traindyn.runs import Context

NOISY = 0.5
"""Share of the labels that are drawn at random."""

NETWORKS = "networks"


@registry.claim(
    24,
    source="Theorem 3.1, abstract",
    basis="extension",
    statement=(
        "On images of handwritten digits the account of every neuron is exact under plain SGD, and "
        "the law of balance says how the imbalance of the layers moves; but without label noise "
        "the layers do not come into balance."
    ),
)
def on_digits(context: Context) -> tuple[RealRun, list[Part]]:
    """BR-24."""
    accounts: dict[str, DigitsRun] = {recipe: account(context, recipe) for recipe in RECIPES}
    runs = {share: layers(context, share) for share in (0.0, NOISY)}
    return RealRun(accounts, runs), [
        _account(accounts),
        _law(runs[NOISY]),
        _as_stated(runs),
        _toward_balance(runs),
    ]


def _account(accounts: dict[str, DigitsRun]) -> Part:
    sgd = accounts["SGD"]
    terms = 65 + 10  # pixels, bias and classes
    norm = float((sgd.incoming + sgd.outgoing).max())

    def change(run: DigitsRun) -> float:
        imbalance = run.outgoing - run.incoming
        return float(np.abs(imbalance - imbalance[0]).max())

    return Part(
        f"ReLU network 64-64-10 on digits under plain SGD, {sgd.steps:,} steps, change of the "
        "imbalance |u|² − |w|² of its neurons: largest share that Ση²(|g_u|² − |g_w|²) misses",
        exact(float(sgd.error.max()) / change(sgd)),
        within(
            sgd.steps * 2 * terms * float(np.finfo(float).eps) * norm / change(sgd),
            "rounding of two sums of 75 squares in each step, over the largest change",
            "rounding",
        ),
        [
            other_system(recipe, exact(float(run.error[-1]) / change(run)))
            for recipe, run in accounts.items()
            if recipe != "SGD"
        ],
        compares="simulation",
        basis="derived",
        prediction=0.0,
    )


def _change(run: DigitsBalance, terms: np.ndarray) -> np.ndarray:
    """η²Σ(U's term − W's term) over the steps of the run, by the trapezoid rule; per network."""
    gap = terms[:, 0] - terms[:, 1]
    return RATE**2 * np.trapezoid(gap, run.steps.astype(float), axis=0)


def _law(run: DigitsBalance) -> Part:
    change = run.imbalance[-1] - run.imbalance[0]
    predicted = _change(run, run.squares)
    crossed = RATE**2 * np.trapezoid(-run.squares.sum(axis=1), run.steps.astype(float), axis=0)
    found = ratio_of_means(change, predicted)
    return Part(
        "ReLU networks 64-32-10 on digits, half of the labels random, under SGD with batches of "
        "one: change of |U|² − |W|² over η²Σ(E|g_U|² − E|g_W|²), from the gradients of all images "
        "at 33 times",
        found,
        within_noise(found, "the expectation of the exact account; noise of the steps is left"),
        [
            wrong_theory("the layers' terms added", ratio_of_means(change, crossed)),
            wrong_theory("U's term alone", ratio_of_means(change, _change(run, _first(run)))),
        ],
        prediction=1.0,
        compares="simulation",
        replicates=NETWORKS,
        basis="derived",
    )


def _first(run: DigitsBalance) -> np.ndarray:
    terms = run.squares.copy()
    terms[:, 1] = 0.0
    return terms


def _end(run: DigitsBalance) -> Estimate:
    """Noise of U over that of W in the last quarter of the run."""
    late = run.steps >= 0.75 * run.steps[-1]
    return estimate_mean(run.noise[late, 0].mean(axis=0) / run.noise[late, 1].mean(axis=0))


def _as_stated(runs: dict[float, DigitsBalance]) -> Part:
    return Part(
        "ReLU networks 64-32-10 on digits under SGD with batches of one come into balance: "
        "Tr Cov(∂ℓ/∂U) over Tr Cov(∂ℓ/∂W) in the last quarter of the run",
        _end(runs[0.0]),
        within(0.05, "what counts as balance in BR-5", "neighbor"),
        [other_system("half of the labels random", _end(runs[NOISY]))],
        prediction=1.0,
        compares="simulation",
        replicates=NETWORKS,
        basis="attributed",
        expected="falsified",
        note="Once the images are fitted the noise vanishes, and with it what balances.",
    )


def _toward_balance(runs: dict[float, DigitsBalance]) -> Part:
    def growth(run: DigitsBalance) -> Estimate:
        """Change of log noise ratio from early in the run, when the images are learned."""
        logs = np.log(run.noise_ratio)
        late = run.steps >= 0.75 * run.steps[-1]
        early = (run.steps >= EARLY) & (run.steps <= 2.5 * EARLY)
        return estimate_mean(logs[late].mean(axis=0) - logs[early].mean(axis=0))

    return Part(
        "ReLU networks 64-32-10 on digits under SGD with batches of one move toward balance if "
        "half of the labels are random: increase of the log of Tr Cov(∂ℓ/∂U) over Tr Cov(∂ℓ/∂W), "
        "which is below one, after the images are learned",
        growth(runs[NOISY]),
        at_least(0.0, "no change", "sign"),
        [other_system("true labels", growth(runs[0.0]))],
        compares="simulation",
        replicates=NETWORKS,
        basis="derived",
    )
