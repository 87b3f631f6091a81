"""Claim SS-23: what of the theory carries over to networks on handwritten digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import (
    Part,
    at_least,
    at_most,
    other_system,
    within,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.registry import registry
from traindyn.saddle_to_saddle.results.digits import DigitsLaw, DigitsRun, EscapeTimes, FitRun
from traindyn.saddle_to_saddle.studies.digits import digits_law, fits, leaving_times


@registry.claim(
    23,
    source="ours: regression of classes on pixels",
    basis="extension",
    statement=(
        "On handwritten digits linear and ReLU networks leave the origin at the rates that the "
        "data predict; then linear ones end at the least-squares fit and ReLU ones pass it."
    ),
)
def digits(context: Context) -> tuple[DigitsRun, list[Part]]:
    """SS-23."""
    law = digits_law()
    times = {name: leaving_times(context, rectified=name == "ReLU") for name in ("linear", "ReLU")}
    linear, rectified = fits(context, rectified=False), fits(context, rectified=True)
    return DigitsRun(linear[0], rectified[0], law.fitted, times), [
        _unit("linear", times["linear"], law.rectified_rate),
        _unit("ReLU", times["ReLU"], law.linear_rate),
        _first_value(linear, law),
        *_least_loss(rectified, linear, law),
    ]


def _unit(name: str, run: EscapeTimes, other_rate: float) -> Part:
    """When two layers leave the origin."""
    flow = 1 / run.rate
    return Part(
        f"Two layers on digits, {name}, gradient descent at η = 0.5: time to leave the origin per "
        "factor e of the start's scale, from 1e-5 to 1e-8",
        estimate_mean(run.slopes[-1]),
        within(
            (run.predicted_slope - flow) / 2,
            "half of what steps of this size change",
            "neighbor",
        ),
        [
            wrong_prediction("the unit of the flow, 1/s", flow),
            wrong_prediction(
                "the rate of the other activation",
                run.learning_rate / float(np.log1p(run.learning_rate * other_rate)),
            ),
        ],
        prediction=run.predicted_slope,
        compares="simulation",
        seen=True,
        replicates="networks",
    )


def _first_value(runs: Sequence[FitRun], law: DigitsLaw) -> Part:
    """Where the first mode of a linear network ends."""
    top = estimate_mean(np.array([run.singular_values[-1, 0] for run in runs]) / law.fitted[0])
    rival = float(law.fitted[1] / law.fitted[0])
    return Part(
        "Three linear layers on digits: first singular value of the fit after 3,000 steps over "
        "that of least squares",
        top,
        within((1 - rival) / 2, "half way to the second singular value of the fit", "neighbor"),
        [
            wrong_prediction("the second singular value of the fit", rival),
            wrong_prediction(
                "that of the moment of classes and pixels",
                float(law.linear_rate / law.fitted[0]),
            ),
        ],
        prediction=1.0,
        compares="simulation",
        seen=True,
        replicates="networks",
    )


def _least_loss(
    rectified: Sequence[FitRun], linear: Sequence[FitRun], law: DigitsLaw
) -> list[Part]:
    """The levels of linear networks bind linear networks alone."""

    def loss(runs: Sequence[FitRun]) -> Estimate:
        return estimate_mean(np.array([run.loss[-1] for run in runs]) / law.least_loss)

    return [
        Part(
            "Three layers on digits, ReLU: the loss after 3,000 steps over that of least squares, "
            "which the stages of the theory do not pass",
            loss(rectified),
            at_least(1.0, "a sign: the least loss of a linear fit", "sign"),
            [wrong_theory("no loss at all", exact(0.0))],
            compares="simulation",
            seen=True,
            replicates="networks",
            expected="falsified",
            note="The stages are those of linear networks; a ReLU network fits more.",
        ),
        Part(
            "Three layers on digits, ReLU, amended: the loss after 3,000 steps over that of least "
            "squares, which such a network passes",
            loss(rectified),
            at_most(1.0, "a sign: the least loss of a linear fit", "sign"),
            [other_system("linear layers", loss(linear))],
            compares="simulation",
            seen=True,
            replicates="networks",
        ),
    ]
