"""The claims of the chapter: id -> prediction, measurement, controls, verdict."""

from traindyn.balance_regularization.claims import (
    absorption,
    budget,
    deep_limits,
    depth,
    divergence,
    ergodicity,
    fluctuations,
    modes,
    networks,
    no_transition,
    plane,
    rate,
    regression,
    second_order,
    slowing,
    subnets,
    tanh,
    transition,
    two_layers,
)
from traindyn.balance_regularization.claims.registry import registry

run = registry.run

__all__ = [
    "absorption",
    "budget",
    "deep_limits",
    "depth",
    "divergence",
    "ergodicity",
    "fluctuations",
    "modes",
    "networks",
    "no_transition",
    "plane",
    "rate",
    "registry",
    "regression",
    "run",
    "second_order",
    "slowing",
    "subnets",
    "tanh",
    "transition",
    "two_layers",
]
