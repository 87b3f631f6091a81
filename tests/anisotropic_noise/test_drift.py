"""The drift along the valley of minima: against an average over batches, and its next orders."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.studies.drift import change_of_balance
from traindyn.anisotropic_noise.studies.networks import Ensemble, draw_ensemble
from traindyn.anisotropic_noise.theory.drift import (
    balance_correction,
    decay_correction,
    decay_rate,
    drift_of_balance,
    stationary_values,
)

RATE = 0.1


def layers():
    g = np.random.default_rng(0)
    return g.standard_normal((4, 3)), g.standard_normal((2, 4))


def sampled_drift(first, second, batch_size, root, error, draws):
    """Change of the imbalance in one step, a mean over drawn batches, and its error."""
    g = np.random.default_rng(1)
    x = g.standard_normal((draws, batch_size, 3)) @ root
    residual = x @ error.T - 0.5 * g.standard_normal((draws, batch_size, 2))
    gradient = residual.mT @ x / batch_size
    one, other = second.T @ gradient, gradient @ first.T
    change = RATE**2 * (one @ one.mT - other.mT @ other)
    return change.mean(axis=0), change.std(axis=0) / draws**0.5


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("size", [0.0, 0.5])
def test_drift_is_the_mean_over_batches(batch_size, size):
    first, second = layers()
    root = np.diag([1.0, 0.5, 2.0]) + 0.2
    error = size * np.array([[1.0, 0.3, -0.2], [0.1, -0.8, 0.4]])
    found = drift_of_balance(
        first, second, 0.25, RATE, batch_size, inputs=root.T @ root, error=error
    )
    mean, scatter = sampled_drift(first, second, batch_size, root, error, 200_000)
    # 16 entries: fails less than once in 1,000 seeds
    assert (np.abs(found - mean) < 5 * scatter).all()


def test_isotropic_inputs_are_the_default():
    first, second = layers()
    pull = 3 * second.T @ second - 2 * first @ first.T
    np.testing.assert_allclose(
        drift_of_balance(first, second, 0.25, RATE, 2), RATE**2 * 0.25 / 2 * pull
    )


def test_the_end_of_the_drift_is_where_it_vanishes():
    a2, b2 = stationary_values(np.array([2.0, 1.0]), 9, 3)
    first = np.diag(np.sqrt(a2)) @ np.eye(2, 9)
    second = np.eye(3, 2) @ np.diag(np.sqrt(b2))
    np.testing.assert_allclose(drift_of_balance(first, second, 1.0, RATE, 1), 0, atol=1e-15)


def test_a_spare_mode_decays_at_the_rate():
    """The second layer reads the first hidden unit only."""
    first, second = np.diag([1.0, 0.1]), np.array([[1.0, 0.0]])
    change = drift_of_balance(first, second, 1.0, RATE, 2)[1, 1]
    np.testing.assert_allclose(-change / 0.01, decay_rate(1.0, RATE, 2, 1))


def test_next_orders_are_linear_in_the_learning_rate():
    squares = np.array([3.0, 0.2, 0.01])
    one, two = (decay_correction(squares, np.array(0.3), 10, rate, 4) for rate in (0.01, 0.02))
    np.testing.assert_allclose(two - 1, 2 * (one - 1))
    # the sum of its three terms, by hand
    terms = (3.21 + 10 * 0.3) / 4 + (1 + 1 / 4) * 0.31 - 10 / (4 * 0.31)
    np.testing.assert_allclose(one - 1, 0.005 * terms)
    a2, b2 = stationary_values(np.array([1.5, 1.0]), 6, 2)
    small, large = (balance_correction(a2, b2, 6, rate, 4) - 1 for rate in (1e-5, 2e-5))
    np.testing.assert_allclose(large / small, 2, rtol=1e-3)


def test_one_output_and_input_are_balanced_in_every_order():
    np.testing.assert_allclose(balance_correction(np.ones(1), np.ones(1), 1, 0.1, 1), 1)


@pytest.mark.parametrize("unit", [0.9997, 1.0, 1.003])
def test_the_drift_is_added_up_over_the_steps_of_the_change(unit, monkeypatch):
    """Of whatever length: at rest its sum is the drift of the start times the steps taken."""
    steps, path = [], Ensemble.path

    def counted(self, *arguments):
        for layers in path(self, *arguments):
            steps.append(0)
            yield layers

    monkeypatch.setattr(Ensemble, "path", counted)
    values, generator = np.array([1.0, 0.5]), np.random.default_rng(0)
    rest = draw_ensemble(
        values,
        np.ones(1),
        3,
        2,
        generator,
        samples=100,
        noise=1e-9,
        learning_rate=0.02,
        batch_size=2,
        aligned=True,
    )
    found = change_of_balance(rest, generator, unit)
    sigma = rest.x.T @ rest.x / len(rest.x)
    start = drift_of_balance(rest.networks.first, rest.networks.second, unit, 0.02, 2, inputs=sigma)
    np.testing.assert_allclose(found.added, len(steps) * (start**2).sum(axis=(1, 2)), rtol=1e-6)
