"""Data sets: the direct draw of batch means against means over drawn samples.

Every statistical test runs under a fixed seed; its comment states the chance that a correct
implementation fails it under a fresh one.
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from traindyn.data import ScalarRegression

N = 20_000


def draw(data, batch_size, replicas=N, seed=0):
    second, cross = torch.empty(2, replicas, dtype=torch.float64)
    data.draw_batch_means(second, cross, batch_size, torch.Generator().manual_seed(seed))
    return second.numpy(), cross.numpy()


def draw_from_samples(data, batch_size, replicas=N, seed=1):
    """Draw every sample, then average."""
    generator = torch.Generator().manual_seed(seed)
    shape = (replicas, batch_size)
    if data.inputs == "gaussian":
        x = torch.randn(shape, generator=generator, dtype=torch.float64)
        noise = torch.randn(shape, generator=generator, dtype=torch.float64)
    else:
        x = 2.0 * torch.randint(2, shape, generator=generator).double() - 1
        uniform = torch.rand(shape, generator=generator, dtype=torch.float64)
        noise = math.sqrt(12) * (uniform - 0.5)
    y = data.slope * x + data.noise * noise
    return (x * x).mean(dim=1).numpy(), (x * y).mean(dim=1).numpy()


# --- exact cases ----------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 4])
def test_without_noise_a_batch_lies_on_the_line(batch_size):
    second, cross = draw(ScalarRegression(slope=2.0, noise=0.0), batch_size, 100)
    assert cross == pytest.approx(2 * second)
    second, cross = draw(ScalarRegression(2.0, 0.0, "rademacher"), batch_size, 100)
    assert (second == 1).all()
    assert cross == pytest.approx(2.0)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_light_tailed_data_are_bounded(batch_size):
    second, cross = draw(ScalarRegression(1.0, 10.0, "rademacher"), batch_size)
    assert (second == 1).all()
    assert abs(cross - 1).max() <= 10 * math.sqrt(3)


@pytest.mark.parametrize("inputs", ["gaussian", "rademacher"])
def test_the_generator_decides_the_draw(inputs):
    data = ScalarRegression(inputs=inputs)
    for batch_size in (1, 3):
        first, again, other = (draw(data, batch_size, 50, seed) for seed in (3, 3, 4))
        assert (first[1] == again[1]).all()
        assert (first[1] != other[1]).all()


# --- against drawn samples ------------------------------------------------------------------------


@pytest.mark.parametrize("inputs", ["gaussian", "rademacher"])
@pytest.mark.parametrize("batch_size", [1, 2, 7])
def test_batch_means_follow_the_law_of_drawn_samples(inputs, batch_size):
    """Three projections of the joint law; fails by chance: 3e-6 in each of six cases."""
    data = ScalarRegression(slope=1.0, noise=2.0, inputs=inputs)
    ours, reference = draw(data, batch_size), draw_from_samples(data, batch_size)
    limit = math.sqrt(math.log(2e6) / N)  # two samples of N: P(D > d) = 2 exp(-N d²)
    for project in (lambda s, _: s, lambda _, c: c, lambda s, c: (c - s) ** 2 / s):
        a, b = project(*ours), project(*reference)
        assert stats.ks_2samp(a, b, method="asymp").statistic < limit


def test_a_wrong_batch_size_is_seen():
    data = ScalarRegression(slope=1.0, noise=2.0)
    distance = stats.ks_2samp(draw(data, 2)[1], draw_from_samples(data, 3)[1]).statistic
    assert distance > 2 * math.sqrt(math.log(2e6) / N)


@pytest.mark.parametrize(("inputs", "excess"), [("gaussian", 12.0), ("rademacher", 0.0)])
@pytest.mark.parametrize("batch_size", [1, 4, 64])
def test_fluctuations_fall_as_the_inverse_of_the_batch(inputs, excess, batch_size):
    """Var of the mean of x² is Var(x²) / S; the limit is five standard errors (6e-7 by chance).

    The error of a variance is σ²·sqrt((2 + κ/S)/N) with the excess kurtosis κ of x².
    """
    second, cross = draw(ScalarRegression(1.0, 3.0, inputs), batch_size)
    variance = {"gaussian": 2.0, "rademacher": 0.0}[inputs] / batch_size
    error = math.sqrt((2 + excess / batch_size) / N)
    assert second.var() == pytest.approx(variance, rel=5 * error, abs=1e-30)
    noise = cross - second  # x·noise, variance 9 / S, its excess kurtosis is at most 6
    assert noise.var() * batch_size == pytest.approx(9, rel=5 * math.sqrt((2 + 6 / batch_size) / N))


# --- invariances and input ------------------------------------------------------------------------


@given(
    st.floats(0.1, 10),
    st.floats(0, 10),
    st.sampled_from(["gaussian", "rademacher"]),
    st.sampled_from([1, 3]),
)
def test_slope_shifts_and_noise_scales_the_same_draw(slope, noise, inputs, batch_size):
    unit_second, unit = draw(ScalarRegression(1.0, 1.0, inputs), batch_size, 20)
    second, cross = draw(ScalarRegression(slope, noise, inputs), batch_size, 20)
    assert second == pytest.approx(unit_second)
    assert cross == pytest.approx(slope * second + noise * (unit - unit_second), abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0,), "slope must be positive and finite, got 0.0"),
        ((math.inf,), "slope must be positive and finite, got inf"),
        ((math.nan,), "slope must be positive and finite, got nan"),
        ((1.0, -0.1), "noise must be at least 0 and finite, got -0.1"),
        ((1.0, math.inf), "noise must be at least 0 and finite, got inf"),
    ],
)
def test_a_data_set_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        ScalarRegression(*arguments)


def test_unknown_inputs_are_rejected(unchecked):
    with pytest.raises(ValueError, match="inputs must be 'gaussian' or 'rademacher'"):
        ScalarRegression(1.0, 1.0, "cauchy")


def test_an_empty_batch_is_rejected():
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        draw(ScalarRegression(), 0, 5)
