"""Networks with given singular values: their layers, minima and deviations."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.experiments.data import draw_pool
from traindyn.anisotropic_noise.experiments.networks import draw_networks
from traindyn.anisotropic_noise.studies.networks import draw_ensemble
from traindyn.anisotropic_noise.theory.two_layers import (
    TwoLayerNoise,
    jacobian,
    relaxing_share,
    second_layer_variances,
)

A, B = np.array([0.5, 1.0, 1.5, 0.3]), np.array([1.0, 2.0])


def generator():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def networks():
    return draw_networks(A, B, 6, 3, generator())


def test_layers_have_the_singular_values(networks):
    for found, values in ((networks.first, A), (networks.second, B)):
        singular = np.linalg.svd(found, compute_uv=False)
        np.testing.assert_allclose(singular, np.tile(np.sort(values)[::-1], (3, 1)), atol=1e-12)


def test_an_aligned_second_layer_reads_the_first_modes_alone():
    aligned = draw_networks(A, B, 6, 3, generator(), aligned=True)
    np.testing.assert_allclose((aligned.second @ aligned.left)[..., 2:], 0, atol=1e-14)


def test_deviations_are_in_the_range_of_the_jacobian_and_equal_there(networks):
    one = draw_networks(A, B, 6, 1, generator())
    for first, second in zip(*networks.deviations(1.0, generator()), strict=True):
        assert first.shape == (4, 6)
        assert second.shape == (2, 4)
    many = draw_networks(A, B, 6, 20_000, generator())
    first, second = many.deviations(2.0, generator())
    f, s = many.along(many.first + first, many.second + second)
    # standard error of a variance of 20,000 values: 1 %
    expected = 2 * second_layer_variances(A, B)
    np.testing.assert_allclose((s**2).mean(axis=0), expected, rtol=0.06)
    np.testing.assert_allclose((f**2).mean(axis=0), 2 - expected, rtol=0.06)
    first, second = one.deviations(1.0, generator())
    j = jacobian(one.first[0], one.second[0])
    theta = np.r_[first[0].ravel(), second[0].ravel()]
    np.testing.assert_allclose(np.linalg.pinv(j) @ j @ theta, theta, atol=1e-12)


def test_labels_have_their_minimum_at_the_map(networks):
    x, residuals = draw_pool(50, 6, 2, 0.3, generator())
    first, second = networks.first[0], networks.second[0]
    TwoLayerNoise(x, x @ (second @ first).T + residuals, first, second)  # raises elsewhere
    with pytest.raises(ValueError, match="samples must be more than 6"):
        draw_pool(6, 6, 2, 0.3, generator())


@pytest.mark.parametrize("start", [0.0, 2.0])
def test_an_ensemble_comes_to_rest_at_the_temperature(start):
    ensemble = draw_ensemble(np.array([1.0, 2.0]), np.ones(1), 3, 400, generator(), samples=500)
    moments = ensemble.moments(start, generator(), burn=3.0, times=5.0)
    # 400 networks for two relaxation times: standard error 5 %, and η tr H / S = 0.004
    np.testing.assert_allclose(moments.seen.mean(axis=0), 1, atol=0.25)
    assert ensemble.error == pytest.approx(4e-3 * 8 / 8)


def test_a_frozen_layer_keeps_what_theory_says_of_its_start():
    ensemble = draw_ensemble(np.array([0.2, 1.0]), np.ones(1), 3, 600, generator(), samples=500)
    moments = ensemble.moments(0.0, generator(), burn=4.9, times=5.0, frozen="first")
    steps = np.arange(1226, 1251, 25)
    left = relaxing_share(ensemble.networks.first_values**2, 4e-3, steps)
    # 600 networks: standard error of a variance 6 %
    np.testing.assert_allclose(moments.second[:, 0].mean(axis=0), 1 - left, rtol=0.3)
    np.testing.assert_allclose(moments.first, 0, atol=1e-20)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="outputs, hidden units and inputs must rise"):
        draw_networks(np.ones(4), np.ones(1), 3, 2, generator())
    with pytest.raises(ValueError, match="singular values must be positive"):
        draw_networks(np.array([1.0, 0.0]), np.ones(1), 3, 2, generator())
