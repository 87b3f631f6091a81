"""Products and gradients of deep linear networks against torch, and the layout of parameters."""

from functools import reduce

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale

NETWORKS = [LinearNetwork(3, 2, 5, depth) for depth in (2, 3, 4, 5)]


@pytest.mark.parametrize("network", NETWORKS)
def test_gradient_is_that_of_torch(network):
    generator = np.random.default_rng(network.depth)
    theta = network.random(0.7, generator)
    outer = generator.standard_normal((2, 3))
    layers = [torch.tensor(w, requires_grad=True) for w in network.layers(theta)]
    (reduce(lambda a, w: w @ a, layers) * torch.tensor(outer)).sum().backward()
    expected = network.flatten([w.grad.numpy() for w in layers])
    np.testing.assert_allclose(network.gradient(theta, outer), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_batch_is_its_members(network):
    generator = np.random.default_rng(1)
    batch = network.random(0.7, generator, 6)
    outer = generator.standard_normal((6, 2, 3))
    products, gradients = network.product(batch), network.gradient(batch, outer)
    for i in range(6):
        np.testing.assert_allclose(products[i], network.product(batch[i]), atol=1e-14)
        np.testing.assert_allclose(gradients[i], network.gradient(batch[i], outer[i]), atol=1e-14)


def test_gradient_of_columns_that_lie_apart_in_memory():
    network = NETWORKS[1]
    batch = network.random(0.7, np.random.default_rng(2), 4)
    outer = np.ones((4, 2, 3))
    apart = np.asfortranarray(batch)
    np.testing.assert_array_equal(network.gradient(apart, outer), network.gradient(batch, outer))


@given(st.floats(-2, 2), st.integers(2, 5))
def test_product_is_homogeneous_of_the_degree_of_the_depth(factor, depth):
    network = LinearNetwork(2, 2, 3, depth)
    theta = network.random(1.0, np.random.default_rng(0))
    np.testing.assert_allclose(
        network.product(factor * theta), factor**depth * network.product(theta), atol=1e-12
    )


def test_layers_are_views_and_flatten_is_their_inverse():
    network = NETWORKS[2]
    theta = network.random(1.0, np.random.default_rng(0), 2)
    layers = network.layers(theta)
    np.testing.assert_array_equal(network.flatten(layers), theta)
    layers[1][...] = 0.0
    start, stop = network.offsets[1:3]
    assert not theta[:, start:stop].any()


def test_random_has_the_scale():
    theta = LinearNetwork(50, 50, 50, 3).random(width_scale(100, 2.0), np.random.default_rng(0))
    # standard error of a standard deviation of 7,500 values: 0.8 %
    assert abs(theta.std() / 0.01 - 1) < 0.04


@pytest.mark.parametrize("name", ["inputs", "outputs", "width", "depth"])
def test_bad_shapes_are_named(name):
    values = {"inputs": 2, "outputs": 2, "width": 2, "depth": 2, name: 0}
    with pytest.raises(ValueError, match=f"{name} must be at least"):
        LinearNetwork(**values)


def test_wrong_vectors_are_refused():
    network = NETWORKS[0]
    with pytest.raises(ValueError, match="theta must have 25 parameters, got 24"):
        network.layers(np.zeros(24))
    with pytest.raises(ValueError, match="layers must have shapes"):
        network.flatten([np.zeros((5, 3)), np.zeros((2, 4))])
    with pytest.raises(ValueError, match="scale must be finite"):
        network.random(-1.0, np.random.default_rng(0))
