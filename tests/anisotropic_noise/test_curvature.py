"""Matrices of the loss of two layers by automatic differentiation."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.experiments.curvature import matrices_of_loss, rank
from traindyn.anisotropic_noise.experiments.data import draw_pool
from traindyn.anisotropic_noise.theory.two_layers import TwoLayerNoise


@pytest.fixture(scope="module")
def minimum():
    generator = np.random.default_rng(0)
    x, residuals = draw_pool(40, 3, 2, 1.0, generator)
    first, second = generator.standard_normal((4, 3)), generator.standard_normal((2, 4))
    return TwoLayerNoise(x, x @ (second @ first).T - residuals, first, second)


def test_at_a_minimum_they_are_those_of_the_linear_theory(minimum):
    found = matrices_of_loss(minimum.x, minimum.y, minimum.first, minimum.second)
    for matrix, expected in (
        (found.hessian, minimum.hessian),
        (found.gauss_newton, minimum.hessian),
        (found.noise, minimum.noise),
    ):
        np.testing.assert_allclose(matrix, expected, atol=1e-12 * np.abs(expected).max())
        assert rank(matrix) == 6


def test_a_misfit_adds_to_the_hessian_what_differences_of_the_gradient_show(minimum):
    x, y, first, second = minimum.x, minimum.y + minimum.x[:, :2], minimum.first, minimum.second

    def gradient(theta):
        w1, w2 = theta[:12].reshape(4, 3), theta[12:].reshape(2, 4)
        by_map = (x @ (w2 @ w1).T - y).T @ x / len(x)
        return np.concatenate([(w2.T @ by_map).ravel(), (by_map @ w1.T).ravel()])

    theta, step = np.concatenate([first.ravel(), second.ravel()]), 1e-5
    columns = [(gradient(theta + e) - gradient(theta - e)) / 2 / step for e in step * np.eye(20)]
    found = matrices_of_loss(x, y, first, second)
    np.testing.assert_allclose(found.hessian, np.transpose(columns), atol=1e-7)
    assert np.abs(found.hessian - found.gauss_newton).max() > 0.5
