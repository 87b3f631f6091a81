"""Autocorrelation times: exact cases, sums, invariances.

Every statistical test runs under a fixed seed. Its comment states the chance that a correct
implementation fails it under a fresh one; where the expected count is binomial, `limits` makes that
chance 1e-6.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traindyn.inference import (
    integrated_autocorrelation_time,
)


def autoregression(correlation, times, replicas, generator):
    """A stationary series x' = correlation x + noise of unit variance, one column per replica."""
    x = np.empty((times, replicas))
    x[0] = generator.normal(size=replicas)
    noise = math.sqrt(1 - correlation**2) * generator.normal(size=(times, replicas))
    for t in range(1, times):
        x[t] = correlation * x[t - 1] + noise[t]
    return x


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_autocorrelation_time_of_an_autoregression(correlation):
    """Exact: tau = (1 + r) / (2 - 2 r).

    Its error is tau sqrt((4 W + 2) / samples) with the window W = 5 tau (Sokal), and the window
    drops r^W of the sum at most; the tolerance is five errors (by chance 6e-7) and that.
    """
    x = autoregression(correlation, 2_000, 100, np.random.default_rng(int(10 * correlation)))
    exact = (1 + correlation) / (2 - 2 * correlation)
    window = 5 * exact
    error = exact * math.sqrt((4 * window + 2) / x.size)
    bias = correlation**window / (1 - correlation)
    assert integrated_autocorrelation_time(x) == pytest.approx(exact, abs=5 * error + bias)


def test_autocorrelation_time_gives_the_error_of_a_mean():
    """The mean of T correlated samples scatters like that of T / 2 tau independent ones."""
    times, replicas = 400, 2_000
    x = autoregression(0.8, times, replicas, np.random.default_rng(21))
    effective = times / (2 * integrated_autocorrelation_time(x))
    # The scatter of 2,000 means is known to 1.6 %, edges cost tau / T = 1 %: 10 % is over 5 errors.
    assert x.mean(axis=0).std() == pytest.approx(1 / math.sqrt(effective), rel=0.1)


def test_autocorrelation_time_equals_the_sums():
    x = autoregression(0.6, 60, 3, np.random.default_rng(2))
    mean = sum(x.flat) / x.size
    variance = sum((v - mean) ** 2 for v in x.flat) / x.size
    tau = 0.5
    for lag in range(1, 60):
        pairs = [(x[t, r], x[t + lag, r]) for t in range(60 - lag) for r in range(3)]
        tau += sum((a - mean) * (b - mean) for a, b in pairs) / len(pairs) / variance
        if lag >= 5 * tau:
            break
    assert tau > 0.5
    assert integrated_autocorrelation_time(x) == pytest.approx(tau)


@given(st.integers(0, 2**32 - 1), st.floats(-100, 100), st.floats(0.01, 100))
def test_autocorrelation_time_does_not_depend_on_unit_origin_or_column_order(seed, shift, scale):
    x = autoregression(0.3, 50, 4, np.random.default_rng(seed))
    tau = integrated_autocorrelation_time(x)
    assert integrated_autocorrelation_time(shift - scale * x[:, ::-1]) == pytest.approx(tau)


def test_alternating_samples_count_as_independent():
    """tau below 1/2 would promise more information than samples."""
    x = autoregression(-0.9, 500, 4, np.random.default_rng(0))
    assert integrated_autocorrelation_time(x) == 0.5


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (np.zeros((9, 2)), r"series must be \(time, replicas\) with at least 10 times"),
        (np.ones((10, 2)), "series must vary, got a constant"),
        (np.full((10, 2), math.nan), "series must be finite, got 20 of 20 values"),
        (np.ones((30, 1)) * [0.0, 1.0], "series must be longer than 5 autocorrelation times"),
    ],
)
def test_autocorrelation_time_rejects(series, message):
    with pytest.raises(ValueError, match=message):
        integrated_autocorrelation_time(series)
