"""The greedy algorithm on a full target visits its truncated decompositions; plateaus and ranks."""

import numpy as np
import pytest

from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.flow import flow
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path, widen
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, product
from traindyn.saddle_to_saddle.experiments.plateaus import find_plateaus, rank_of
from traindyn.saddle_to_saddle.experiments.targets import random_target

TARGET = random_target([3.0, 2.0, 1.0], 4, np.random.default_rng(0))
COST = SquaredError(TARGET)


@pytest.mark.parametrize(("depth", "epsilon"), [(2, 1e-4), (3, 1e-3), (4, 0.02)])
def test_stages_are_the_truncated_targets(depth, epsilon):
    stages = greedy_path(COST, depth, 4, epsilon=epsilon)
    assert [stage.path.network.width for stage in stages] == [1, 2, 3]  # then the gradient is zero
    np.testing.assert_allclose([stage.loss for stage in stages], [2.5, 0.5, 0], atol=1e-9)
    np.testing.assert_allclose([s.singular_values[0] for s in stages], [3, 2, 1], atol=1e-6)
    u, s, vt = np.linalg.svd(TARGET)
    np.testing.assert_allclose(stages[1].a, (u[:, :2] * s[:2]) @ vt[:2], atol=1e-6)


def test_a_new_unit_adds_one_small_direction():
    generator = np.random.default_rng(0)
    layers = [generator.standard_normal(s) for s in ((2, 3), (2, 2), (2, 2), (4, 2))]
    u, v = np.eye(4)[1], np.eye(3)[2]
    difference = product(widen(layers, u, v, 0.1)) - product(layers)
    np.testing.assert_allclose(difference, 1e-4 * np.outer(u, v), atol=1e-15)


def test_path_from_a_small_start_rests_at_the_stages():
    network = LinearNetwork(4, 4, 6, 3)
    start = network.random(1e-3, np.random.default_rng(1))
    path = flow(network, COST, start, 1500.0, method="LSODA")
    found = find_plateaus(path, scale=3.0)
    assert [plateau.rank for plateau in found] == [0, 1, 2]
    np.testing.assert_allclose([plateau.loss for plateau in found], [7, 2.5, 0.5], rtol=1e-3)


def test_path_from_a_large_start_does_not():
    network = LinearNetwork(4, 4, 30, 3)
    start = network.random(0.4, np.random.default_rng(1))
    assert find_plateaus(flow(network, COST, start, 100.0), scale=3.0) == []


def test_rank_counts_learned_directions():
    assert rank_of(TARGET, 3.0) == 3
    assert rank_of(1e-3 * TARGET, 3.0) == 0


def test_targets_have_their_singular_values():
    np.testing.assert_allclose(np.linalg.svd(TARGET)[1], [3, 2, 1, 0], atol=1e-14)
    with pytest.raises(ValueError, match="singular_values must fall"):
        random_target([1.0, 2.0], 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="1 to 2 numbers"):
        random_target([1.0, 1.0, 1.0], 2, np.random.default_rng(0))


def test_bad_numbers_are_named():
    with pytest.raises(ValueError, match="epsilon must lie in"):
        greedy_path(COST, 2, 1, epsilon=2.0)
    with pytest.raises(ValueError, match="stages must be at least 1"):
        greedy_path(COST, 2, 0)
