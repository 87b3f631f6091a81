"""Figures draw the numbers that they are given."""

import numpy as np
import pytest

from traindyn.hessian_alignment import figures
from traindyn.hessian_alignment.results.alignment import AlignmentRun, SubspaceRun
from traindyn.hessian_alignment.results.effective import DensityRun, MinibulkRun
from traindyn.hessian_alignment.results.full_matrix import FullRun, GradientRun
from traindyn.hessian_alignment.results.moving import Course, Courses
from traindyn.hessian_alignment.results.noise_floor import FloorRun, StepRun
from traindyn.hessian_alignment.results.separation import CountRun, SeparationRun
from traindyn.hessian_alignment.results.xor import CornerRun, PathRun, XorLayers
from traindyn.inference import Estimate

TIMES = np.array([0.0, 1.0, 2.0])


def estimates(*values):
    return [Estimate(float(value), 0.01, 9) for value in values]


def drawn(axes):
    """The y values of all lines."""
    return [np.asarray(line.get_ydata(), dtype=float) for line in axes.lines]


def shows(axes, values):
    return any(len(y) == len(values) and np.allclose(y, values) for y in drawn(axes))


@pytest.mark.parametrize("matrix", ["hessian", "gradient"])
def test_headline(matrix):
    overlaps = np.array([[0.1, 0.2], [0.5, 0.6], [0.9, 0.8]])
    run = AlignmentRun(
        matrix, TIMES, overlaps, np.array([3.0, 4, 5]), 0.07, 0.99, {"shuffled": 0.3, "noisy": 0.4}
    )
    left, right = figures.headline(run, run).axes
    assert shows(left, overlaps[:, 0])
    assert shows(left, overlaps[:, 1])
    assert shows(left, [0.3])
    assert shows(left, [0.07, 0.07])
    assert shows(right, [3.0, 4, 5])


def test_error_law():
    precisions = np.array([1.0, 10.0, 100.0])
    floor = FloorRun(
        precisions,
        estimates(0.5, 0.05, 0.005),
        estimates(0.6, 0.06, 0.006),
        estimates(0.2, 0.02, 0.002),
        precisions,
        np.array([1.0, 0.1, 0.01]),
        np.array([0.3, 0.03, 0.003]),
    )
    step = StepRun(
        np.array([1.0]), estimates(0.1), np.array([100, 200]), estimates(1, 2), estimates(3, 4)
    )
    space = SubspaceRun(precisions, {"hessian": estimates(0.9, 0.3, 0.1)})
    left, middle, right = figures.error_law(floor, step, space).axes
    assert shows(left, [0.5, 0.05, 0.005])
    assert shows(left, [0.1, 0.01])  # the law is drawn from λ = 10 on
    assert shows(middle, [0.9, 0.3, 0.1])
    assert shows(right, [1, 2])
    assert shows(right, [3, 4])


def test_separation():
    values = np.arange(1.0, 16.0).reshape(3, 5)[:, ::-1]
    law = np.ones((4, 2))
    run = SeparationRun(
        TIMES,
        {"hessian": values, "gradient": values},
        np.arange(4.0),
        {
            "hessian": law,
            "gradient": law,
        },
    )
    for axes in figures.separation(run, 9).axes:
        for column in values.T:
            assert shows(axes, column)


def test_whole_matrix():
    spectra = FullRun(4, 10, *(np.linspace(1, 0.1, 40) * scale for scale in (1, 2, 3, 4)))
    run = GradientRun(
        TIMES,
        {3: estimates(0.1, 0.2, 0.3), 4: estimates(0.4, 0.5, 0.6), 12: estimates(1, 1, 1)},
        estimates(0.7, 0.8, 0.9),
        {},
    )
    left, right = figures.whole_matrix(spectra, run).axes
    assert shows(left, spectra.hessian_end[:20])
    assert shows(right, [0.4, 0.5, 0.6])
    assert shows(right, [0.7, 0.8, 0.9])


