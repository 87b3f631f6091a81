"""The exact law of discrete SGD: against a dense transition matrix and against long simulation."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from traindyn.balance_regularization.experiments.chain import stationary_law_of_sgd
from traindyn.balance_regularization.experiments.samples import sample_two_layer_sgd
from traindyn.data import ScalarRegression
from traindyn.inference import estimate_ks_distance
from traindyn.laws import GridLaw


def dense_law(noise, learning_rate, bins=400, draws=400):
    """Move the center of every bin by `draws` equally likely ξ; iterate until nothing changes."""
    ratio = learning_rate * noise**2
    edges = np.linspace(-30 / min((1 / ratio - 1) / 2, 3), math.log(1 + 20 * ratio), bins + 1)
    centers = np.exp((edges[1:] + edges[:-1]) / 2)
    xi = math.sqrt(3) * noise * (np.arange(draws) + 0.5) / draws * 2 - math.sqrt(3) * noise
    matrix = np.zeros((bins, bins))
    for row, v in enumerate(centers):
        moved = np.log(v * (1 - 2 * learning_rate * (v - 1 - xi)) ** 2)
        target = np.clip(np.searchsorted(edges, moved) - 1, 0, bins - 1)
        np.add.at(matrix[row], target, 1 / draws)
    weights = np.full(bins, 1 / bins)
    for _ in range(2_000):
        weights = weights @ matrix
    mean = weights @ centers
    cdf = np.concatenate([[0.0], np.cumsum(weights)])
    return GridLaw(np.exp(edges), cdf, float(mean), float(weights @ (centers - mean) ** 2))


def test_law_equals_what_a_dense_matrix_leaves_alone():
    """A coarse matrix: bins of a tenth of a step and ξ in 400 places leave one percent."""
    fast, slow = stationary_law_of_sgd(1.0, 4.0, 0.4 / 16), dense_law(4.0, 0.4 / 16)
    assert fast.distance(slow.cdf) < 0.01
    assert fast.mean == pytest.approx(slow.mean, rel=0.01)
    assert fast.variance == pytest.approx(slow.variance, rel=0.02)


@pytest.mark.parametrize(("batch_size", "noise"), [(1, 5.0), (2, 5.0)])
def test_law_equals_long_simulation(batch_size, noise):
    """10,000 independent replicas; the interval misses the truth with probability 1e-6."""
    rate = 0.4 * batch_size / noise**2
    data = ScalarRegression(1.0, noise, "rademacher")
    generator = torch.Generator().manual_seed(0)
    steps = round(18 / rate)  # eight relaxation times 2r / (1 - r)² = 2.2
    v = sample_two_layer_sgd(data, 1.0, rate, batch_size, steps, 10_000, generator)
    law = stationary_law_of_sgd(1.0, noise, rate, batch_size)
    distance = estimate_ks_distance(v, law.cdf)
    # the distribution function of the chain is good to 2e-4
    assert distance.value < math.sqrt(math.log(2e6) / 2 / v.size) + 2e-4
    other = stationary_law_of_sgd(1.0, noise, 1.5 * rate, batch_size)
    assert estimate_ks_distance(v, other.cdf).value > 0.05


@pytest.mark.parametrize(("noise", "ratio"), [(10.0, 0.5), (5.0, 0.25)])
def test_error_of_the_bins_is_of_second_order(noise, ratio):
    """Four times the bins leave a sixteenth of the error; where kinks fall shifts it by some."""
    laws = [
        stationary_law_of_sgd(1.0, noise, ratio / noise**2, bins_per_step=bins)
        for bins in (5.0, 20.0, 40.0)
    ]
    v = np.linspace(0.3, 2, 30)
    coarse, fine = (np.abs(law.cdf(v) - laws[-1].cdf(v)).max() for law in laws[:2])
    assert math.log(coarse / fine, 4) > 1.75
    assert fine < 2e-4


def test_distance_from_the_gamma_law_halves_when_the_variance_of_the_noise_doubles():
    """The law is the limit of small steps, and the step-size parameter is k²/σ²."""
    gamma = stats.gamma((1 / 0.4 - 1) / 2, scale=0.8)
    distances = [
        stationary_law_of_sgd(1.0, noise, 0.4 / noise**2).distance(gamma.cdf)
        for noise in (5.0, 5.0 * math.sqrt(2), 10.0)
    ]
    ratios = np.array(distances[:-1]) / distances[1:]
    assert ratios == pytest.approx(2.0, abs=0.25)


def mean_step(law, noise, rate):
    """Mean of log|1 - 2η(v - 1 - ξ)| over v, with ξ integrated in closed form, and its size."""
    centers = np.sqrt(law.points[1:] * law.points[:-1])
    width = math.sqrt(3) * noise
    ends = [1 - 2 * rate * (centers - 1 + sign * width) for sign in (1, -1)]
    low, high = (end * np.log(np.abs(end)) - end for end in ends)
    steps = (high - low) / (4 * rate * width)
    return np.diff(law.values) @ steps, np.diff(law.values) @ np.abs(steps)


def test_log_v_is_stationary():
    law = stationary_law_of_sgd(1.0, 10.0, 0.005)
    mean, size = mean_step(law, 10.0, 0.005)
    assert abs(mean) < 1e-3 * size
    mean, size = mean_step(law, 10.0, 0.006)
    assert abs(mean) > 0.05 * size


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_the_law_moves_with_the_unit_of_y(scale):
    """y -> cy takes v to cv and η to η/c."""
    plain = stationary_law_of_sgd(1.0, 5.0, 0.3 / 25)
    scaled = stationary_law_of_sgd(scale, 5.0 * scale, 0.3 / 25 / scale)
    assert scaled.mean == pytest.approx(scale * plain.mean, rel=1e-6)
    assert scaled.variance == pytest.approx(scale**2 * plain.variance, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 1.0, 0.1), "slope must be positive and finite, got 0.0"),
        ((1.0, 0.0, 0.1), "noise must be positive and finite, got 0.0"),
        ((1.0, math.nan, 0.1), "noise must be positive and finite, got nan"),
        ((1.0, 10.0, 0.01, 0), "batch_size must be at least 1, got 0"),
        ((1.0, 10.0, 0.005, 1, 0.0), "bins_per_step must be positive and finite, got 0.0"),
        ((1.0, 10.0, 0.0), r"learning_rate must lie in \(0, 0.01\), got 0.0"),
        ((1.0, 10.0, 0.01), r"learning_rate must lie in \(0, 0.01\), got 0.01"),
        ((1.0, 10.0, 0.03, 2), r"learning_rate must lie in \(0, 0.02\), got 0.03"),
        ((1.0, 1.0, 0.5), "learning_rate must keep the states that SGD visits stable"),
    ],
)
def test_the_chain_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        stationary_law_of_sgd(*arguments)
