"""What studies measure and claims make of it, on small cases."""

from types import SimpleNamespace

import numpy as np
import pytest

from traindyn.runs import Context
from traindyn.saddle_to_saddle.claims.distances import means_of
from traindyn.saddle_to_saddle.claims.plateaus import level_error
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.distances import distance_to_lost_rank
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.plateaus import Plateau
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.results.completion import CompletionRun, GreedyDistances
from traindyn.saddle_to_saddle.results.distances import StartDistances
from traindyn.saddle_to_saddle.results.escape import WidthTimes
from traindyn.saddle_to_saddle.results.plateaus import LogisticRun
from traindyn.saddle_to_saddle.studies import greedy
from traindyn.saddle_to_saddle.studies.completion import greedy_stages
from traindyn.saddle_to_saddle.studies.distances import (
    SIZE,
    VALUES,
    _measure,
    deep_saddle_bounds,
    saddle_bounds,
)
from traindyn.saddle_to_saddle.studies.filling import filling
from traindyn.saddle_to_saddle.studies.greedy import _to_line
from traindyn.saddle_to_saddle.studies.plateaus import staircases
from traindyn.saddle_to_saddle.studies.regression import regressions
from traindyn.saddle_to_saddle.studies.saddles import curvatures, loss_gap, weights_at_least
from traindyn.saddle_to_saddle.studies.second_escapes import escapes_of
from traindyn.saddle_to_saddle.theory.distances import (
    distance_to_minimum_lazy,
    distance_to_minimum_small,
    distance_to_saddle,
    saddle_bound_three_layers,
)
from traindyn.saddle_to_saddle.theory.saddles import reduced_rank_losses

CI = Context("ci", 0, "tests")
WIDTHS = np.array([16.0, 64.0])


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_gap_of_the_loss_is_the_difference_of_two_losses(rank):
    generator = np.random.default_rng(rank)
    target = random_target((3.0, 2.0, 1.0), 4, generator)
    network = LinearNetwork(4, 4, 5, 3)
    theta = network.random(0.5, generator)
    difference = SquaredError(target).value(network.product(theta)) - [7.0, 2.5, 0.5][rank]
    np.testing.assert_allclose(loss_gap(network, theta, target, rank), difference, rtol=1e-10)


def test_gap_of_the_loss_keeps_its_digits():
    network, target = LinearNetwork(2, 2, 2, 2), np.diag([2.0, 1.0])
    theta = network.flatten([np.diag([2.0, 1e-9]), np.diag([1.0, 1e-9])])
    # ½(1 - 1e-18)² - ½: the difference of the two losses is zero in double precision
    np.testing.assert_allclose(loss_gap(network, theta, target, 1), -1e-18, rtol=1e-12)


def test_a_parabola_is_least_between_the_times_of_the_record():
    times = np.array([0.0, 1.0, 3.0])
    weights = weights_at_least(times, 2 + 0.5 * (times - 1.3) ** 2)
    for power in range(3):  # the weights interpolate polynomials up to the second degree
        np.testing.assert_allclose(weights @ times**power, 1.3**power)


def test_where_no_parabola_has_a_least_value_the_middle_time_stands():
    np.testing.assert_array_equal(weights_at_least(np.arange(3.0), np.arange(3.0)), [0, 1, 0])


def test_a_path_rests_at_the_levels_from_a_small_start_only():
    levels = np.array([7.0, 2.5, 0.5])
    small, large = (staircases(CI, 3, scale)[0].plateaus for scale in (1e-2, 1e-1))
    assert level_error(small, levels) < 1e-2
    assert level_error(large, levels) == 1.0
    assert level_error([Plateau(0, 7.0, 0.1, 0), Plateau(5, 2.5, 0.1, 1)], levels) == 1.0
    assert level_error([Plateau(i, 1.1 * v, 0.1, i) for i, v in enumerate(levels)], levels) > 0.09


def test_small_weights_fill_in_a_matrix_step_by_step_and_large_ones_do_not():
    run = filling()
    small, large = run.runs
    assert small.ranks[0] == 0
    assert (np.diff(small.ranks) >= 0).all()
    assert set(small.ranks.tolist()) == {0, 1, 2, 3}
    for rank, level in enumerate(run.levels[:3]):  # it rests at every predicted level
        near = np.abs(small.train[small.ranks == rank] / level - 1)
        assert (near < 0.01).sum() > 5
    assert small.test[-1] < 1e-3
    np.testing.assert_allclose(small.matrices[-1], run.target, atol=1e-2)
    assert large.train[-1] < 1e-6
    assert large.test[-1] > 1
    assert np.sum(run.observed) == 78


