"""The flow of many networks against that of one, and against closed forms."""

import numpy as np
import pytest

from traindyn.saddle_to_saddle.experiments.batched_flow import flow_to_level
from traindyn.saddle_to_saddle.experiments.costs import SquaredError
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
