"""Every figure of the chapter on planted results: labels, colors and size of the file."""

import numpy as np
import pytest

from traindyn.inference import Estimate
from traindyn.interactive import MAX_BYTES
from traindyn.ledger import Claim, Part, at_least
from traindyn.saddle_to_saddle import figures
from traindyn.saddle_to_saddle.experiments.digits import FitRun
from traindyn.saddle_to_saddle.experiments.plateaus import Plateau
from traindyn.saddle_to_saddle.figures.replicas import replicas
from traindyn.saddle_to_saddle.results.completion import (
    BranchRun,
    CompletionRun,
    GreedyRun,
    RecoveryRun,
)
from traindyn.saddle_to_saddle.results.digits import DigitsRun, EscapeTimes
from traindyn.saddle_to_saddle.results.distances import ConstantRun, DistanceRun
from traindyn.saddle_to_saddle.results.escape import EscapeRun, WidthRun
from traindyn.saddle_to_saddle.results.filling import Filling, FillingRun
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
        GreedyRun(X3, X3**0.5, 0.5), BranchRun(X3, [*G.random((3, 4))], 0.5, 0.2), 16
    ),
    "recovery": lambda: figures.recovery(
        RecoveryRun(X3, {"small start": X3, "nuclear norm": X3}, np.full(3, 2.0)), 96
    ),
    "regimes": lambda: figures.regimes(
        [distance(0.75), distance(1.5)], ConstantRun(W3, {1.0: W3}, {1.0: W3}), 32
    ),
    "regime_map": lambda: figures.regime_map([distance(0.75), distance(1.5)], [distance(2.0)], 32),
    "escape": lambda: figures.escape([escape(2), escape(3)], [escape(2), escape(3)]),
    "wide_escape": lambda: figures.wide_escape([WidthRun(3, 2.0, W3, W3, W3)], 32),
    "plateaus": lambda: figures.plateaus(
        Staircases([plateau(0.1), plateau(0.01)], LEVELS), [GradientRun(2, 1, X3, X3, 0.25)], 8
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
    assert {*DRAW, "filling"} == set(figures.__all__)


@pytest.mark.parametrize("name", DRAW)
def test_figure_has_labels_and_the_colors_of_the_style(name, draws_in_style):
    draws_in_style(DRAW[name])


def filled(rank, errors):
    """A run of three records that has learned so many directions of a diagonal matrix."""
    matrices = np.array([np.diag([3.0, 2.0, 0.0][:k] + [0.0] * (3 - k)) for k in rank])
    return FillingRun(2.0, np.array([0.0, 10.0, 20.0]), errors, errors, matrices, np.array(rank))


def test_moving_figure_shows_a_matrix_that_fills_in():
    target, observed = np.diag([3.0, 2.0, 0.0]), 1 - np.eye(3, dtype=int)
    small = filled([0, 1, 2], np.array([1.0, 0.3, 1e-6]))
    large = filled([2, 2, 2], np.array([2.0, 1.5, 1.5]))
    figure = figures.filling(Filling(target, observed, np.array([1.0, 0.3, 0.0]), (small, large)))
    assert len(figure._repr_html_()) < MAX_BYTES
    assert figure.slider.texts == ["0", "10", "20"]
    assert figure.slider.texts[figure.slider.first] == "10"  # it rests at rank one there
    assert figure.readouts["Rank of the matrix"] == ["0", "1", "2", "2", "2", "2"]
    errors, matrix, spectrum = figure.panels
    _, hidden, boxes = matrix.curves
    # the second entry of the diagonal is right from the third frame on, and from large weights
    np.testing.assert_array_equal(np.isfinite(hidden.y).sum(axis=1), [0, 1, 2, 2, 2, 2])
    assert np.isnan(boxes.y).sum() == 3
    np.testing.assert_array_equal(errors.curves[3].y[3], [2.0, 2.0])
    np.testing.assert_allclose(spectrum.curves[0].y[1][1::3], [3.0, 0.0, 0.0], atol=1e-12)


def test_replicas_are_those_of_the_part():
    parts = [
        Part("s", Estimate(1.0, 0.1, n), at_least(0.0, "a sign", "sign"), compares="simulation",
             replicates="starts")
        for n in (12, 34)
    ]  # fmt: skip
    claim = Claim("SS-1", "here", "derived", "s", parts)
    assert [replicas(claim, label) for label in "ab"] == [12, 34]
    with pytest.raises(ValueError, match="label"):
        replicas(claim, "c")