def test_xor_layers_and_corners():
    layers = XorLayers(
        TIMES,
        {"hessian": estimates(0.1, 0.5, 0.9), "gradient": estimates(0.2, 0.4, 0.8)},
        estimates(0.3, 0.6, 1.0),
        np.arange(1.0, 19.0).reshape(3, 6),
        0.05,
        0.35,
        0.055,
    )
    left, right = figures.layers(layers).axes
    assert shows(left, [0.2, 0.4, 0.8])
    assert shows(left, [0.3, 0.6, 1.0])
    assert shows(right, [1.0, 7.0, 13.0])
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    run = CornerRun(shares, shares[::-1], shares, {2: np.array([1.0, 0.9, 0, 0])})
    left, right = figures.corners(run, 9).axes
    heights = [bar.get_height() for bar in left.patches]
    np.testing.assert_allclose(heights, [*shares[::-1], *shares])
    assert shows(right, [1.0, 0.9, 0, 0])


def moving(classes=2):
    """Three times, two precisions, five eigenvalues, other numbers in every course."""
    made = [
        Course(
            precision,
            np.linspace(9, 1, 15).reshape(3, 5) + shift,
            np.array([0.1, 0.5, 0.9]) + shift / 100,
            np.array([0.1, 0.3, 0.4]) + shift / 100,
        )
        for shift, precision in enumerate((100.0, 3.0, 100.0, 3.0))
    ]
    return Courses(classes, 8, 6, np.array([0.0, 16.0, 30.0]), tuple(made[:2]), tuple(made[2:]))


def test_moving_spectrum_shows_every_course_as_far_as_it_went():
    run = moving()
    figure = figures.moving_spectrum(run)
    assert figure.slider.texts[figure.slider.first] == "16"
    assert len(figure.frames) == 2 * 2 * 3
    left, right = figure.panels
    frame = figure.frames.index(("digits", "3", "16"))
    course = run.images[1]
    np.testing.assert_allclose(left.curves[0].y[frame], course.values[1, :2])
    np.testing.assert_allclose(left.curves[1].y[frame], course.values[1, 2:])
    np.testing.assert_allclose(right.curves[0].y[frame], [*course.inside[:2], np.nan])
    np.testing.assert_allclose(right.curves[1].y[frame], [*course.first[:2], np.nan])
    np.testing.assert_allclose(right.curves[2].y, 0.5)  # √(2/8)
    texts = {name: found[frame] for name, found in figure.readouts.items()}
    assert texts["in the top 2"] == f"{course.inside[1]:.3f}"
    assert texts["along the first"] == f"{course.first[1]:.2f}"
    assert texts["gap"] == f"{course.values[1, 1]:.1f}"


def test_paths_of_neurons():
    means = np.arange(24.0).reshape(3, 4, 2)
    logits = np.arange(12.0).reshape(3, 4)
    left, right = figures.paths(PathRun(TIMES, means, logits, -means, -logits, 1.4)).axes
    for sign in (1, -1):
        assert shows(left, sign * means[:, 2, 1])
        assert shows(right, sign * logits[:, 3])


def test_counts():
    values = {(name, "hessian"): np.arange(5.0, 0, -1) * scale
              for scale, name in enumerate(("orthonormal", "offset", "simplex"), 1)}  # fmt: skip
    whole = FullRun(4, 2, *(np.array([3.0, 2, 1, 1, 1, 1, 0, -1e-17]) * n for n in (1, 2, 3, 4)))
    left, right = figures.counts(CountRun(values), whole, 9).axes
    assert shows(left, values["simplex", "hessian"])
    assert shows(right, [6.0, 4, 2, 2, 2, 2, 1e-20, 2e-17])


def test_minibulk():
    points = np.linspace(0, 2, 5)
    density = DensityRun(points, points + 1, 0 * points + 0.1, points + 2, np.array([3.0, 4.0]))
    some = np.array([[1.5, 1.2], [1.6, 1.3]])
    run = MinibulkRun(np.array([5.0, 20.0]), some, 1 / some, some + 1, 0.9 / some, density)
    left, right, whole = figures.minibulk(run).axes
    assert shows(left, some[:, 0] - 1)
    assert shows(right, 1 - 0.9 / some[:, 1])
    assert shows(whole, points + 2)
