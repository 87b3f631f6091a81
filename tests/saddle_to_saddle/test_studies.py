"""What studies measure and claims make of it, on small cases."""

import numpy as np
import pytest

from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.distances import _medians
from traindyn.saddle_to_saddle.claims.greedy import _worst
from traindyn.saddle_to_saddle.claims.plateaus import level_error
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.plateaus import Plateau
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.completion import GreedyDistances
from traindyn.saddle_to_saddle.results.distances import StartDistances
from traindyn.saddle_to_saddle.studies.completion import greedy_stages
from traindyn.saddle_to_saddle.studies.distances import VALUES, first_layer_starts, saddle_bounds
from traindyn.saddle_to_saddle.studies.plateaus import slider_path, staircase
from traindyn.saddle_to_saddle.studies.saddles import curvatures, loss_gap
from traindyn.saddle_to_saddle.theory.distances import (
    distance_to_minimum_lazy,
    distance_to_minimum_small,
    distance_to_saddle,
)

CI = Context("ci", 0, "tests")
WIDTHS = np.array([16.0, 64.0])


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_gap_of_the_loss_is_the_difference_of_two_losses(rank):
    generator = np.random.default_rng(rank)
    target = random_target((3.0, 2.0, 1.0), 4, generator)
    network = LinearNetwork(4, 4, 5, 3)
    theta = network.random(0.5, generator)
    difference = SquaredError(target).value(network.product(theta)) - [7.0, 2.5, 0.5][rank]
    np.testing.assert_allclose(loss_gap(network, theta, target, rank), abs(difference), rtol=1e-10)


def test_gap_of_the_loss_keeps_its_digits():
    network, target = LinearNetwork(2, 2, 2, 2), np.diag([2.0, 1.0])
    theta = network.flatten([np.diag([2.0, 1e-9]), np.diag([1.0, 1e-9])])
    # ½(1 - 1e-18)² - ½: the difference of the two losses is zero in double precision
    np.testing.assert_allclose(loss_gap(network, theta, target, 1), 1e-18, rtol=1e-12)


def test_a_path_rests_at_the_levels_from_a_small_start_only():
    levels = np.array([7.0, 2.5, 0.5])
    assert level_error(slider_path(1e-3).plateaus, levels) < 1e-3
    assert level_error(slider_path(0.5).plateaus, levels) == 1.0
    assert level_error([Plateau(0, 7.0, 0.1, 0), Plateau(5, 2.5, 0.1, 1)], levels) == 1.0
    assert level_error([Plateau(i, 1.1 * v, 0.1, i) for i, v in enumerate(levels)], levels) > 0.09


def test_seeds_decide_paths_of_claims():
    one, other = (staircase(Context("ci", seed, ""), 3, 1e-1).loss for seed in (1, 2))
    assert one[0] != other[0]


def test_two_layers_have_strict_saddles_and_more_have_none():
    two, three = (curvatures(CI, depth) for depth in (2, 3))
    np.testing.assert_allclose(two.saddles[:, 0], [-2, -1], atol=1e-6)
    np.testing.assert_allclose(three.saddles[:, 0], 0, atol=1e-6)
    np.testing.assert_array_equal(two.generic, two.origin)
    assert three.generic[0] < -0.1


@pytest.mark.parametrize(("depth", "gamma", "modes"), [(3, 0.75, 1), (2, 2.0, 4)])
def test_ratios_are_one_where_the_prediction_is_exact(depth, gamma, modes):
    missing = np.array([[1.0, 2.0, 5.0], [2.0, 3.0, 4.0]])
    minimum = np.array(
        [
            [
                distance_to_minimum_lazy(float(norm), int(width), depth, gamma)
                if gamma < 1
                else distance_to_minimum_small(np.array(VALUES), depth)
                for norm in row
            ]
            for width, row in zip(WIDTHS, missing, strict=True)
        ]
    )
    saddle = np.array([[distance_to_saddle(int(width), gamma, modes)] * 3 for width in WIDTHS])
    run = _medians(
        StartDistances(depth, gamma, modes, WIDTHS, minimum, missing, saddle, saddle / 2, missing)
    )
    np.testing.assert_allclose(run.minimum_ratio, 1)
    np.testing.assert_allclose(run.saddle_ratio, 1)
    np.testing.assert_array_equal(run.minimum, minimum[:, 1])
    np.testing.assert_array_equal(run.dropped, saddle[:, 1] / 2)
    np.testing.assert_array_equal(run.origin, [2, 3])


def test_no_saddle_is_nearer_than_the_smallest_singular_values():
    narrow, wide = (np.median(saddle_bounds(CI, width, 1.0)) for width in (4, 256))
    np.testing.assert_allclose(wide, np.sqrt(2), rtol=0.2)  # both layers have norm one, spread 1/8
    assert narrow < wide / 2


def test_a_start_without_later_layers_is_hardly_nearer_to_a_minimum():
    found = first_layer_starts(CI, 2, 3.0, 16)
    limit = distance_to_minimum_small(np.array(VALUES), 2)
    assert (found < limit).all()
    np.testing.assert_allclose(found, limit, rtol=0.1)


def test_greedy_stages_of_a_stored_problem_fall_and_gain_rank():
    stages = greedy_stages("branching", 3, 2, 1e-2)
    assert [np.linalg.matrix_rank(stage.a, tol=1e-3) for stage in stages] == [1, 2]
    assert stages[1].loss < stages[0].loss


def test_exponents_and_the_worst_start():
    scales = np.array([1e-1, 1e-3, 1e-5])
    run = GreedyDistances(scales, scales, scales**0.5, np.ones(2), 1.0, 1.0, 1.0, 1.0)
    np.testing.assert_allclose([run.last_slope(run.first), run.last_slope(run.union)], [1, 0.5])
    assert _worst(np.array([1.0, 1.2, 0.9])) == 1.2
    assert _worst(np.array([1.0, np.nan, 1.2])) == 0.0
