"""Exact thresholds of discrete SGD on light-tailed data, in units of the predicted ones."""

from __future__ import annotations

from traindyn.balance_regularization.experiments.collapse import critical_learning_rate
from traindyn.balance_regularization.theory.moments import moments
from traindyn.balance_regularization.theory.threshold import critical_temperature
from traindyn.data import ScalarRegression

UNIFORM_KURTOSIS = 9 / 5


def light(noise: float) -> ScalarRegression:
    """Bounded inputs x = ±1 with uniform label noise of a standard deviation, slope 1."""
    return ScalarRegression(slope=1.0, noise=noise, inputs="rademacher")


def threshold(noise: float, batch_size: int = 1, weight_decay: float = 0.0) -> float:
    """Exact critical temperature of discrete SGD on light-tailed data."""
    data = light(noise)
    guess = batch_size * critical_temperature(moments(data), weight_decay)
    return critical_learning_rate(data, guess, batch_size, weight_decay) / batch_size


def relative_threshold(noise: float, batch_size: int = 1, weight_decay: float = 0.0) -> float:
    """The same in units of the predicted critical temperature."""
    predicted = critical_temperature(moments(light(noise)), weight_decay)
    return threshold(noise, batch_size, weight_decay) / predicted
