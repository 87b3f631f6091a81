"""Claim AN-16: short windows and epochs fake an inverse relation in one layer."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.parts import simulated
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.shares import agreement, close
from traindyn.anisotropic_noise.results.drift import WindowRun, WindowVariances
from traindyn.anisotropic_noise.results.estimators import relative_distance_squared
from traindyn.anisotropic_noise.studies.artifacts import (
    BATCH,
    RATE,
    SPREAD,
    TWO_LONG,
    TWO_SHORT,
    one_layer,
    two_layers,
)
from traindyn.inference import Estimate, difference, estimate_mean, exact, log_slope
from traindyn.ledger import (
    Part,
    at_most,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

FLATTEST = 8
"""Directions over which exponents are fitted: there the short window is short."""

NEGLECTED = float(RATE * (SPREAD.sum() / BATCH + SPREAD.max() / 2))
"""η tr H / S and half a step in the steepest direction, the errors of the stationary variance."""

PROBLEMS, NETWORKS = "drawn problems", "networks"


@registry.claim(
    16,
    source="beyond the abstract",
    basis="extension",
    statement=(
        "A window that is short against the relaxation, or sampling in epochs, fakes an inverse "
        "relation with exponent 2 in one layer; that of two layers survives both changes."
    ),
)
def artifacts(context: Context) -> tuple[WindowRun, list[Part]]:
    """AN-16."""
    one, two = one_layer(context), two_layers(context)
    theory = {name: values.mean(axis=0) for name, values in one.theory.items()}
    shown = WindowRun({"one layer": _shown(one), "two layers": _shown(two)}, theory)
    predicted = _predicted(one)
    return shown, [
        *_windows(one, predicted),
        *_changes(_exponents(one), _exponents(two), predicted),
        _level(one),
    ]


def _shown(run: WindowVariances) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    width = run.flatness / run.flatness.min()
    return {name: (width, v.mean(axis=0)) for name, v in run.variances.items()}


def _exponents(run: WindowVariances) -> dict[str, Estimate]:
    """Exponents d log V / d log F over the flattest directions, by window."""
    flattest = np.argsort(run.flatness)[-FLATTEST:]
    return {
        name: log_slope(list(run.flatness[flattest]), [estimate_mean(v[:, i]) for i in flattest])
        for name, v in run.variances.items()
    }


def _predicted(run: WindowVariances) -> dict[str, float]:
    """Exponents of the mean law of the windows."""
    flattest = np.argsort(run.flatness)[-FLATTEST:]
    return {
        name: log_slope(
            list(run.flatness[flattest]), [exact(float(v[:, i].mean())) for i in flattest]
        ).value
        for name, v in run.theory.items()
    }


def _windows(run: WindowVariances, predicted: dict[str, float]) -> list[Part]:
    """Exponents of one layer."""
    found = _exponents(run)
    other = {"short window": "long window", "long window": "short window"}
    return [
        Part(
            f"SGD of one layer, window of {run.windows[name]:,} steps: exponent d log V / d log F "
            "of the eight flattest directions",
            found[name],
            within_noise(found[name], "the window's law has no free parameter"),
            [
                wrong_prediction("the stationary variance T in all directions", 0.0)
                if name == "short window"
                else wrong_prediction("exponent 2", -2.0),
                wrong_prediction(f"the law of the {other[name]}", predicted[other[name]]),
                same_run(f"the {other[name]}", found[other[name]]),
            ],
            compares="simulation",
            replicates=PROBLEMS,
            prediction=predicted[name],
            seen=True,
        )
        for name in ("short window", "long window")
    ]


def _changes(
    one: dict[str, Estimate], two: dict[str, Estimate], predicted: dict[str, float]
) -> list[Part]:
    """What a longer window and epochs change in one layer and in two."""
    window_in_one, window_in_two = (
        difference(layers["long window"], layers["short window"]) for layers in (one, two)
    )
    epochs_in_one, epochs_in_two = (
        difference(layers["epochs"], layers["long window"]) for layers in (one, two)
    )
    long = predicted["long window"]
    rows = (
        (
            f"from a window of {TWO_SHORT:,} steps to one of {TWO_LONG:,}",
            window_in_two,
            window_in_one,
            long - predicted["short window"],
        ),
        ("from sampling with replacement to epochs", epochs_in_two, epochs_in_one, -2 - long),
    )
    return [
        Part(
            "SGD of one layer in a long window: change of the exponent d log V / d log F of the "
            "eight flattest directions from sampling with replacement to epochs",
            epochs_in_one,
            at_most(
                (-2 - long) / 2,
                f"half the way from the law of the window, {long:.2f}, to the exponent −2",
                "neighbor",
            ),
            [other_system("two layers", epochs_in_two)],
            compares="simulation",
            replicates=PROBLEMS,
            seen=True,
        ),
        *(
            simulated(
                "SGD of two layers: change of the exponent d log V / d log F of the eight flattest "
                f"directions of the second layer {change}",
                in_two,
                within(
                    abs(change_in_one) / 2,
                    f"half of what theory predicts of the same changes in one layer, "
                    f"{change_in_one:.2f}",
                    "neighbor",
                ),
                [other_system("one layer", in_one)],
                prediction=0.0,
            )
            for change, in_two, in_one, change_in_one in rows
        ),
    ]


def _weighted_once(run: WindowVariances) -> np.ndarray:
    """The share 1 − (1 − e⁻ˣ)/x, of pairs that are not weighted with the time between them."""
    x = RATE * run.curvatures * run.windows["short window"]
    return 1 + np.expm1(-x) / x


def _level(run: WindowVariances) -> Part:
    """Not the exponent alone: the variances themselves."""
    name = "short window"
    found, law = run.variances[name], run.theory[name]

    def with_law(predicted: np.ndarray) -> Estimate:
        one = np.ones(predicted.shape[-1])
        return agreement(relative_distance_squared(found / predicted, one))

    kept = with_law(law)
    return Part(
        f"SGD of one layer, window of {run.windows[name]:,} steps: agreement, one minus the mean "
        "squared relative distance, of the variances in twenty directions with the share of T that "
        "a window sees",
        kept,
        close(kept, NEGLECTED),
        [
            wrong_theory("x/2 in place of x/3 in flat directions", with_law(_weighted_once(run))),
            wrong_theory("the stationary variance T", with_law(np.ones_like(law))),
        ],
        compares="simulation",
        replicates=PROBLEMS,
    )
