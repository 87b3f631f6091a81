"""The claims of the chapter: id -> prediction, measurement, controls, verdict."""

from traindyn.balance_regularization.claims import (
    balance,
    ergodicity,
    modes,
    stationary,
    transition,
)
from traindyn.balance_regularization.claims.registry import registry

run = registry.run

__all__ = ["balance", "ergodicity", "modes", "registry", "run", "stationary", "transition"]