def test_seeds_decide_paths_of_claims():
    one, other = (staircases(Context("ci", seed, ""), 2, 1e-1)[0].loss for seed in (1, 2))
    assert one[0] != other[0]


def test_two_layers_have_strict_saddles_and_more_have_none():
    two, three = (curvatures(CI, depth) for depth in (2, 3))
    np.testing.assert_allclose(two.saddles[:, 0], [-2, -1], atol=1e-6)
    np.testing.assert_allclose(three.saddles[:, 0], 0, atol=1e-6)
    np.testing.assert_array_equal(two.generic[0], two.origin)
    assert three.generic.max() < 20
    assert (three.generic.min(axis=1) < -0.1).all()


@pytest.mark.parametrize(("depth", "gamma", "modes"), [(3, 0.75, 1), (2, 2.0, 4)])
def test_ratios_are_one_where_the_prediction_is_exact(depth, gamma, modes):
    missing = (np.array([1.0, 2.0, 5.0]), np.array([2.0, 4.0]))  # fewer starts at the larger width
    widths = WIDTHS.astype(int).tolist()
    minimum = tuple(
        distance_to_minimum_lazy(1.0, width, depth, gamma) * norms
        if gamma < 1
        else np.full(len(norms), distance_to_minimum_small(np.array(VALUES), depth))
        for norms, width in zip(missing, widths, strict=True)
    )
    saddle = tuple(
        np.full(len(norms), distance_to_saddle(width, gamma, modes))
        for norms, width in zip(missing, widths, strict=True)
    )
    half = tuple(row / 2 for row in saddle)
    run = means_of(
        StartDistances(depth, gamma, modes, WIDTHS, minimum, missing, saddle, half, missing)
    )
    np.testing.assert_allclose(run.minimum_ratio, 1)
    np.testing.assert_allclose(run.saddle_ratio, 1)
    np.testing.assert_allclose(run.dropped, [row[0] for row in half])
    np.testing.assert_allclose(run.origin, [8 / 3, 3])


def test_no_saddle_is_nearer_than_the_smallest_singular_values():
    narrow, wide = (np.median(saddle_bounds(CI, width, 1.0)) for width in (4, 256))
    np.testing.assert_allclose(wide, np.sqrt(2), rtol=0.2)  # both layers have norm one, spread 1/8
    assert narrow < wide / 2


def test_the_least_change_that_loses_rank_is_found():
    generator = np.random.default_rng(0)
    outer, middle = generator.standard_normal((6, 2)), generator.standard_normal((6, 6))
    angles = np.linspace(0, np.pi, 2000)
    squares = [
        float(z @ z) + np.linalg.eigvalsh(middle @ middle.T / 2 - np.outer(z, z))[0]
        for z in (outer @ np.array([np.cos(angle), np.sin(angle)]) for angle in angles)
    ]
    np.testing.assert_allclose(distance_to_lost_rank(outer, middle), min(squares), rtol=1e-5)


@pytest.mark.parametrize("width", [16, 64])
def test_the_bound_of_three_layers_is_below_the_explicit_saddle(width):
    bounds = deep_saddle_bounds(CI, width, 1.0)
    assert 0 < bounds.max() < distance_to_saddle(width, 1.0, 1)
    np.testing.assert_allclose(
        bounds.mean() / saddle_bound_three_layers(width, 1.0), 1, atol=(4 / width) ** 0.5
    )


def test_greedy_stages_of_a_stored_problem_fall_and_gain_rank():
    stages = greedy_stages("branching", 3, 2, 1e-2)
    assert [np.linalg.matrix_rank(stage.a, tol=1e-3) for stage in stages] == [1, 2]
    assert stages[1].loss < stages[0].loss


def test_exponents_between_the_smallest_scales():
    scales = np.array([1e-1, 1e-3, 1e-5])
    one = scales[:, None]
    run = GreedyDistances(scales, one, one**0.5, np.ones(2), 1.0, 1.0, 1.0, 1.0)
    np.testing.assert_allclose(run.last_slopes(run.first), [1])
    np.testing.assert_allclose(run.last_slopes(run.union), [0.5])


