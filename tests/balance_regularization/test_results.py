"""What a run of the scalar model predicts about its own decay."""

import numpy as np
import pytest

from traindyn.balance_regularization.experiments.trajectories import Paths
from traindyn.balance_regularization.results import RateRun
from traindyn.balance_regularization.theory.moments import Moments

DATA = Moments(2.0, 2.0, 3.0, 1.0, 1.0)


def run(states, times=(0.0, 1.0, 2.0), learning_rate=0.02, batch_size=4):
    """Three replicas that decay at the rates 1, 2 and 3, with the given averages of v and v²."""
    clock = np.array(times)
    u = np.sqrt(1 + np.exp(-np.outer(clock, [1.0, 2.0, 3.0])))
    averages = (np.tile(average, (len(times), 1)) for average in states)
    return RateRun(learning_rate, batch_size, Paths(clock, u, np.ones_like(u), *averages), DATA)


CONSTANT = ([2.0, 2.0, 2.0], [4.0, 4.0, 4.0])


def test_decay_of_constant_states():
    """v = 2: g = 8 - 8 + 3 and f² = 1; T = 0.005 for two units of time."""
    constant = run(CONSTANT)
    assert constant.temperature == 0.005
    assert constant.decay == pytest.approx([2, 4, 6])
    assert constant.predicted_decay(centered=True) == pytest.approx(4 * 2 * 0.005 * 3)
    assert constant.predicted_decay(centered=False) == pytest.approx(4 * 2 * (0.005 * 3 + 0.02))
    assert constant.predicted_decay_over_time() == pytest.approx([0, 0.06, 0.12])


def test_ratio_is_a_mean_over_replicas_with_its_error():
    ratio = run(CONSTANT).ratio(centered=True)
    assert ratio.value == pytest.approx(4 / 0.12)
    assert ratio.stderr == pytest.approx(2 / np.sqrt(3) / 0.12)
    assert ratio.n == 3


def test_prediction_averages_noise_and_force_over_states():
    """Replicas at v = 0, 1, 2 on average, with fluctuations: v² beyond the square of the mean."""
    v, square = np.array([0.0, 1.0, 2.0]), np.array([0.5, 1.5, 5.0])
    moving = run((v, square))
    noise = (2 * square - 4 * v + 3).mean()
    force = (square - 2 * v + 1).mean()
    assert moving.predicted_decay(centered=True) == pytest.approx(8 * 0.005 * noise)
    assert moving.predicted_decay(centered=False) == pytest.approx(
        8 * (0.005 * noise + 0.02 * force)
    )
