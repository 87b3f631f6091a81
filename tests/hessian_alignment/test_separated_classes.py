"""Closed forms for separated classes against direct sums and integration."""

import math

import numpy as np
import pytest

from traindyn.hessian_alignment.theory.separated_classes import (
    amplitude,
    class_weights,
    confidence,
    floor_squared,
    misalignment,
    noise_floor,
    shares,
    tier_eigenvalues,
    tilts,
)


@pytest.mark.parametrize("k", [2, 4, 10])
def test_amplitude_solves_the_full_equations(k):
    """Euler's method for all k x k scalar products, from zero."""
    m, step, decay = np.zeros((k, k)), 1e-3, 0.05
    for _ in range(5000):
        e = np.exp(m)  # m[c, b]: class c at mean b
        pi = e / e.sum(axis=0)
        m += step * ((np.eye(k) - pi) / k - decay * m)
    a = amplitude(k, decay, 5.0)
    expected = a * (np.eye(k) * k - 1) / (k - 1)
    np.testing.assert_allclose(m, expected, atol=2e-3)
    assert confidence(a, k) == pytest.approx(pi[0, 0], abs=1e-3)


def test_the_stationary_amplitude_is_the_late_one():
    assert amplitude(4, 0.1, 400.0) == pytest.approx(amplitude(4, 0.1), rel=1e-6)


@pytest.mark.parametrize("k", [3, 5])
def test_tiers_are_eigenvalues_of_the_noiseless_hessian(k):
    right = 0.7
    whole = np.zeros((k * k, k * k))
    for a in range(k):
        pi = np.full(k, (1 - right) / (k - 1))
        pi[a] = right
        mean = np.eye(k)[a]
        whole += np.kron(np.diag(pi) - np.outer(pi, pi), np.outer(mean, mean)) / k
    high, low = tier_eigenvalues(right, k)
    expected = [0.0] * k + [low] * (k * (k - 2)) + [high] * k
    np.testing.assert_allclose(np.linalg.eigvalsh(whole), np.sort(expected), atol=1e-12)


def test_weights_sum_to_the_noiseless_block():
    k, right = 4, 0.6
    q = (1 - right) / (k - 1)
    assert class_weights(right, k, "hessian") == pytest.approx([right * 0.4] + [q * (1 - q)] * 3)
    assert class_weights(right, k, "gradient") == pytest.approx([0.16] + [q**2] * 3)
    assert shares(k).sum() == pytest.approx(1)


def test_outliers_and_tilts_agree_with_a_spiked_covariance():
    """Equal weights: (w/λ)(1 + s)(1 + γ/s) and (1 - γ/s²)/(1 + γ/s) with s = λ/k, in large λ."""
    k, precision, aspect, w = 4, 1e4, 0.125, 0.2
    s = precision / k
    sine = 1 - (1 - aspect / s**2) / (1 + aspect / s)
    assert tilts(np.full(k, w), precision, aspect)[0] == pytest.approx(sine, rel=1e-3)


def test_the_floor_balances_noise_and_decay():
    """dR/dt = c E r²/λ - 2βR - 2κ k/(k-1) R/λ vanishes at the stationary value."""
    k, precision, decay, step, residual, kappa = 4, 30.0, 0.1, 2.0, 0.06, 0.15
    r = floor_squared(residual, kappa, k, precision, decay, step)
    change = step * residual / precision - 2 * decay * r - 2 * kappa * k / (k - 1) * r / precision
    assert change == pytest.approx(0, abs=1e-15)


def test_scaling_of_the_errors():
    args = (4, 1e4, 0.1, 1.0)
    assert noise_floor(4, 2e4, 0.1, 1.0) == pytest.approx(noise_floor(*args) / 2, rel=1e-3)
    assert noise_floor(4, 1e4, 0.1, 3.0) == pytest.approx(3 * noise_floor(*args))
    whole = misalignment(*args, 0.0, "hessian")
    assert whole == pytest.approx(noise_floor(*args))
    early = noise_floor(*args, time=10.0)
    a = amplitude(4, 0.1, 10.0)
    assert early == pytest.approx(math.exp(-2) / (2 * a**2 * 4 / 3), rel=0.01)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="classes"):
        amplitude(1, 0.1)
    with pytest.raises(ValueError, match="time"):
        amplitude(2, 0.1, -1.0)
    with pytest.raises(ValueError, match="decay"):
        amplitude(2, 0.0)
