"""Closed forms against independent numerics."""

import numpy as np
import pytest

from traindyn.diagnose.weights import ranks
from traindyn.tails import hill_null
from traindyn.your_own_network.theory.small_start import (
    moment_of_images,
    moment_of_rows,
    steps_per_factor,
    waiting_ratio,
)
from traindyn.your_own_network.theory.spectra import lightest_index

G = np.random.default_rng(0)
IMAGES, LABELS = G.standard_normal((50, 64)), G.integers(10, size=50)


def two_layers(images, labels, scale, rate):
    """Steps of gradient descent of a linear network of two layers, in the first order of it."""
    classes = np.eye(10)[labels]
    moment = (classes - classes.mean(axis=0)).T @ (images - images.mean(axis=0)) / len(images)
    first, last = scale * G.standard_normal((2, 12, 12))
    first, last, steps = first[:, : images.shape[1]], last[:10], 0
    while np.linalg.norm(last @ first, 2) < 1e-3:
        first, last = first + rate * last.T @ moment, last + rate * moment @ first.T
        steps += 1
    return steps


def test_two_layers_wait_as_long_as_the_moment_says():
    """Starts differ, so that the wait scatters by a few of its 300 steps."""
    rows = IMAGES.reshape(-1, 8, 8).mean(axis=1)
    rate, rank = moment_of_rows(IMAGES, LABELS)
    waits = [two_layers(rows, LABELS, scale, 0.5) for scale in (1e-4, 1e-14)]
    predicted = steps_per_factor(rate, 0.5) * np.log(1e10)
    assert waits[1] - waits[0] == pytest.approx(predicted, rel=0.1)
    classes = np.eye(10)[LABELS]
    covariance = np.cov(classes.T, rows.T, bias=True)[:10, 10:]
    values = np.linalg.svd(covariance, compute_uv=False)
    assert rate == pytest.approx(values[0])
    assert rank == pytest.approx(ranks(values**2)[1])


def test_moments_of_images_see_all_pixels():
    covariance = np.cov(np.eye(10)[LABELS].T, IMAGES.T, bias=True)[:10, 10:]
    assert moment_of_images(IMAGES, LABELS)[0] == pytest.approx(np.linalg.norm(covariance, 2))


def test_a_power_law_of_the_wait():
    assert waiting_ratio(3, 0.1) == pytest.approx(10.0)
    assert waiting_ratio(5, 0.5) == pytest.approx(8.0)
    assert steps_per_factor(2.0, 1e-6) == pytest.approx(1 / 2e-6, rel=1e-5)


def test_no_shape_is_lighter_than_the_lightest():
    indices = [hill_null(ratio) for ratio in (1.0, 1.2, 2.0, 10.0)]
    assert lightest_index(10**6) == pytest.approx(min(indices), rel=1e-5)
    assert lightest_index(10) == pytest.approx(min(indices) + 0.2)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: moment_of_rows(np.nan * IMAGES, LABELS),
        lambda: moment_of_images(np.inf * IMAGES, LABELS),
        lambda: steps_per_factor(0.0, 1.0),
        lambda: waiting_ratio(2, 0.5),
        lambda: waiting_ratio(3, 1.0),
        lambda: lightest_index(1),
    ],
)
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        wrong()
