"""Gradient flow: a scalar net with a closed form, solvers against each other and descent."""

import numpy as np
import pytest

from traindyn.saddle_to_saddle.experiments.costs import SquaredError
from traindyn.saddle_to_saddle.experiments.descent import descend, logarithmic_steps
from traindyn.saddle_to_saddle.experiments.flow import flow, singular_value_reaches
from traindyn.saddle_to_saddle.experiments.networks import LinearNetwork
from traindyn.saddle_to_saddle.experiments.symmetry import conserved

SCALAR = LinearNetwork(1, 1, 1, 2)
TWO = SquaredError(np.array([[2.0]]))
NETWORK = LinearNetwork(3, 3, 4, 3)
COST = SquaredError(np.diag([2.0, 1.0, 0.5]))


@pytest.mark.parametrize("method", ["DOP853", "LSODA", "BDF", "Radau", "RK45"])
def test_scalar_net_follows_the_logistic_curve(method):
    start, times = np.array([0.1, 0.1]), np.linspace(0, 3, 31)
    path = flow(SCALAR, TWO, start, 3.0, times=times, method=method)
    a0, s = 0.01, 2.0  # balanced: a' = 2a(s - a)
    grown = np.exp(2 * s * times)
    expected = s * grown / (grown - 1 + s / a0)
    # the relative tolerance 1e-9 per step, a few hundred steps, amplified by the escape
    np.testing.assert_allclose(path.a[:, 0, 0], expected, rtol=1e-5)
    np.testing.assert_allclose(path.loss, (expected - s) ** 2 / 2, rtol=1e-4, atol=1e-6)


def test_events_are_where_the_closed_form_says():
    s, a0 = 2.0, 0.01
    events = (singular_value_reaches(1, 1.0), singular_value_reaches(1, 3.0))
    path = flow(SCALAR, TWO, np.array([0.1, 0.1]), 9.0, events=events)
    assert abs(path.event_times[0] - np.log((s - a0) / a0) / (2 * s)) < 1e-7
    np.testing.assert_allclose(path.event_theta[0], [1.0, 1.0], atol=1e-9)
    assert path.event_times[1] == np.inf
    assert path.event_theta[1] is None


def test_flow_stops_at_the_last_event():
    path = flow(
        SCALAR,
        TWO,
        np.array([0.1, 0.1]),
        9.0,
        events=(singular_value_reaches(1, 1.0),),
        stop_at_last_event=True,
    )
    assert path.times[-1] == path.event_times[0]


def test_solvers_agree_and_conserve():
    start = NETWORK.random(0.05, np.random.default_rng(0))
    paths = [flow(NETWORK, COST, start, 60.0, method=m) for m in ("DOP853", "LSODA")]
    np.testing.assert_allclose(paths[0].a[-1], paths[1].a[-1], atol=1e-6)
    for quantity in conserved(NETWORK, paths[0].theta[[0, -1]]):
        np.testing.assert_allclose(quantity[0], quantity[1], atol=1e-7)


def test_descent_approaches_flow_in_first_order():
    start = NETWORK.random(0.3, np.random.default_rng(0), 2)
    exact = [flow(NETWORK, COST, s, 4.0).theta[-1] for s in start]
    errors = []
    for rate in (0.02, 0.01, 0.005):
        end = descend(NETWORK, COST, start, rate, np.array([0, round(4 / rate)]))[-1]
        errors.append(np.abs(end - exact).max())
    np.testing.assert_allclose(np.divide(errors[:-1], errors[1:]), 2, rtol=0.1)


def test_descent_records_the_steps_it_is_asked_for():
    start = np.array([0.5, 0.5])
    found = descend(SCALAR, TWO, start, 0.1, np.array([0, 1, 3]))
    theta, slow = start, [start]
    for _ in range(3):
        theta = theta - 0.1 * (theta.prod() - 2) * theta[::-1]
        slow.append(theta)
    np.testing.assert_allclose(found, [slow[0], slow[1], slow[3]], atol=1e-15)


def test_descent_says_when_it_diverges():
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match=r"learning_rate 5.0 diverges between steps 1 and"),
    ):
        descend(SCALAR, TWO, np.array([3.0, 2.0]), 5.0, np.array([0, 1, 100]))


def test_steps_are_even_on_a_logarithmic_axis():
    steps = logarithmic_steps(10_000, per_decade=20)
    assert steps[0] == 0
    assert steps[-1] == 10_000
    late = np.diff(np.log10(steps[steps > 100]))
    assert late.max() < 1.1 / 20


def test_bad_numbers_are_named():
    with pytest.raises(ValueError, match="start must be 2 finite numbers, not all zero"):
        flow(SCALAR, TWO, np.zeros(2), 1.0)
    with pytest.raises(ValueError, match="horizon must be positive"):
        flow(SCALAR, TWO, np.ones(2), 0.0)
    with pytest.raises(ValueError, match="learning_rate must be positive"):
        descend(SCALAR, TWO, np.ones(2), 0.0, np.array([0, 1]))
    with pytest.raises(ValueError, match="record must rise"):
        descend(SCALAR, TWO, np.ones(2), 0.1, np.array([0, 2, 1]))
    with pytest.raises(ValueError, match="last must be at least 1"):
        logarithmic_steps(0)
    with pytest.raises(ValueError, match="per_decade must be at least 1"):
        logarithmic_steps(10, 0)
    with pytest.raises(ValueError, match="index must be at least 1"):
        singular_value_reaches(0, 1.0)
