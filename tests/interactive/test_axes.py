from __future__ import annotations

import re

import numpy as np
import pytest

from traindyn.interactive import Curve, Panel, Slider
from traindyn.interactive.axes import BOTTOM, LEFT, RIGHT, TOP


def panel(*curves):
    return Panel("x", "y", (0, 2), (-1, 1), curves)


def points(path):
    """Pixels of a path, in order."""
    return [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


def reference(x, y):
    """Pixel of a value, by hand."""
    return (
        round(LEFT + (RIGHT - LEFT) * x / 2, 1),
        round(BOTTOM - (BOTTOM - TOP) * (y + 1) / 2, 1),
    )


def test_a_line_passes_through_its_values():
    x, y = np.array([0.0, 0.3, 2.0]), np.array([-1.0, 0.25, 1.0])
    curve = Curve("a", x, y)
    drawn = points(panel(curve).path(curve, 0))
    assert drawn == [reference(*pair) for pair in zip(x, y, strict=True)]


def test_frames_choose_their_own_row():
    moving = Curve("a", np.array([0.0, 2.0]), np.array([[0.0, 0.0], [1.0, -1.0]]))
    at = Curve("b", np.array([[0.5], [1.5]]), np.array([0.0]), "points")
    assert points(panel(moving).path(moving, 1)) == [reference(0, 1), reference(2, -1)]
    assert [points(panel(at).path(at, i)) for i in (0, 1)] == [
        [reference(0.5, 0)],
        [reference(1.5, 0)],
    ]
    assert (moving.frames, at.frames, Curve("c", np.zeros(1), np.zeros(1)).frames) == (2, 2, None)


def test_steps_are_level_between_edges():
    """Across, straight down, across: each move names one number."""
    curve = Curve("a", np.array([0.0, 1.0, 2.0]), np.array([0.5, -0.5]), "steps")
    (left, high), (middle, low), (right, _) = (
        reference(0, 0.5),
        reference(1, -0.5),
        reference(2, -0.5),
    )
    path = panel(curve).path(curve, 0)
    letters, numbers = re.sub(r"[-0-9. ]", "", path), re.findall(r"-?[0-9.]+", path)
    assert letters == "MHVH"
    assert [float(number) for number in numbers] == [left, high, middle, low, right]


def test_steps_begin_again_after_a_gap():
    curve = Curve("a", np.arange(4.0), np.array([0.5, np.nan, 0.5]), "steps")
    assert re.sub(r"[-0-9. ]", "", panel(curve).path(curve, 0)) == "MHMH"


def test_values_that_are_not_finite_leave_a_gap():
    y = np.array([0.0, np.nan, 0.5, np.inf])
    line = Curve("a", np.linspace(0, 2, 4), y)
    dots = Curve("b", np.linspace(0, 2, 4), y, "points")
    assert panel(line).path(line, 0).count("M") == 2
    assert panel(dots).path(dots, 0).count("M") == 2


def test_far_values_stay_near_the_axes():
    curve = Curve("a", np.array([0.0, 2.0]), np.array([-1e9, 1e9]))
    for _, y in points(panel(curve).path(curve, 0)):
        assert TOP - (BOTTOM - TOP) <= y <= BOTTOM + (BOTTOM - TOP)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Slider("r", [1.0]), "values must be at least 2"),
        (lambda: Slider("r", [1.0, 0.5]), "values must be at least 2 and increase"),
        (lambda: Slider("r", [0.0, 1.0], start=2), r"start must lie in \[0, 2\)"),
        (lambda: Curve("a", np.zeros(3), np.zeros(2)), "x and y of 'a' must fit together"),
        (lambda: Curve("a", np.zeros(3), np.zeros(3), "steps"), "must fit together"),
        (lambda: Curve("a", np.zeros((2, 3)), np.zeros((4, 3))), "must have the same frames"),
        (lambda: Curve("a", np.array([np.nan]), np.zeros(1)), "x of 'a' must be finite"),
        (lambda: Curve("a", np.zeros(1), np.zeros(1), "bars"), "style must be"),
        (lambda: Panel("x", "y", (1, 1), (0, 1), [CURVE]), "x_range must be increasing"),
        (lambda: Panel("x", "y", (0, 1), (1, 0), [CURVE]), "y_range must be increasing"),
        (lambda: Panel("x", "y", (0, 1), (0, 1), [CURVE] * 6), "curves must be between 1 and 5"),
    ],
)
def test_bad_input_is_named(make, message, unchecked):
    with pytest.raises(ValueError, match=message):
        make()


CURVE = Curve("a", np.zeros(1), np.zeros(1))
