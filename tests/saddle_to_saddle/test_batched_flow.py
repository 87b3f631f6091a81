"""The flow of many networks against that of one, and against closed forms."""

import numpy as np
import pytest

from traindyn.saddle_to_saddle.experiments.batched_flow import flow_to_level
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import runge_kutta
from traindyn.saddle_to_saddle.experiments.escape import climb
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.theory.modes import mode_time

COST = SquaredError(np.diag([3.0, 1.0]))


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_one_unit_follows_its_closed_form(depth):
    network, cost = LinearNetwork(1, 1, 1, depth), SquaredError(np.array([[3.0]]))
    starts = np.array([[0.2], [0.5]]) * np.ones(depth)
    found = flow_to_level(network, cost, starts, 2.0)
    expected = [mode_time(depth, 3.0, c**depth, 2.0) for c in (0.2, 0.5)]
    np.testing.assert_allclose(found.times, expected, rtol=1e-8)
    np.testing.assert_allclose(network.product(found.theta)[:, 0, 0], 2.0, rtol=1e-9)


@pytest.mark.parametrize(("depth", "index", "level"), [(2, 1, 1.5), (2, 2, 0.5), (3, 1, 1.5)])
def test_a_batch_moves_as_each_of_its_networks(depth, index, level):
    network = LinearNetwork(2, 2, 3, depth)
    starts = network.random(1e-2, np.random.default_rng(0), 4)
    found = flow_to_level(network, COST, starts, level, index=index)
    for start, theta, time in zip(starts, found.theta, found.times, strict=True):
        path = flow(
            network, COST, start, 1e4, relative_tolerance=1e-10,
            events=(singular_value_reaches(index, level),), stop_at_last_event=True,
        )  # fmt: skip
        np.testing.assert_allclose(path.event_times[0], time, rtol=1e-6)
        np.testing.assert_allclose(path.event_theta[0], theta, atol=1e-5)


def test_bad_starts_and_levels_are_refused():
    network = LinearNetwork(2, 2, 2, 2)
    with pytest.raises(ValueError, match="starts must be finite and not zero"):
        flow_to_level(network, COST, np.zeros((1, 8)), 1.0)
    with pytest.raises(ValueError, match="starts must be below the level"):
        flow_to_level(network, COST, np.ones((1, 8)), 1.0)
    with pytest.raises(RuntimeError, match="was not reached"):
        flow_to_level(network, COST, np.full((1, 8), 0.1), 1.0, most_steps=2)


@pytest.mark.parametrize("order", [2, 4])
def test_steps_of_one_size_have_their_order(order):
    network = LinearNetwork(2, 2, 3, 3)
    starts = network.random(0.5, np.random.default_rng(0), 2)

    def end(step):
        return runge_kutta(network, COST, starts, step, np.array([0, round(2 / step)]), order)[-1]

    exact = flow(network, COST, starts[0], 2.0, relative_tolerance=1e-12).theta[-1]
    coarse, fine = (np.abs(end(step)[0] - exact).max() for step in (0.04, 0.02))
    np.testing.assert_allclose(np.log2(coarse / fine), order, atol=0.3)
    with pytest.raises(ValueError, match="order must be 2 or 4, got 3"):
        runge_kutta(network, COST, starts, 0.1, np.array([0, 1]), 3)


def test_a_frozen_layer_keeps_its_direction():
    network = LinearNetwork(2, 2, 3, 3)
    starts = network.random(1.0, np.random.default_rng(0), 2)
    *_, before = network.layers(starts)
    *_, after = network.layers(climb(network, COST.target, starts, 5, frozen=1))
    share = (after / before).reshape(2, -1)
    np.testing.assert_allclose(share, share[:, :1] * np.ones(share.shape[1]))
