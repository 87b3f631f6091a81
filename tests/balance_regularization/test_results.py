"""What is predicted about the decay of a run of the scalar model, and how it is compared."""

import numpy as np
import pytest

from traindyn.balance_regularization.experiments.trajectories import Paths
from traindyn.balance_regularization.results.balance import RateRun
from traindyn.balance_regularization.theory.dynamics import decay_along_paths
from traindyn.balance_regularization.theory.moments import Moments
from traindyn.inference import critical_value, estimate_mean

DATA = Moments(2.0, 2.0, 3.0, 1.0, 1.0)


def predicted(v, square, *, centered):
    """For two units of time at the temperature 0.005."""
    return decay_along_paths(DATA, 0.02, 4, 2.0, np.array(v), np.array(square), centered=centered)


def test_prediction_for_constant_states():
    """v = 2: g = 8 - 8 + 3 and f² = 1."""
    assert predicted([2.0], [4.0], centered=True) == pytest.approx(4 * 2 * 0.005 * 3)
    assert predicted([2.0], [4.0], centered=False) == pytest.approx(4 * 2 * (0.005 * 3 + 0.02))


def test_prediction_follows_the_states_of_each_replica():
    """Replicas at v = 0, 1, 2 on average, with fluctuations: v² beyond the square of the mean."""
    v, square = np.array([0.0, 1.0, 2.0]), np.array([0.5, 1.5, 5.0])
    noise = 2 * square - 4 * v + 3
    force = square - 2 * v + 1
    assert predicted(v, square, centered=True) == pytest.approx(8 * 0.005 * noise)
    assert predicted(v, square, centered=False) == pytest.approx(8 * (0.005 * noise + 0.02 * force))


def test_ratio_is_a_mean_over_replicas_with_its_error():
    """Three replicas that decay at the rates 1, 2 and 3."""
    clock = np.array([0.0, 1.0, 2.0])
    u = np.sqrt(1 + np.exp(-np.outer(clock, [1.0, 2.0, 3.0])))
    paths = Paths(clock, u, np.ones_like(u), np.ones_like(u), np.ones_like(u))
    centered = np.full(3, 0.12)
    run = RateRun(0.02, 4, paths, 0.06 * clock, centered, 2 * centered)
    assert run.temperature == 0.005
    assert run.decay == pytest.approx([2, 4, 6])
    ratio = run.ratio(centered=True)
    assert ratio.value == pytest.approx(4 / 0.12)
    assert ratio.half_width(critical_value()) == pytest.approx(
        estimate_mean(run.decay).half_width(critical_value()) / 0.12
    )
    assert ratio.n == 3
    assert run.ratio(centered=False).value == pytest.approx(4 / 0.24)