def test_times_without_their_linear_part_keep_their_mean():
    generator = np.random.default_rng(0)
    moments = generator.standard_normal((1, 4000, 3))
    times = 2 + moments @ np.array([1.0, -1.0, 0.5]) + 0.1 * generator.standard_normal((1, 4000))
    run = WidthTimes(np.array([8]), times, moments)
    np.testing.assert_allclose(run.steadier.mean(), 2, atol=0.01)
    assert run.steadier.std() < 0.11 < run.times.std()


@pytest.mark.parametrize("depth", [2, 3])
def test_regressions_have_the_fit_that_was_drawn(depth):
    run = regressions(CI, depth)
    x, y = run.x[0], run.y[0]
    np.testing.assert_allclose(reduced_rank_losses(x, y), [2.625, 0.625, 0.125, 0, 0], atol=1e-12)
    assert (run.angles < run.fitted_angles).all()


def test_a_path_to_a_line():
    line = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    points = np.array([[0.5, 0.25], [2.0, 0.5], [-3.0, -4.0]])
    np.testing.assert_allclose(_to_line(points, line), [0.25, 1.0, 5.0])


def test_rests_after_the_origin_count():
    rests = [Plateau(0, 9.0, 1e-9, 0), Plateau(5, 4.0, 1e-3, 1), Plateau(9, 1.0, 1e-2, 2)]
    run = SimpleNamespace(plateaus=rests, steepest=10.0)
    np.testing.assert_allclose(CompletionRun.rest_depth(run, 2), 3.5)
    assert CompletionRun.rest_depth(run, 1) == 0


def test_margins_are_read_between_records():
    times = np.array([0.0, 1.0, 10.0, 1000.0])
    margin = np.array([-1.0, 0.0, 2.0, 6.0])
    run = LogisticRun(times, -margin, times, margin, 1, [])
    assert run.margin_at(100.0) == pytest.approx(4.0)
    assert run.reaches(1.0) == pytest.approx(5.5)
    for level in (-2.0, 7.0):
        with pytest.raises(ValueError, match="level must lie"):
            run.reaches(level)


def test_problems_whose_gradients_commute_escape_at_the_naive_times():
    problems = [np.diag([3.0, 2.0, 1.0, *[0.0] * 5]), np.diag([4.0, 1.0, *[0.0] * 6])]
    everything = SquaredError(np.array(problems), np.ones((2, 8, 8), dtype=bool))
    found = escapes_of(everything, np.random.default_rng(0))
    np.testing.assert_allclose(found.predicted, [1 / 2, 1.0], rtol=1e-6)
    np.testing.assert_allclose(found.naive, [1 / 2, 1.0])
    # what grows beside leaves a relative 1e-13 to the power 2/3
    np.testing.assert_allclose(found.measured, [1 / 2, 1.0], rtol=1e-5)


def test_a_minimum_is_found_however_slowly_the_sweeps_settle():
    network = LinearNetwork(SIZE, SIZE, 32, 4)
    generator = Context("ci", 25, "SS-3").numpy_generator("L4, gamma 3.0, w32")
    starts = network.random(width_scale(32, 3.0), generator, 48)  # one needs more than 1,000
    to_minimum, *_ = _measure(network, starts, 3.0, SIZE, True)
    assert to_minimum == pytest.approx(distance_to_minimum_small(np.array(VALUES), 4), rel=0.05)


def test_a_start_that_passes_a_large_norm_takes_shorter_steps(monkeypatch):
    cost = greedy.load_instance("branching")
    network = LinearNetwork(cost.shape[1], cost.shape[0], 6, greedy.DEPTH)
    generator = Context("ci", 21, "SS-18").numpy_generator("larger starts")
    starts = greedy.BRANCH_SCALES[0] * network.random(1.0, generator, 400)[378:379]
    found, slower = (greedy._second_plateaus(cost, network, starts, by) for by in (1, 4))
    assert found == pytest.approx(slower, rel=1e-2)  # a plateau's loss still falls a little
    monkeypatch.setattr(greedy, "MOST_SLOWER", 1)
    with pytest.raises(FloatingPointError):
        greedy._second_plateaus(cost, network, starts)
