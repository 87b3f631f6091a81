"""Windows of the last layer on the digits data."""

from traindyn.anisotropic_noise.experiments.digits import WindowedWeights

__all__ = ["WindowedWeights"]
