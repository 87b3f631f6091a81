"""Curvature, noise and covariance of linear regression against slow references."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.theory import covariance
from traindyn.anisotropic_noise.theory.covariance import (
    MomentRecursion,
    exact_covariance,
    frozen_noise_covariance,
    loss_excess,
    moment_after,
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


def slow_steps(noise, rate, batch_size, moment, mean, steps):
    """Second moment after steps, an average over every batch."""
    samples = np.arange(noise.samples)
    batches = np.array(np.meshgrid(*[samples] * batch_size)).reshape(batch_size, -1).T
    for _ in range(steps):
        after, middle = np.zeros_like(moment), np.zeros_like(mean)
        for batch in batches:
            xs, rs = noise.x[batch], noise.residuals[batch]
            shrink = np.eye(3) - rate / batch_size * xs.T @ xs
            push = rate / batch_size * xs.T @ rs
            cross = np.outer(shrink @ mean, push)
            after += shrink @ moment @ shrink.T + np.outer(push, push) - cross - cross.T
            middle += shrink @ mean - push
        moment, mean = after / len(batches), middle / len(batches)
    return moment


@pytest.mark.parametrize("batch_size", [1, 2])
def test_recursion_after_some_steps_is_the_average_over_batches(noise, batch_size):
    recursion = MomentRecursion(noise, 0.1, batch_size)
    start = np.diag([1.0, 0.0, 2.0])
    slow = [slow_steps(noise, 0.1, batch_size, start, np.zeros(3), t) for t in (1, 3)]
    found = recursion.after(start, np.array([1, 3]))
    np.testing.assert_allclose(found, np.mean(slow, axis=0), atol=1e-12)


@pytest.mark.parametrize("batch_size", [1, 2])
def test_moment_from_a_displaced_start_is_the_average_over_batches(noise, batch_size):
    away = np.array([1.0, -0.5, 0.3])
    slow = slow_steps(noise, 0.1, batch_size, np.outer(away, away), away, 2)
    found = moment_after(noise, 0.1, batch_size, away, 2)
    np.testing.assert_allclose(found, slow, atol=1e-12)
    apart = moment_after(noise, 0.1, batch_size, away, 2, mixed=False)
    assert np.abs(apart - slow).max() > 1e-3


def test_packing_keeps_the_norm_and_is_undone(noise):
    recursion = MomentRecursion(noise, 0.1, 1)
    c = np.array([[2.0, 0.5, 0.1], [0.5, 1.0, -0.3], [0.1, -0.3, 3.0]])
    np.testing.assert_allclose(np.linalg.norm(recursion.pack(c)), np.linalg.norm(c))
    np.testing.assert_allclose(recursion.unpack(recursion.pack(c)), c, atol=1e-14)


def test_simpler_recursions_solve_their_own_equations(noise):
    h, rate, batch = noise.hessian, 0.1, 2
    for options, quadratic, follows in (
        ({"discrete": False}, -rate / batch, 1),
        ({"discrete": False, "centered": False}, 0.0, 1),
        ({"centered": False}, rate, 1),
        ({"follows": False}, 0.0, 0),
    ):
        c = MomentRecursion(noise, rate, batch, **options).stationary()
        drive = noise.covariance + follows * noise.fourth_moment(c)
        expected = rate / batch * drive + quadratic * h @ c @ h
        np.testing.assert_allclose(h @ c + c @ h, expected, atol=1e-13)


def test_the_limit_of_stability_is_exact():
    """One weight and inputs ±1: the second moment is stable below a learning rate of 2."""
    ones = RegressionNoise(np.ones((2, 1)), np.array([-1.0, 1.0]))
    np.testing.assert_allclose(exact_covariance(ones, 1.9999, 1), 1.9999 / 0.0001, rtol=1e-9)
    with pytest.raises(ValueError, match="below the stability limit of the second moment"):
        exact_covariance(ones, 2.0001, 1)


@pytest.mark.parametrize(("discrete", "follows"), [(True, True), (False, True), (True, False)])
def test_many_inputs_are_solved_by_products(monkeypatch, discrete, follows):
    rng = np.random.default_rng(3)
    x = rng.standard_normal((200, 12)) * np.linspace(0.5, 1.5, 12)
    noise = RegressionNoise(x, x @ np.ones(12) + rng.standard_normal(200))
    options = {"discrete": discrete, "follows": follows}
    formed = MomentRecursion(noise, 0.02, 1, **options)
    vector = rng.standard_normal(len(formed.matrix))
    np.testing.assert_allclose(formed.product(vector), formed.matrix @ vector, rtol=1e-11)
    monkeypatch.setattr(covariance, "LARGE", 10)
    by_products = MomentRecursion(noise, 0.02, 1, **options)
    np.testing.assert_allclose(by_products.stationary(), formed.stationary(), rtol=1e-9)


@pytest.mark.parametrize("rate", [0.15, 0.3, 5.0])
def test_many_inputs_beyond_the_limit_are_refused(monkeypatch, rate):
    x = np.random.default_rng(3).standard_normal((200, 12))
    noise = RegressionNoise(x, x @ np.ones(12) + np.random.default_rng(4).standard_normal(200))
    assert np.linalg.eigvalsh(MomentRecursion(noise, rate, 1).matrix)[0] < 0
    monkeypatch.setattr(covariance, "LARGE", 10)
    with pytest.raises(ValueError, match="below the stability limit of the second moment"):
        exact_covariance(noise, rate, 1)


@pytest.mark.parametrize("large", [10, 10_000])
@pytest.mark.parametrize("rate", [0.15, 5.0, 100.0])
def test_beyond_the_limit_even_data_without_noise_are_refused(monkeypatch, large, rate):
    """Zero is a fixed point, and not one that the second moment returns to."""
    monkeypatch.setattr(covariance, "LARGE", large)
    x = np.random.default_rng(3).standard_normal((200, 12))
    noise = RegressionNoise(x, np.zeros(200))
    assert not exact_covariance(noise, 0.02, 1).any()
    with pytest.raises(ValueError, match="below the stability limit of the second moment"):
        exact_covariance(noise, rate, 1)
