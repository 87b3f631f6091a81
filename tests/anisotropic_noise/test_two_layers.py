"""Linear theory of two layers: its matrices against finite differences, its closed form."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.experiments.data import draw_regression
from traindyn.anisotropic_noise.theory.two_layers import (
    TwoLayerNoise,
    jacobian,
    second_layer_variances,
)

K, N, M = 5, 3, 2


@pytest.fixture(scope="module")
def minimum():
    g = np.random.default_rng(0)
    x, y = draw_regression(40, N, g, outputs=M)
    best = np.linalg.lstsq(x, y, rcond=None)[0].T
    second = g.standard_normal((M, K))
    inverse = np.linalg.pinv(second)
    first = inverse @ best + (np.eye(K) - inverse @ second) @ g.standard_normal((K, N))
    return TwoLayerNoise(x, y, first, second)


def gradient(minimum, theta, samples):
    first, second = theta[: K * N].reshape(K, N), theta[K * N :].reshape(M, K)
    x, y = minimum.x[samples], minimum.y[samples]
    residual = x @ (second @ first).T - y
    return np.concatenate(
        [
            (second.T @ residual.T @ x / len(x)).ravel(),
            (residual.T @ (x @ first.T) / len(x)).ravel(),
        ]
    )


def theta_of(minimum):
    return np.concatenate([minimum.first.ravel(), minimum.second.ravel()])


def test_hessian_is_the_slope_of_the_gradient(minimum):
    everything = np.arange(len(minimum.x))
    theta, step = theta_of(minimum), 1e-6
    slopes = [
        gradient(minimum, theta + step * e, everything)
        - gradient(minimum, theta - step * e, everything)
        for e in np.eye(len(theta))
    ]
    np.testing.assert_allclose(minimum.hessian, np.array(slopes) / (2 * step), atol=1e-7)


def test_noise_is_the_covariance_of_gradients(minimum):
    single = [gradient(minimum, theta_of(minimum), [i]) for i in range(len(minimum.x))]
    np.testing.assert_allclose(minimum.noise, np.mean([np.outer(g, g) for g in single], axis=0))


def test_covariance_solves_its_equation_and_has_the_rank_of_the_map(minimum):
    c = minimum.covariance(0.01, 2)
    h = minimum.hessian
    np.testing.assert_allclose(h @ c + c @ h, 0.005 * minimum.noise, atol=1e-12)
    assert np.linalg.matrix_rank(h, tol=1e-9) == M * N
    assert np.linalg.matrix_rank(c, tol=1e-12) == M * N


def test_closed_form_is_the_diagonal_of_the_projector():
    g = np.random.default_rng(1)
    first, second = g.standard_normal((K, N)), g.standard_normal((M, K))
    j = jacobian(first, second)
    projector = np.linalg.pinv(j) @ j
    u1, a, _ = np.linalg.svd(first, full_matrices=False)
    u2, b, _ = np.linalg.svd(second, full_matrices=False)
    block = projector[K * N :, K * N :]
    predicted = second_layer_variances(a, b)
    for output in range(M):
        for mode in range(N):
            direction = np.kron(u2[:, output], u1[:, mode])
            np.testing.assert_allclose(direction @ block @ direction, predicted[output, mode])


def test_many_samples_approach_the_closed_form():
    g = np.random.default_rng(2)
    gaps = []
    for samples in (400, 6400, 102_400):
        x, y = draw_regression(samples, N, g, outputs=1)
        best = np.linalg.lstsq(x, y, rcond=None)[0].T
        second = np.array([[2.0, 0.0, 0.0, 0.0, 0.0]])
        first = np.vstack([best / 2, np.diag([0.5, 1.0, 1.5]), np.zeros((1, N))])
        found = TwoLayerNoise(x, y, first, second)
        j = jacobian(first, second)
        limit = found.temperature(0.1, 1) * np.linalg.pinv(j) @ j
        gaps.append(np.linalg.norm(found.covariance(0.1, 1) - limit) / np.linalg.norm(limit))
    # the distance falls as one over the root of the samples, by 4 each
    assert gaps[0] > 2 * gaps[1] > 4 * gaps[2]


def test_a_point_that_is_no_minimum_is_refused(minimum):
    with pytest.raises(ValueError, match="must multiply to the least-squares map"):
        TwoLayerNoise(minimum.x, minimum.y, 1.1 * minimum.first, minimum.second)
