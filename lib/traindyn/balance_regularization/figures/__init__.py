"""Figures of the chapter: each maps results of claims to one figure."""

from traindyn.balance_regularization.figures.balance import budget, decay, weight_plane
from traindyn.balance_regularization.figures.depth import deep_limit, depth, weight_decay
from traindyn.balance_regularization.figures.digits import real_network
from traindyn.balance_regularization.figures.networks import noise_balance
from traindyn.balance_regularization.figures.stationary import (
    headline,
    laws_and_mutants,
    limits,
    regression,
)
from traindyn.balance_regularization.figures.switching import switching_off
from traindyn.balance_regularization.figures.transition import phase_map, transition

__all__ = [
    "budget",
    "decay",
    "deep_limit",
    "depth",
    "headline",
    "laws_and_mutants",
    "limits",
    "noise_balance",
    "phase_map",
    "real_network",
    "regression",
    "switching_off",
    "transition",
    "weight_decay",
    "weight_plane",
]
