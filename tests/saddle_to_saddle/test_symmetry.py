"""Rotations and inclusions commute with training; other changes of basis do not."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.symmetry import change_hidden_bases, compress, include

NETWORK = LinearNetwork(3, 2, 4, 3)
COST = SquaredError(np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
STEPS = np.array([0, 300])


def trained(network, theta):
    return descend(network, COST, theta, 0.02, STEPS)[-1]


@pytest.fixture
def theta():
    return NETWORK.random(0.3, np.random.default_rng(0))


def test_rotations_commute_with_descent(theta):
    turns = [ortho_group.rvs(4, random_state=seed) for seed in (1, 2)]
    turned = change_hidden_bases(NETWORK, theta, turns)
    np.testing.assert_allclose(NETWORK.product(turned), NETWORK.product(theta), atol=1e-14)
    np.testing.assert_allclose(
        trained(NETWORK, turned), change_hidden_bases(NETWORK, trained(NETWORK, theta), turns),
        atol=1e-12,
    )  # fmt: skip


def test_other_bases_keep_the_function_but_not_the_path(theta):
    bases = [np.diag([2.0, 1.0, 1.0, 1.0]), np.eye(4)]
    changed = change_hidden_bases(NETWORK, theta, bases)
    np.testing.assert_allclose(NETWORK.product(changed), NETWORK.product(theta), atol=1e-14)
    difference = trained(NETWORK, changed) - change_hidden_bases(
        NETWORK, trained(NETWORK, theta), bases
    )
    assert np.abs(difference).max() > 0.01


def test_inclusion_commutes_with_descent(theta):
    wide, start = include(NETWORK, theta, 7)
    assert wide.width == 7
    np.testing.assert_array_equal(
        trained(wide, start), include(NETWORK, trained(NETWORK, theta), 7)[1]
    )


def test_compression_keeps_the_path_of_two_layers():
    network = LinearNetwork(3, 2, 50, 2)
    start = network.random(0.2, np.random.default_rng(0))
    narrow, small = compress(network, start)
    assert narrow.width == 5
    np.testing.assert_allclose(
        narrow.product(trained(narrow, small)), network.product(trained(network, start)), atol=1e-13
    )


def test_bad_changes_are_refused(theta):
    with pytest.raises(ValueError, match="bases must be 2 matrices, got 1"):
        change_hidden_bases(NETWORK, theta, [np.eye(4)])
    with pytest.raises(ValueError, match="width must be at least 4, got 3"):
        include(NETWORK, theta, 3)
    with pytest.raises(ValueError, match="depth must be 2, got 3"):
        compress(NETWORK, theta)
