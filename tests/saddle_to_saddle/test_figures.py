"""Every figure of the chapter on planted results: labels, colors and size of the file."""

import numpy as np
import pytest

from traindyn.interactive import MAX_BYTES
from traindyn.saddle_to_saddle import figures
from traindyn.saddle_to_saddle.experiments.digits import FitRun
from traindyn.saddle_to_saddle.experiments.plateaus import Plateau
from traindyn.saddle_to_saddle.results.completion import (
    BranchRun,
    CompletionRun,
    GreedyRun,
    RecoveryRun,
)
from traindyn.saddle_to_saddle.results.digits import DigitsRun, EscapeTimes
from traindyn.saddle_to_saddle.results.distances import ConstantRun, DistanceRun
from traindyn.saddle_to_saddle.results.escape import EscapeRun, WidthRun
from traindyn.saddle_to_saddle.results.plateaus import (
    GradientRun,
    LogisticRun,
    PlateauRun,
    SecondEscapeRun,
    Staircases,
)

G = np.random.default_rng(0)
T = np.geomspace(0.1, 1000, 20)
X3 = np.array([1e-1, 1e-2, 1e-3])
W3 = np.array([32.0, 64.0, 128.0])
REST = [Plateau(3, 2.5, 1e-3, 1)]
FIT = FitRun(np.arange(0, 2000, 100), np.tile(np.linspace(0, 0.3, 20)[:, None], 3), T)


def completion(gamma, width=100):
    return CompletionRun(
        gamma, width, np.arange(20), 1 / T, 1 / T, 1 + G.random((20, 10)), REST, 1.0,
        np.array([9.0, 4.0, 1.0, 0.0]), G.random((20, 2)), G.random((3, 2)), *[np.ones(2)] * 4,
    )  # fmt: skip


def distance(gamma):
    return DistanceRun(3, gamma, W3, 1 / W3, np.ones(3), 1 / W3, np.ones(3), 1 / W3, W3)


def escape(depth):
    column = X3[:, None]
    return EscapeRun(depth, X3, 1 / column, *[column] * 3, 1 / 3, *[np.zeros(1)] * 2)


def plateau(scale):
    values = np.stack([np.minimum(T, 3), np.minimum(T, 2), np.minimum(T, 1)], axis=1)
    return PlateauRun(3, scale, T, 7 / (1 + T), values, REST)


LEVELS = np.array([7.0, 2.5, 0.5])


LOGISTIC = LogisticRun(T, 1 / T, T, T, 1, REST)
DRAW = {
    "headline": lambda: figures.headline(completion(2.0)),
    "three_regimes": lambda: figures.three_regimes([completion(g) for g in (0.75, 1.0, 2.0)]),
    "saddles_visited": lambda: figures.saddles_visited(
        GreedyRun(X3, X3**0.5, 0.5), BranchRun(X3, [*G.random((3, 4))], 0.5, 0.2)
    ),
    "recovery": lambda: figures.recovery(
        RecoveryRun(X3, {"small start": X3, "nuclear norm": X3}, np.full(3, 2.0))
    ),
    "regimes": lambda: figures.regimes(
        [distance(0.75), distance(1.5)], ConstantRun(W3, {1.0: W3}, {1.0: W3})
    ),
    "regime_map": lambda: figures.regime_map([distance(0.75), distance(1.5)], [distance(2.0)]),
    "escape": lambda: figures.escape([escape(2), escape(3)], [escape(2), escape(3)]),
    "wide_escape": lambda: figures.wide_escape([WidthRun(3, 2.0, W3, W3, W3)]),
    "plateaus": lambda: figures.plateaus(
        Staircases([plateau(0.1), plateau(0.01)], LEVELS), [GradientRun(2, 1, X3, X3, 0.25)]
    ),
    "later": lambda: figures.later(
        SecondEscapeRun(X3, *[1 / X3[:, None]] * 2, 0.3, 0.5, 0.4, *[X3[:, None]] * 2, X3),
        {"rank one": LOGISTIC},
    ),
    "digits": lambda: figures.digits(
        DigitsRun(
            FIT,
            FIT,
            np.array([0.3, 0.2]),
            {"linear": EscapeTimes(X3, 1 / X3[:, None], 0.1, 0.5)},
        )
    ),
}


def test_every_figure_is_drawn_here():
    assert {*DRAW, "alpha_slider"} == set(figures.__all__)


@pytest.mark.parametrize("name", DRAW)
def test_figure_has_labels_and_the_colors_of_the_style(name, draws_in_style):
    draws_in_style(DRAW[name])


def test_slider_shows_plateaus_and_stays_small():
    page = figures.alpha_slider([plateau(s) for s in (0.3, 0.1, 0.01)], LEVELS)._repr_html_()
    assert len(page) < MAX_BYTES
    for text in ("singular value", "plateaus", "rank 0"):
        assert text in page
