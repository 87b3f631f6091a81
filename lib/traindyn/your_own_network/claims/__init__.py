"""Claims of the chapter: prediction, measurement, control, verdict."""

from traindyn.your_own_network.claims.registry import registry

registry.discover(__name__)
run = registry.run

__all__ = ["registry", "run"]
