"""The unbiased squared distance of a mean."""

import numpy as np
import pytest

from traindyn.anisotropic_noise.results.estimators import (
    pair_distances,
    relative_distance_squared,
    shares,
)


def test_distance_is_the_average_over_pairs():
    g = np.random.default_rng(0)
    replicas, target = g.standard_normal((5, 2, 3)), np.ones((2, 3))
    d = replicas - target
    pairs = [(d[r] * d[s]).sum() / 6 for r in range(5) for s in range(5) if r != s]
    np.testing.assert_allclose(relative_distance_squared(replicas, target).value, np.mean(pairs))


def test_error_is_the_spread_of_repetitions():
    g = np.random.default_rng(1)
    found = [
        relative_distance_squared(1.1 + 0.5 * g.standard_normal((60, 4)), np.ones(4))
        for _ in range(300)
    ]
    values = np.array([e.value for e in found])
    # mean of 300: standard error 3 % of the truth 0.01 ... and the spread itself to 4 %
    assert abs(values.mean() - 0.01) < 5 * values.std() / 300**0.5
    assert abs(np.mean([e.stderr for e in found]) / values.std() - 1) < 0.2


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="replicas must be at least 3"):
        relative_distance_squared(np.ones((2, 1)), np.ones(1))
    with pytest.raises(ValueError, match="prediction must have shape"):
        relative_distance_squared(np.ones((3, 2)), np.ones(1))
    with pytest.raises(ValueError, match="prediction must not be zero"):
        relative_distance_squared(np.ones((3, 2)), np.zeros(2))
    with pytest.raises(ValueError, match="runs must be at least 2"):
        pair_distances(np.ones((3, 1, 2)), np.ones((3, 2)))


def test_distances_over_problems_are_those_of_each():
    g = np.random.default_rng(2)
    runs, targets = g.standard_normal((4, 3, 2, 2)), g.standard_normal((4, 2, 2))
    expected = [
        relative_distance_squared(of, target).value
        for of, target in zip(runs, targets, strict=True)
    ]
    np.testing.assert_allclose(pair_distances(runs, targets), expected)


def test_shares_are_one_at_the_right_prediction_and_zero_at_the_wrong_one():
    g = np.random.default_rng(3)
    wrong, right = g.standard_normal((2, 5, 3))
    for found, share in ((right, 1), (wrong, 0), ((right + wrong) / 2, 0.5)):
        gone, whole = shares(found, wrong, right)
        np.testing.assert_allclose(gone / whole, share, atol=1e-12)
