"""The claims of the chapter: id -> prediction, measurement, controls, verdict."""

from traindyn.balance_regularization.claims import balance, stationary
from traindyn.balance_regularization.claims.registry import registry

run = registry.run

__all__ = ["balance", "registry", "run", "stationary"]
