"""Memory of log v: exact chain, continuous law, and a dense reference."""

import numpy as np
import pytest
from scipy import special

from traindyn.balance_regularization.experiments.chain import memory_of_sgd
from traindyn.balance_regularization.theory.dynamics import memory_of_log_v, relaxation_time
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.data import ScalarRegression

LIGHT = moments(ScalarRegression(1.0, 5.0, "rademacher"))


def test_chain_memory_is_that_of_a_long_series():
    rate, steps, replicas = 0.02, 1500, 4000
    generator = np.random.default_rng(0)
    log_v = np.zeros(replicas)
    width = 5 * np.sqrt(3)
    series = []
    for n in range(steps + 400):
        noise = generator.uniform(-width, width, size=replicas)
        log_v = log_v + 2 * np.log(np.abs(1 - 2 * rate * (np.exp(log_v) - 1 - noise)))
        if n >= 400:
            series.append(log_v)
    x = np.array(series) - np.mean(series)
    # variance of the time average of each replica: 2 tau var / steps, up to tau / steps
    tau = steps * np.var(x.mean(axis=0)) / x.var() / 2 * rate
    exact = memory_of_sgd(1.0, 5.0, rate)
    # relative error sqrt(2/4000) = 2.2 %; 5 standard errors and the end effect tau / steps
    assert abs(tau / exact - 1) < 5 * 0.0224 + exact / rate / steps


def test_continuous_memory_of_a_nearly_normal_law_is_that_of_a_linear_process():
    # far below T_c, log v relaxes at the rate 4 beta2 with exponential correlation
    cold = 1e-4 * LIGHT.critical_temperature
    assert memory_of_log_v(LIGHT, cold) == pytest.approx(1 / 4, rel=1e-3)


def test_near_the_critical_temperature_memory_is_half_the_relaxation_time():
    near = 0.97 * LIGHT.critical_temperature
    assert memory_of_log_v(LIGHT, near) == pytest.approx(relaxation_time(LIGHT, near) / 2, rel=2e-3)


def test_the_formula_is_the_green_function_of_the_generator():
    ratio = 0.4
    temperature = ratio * LIGHT.critical_temperature
    shape = (1 / ratio - 1) / 2
    y = np.linspace(-22, 3.2, 1201)
    step = y[1] - y[0]
    p = np.exp(shape * y - np.exp(y) - special.gammaln(shape))
    diffusion = 8 * temperature * LIGHT.alpha3
    middle = np.sqrt(p[1:] * p[:-1])  # reversible hops between neighbors
    up, down = diffusion * middle / p[:-1] / step**2, diffusion * middle / p[1:] / step**2
    generator = np.diag(up, 1) + np.diag(down, -1)
    generator -= np.diag(generator.sum(axis=1))
    weights = p / p.sum()
    deviation = y - weights @ y
    green = np.linalg.lstsq(generator, -deviation, rcond=None)[0]
    green -= weights @ green
    expected = (weights * deviation) @ green / (weights @ deviation**2)
    # second order in the grid step of 0.02
    assert memory_of_log_v(LIGHT, temperature) == pytest.approx(expected, rel=2e-3)


def test_the_chain_approaches_the_law_at_first_order():
    def error(noise):
        data = moments(ScalarRegression(1.0, noise, "rademacher"))
        rate = 0.5 / noise**2
        return 1 - memory_of_sgd(1.0, noise, rate) / memory_of_log_v(data, rate)

    assert error(5.0) / error(10.0) == pytest.approx(4, rel=0.2)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="alpha1 must be 0"):
        memory_of_log_v(Moments(2.0, 2.0, 3.0, 1.0, 1.0), 0.1)
    with pytest.raises(ValueError, match=r"temperature must lie below 0\.04"):
        memory_of_log_v(LIGHT, 0.05)
    with pytest.raises(ValueError, match="learning_rate must lie in"):
        memory_of_sgd(1.0, 5.0, 0.05)
