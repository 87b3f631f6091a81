"""Exact numerics of discrete SGD on light-tailed data that several claims and the page share."""

from __future__ import annotations

from traindyn.balance_regularization.experiments import chain
from traindyn.laws import GridLaw
from traindyn.runs import study

SLOPE = 1.0


@study(stream="exact")
def law_of_sgd(noise: float, learning_rate: float, batch_size: int = 1) -> GridLaw:
    """Stationary law of v with x = ±1 and uniform label noise; nothing is drawn."""
    return chain.stationary_law_of_sgd(SLOPE, noise, learning_rate, batch_size)


@study(stream="exact")
def memory_of_sgd(noise: float, learning_rate: float) -> float:
    """Memory of log v on the same data."""
    return chain.memory_of_sgd(SLOPE, noise, learning_rate)
