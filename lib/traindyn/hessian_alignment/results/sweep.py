"""What one position of the slider shows."""

from traindyn.hessian_alignment.experiments.sweep import Frame

__all__ = ["Frame"]
