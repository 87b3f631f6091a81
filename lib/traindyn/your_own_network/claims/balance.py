"""Claim ON-4: the balance of layers in a convolutional network and in a transformer."""

from __future__ import annotations

import math

import numpy as np

from traindyn.inference import Estimate, estimate_mean, exact, monotone, ratio_of_means
from traindyn.ledger import (
    Part,
    at_most,
    other_system,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context
from traindyn.your_own_network.claims.parts import NAMES, trained
from traindyn.your_own_network.claims.registry import registry
from traindyn.your_own_network.results.runs import KINDS, Account, Kind, LensRun, Rates
from traindyn.your_own_network.studies.balance import ACCOUNT_STEPS, accounts, rates
from traindyn.your_own_network.studies.runs import lens_run

FIRST, SECOND = "channels of the first convolution", "channels of the second convolution"
HIDDEN = "hidden units"

EPSILON = float(np.finfo(float).eps)

AWAY = (
    "The law asks for balance of the noise of both layers, which is not balance of their weights."
)


@registry.claim(
    4,
    source="ours: the account of balance, on convolutions and on attention",
    basis="extension",
    statement=(
        "The account of balance is exact for channels, hidden units and attention; what it moves "
        "grows with the learning rate; and the layers come closer to balance."
    ),
)
def balance(context: Context) -> tuple[dict[Kind, LensRun], list[Part]]:
    """ON-4."""
    runs = {kind: lens_run(context, kind, "usual") for kind in KINDS}
    parts = [_account(kind, context) for kind in KINDS]
    parts.append(_first_order(rates(context, "convolutional")[FIRST]))
    cases: tuple[tuple[Kind, str], ...] = (
        ("convolutional", FIRST),
        ("convolutional", SECOND),
        ("transformer", HIDDEN),
    )
    small = lens_run(context, "convolutional", "small")
    return runs, [*parts, *(_closer(kind, pair, runs[kind], small) for kind, pair in cases)]


def missed(account: Account) -> float:
    """Largest share of the largest change that the account misses."""
    return float(np.abs(account.change - account.accounted).max() / np.abs(account.change).max())


def _account(kind: Kind, context: Context) -> Part:
    plain, moving = accounts(context, kind), accounts(context, kind, momentum=0.5)
    rounding = max(
        ACCOUNT_STEPS * 2 * one.terms * EPSILON * one.size / float(np.abs(one.change).max())
        for one in plain.values()
    )
    return Part(
        f"{NAMES[kind]}, every pair of layers with the symmetry, {ACCOUNT_STEPS} steps of SGD: "
        "largest share of the change of |u|² − |w|² that Ση²(|g_u|² − |g_w|²) misses",
        exact(max(missed(one) for one in plain.values())),
        within(
            rounding, "rounding of two sums of squares in each step, over the change", "rounding"
        ),
        [other_system("momentum 0.5", exact(min(missed(one) for one in moving.values())))],
        prediction=0.0,
        compares="simulation",
        basis="derived",
    )


def _first_order(found: Rates) -> Part:
    """What the account sums is of second order per step, so of first order at a given time."""
    doubled = ratio_of_means(found.full, found.half)
    return trained(
        f"{NAMES['convolutional']}, {FIRST}: exponent b with which the change of |u|² − |w|² at "
        "one time grows as the learning rate to the power b",
        monotone(doubled, lambda times: math.log2(times) if times > 0 else -math.inf),
        within(0.5, "half the way to a change that gradient flow makes", "neighbor"),
        [
            wrong_prediction("a change that gradient flow makes, whatever the rate", 0.0),
            wrong_prediction("a change of second order in the rate", 2.0),
        ],
        prediction=1.0,
        basis="derived",
        seen=True,
    )


def change_of(run: LensRun, pair: str) -> Estimate:
    """Relative change of the sum of the sizes of the imbalances, as mean over copies."""
    first, last = (np.abs(run.imbalance[pair][i]).sum(axis=1) for i in (0, -1))
    return estimate_mean(last / first - 1)


def _closer(kind: Kind, pair: str, run: LensRun, small: LensRun) -> Part:
    change = change_of(run, pair)
    away = pair == FIRST
    rival = (
        other_system("a small start", change_of(small, pair))
        if kind == "convolutional"
        else wrong_theory("the terms of the two layers interchanged", change.scaled(-1.0))
    )
    return trained(
        f"{NAMES[kind]} from a usual start, {pair}: relative change of the sum of | |u|² − |w|² | "
        "under SGD, which brings the layers closer to balance",
        change,
        at_most(0.0, "no change", "sign"),
        [rival],
        expected="falsified" if away else "verified",
        note=AWAY if away else "",
    )
