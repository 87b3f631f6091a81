"""The dense Hessian against finite differences of the gradient, and its exact small cases."""

import numpy as np
import pytest

from traindyn.saddle_to_saddle.experiments.costs import Logistic, SquaredError
from traindyn.saddle_to_saddle.experiments.hessian import hessian, output_jacobian
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("kind", ["squared", "logistic"])
def test_hessian_is_the_slope_of_the_gradient(depth, kind):
    generator = np.random.default_rng(depth)
    network = LinearNetwork(3, 2, 4, depth)
    target = generator.standard_normal((2, 3))
    cost = SquaredError(target) if kind == "squared" else Logistic(np.sign(target))
    theta = network.random(0.6, generator)

    def gradient(at):
        return network.gradient(at, cost.gradient(network.product(at)))

    step = 1e-6
    slopes = [
        (gradient(theta + step * e) - gradient(theta - step * e)) / (2 * step)
        for e in np.eye(network.size)
    ]
    # a central difference errs by step² and by rounding over step: 1e-10
    np.testing.assert_allclose(hessian(network, cost, theta), slopes, atol=1e-8)


def test_jacobian_maps_steps_of_the_parameters_to_steps_of_the_product():
    network = LinearNetwork(3, 2, 4, 3)
    generator = np.random.default_rng(0)
    theta, step = network.random(1.0, generator), 1e-6 * network.random(1.0, generator)
    change = (network.product(theta + step) - network.product(theta - step)).ravel() / 2
    np.testing.assert_allclose(output_jacobian(network, theta) @ step, change, atol=1e-15)


def test_the_origin_of_a_deep_network_is_flat():
    network = LinearNetwork(3, 3, 3, 3)
    assert not hessian(network, SquaredError(np.eye(3)), np.zeros(network.size)).any()


def test_the_origin_of_two_layers_has_the_singular_values_of_the_target():
    network = LinearNetwork(2, 2, 1, 2)
    values = np.linalg.eigvalsh(
        hessian(network, SquaredError(np.diag([3.0, 1.0])), np.zeros(network.size))
    )
    np.testing.assert_allclose(values, [-3, -1, 1, 3], atol=1e-14)


def test_a_network_must_fit_its_cost():
    with pytest.raises(ValueError, match="cost must take 2 × 3 matrices"):
        hessian(LinearNetwork(3, 2, 4, 2), SquaredError(np.eye(3)), np.ones(20))
