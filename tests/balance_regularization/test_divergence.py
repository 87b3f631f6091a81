"""Excess losses and blow-ups: closed forms, the Gamma limit, a plain loop, bad input."""

import math

import numpy as np
import pytest
import torch

from traindyn.balance_regularization.experiments.divergence import (
    count_blow_ups,
    sample_squared_distance,
)
from traindyn.balance_regularization.experiments.noise import fill_batch_means
from traindyn.balance_regularization.experiments.unit_noise import (
    clock_rate,
    sample_two_layer_law,
)
from traindyn.balance_regularization.theory.divergence import (
    excess_loss_depth0,
    excess_loss_depth1,
)
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.stationary import stationary_law
from traindyn.data import ScalarRegression

GAUSSIAN = ScalarRegression(slope=1.0, noise=1.0)
DATA = moments(GAUSSIAN)
LIGHT = Moments(0.0, 0.0, 100.0, 1.0, 1.0)


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.8])
def test_excess_loss_in_the_gamma_limit(ratio):
    """Mean 1 - r and variance 2r(1 - r) give 1 - (1 - r)²."""
    assert excess_loss_depth1(LIGHT, ratio / 100) == pytest.approx(1 - (1 - ratio) ** 2, rel=1e-5)


def test_excess_loss_saturates_above_the_critical_temperature():
    data = Moments(2.0, 4.0, 9.0, 1.0, 2.0)
    assert excess_loss_depth1(data, 10.0) == 4.0


def test_excess_loss_of_regression_is_the_variance_of_its_law():
    law = stationary_law(DATA, 0.2, depth=0)
    variance = law.expect(lambda v: (v - 1) ** 2)
    assert excess_loss_depth0(DATA, 0.2) == pytest.approx(variance, rel=1e-3)


def test_both_depths_meet_at_the_critical_temperature():
    assert excess_loss_depth0(DATA, 1 / 3) == pytest.approx(1)
    assert excess_loss_depth1(DATA, 1 / 3) == 1


def test_blow_ups_against_a_plain_loop():
    """Replicas of u = w follow the scalar recursion on the same draws."""
    rate, steps, replicas = 0.3, 40, 50
    generator = stream()
    second, cross = torch.empty(2, replicas, dtype=torch.float64).unbind()
    u = np.full(replicas, 1.0)
    for _ in range(steps):
        fill_batch_means(GAUSSIAN, second, cross, 1, generator)
        with np.errstate(over="ignore", invalid="ignore"):
            u = u * (1 - 2 * rate * (u * u * second.numpy() - cross.numpy()))
    expected = int((~(np.abs(u) <= 1e4)).sum())
    assert 0 < expected < replicas
    assert count_blow_ups(GAUSSIAN, 1.0, rate, steps, replicas, stream()) == expected


def test_small_steps_do_not_blow_up():
    assert count_blow_ups(GAUSSIAN, 1.0, 1e-3, 100, 100, stream()) == 0


def test_weighted_squares_undo_the_clock():
    coefficients = (2.0, 2.0, 3.0, 1.0, 1.0)
    weights, squares = sample_squared_distance(coefficients, 0.1, 20.0, 50, stream(), 0.3)
    v = sample_two_layer_law(coefficients, 0.1, 1.0, 20.0, 50, stream(), 0.3)
    assert weights == pytest.approx(1 / clock_rate(v, coefficients, 0.1))
    assert squares / weights == pytest.approx((v - 1) ** 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: excess_loss_depth0(DATA, 0.5), "temperature must lie below 0.5"),
        (lambda: excess_loss_depth0(DATA, 0.0), "temperature must be positive"),
        (lambda: excess_loss_depth1(DATA, math.inf), "temperature must be positive and finite"),
        (lambda: count_blow_ups(GAUSSIAN, 0.0, 0.1, 1, 1, stream()), "start must be positive"),
        (lambda: count_blow_ups(GAUSSIAN, 1.0, 0.1, 0, 1, stream()), "steps must be at least 1"),
        (lambda: count_blow_ups(GAUSSIAN, 1.0, 0.0, 1, 1, stream()), "learning_rate must be"),
        (lambda: count_blow_ups(GAUSSIAN, 1.0, 0.1, 1, 0, stream()), "replicas must be at least"),
        (
            lambda: sample_squared_distance((2.0, 2.0, 3.0, 1.0, 1.0), -1.0, 1.0, 1, stream()),
            "temperature must be positive",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
