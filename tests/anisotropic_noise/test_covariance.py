"""Curvature, noise and covariance of linear regression against slow references."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.theory.covariance import (
    exact_covariance,
    frozen_noise_covariance,
    loss_excess,
    solve_lyapunov,
)
from traindyn.anisotropic_noise.theory.regression import RegressionNoise


@pytest.fixture(scope="module")
def noise():
    x, y = draw_regression(12, 3, np.random.default_rng(0))
    return RegressionNoise(x, y[:, 0])


def test_minimum_curvature_and_noise_are_sums_over_samples(noise):
    gradients = noise.x * (noise.x @ noise.minimum - noise.y)[:, None]
    np.testing.assert_allclose(gradients.mean(axis=0), 0, atol=1e-14)
    outer = np.mean([np.outer(g, g) for g in gradients], axis=0)
    np.testing.assert_allclose(noise.covariance, outer)
    np.testing.assert_allclose(noise.hessian, np.mean([np.outer(x, x) for x in noise.x], axis=0))


def test_fourth_moment_is_a_sum_over_samples(noise):
    c = np.diag([1.0, 2.0, 0.5])
    slow = np.mean([(x @ c @ x) * np.outer(x, x) for x in noise.x], axis=0)
    np.testing.assert_allclose(noise.fourth_moment(c), slow)


def test_lyapunov_is_that_of_scipy(noise):
    expected = solve_continuous_lyapunov(noise.hessian, noise.covariance)
    np.testing.assert_allclose(
        solve_lyapunov(noise.hessian, noise.covariance), expected, atol=1e-12
    )


@pytest.mark.parametrize("batch_size", [1, 2])
def test_exact_covariance_is_kept_by_a_step_over_every_batch(noise, batch_size):
    rate = 0.1
    c = exact_covariance(noise, rate, batch_size)
    after = np.zeros_like(c)
    samples = np.arange(noise.samples)
    for batch in np.array(np.meshgrid(*[samples] * batch_size)).reshape(batch_size, -1).T:
        xs, rs = noise.x[batch], noise.residuals[batch]
        shrink = np.eye(3) - rate / batch_size * xs.T @ xs
        push = rate / batch_size * xs.T @ rs
        after += shrink @ c @ shrink.T + np.outer(push, push)
    np.testing.assert_allclose(after / noise.samples**batch_size, c, atol=1e-12)


def test_frozen_noise_is_the_limit_of_small_steps(noise):
    errors = []
    for rate in (0.02, 0.01, 0.005):
        exact = exact_covariance(noise, rate, 1)
        gap = frozen_noise_covariance(noise, rate, 1) - exact
        errors.append(np.linalg.norm(gap) / np.linalg.norm(exact))
    np.testing.assert_allclose(np.divide(errors[:-1], errors[1:]), 2, rtol=0.05)


def test_noise_that_depends_on_the_state_closes_part_of_the_gap(noise):
    exact = exact_covariance(noise, 0.02, 1)
    gaps = [
        np.linalg.norm(c - exact)
        for c in (
            exact_covariance(noise, 0.02, 1, discrete=False),
            frozen_noise_covariance(noise, 0.02, 1),
        )
    ]
    assert gaps[0] < gaps[1]


def test_loss_excess_is_a_trace_of_the_noise(noise):
    c = frozen_noise_covariance(noise, 0.01, 4)
    expected = 0.01 * np.trace(noise.covariance) / (4 * 4)
    np.testing.assert_allclose(loss_excess(noise.hessian, c), expected)


def test_temperature_is_the_variance_under_noise_like_the_hessian(noise):
    c = solve_lyapunov(noise.hessian, 0.01 / 2 * noise.residual_variance * noise.hessian)
    np.testing.assert_allclose(c, noise.temperature(0.01, 2) * np.eye(3), atol=1e-16)


@pytest.mark.usefixtures("unchecked")
def test_bad_arguments_are_named(noise):
    with pytest.raises(ValueError, match="more samples than inputs, got 2 samples of 2 inputs"):
        RegressionNoise(np.eye(2), np.ones(2))
    with pytest.raises(ValueError, match="one label per row"):
        RegressionNoise(np.ones((3, 2)), np.ones(2))
    with pytest.raises(ValueError, match="must be finite"):
        RegressionNoise(np.full((3, 2), np.nan), np.ones(3))
    with pytest.raises(ValueError, match="learning_rate must be positive"):
        exact_covariance(noise, 0.0, 1)
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        frozen_noise_covariance(noise, 0.1, 0)
    with pytest.raises(ValueError, match="below the stability limit of the second moment"):
        exact_covariance(noise, 5.0, 1)
