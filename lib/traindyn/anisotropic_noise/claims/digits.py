"""Claim AN-20: the law of the second layer on a network that learns handwritten digits."""

from __future__ import annotations

import math

import numpy as np

from traindyn.anisotropic_noise.claims.parts import simulated
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.digits import DigitsRun, WindowedLayers
from traindyn.anisotropic_noise.studies.digits import RATE, WINDOWS, windowed_layers
from traindyn.anisotropic_noise.theory.flatness import window_variance
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger import Part, at_least, other_system, within, wrong_prediction, wrong_theory
from traindyn.runs import Context

NETWORKS = "networks"
SHOWN = 60
"""Principal components of the figure and of the exponents, the largest left out of the latter."""

FITTED = 9
"""Output directions that count: the classes are centered, so the last singular value is near 0."""

SYSTEM = "Networks with 16 hidden ReLU units on digits, "


@registry.claim(
    20,
    source="beyond the abstract, which speaks of linear networks",
    basis="extension",
    statement=(
        "The last layer of a network that learns handwritten digits fluctuates as the second layer "
        "of a linear network: its variances are T h/(h + b²), in every window."
    ),
)
def law_on_digits(context: Context) -> tuple[DigitsRun, list[Part]]:
    """AN-20."""
    both = windowed_layers(context)
    epochs = windowed_layers(context, sampling="epochs")
    frozen = windowed_layers(context, freeze_first=True)
    short, long = WINDOWS
    shown = {
        f"{short:,} steps": both[short],
        f"{long:,} steps": both[long],
        f"{long:,} steps in epochs": epochs[long],
        f"{long:,} steps, first layer frozen": frozen[long],
    }
    figure = DigitsRun(
        {name: _typical(1 / np.sqrt(run.component_curvature)) for name, run in shown.items()},
        {name: _typical(run.components) for name, run in shown.items()},
    )
    return figure, [
        *(_slope(window, both[window]) for window in WINDOWS),
        *(_level(window, both[window]) for window in WINDOWS),
        _change(both),
        _growth(both, frozen),
    ]


def _typical(networks: np.ndarray) -> np.ndarray:
    """Geometric mean over networks of the components that are shown."""
    return np.asarray(np.exp(np.log(np.maximum(networks[:, :SHOWN], 1e-300)).mean(axis=0)))


def _logarithms(window: int, run: WindowedLayers) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of the law and of measured variances, networks by pairs of directions."""
    h, b = run.curvature[:, None, :], run.second_values[:, :FITTED, None] ** 2
    law = h / (h + b) * window_variance(RATE * (h + b) * window)
    of_law, measured = (
        np.log(v).reshape(len(run.pairs), -1)
        for v in (run.temperature[:, None, None] * law, run.pairs[:, :FITTED])
    )
    return of_law, measured


def _level(window: int, run: WindowedLayers) -> Part:
    """Whether the variances are as large as the law says, whatever their shape."""
    law, measured = _logarithms(window, run)
    return Part(
        SYSTEM + f"window of {window:,} steps: mean logarithm of 144 variances of the last layer "
        "over T h/(h + b²), of which the window sees a share",
        estimate_mean((measured - law).mean(axis=1)),
        within(math.log(2) / 2, "half the way to twice the temperature", "neighbor"),
        [wrong_prediction("a tenth of the temperature", -math.log(10))],
        compares="simulation",
        replicates=NETWORKS,
        prediction=0.0,
        expected="falsified",
    )


def _slope(window: int, run: WindowedLayers) -> Part:
    """Slope of the logarithm of measured variances over that of the law, per network."""
    x, y = _logarithms(window, run)
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    return Part(
        SYSTEM + f"window of {window:,} steps: slope of the logarithms of 144 variances of the "
        "last layer over those of T h/(h + b²), of which the window sees a share",
        estimate_mean((x * y).sum(axis=1) / (x**2).sum(axis=1)),
        within(0.5, "half the way to no relation at all", "neighbor"),
        [wrong_prediction("a relation of the opposite sign", -1.0)],
        compares="simulation",
        replicates=NETWORKS,
        prediction=1.0,
        expected="falsified",
        note="The layers have not come to rest: what moves the last layer is a drift.",
    )


def _change(both: dict[int, WindowedLayers]) -> Part:
    short, long = (both[window].exponents() for window in WINDOWS)
    return Part(
        SYSTEM + "change of the exponent d log V / d log F over the principal components 2 to 60 "
        f"of the last layer, from a window of {WINDOWS[0]:,} steps to one of {WINDOWS[1]:,}",
        estimate_mean(long - short),
        within(1.0, "half of the exponent 2 of flat directions", "neighbor"),
        [wrong_prediction("the exponent 2 of a window that is too short, lost", 2.0)],
        compares="simulation",
        replicates=NETWORKS,
        prediction=0.0,
        expected="falsified",
        note="An exponent from one window of one network says little.",
    )


def _growth(both: dict[int, WindowedLayers], frozen: dict[int, WindowedLayers]) -> Part:
    def growth(run: dict[int, WindowedLayers]) -> Estimate:
        short, long = (np.log(run[window].components[:, 0]) for window in WINDOWS)
        return estimate_mean(long - short)

    times = WINDOWS[1] / WINDOWS[0]
    return simulated(
        SYSTEM + "logarithm of the factor by which the largest variance of the last layer grows "
        f"from a window of {WINDOWS[0]:,} steps to one of {WINDOWS[1]:,}",
        growth(both),
        at_least(
            math.log(times), f"that of a random walk, {times:g}: a drift grows faster", "neighbor"
        ),
        [
            wrong_theory("a stationary fluctuation that both windows see whole", exact(0.0)),
            other_system("first layer frozen", growth(frozen)),
        ],
    )
