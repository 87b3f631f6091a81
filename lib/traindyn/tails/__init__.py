"""Tail indices of a spectrum with their null values, and whether a tail is a power law at all."""

from traindyn.tails.indices import TailFit, fit_tail, hill
from traindyn.tails.naming import (
    FEWEST_TO_NAME,
    LEVEL,
    TailReport,
    bootstrap_exponent,
    fit_p_value,
    name_tail,
)
from traindyn.tails.nulls import RandomIndices, hill_null, random_indices
from traindyn.tails.rivals import (
    Comparison,
    against_exponential,
    against_lognormal,
    exponential_density,
    lognormal_density,
    power_law_density,
)
from traindyn.tails.spectra import FEWEST, positive_spectrum

__all__ = [
    "FEWEST",
    "FEWEST_TO_NAME",
    "LEVEL",
    "Comparison",
    "RandomIndices",
    "TailFit",
    "TailReport",
    "against_exponential",
    "against_lognormal",
    "bootstrap_exponent",
    "exponential_density",
    "fit_p_value",
    "fit_tail",
    "hill",
    "hill_null",
    "lognormal_density",
    "name_tail",
    "positive_spectrum",
    "power_law_density",
    "random_indices",
]
