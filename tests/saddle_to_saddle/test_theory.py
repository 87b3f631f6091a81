"""Closed forms of the chapter against slow references and limits."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

from traindyn.saddle_to_saddle.experiments.batched_flow import flow_to_level
from traindyn.saddle_to_saddle.experiments.completion import (
    draw_completion,
    fit_rank,
    load_instance,
    smallest_nuclear_norm,
)
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.distances import (
    balanced_guess,
    drop_modes,
    dropped_part,
    nearest_minimum,
)
from traindyn.saddle_to_saddle.experiments.escape import Escape, climb
from traindyn.saddle_to_saddle.experiments.flow import flow
from traindyn.saddle_to_saddle.experiments.greedy import greedy_path
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork, width_scale
from traindyn.saddle_to_saddle.experiments.targets import random_target
from traindyn.saddle_to_saddle.theory.distances import (
    descent_ratio,
    distance_to_minimum_small,
    gap_to_minimum_small,
)
from traindyn.saddle_to_saddle.theory.escape import escape_time, largest_slope, second_escape_slope
from traindyn.saddle_to_saddle.theory.logistic import margin_after
from traindyn.saddle_to_saddle.theory.modes import blow_up_lead, two_layer_mode
from traindyn.saddle_to_saddle.theory.saddles import (
    plateau_losses,
    reduced_rank_losses,
)
from traindyn.saddle_to_saddle.theory.wide import wide_escape_constant, wide_start


def generator():
    return np.random.default_rng(0)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_no_unit_vector_beats_the_largest_slope(depth):
    target = random_target((3.0, 1.0), 3, generator())
    network = LinearNetwork(3, 3, 4, depth)
    theta = network.random(1.0, generator(), 500)
    theta /= np.linalg.norm(theta, axis=1, keepdims=True)
    best = largest_slope(depth, 3.0)
    assert (network.product(theta) * target).sum(axis=(1, 2)).max() < best
    found = climb(network, target, theta, 300)
    np.testing.assert_allclose((network.product(found) * target).sum(axis=(1, 2)), best)


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_escape_along_the_best_direction_takes_the_predicted_time(depth):
    network, cost = LinearNetwork(1, 1, 1, depth), SquaredError(np.array([[1000.0]]))
    start, end = 0.01, 0.1  # far below the target, where the cost is linear
    weights = np.full(depth, start / depth**0.5)
    found = flow_to_level(network, cost, weights[None], (end / depth**0.5) ** depth)
    np.testing.assert_allclose(found.times[0], escape_time(depth, 1000.0, start, end), rtol=1e-4)
    end = Escape(network, found.theta[0], float(found.times[0]))
    assert end.misalignment < 1e-12
    assert end.norm_spread < 1e-9


def test_commuting_gradients_give_the_second_singular_value():
    assert second_escape_slope(3.0, 2.0, 2.0) == pytest.approx(1 / 2)


def test_two_layer_mode_is_the_flow():
    network, cost = LinearNetwork(1, 1, 1, 2), SquaredError(np.array([[2.0]]))
    times = np.linspace(0, 4, 9)
    path = flow(network, cost, np.array([0.1, 0.1]), 4.0, times=times, relative_tolerance=1e-12)
    np.testing.assert_allclose(path.a[:, 0, 0], two_layer_mode(times, 2.0, 0.01), atol=1e-8)


def test_white_inputs_make_reduced_rank_regression_a_truncation():
    g = generator()
    x = np.linalg.qr(g.standard_normal((40, 3)))[0].T * 40**0.5
    target = random_target((2.0, 1.0, 0.5), 3, g)
    levels = reduced_rank_losses(x, target @ x)
    np.testing.assert_allclose(levels[:3], plateau_losses(np.array([2.0, 1.0, 0.5])))


def test_reduced_rank_regression_is_the_least_loss_of_its_rank():
    g = generator()
    x, y = g.standard_normal((3, 30)) * [[3.0], [1.0], [0.3]], g.standard_normal((3, 30))

    def loss(factors):
        a = factors[:6].reshape(3, 2) @ factors[6:].reshape(2, 3)
        return ((a @ x - y) ** 2).sum() / 60

    found = min(minimize(loss, g.standard_normal(12)).fun for _ in range(5))
    np.testing.assert_allclose(found, reduced_rank_losses(x, y)[2], rtol=1e-6)


def test_nearest_minimum_of_two_weights_is_the_nearest_point_of_a_hyperbola():
    network = LinearNetwork(1, 1, 1, 2)
    start = np.array([2.0, 0.2])
    found = nearest_minimum(network, start, np.array([[1.0]]))
    u = np.linspace(0.5, 4, 400_001)
    slow = np.hypot(u - 2.0, 1 / u - 0.2).min()
    np.testing.assert_allclose(np.linalg.norm(found - start), slow, rtol=1e-8)


def test_from_nearly_zero_the_nearest_minimum_is_balanced():
    network = LinearNetwork(3, 3, 6, 2)
    target = random_target((2.0, 1.0, 0.5), 3, generator())
    start = network.random(1e-6, generator())
    found = nearest_minimum(network, start, target, balanced_guess(network, start, target))
    expected = distance_to_minimum_small(np.array([2.0, 1.0, 0.5]), 2)
    np.testing.assert_allclose(np.linalg.norm(found - start), expected, rtol=1e-5)


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_a_small_start_is_closer_to_a_minimum_than_the_origin_by_the_predicted_gap(depth):
    values, width = np.array([2.0, 1.0]), 200
    network = LinearNetwork(2, 2, width, depth)
    target = random_target(values.tolist(), 2, generator())
    start = network.random(width_scale(width, 3.0), generator())
    guess = balanced_guess(network, start, target)
    np.testing.assert_allclose(network.product(guess), target, atol=1e-12)
    distance = np.linalg.norm(nearest_minimum(network, start, target, guess) - start)
    gap = distance_to_minimum_small(values, depth) - distance
    # the overlap of one start strays by a relative 1 / sqrt(2 * 2 * 200), 0.035
    assert gap == pytest.approx(gap_to_minimum_small(values, width, depth, 3.0), rel=0.1)


@pytest.mark.parametrize(("depth", "modes"), [(2, 1), (3, 1), (3, 3)])
def test_dropped_modes_leave_a_saddle(depth, modes):
    values = np.array([2.0, 1.0, 0.5])
    network, target = LinearNetwork(3, 3, 40, depth), random_target(tuple(values), 3, generator())
    start = network.random(0.2, generator())
    saddle = drop_modes(network, start, target, modes)
    cost = SquaredError(target)
    gradient = network.gradient(saddle, cost.gradient(network.product(saddle)))
    np.testing.assert_allclose(gradient, 0, atol=1e-8)
    np.testing.assert_allclose(
        cost.value(network.product(saddle)), (values[-modes:] ** 2).sum() / 2
    )
    assert dropped_part(network, start, target, modes) <= np.linalg.norm(saddle - start) + 1e-12


def test_best_rank_of_a_matrix_of_that_rank_is_the_matrix():
    cost = draw_completion((3.0, 1.0), 8, 50, generator())
    np.testing.assert_allclose(fit_rank(cost, 2, generator()), cost.target, atol=1e-5)


def test_smallest_nuclear_norm_fits_and_is_no_larger_than_the_target():
    cost = draw_completion((3.0, 1.0), 8, 40, generator())
    found = smallest_nuclear_norm(cost)
    np.testing.assert_allclose(found[cost.mask], cost.target[cost.mask])
    assert np.linalg.svd(found, compute_uv=False).sum() < 4.0 + 1e-5


@pytest.mark.parametrize(
    ("name", "values", "observed", "seed"),
    [
        ("three_saddles", (8.0, 4.0, 2.0), (10, 78), 1),
        ("branching", (8.0, 4.0, 2.0, 1.0), (10, 70), 78),
        ("limit", (4.0, 2.0), (6, 28), 0),
    ],
)
def test_stored_problems_are_those_of_their_search(name, values, observed, seed):
    stored = load_instance(name)
    drawn = draw_completion(values, *observed, np.random.default_rng(seed))
    np.testing.assert_allclose(stored.target, drawn.target)
    np.testing.assert_array_equal(stored.mask, drawn.mask)


def test_the_branching_problem_has_a_greedy_stage_above_the_best_matrix():
    cost = load_instance("branching")
    greedy = greedy_path(cost, 3, 2, epsilon=1e-2)[1]
    best = float(cost.value(fit_rank(cost, 2, generator())))
    assert greedy.loss > 1.02 * best
    assert np.linalg.norm(greedy.a, 2) < 100


def test_bad_arguments_are_named():
    cost = draw_completion((1.0,), 3, 5, generator())
    with pytest.raises(ValueError, match="observed must lie in"):
        draw_completion((1.0,), 3, 10, generator())
    with pytest.raises(ValueError, match="rank must be at least 1"):
        fit_rank(cost, 0, generator())
    with pytest.raises(ValueError, match="mask must hide"):
        smallest_nuclear_norm(SquaredError(np.eye(2)))
    with pytest.raises(ValueError, match="name must be one of branching, limit, three_saddles"):
        load_instance("other")
    with pytest.raises(ValueError, match="modes must lie in"):
        drop_modes(LinearNetwork(2, 2, 2, 2), np.ones(8), np.eye(2), 3)
    with pytest.raises(ValueError, match="start and end must be positive and rise"):
        escape_time(2, 1.0, 1.0, 0.5)


def test_wide_start_of_three_layers_has_the_moments_of_a_square_normal_matrix():
    first, middle, last = wide_start(3, 6)
    there = [np.linalg.matrix_power(middle.T @ middle, k) @ first[:, 0] for k in range(4)]
    # of the law of Marchenko and Pastur: the Catalan numbers
    np.testing.assert_array_equal([there[0] @ v for v in there], [1, 1, 2, 5])
    assert there[2] @ there[2] == 14
    assert (last @ middle @ first).item() == 0


def test_wide_start_of_four_layers_has_the_moments_of_products():
    first, second, third, _ = wide_start(4, 6)
    there = third @ second @ first
    assert (there.T @ there).item() == 1  # E |Z' Z p|² = 1
    assert ((second.T @ third.T @ there) ** 2).sum() == 3  # second moment of two factors


@pytest.mark.parametrize("depth", [3, 4])
def test_a_wide_network_escapes_at_the_limit_of_infinite_width(depth):
    # a start strays by 0.5 / sqrt(w) of the constant: the mean of six by 0.013
    width, scale = 250, 1e-3
    size = np.sqrt(width) * scale
    network, cost = LinearNetwork(1, 1, width, depth), SquaredError(np.array([[1.0]]))
    starts = network.random(scale, generator(), 6)
    found = flow_to_level(network, cost, starts, 0.5, relative_tolerance=1e-6)
    times = found.times - blow_up_lead(depth, 1.0, 0.5)
    found = np.mean(times) * (depth - 2) * size ** (depth - 2)
    limit = wide_escape_constant(depth)
    np.testing.assert_allclose(found, limit, rtol=0.06)
    assert abs(wide_escape_constant(depth, letters=8) / limit - 1) < 1e-5


def test_bad_wide_starts_are_refused():
    with pytest.raises(ValueError, match="depth must be at least 3, got 2"):
        wide_start(2, 3)
    with pytest.raises(ValueError, match="letters must be at least 1, got 0"):
        wide_escape_constant(3, letters=0)


def test_a_margin_grows_as_its_differential_equation_says():
    def speed(_, m):
        return m ** (4 / 3) / (1 + np.exp(m))

    times = np.array([1e3, 1e4, 1e5])
    path = solve_ivp(speed, (0, 1e5), [1.0], t_eval=times, rtol=1e-10, atol=1e-12).y[0]
    found = margin_after(path[:2], np.array([10.0, 10.0]), 3)
    np.testing.assert_allclose(found, path[1:], atol=1e-5)
    # one layer: the integral is m + exp m, less its value at one
    m = float(margin_after(np.array([5.0]), np.array([7.0]), 1)[0])
    assert m + np.exp(m) - 1 - np.e == pytest.approx(7 * (4 + np.exp(5) - np.e), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "value"),
    [("margin", np.array([0.5])), ("stretch", np.array([0.5])), ("depth", 0)],
)
def test_a_margin_out_of_range_is_refused(name, value):
    arguments = {"margin": np.array([2.0]), "stretch": np.array([2.0]), "depth": 3}
    with pytest.raises(ValueError, match=name):
        margin_after(**{**arguments, name: value})
    with pytest.raises(ValueError, match="stretch must keep"):
        margin_after(np.array([59.0]), np.array([1e9]), 3)


def test_descent_ratio_of_scalar_layers_follows_from_normal_moments():
    # (T - ab)^2 (a^2 + b^2) over (T - ab)^2, with a and b of variance one
    target = 3.0
    expected = (2 * target**2 + 6) / (target**2 + 1)
    assert descent_ratio(target, 1, 1, 2, 1.0) == pytest.approx(expected)


@pytest.mark.parametrize(("depth", "gamma"), [(2, 0.5), (3, 0.75), (4, 1.0)])
def test_descent_ratio_is_the_mean_over_random_starts(depth, gamma):
    target, width = np.diag([1.0, 0.5, 0.2]), 6
    network, cost = LinearNetwork(3, 3, width, depth), SquaredError(target)
    theta = network.random(width_scale(width, gamma), generator(), 40_000)
    a = network.product(theta)
    squares = (network.gradient(theta, cost.gradient(a)) ** 2).sum(axis=1)
    expected = descent_ratio(float(np.linalg.norm(target)), 3, width, depth, gamma)
    assert squares.mean() / (2 * cost.value(a).mean()) == pytest.approx(expected, rel=0.03)
