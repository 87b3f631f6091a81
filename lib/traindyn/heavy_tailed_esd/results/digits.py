"""Spectra of a network on handwritten digits."""

from traindyn.heavy_tailed_esd.experiments.digits import DigitsCurve

__all__ = ["DigitsCurve"]
