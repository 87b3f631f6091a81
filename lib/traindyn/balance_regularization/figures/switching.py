"""The moving figure: a net of two weights switches off, beside paths of its weights."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from traindyn.balance_regularization.results.switching import Switching, Treatment
from traindyn.interactive import Choice, Curve, InteractiveFigure, Panel, Slider

EDGES = np.linspace(-1, 3, 41)
START = 0.5
"""Temperature that is shown first."""

OFF = 0.01
"""A net with a smaller product, either sign, counts as switched off."""

REACH = 3.0
"""Largest weight in the plane."""


def switching_off(run: Switching) -> InteractiveFigure:
    """Law of v and paths of (u, w) by temperature; a switch makes the noise isotropic.

    Args:
        run: Networks under the noise of SGD and under isotropic noise.
    """
    ratios, shown = run.ratios, (run.sgd, run.isotropic)
    v = np.concatenate([np.linspace(0.01, 0.2, 12), np.linspace(0.25, 3, 45)])
    law = np.array([_law(v, ratio) for ratio in ratios])
    u = np.concatenate([treatment.u for treatment in shown])
    w = np.concatenate([treatment.w for treatment in shown])
    minima = np.concatenate([np.linspace(-REACH, -0.3, 30), [0], np.linspace(0.3, REACH, 30)])
    valley = np.divide(1.0, minima, out=np.full_like(minima, np.nan), where=minima != 0)
    cross = np.array([[-REACH, REACH, 0, -REACH, REACH], [-REACH, REACH, np.nan, REACH, -REACH]])
    networks, paths = run.sgd.products.shape[1], run.sgd.u.shape[2]
    return InteractiveFigure(
        title="Heat the smallest net, and it switches itself off",
        description=(
            "Left: histogram of the product v of the two weights, and the law that is predicted "
            "for SGD. As the temperature rises toward the critical one, the hump near one moves to "
            "zero; above it, all networks but a few stand in the two bars at zero, and no law is "
            "drawn. Under isotropic noise the histogram only gets wider, to both sides of zero. "
            "Right: the plane of the weights u and w, with the two branches of the curve of minima "
            "and two diagonals where the weights are equal in size. Under SGD the path of a "
            "network runs from the start to the diagonal, and so do all others; above the critical "
            "temperature they end at the origin. Under isotropic noise they spread."
        ),
        choices=[Choice("Noise", ["of SGD", "isotropic"])],
        slider=Slider(
            "temperature over critical temperature",
            ratios.tolist(),
            start=int(np.argmin(np.abs(ratios - START))),
        ),
        panels=[
            Panel(
                x_label="product v of the two weights",
                y_label="density",
                x_range=(-1, 3),
                y_range=(0, 2),
                curves=[
                    Curve("networks", EDGES, _histograms(shown), "steps"),
                    Curve("predicted for SGD", v, np.tile(law, (2, 1))),
                ],
            ),
            Panel(
                x_label="outgoing weight u",
                y_label="incoming weight w",
                x_range=(-REACH, REACH),
                y_range=(-REACH, REACH),
                curves=[
                    Curve("path of one network", u[:, :, 0], w[:, :, 0]),
                    Curve("ends of others", u[:, -1, 1:], w[:, -1, 1:], "points"),
                    Curve("minima of the loss, v = 1", minima, valley),
                    Curve("balance, u and w of equal size", cross[0], cross[1]),
                ],
            ),
        ],
        readouts={
            "switched off, |v| < 0.01": [f"{x:.0%}" for x in _each(shown, _off)],
            "mean of v": [f"{x:.2f}" for x in _each(shown, _mean)],
            "typical |u² − w²| at the end": [f"{x:.2g}" for x in _each(shown, _imbalance)],
        },
        caption=(
            "The noise of SGD balances the two weights, and then, hot enough, turns the net off; "
            "noise of the same power in all directions does neither. "
            f"Left: {networks} networks, in units of the best v; under SGD after a run to the "
            "stationary law, and as long as we run where there is none. The highest bars leave the "
            f"panel. Right: {paths} networks, all from one start out of balance."
        ),
    )


def _law(v: np.ndarray, ratio: float) -> np.ndarray:
    """Density that is predicted below the critical temperature, a Gamma law; a gap above."""
    if ratio >= 1:
        return np.full_like(v, np.nan)
    shape, scale = (1 / ratio - 1) / 2, 2 * ratio
    log_density = (shape - 1) * np.log(v) - v / scale - math.lgamma(shape)
    return np.exp(log_density - shape * math.log(scale))


def _histograms(shown: tuple[Treatment, ...]) -> np.ndarray:
    return np.array(
        [
            np.histogram(row, EDGES)[0] / (len(row) * np.diff(EDGES))
            for treatment in shown
            for row in treatment.products
        ]
    )


def _each(shown: tuple[Treatment, ...], of: Callable[[Treatment], np.ndarray]) -> np.ndarray:
    return np.concatenate([of(treatment) for treatment in shown])


def _off(treatment: Treatment) -> np.ndarray:
    return (np.abs(treatment.products) < OFF).mean(axis=1)


def _mean(treatment: Treatment) -> np.ndarray:
    return treatment.products.mean(axis=1)


def _imbalance(treatment: Treatment) -> np.ndarray:
    return np.median(np.abs(treatment.u[:, -1] ** 2 - treatment.w[:, -1] ** 2), axis=1)
