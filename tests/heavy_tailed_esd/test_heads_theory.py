"""Floors of the test loss and the predicted loss of a ridge head, against plain computations."""

import numpy as np
import pytest
from scipy import integrate, stats

from traindyn.heavy_tailed_esd.theory import floors
from traindyn.heavy_tailed_esd.theory.heads import (
    FeatureMoments,
    hermite_coefficients,
    tanh_moments,
)

FLOOR = floors.odd_floor(0.3)


def softplus(z):
    return np.logaddexp(0, z)


def test_floor_is_an_integral_over_the_even_part():
    def even(z):
        return ((softplus(z) + softplus(-z)) / 2) ** 2 * stats.norm.pdf(z)

    assert floors.even_moment() == pytest.approx(integrate.quad(even, -12, 12)[0], abs=1e-10)


def test_zero_predictor_pays_the_whole_label():
    second, _ = integrate.quad(lambda z: softplus(z) ** 2 * stats.norm.pdf(z), -12, 12)
    assert floors.zero_loss(0.3) == pytest.approx(second + 0.09, abs=1e-10)


def test_odd_part_is_linear():
    z = np.linspace(-5, 5, 11)
    np.testing.assert_allclose((softplus(z) - softplus(-z)) / 2, floors.SLOPE * z, atol=1e-14)


@pytest.mark.parametrize("aspect", [0.05, 0.5, 1.0, 3.0])
def test_linear_line_is_that_of_the_marchenko_pastur_law(aspect):
    penalty = FLOOR * aspect / 0.25
    low, high = (1 - aspect**0.5) ** 2, (1 + aspect**0.5) ** 2

    def density(v):  # without the atom at zero
        return np.sqrt((high - v) * (v - low)) / (2 * np.pi * aspect * v) / (v + penalty)

    m = integrate.quad(density, low, high)[0] + max(0.0, 1 - 1 / aspect) / penalty
    expected = FLOOR * (1 + aspect * m)
    assert floors.linear_ridge_loss(aspect, 0.3) == pytest.approx(expected, rel=1e-7)


def test_linear_line_is_reached_by_the_best_ridge_on_raw_inputs():
    """400 inputs, 3,200 samples, eight draws; their mean scatters by 0.3 % around the line."""
    generator, found = np.random.default_rng(0), []
    for _ in range(8):
        x = generator.standard_normal((3200, 400))
        y = softplus(x[:, 0]) + 0.3 * generator.standard_normal(3200)
        penalty = FLOOR / 8 / 0.25
        w = np.linalg.solve(x.T @ x / 3200 + penalty * np.eye(400), x.T @ y / 3200)
        w[0] -= 0.5
        found.append(w @ w + FLOOR)
    assert np.mean(found) == pytest.approx(floors.linear_ridge_loss(1 / 8, 0.3), rel=0.02)


def test_isotropic_features_give_the_linear_line():
    """As many features as inputs: the same formula from its fixed point."""
    inputs, samples = 400, 1600
    moments = FeatureMoments(np.ones(inputs), np.full(inputs, 0.5 / inputs**0.5), 0.25)
    (best,) = moments.ridge_loss(np.array([FLOOR * inputs / samples / 0.25]), samples, FLOOR)
    assert best == pytest.approx(floors.linear_ridge_loss(inputs / samples, 0.3), rel=1e-9)


def test_strong_penalty_predicts_zero():
    moments = FeatureMoments(np.ones(5), np.full(5, 0.1), 0.25)
    assert moments.ridge_loss(np.array([1e9]), 100, FLOOR)[0] == pytest.approx(FLOOR + 0.25)


def test_many_samples_leave_only_what_features_cannot_see():
    moments = FeatureMoments(np.array([1.0, 2.0]), np.array([0.3, 0.2]), 0.25)
    expected = FLOOR + 0.25 - 0.09 - 0.02
    assert moments.ridge_loss(np.array([1e-9]), 10**9, FLOOR)[0] == pytest.approx(expected)


def test_ridge_loss_is_that_of_gaussian_features():
    """Fits on Gaussian features, 60 draws of 200 samples; their mean scatters by 0.4 %."""
    generator = np.random.default_rng(1)
    s = np.linspace(0.1, 2, 100)
    target = generator.standard_normal(100) / 20
    moments = FeatureMoments(s, s * target, float(s @ target**2))
    found = []
    for _ in range(60):
        z = generator.standard_normal((200, 100)) * np.sqrt(s)
        y = z @ target + generator.standard_normal(200)
        a = np.linalg.solve(z.T @ z / 200 + 0.3 * np.eye(100), z.T @ y / 200)
        found.append(s @ (a - target) ** 2 + 1)
    (expected,) = moments.ridge_loss(np.array([0.3]), 200, 1.0)
    assert np.mean(found) == pytest.approx(expected, rel=0.02)


def test_moments_are_averages_over_inputs():
    """A million inputs: errors of the averages are below 0.003 at one chance in a thousand."""
    generator = np.random.default_rng(2)
    w = 2 * generator.standard_normal((4, 3))
    direction = np.array([0.6, 0.0, 0.8])
    x = generator.standard_normal((1_000_000, 3))
    z = np.tanh(x @ w.T / 3**0.5) / 2
    moments = tanh_moments(w, direction, 0.5, 0.5, orders=41)
    np.testing.assert_allclose(np.linalg.eigvalsh(z.T @ z / len(z)), moments.eigenvalues, atol=3e-3)
    cross = z.T @ (0.5 * x @ direction) / len(z)
    assert moments.cross @ moments.cross == pytest.approx(cross @ cross, abs=3e-3)


def test_alignment_is_that_of_the_kernels_it_averages():
    """Linear features of 60 inputs, 40 draws of 240 samples; their mean scatters by 2 %."""
    generator = np.random.default_rng(3)
    w = generator.standard_normal((90, 60))
    w += 6 * np.outer(generator.standard_normal(90) / 90**0.5, np.eye(60)[0])
    moments = tanh_moments(w, np.eye(60)[0], 1.0, 0.5)
    found = []
    for _ in range(40):
        x = generator.standard_normal((240, 60))
        y = softplus(x[:, 0]) + 0.3 * generator.standard_normal(240)
        k = np.tanh(x @ w.T / 60) @ np.tanh(x @ w.T / 60).T
        found.append(y @ k @ y / (np.linalg.norm(k) * (y @ y)))
    assert np.mean(found) == pytest.approx(moments.alignment(240, floors.zero_loss(0.3)), rel=0.1)


def test_coefficients_of_small_variance_are_linear():
    c = hermite_coefficients(np.array([1e-6]), 1)
    assert c[0] == pytest.approx(1e-3, rel=1e-5)
    assert hermite_coefficients(np.array([2.0]), 2)[0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: floors.odd_floor(-1), "noise must be finite and at least 0"),
        (lambda: floors.linear_ridge_loss(0, 0.3), "aspect must be positive"),
        (
            lambda: FeatureMoments(np.ones(1), np.ones(1), 1).ridge_loss(np.zeros(1), 1, 1),
            "penalty must be",
        ),
        (
            lambda: FeatureMoments(np.ones(1), np.ones(1), 1).ridge_loss(np.ones(1), 0, 1),
            "samples must be",
        ),
        (lambda: FeatureMoments(np.ones(1), np.ones(1), 1).alignment(1, 0), "target must be"),
    ],
)
def test_bad_input_is_named(call, message, unchecked):
    with pytest.raises(ValueError, match=message):
        call()
