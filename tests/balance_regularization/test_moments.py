"""Moments of the data in closed form, against moments of drawn samples."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from traindyn.balance_regularization.experiments.noise import fill_batch_means
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.data import ScalarRegression

NAMES = ("alpha1", "alpha2", "alpha3", "beta1", "beta2")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ScalarRegression(2.0, 3.0), (2, 4, 17, 1, 2)),
        (ScalarRegression(2.0, 3.0, "rademacher"), (0, 0, 9, 1, 2)),
    ],
)
def test_moments_of_the_data_sets(data, expected):
    assert tuple(getattr(moments(data), name) for name in NAMES) == expected


def test_what_follows_from_the_moments():
    data = Moments(2.0, 1.0, 3.0, 4.0, 2.0)
    assert data.delta == 5
    assert data.minimum == 0.5
    assert data.critical_temperature == pytest.approx(2 / 3)
    v = np.array([-1.0, 0.0, 2.0])
    assert data.force(v) == pytest.approx([-6, -2, 6])
    assert data.noise(v) == pytest.approx([7, 3, 7])


@pytest.mark.parametrize(
    ("inputs", "size"), [("gaussian", 1), ("gaussian", 3), ("gaussian", 8), ("rademacher", 1)]
)
def test_moments_of_batch_means(inputs, size):
    """Each sampled moment within five standard errors of its own: 6e-7 by chance, 7 per case."""
    data = ScalarRegression(slope=0.7, noise=2.0, inputs=inputs)
    exact = moments(data)
    second, cross = torch.empty(2, 400_000, dtype=torch.float64)
    fill_batch_means(data, second, cross, size, torch.Generator().manual_seed(0))
    xx, xy = second.numpy(), cross.numpy()
    dx, dy, gradient = xx - 1, xy - 0.7, 1.5 * xx - xy
    v = np.array(1.5)
    for terms, expected in (
        (xx, exact.beta1),
        (xy, exact.beta2),
        (size * dx * dx, exact.alpha1),
        (size * dx * dy, exact.alpha2),
        (size * dy * dy, exact.alpha3),
        (gradient, exact.force(v)),
        (size * (gradient - exact.force(v)) ** 2, exact.noise(v)),
    ):
        error = terms.std() / math.sqrt(terms.size)
        assert terms.mean() == pytest.approx(expected, abs=5 * error + 1e-12)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20).map(np.array))
def test_averages_over_states(v):
    data = moments(ScalarRegression(1.5, 2.0))
    averages = np.mean(v), np.mean(v * v)
    assert data.mean_noise(*map(np.array, averages)) == pytest.approx(np.mean(data.noise(v)))
    squared_force = data.mean_squared_force(*map(np.array, averages))
    assert squared_force == pytest.approx(np.mean(data.force(v) ** 2), abs=1e-9)


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.sampled_from(["gaussian", "rademacher"]))
def test_noise_is_smallest_where_delta_says(slope, noise, inputs):
    """min g = Δ / α₁, at v = α₂ / α₁; label noise is what is left."""
    data = moments(ScalarRegression(slope, noise, inputs))
    if inputs == "gaussian":
        lowest = data.noise(np.array(data.alpha2 / data.alpha1))
        assert lowest == pytest.approx(data.delta / data.alpha1)
        assert data.delta == pytest.approx(2 * noise**2, rel=1e-6)
    assert data.noise(data.minimum) == pytest.approx(noise**2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0.0, 0.0, 0.0, 1.0, 1.0), "alpha3 must be positive and finite, got 0.0"),
        ((0.0, 0.0, math.inf, 1.0, 1.0), "alpha3 must be positive and finite, got inf"),
        ((0.0, 0.0, 1.0, -1.0, 1.0), "beta1 must be positive and finite, got -1.0"),
        ((0.0, 0.0, 1.0, 1.0, math.nan), "beta2 must be positive and finite, got nan"),
        ((-1.0, 0.0, 1.0, 1.0, 1.0), r"must be at least 0, got -1.0 and -1.0"),
        ((math.nan, 0.0, 1.0, 1.0, 1.0), r"must be at least 0, got nan and nan"),
        ((1.0, 2.0, 1.0, 1.0, 1.0), r"must be at least 0, got 1.0 and -3.0"),
    ],
)
def test_moments_reject(values, message):
    with pytest.raises(ValueError, match=message):
        Moments(*values)


def test_bounded_data_need_label_noise():
    with pytest.raises(ValueError, match="alpha3 must be positive"):
        moments(ScalarRegression(1.0, 0.0, "rademacher"))
