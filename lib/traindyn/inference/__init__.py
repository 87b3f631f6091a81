"""Estimates with standard errors, and decisions about them with a stated error rate.

Every number that a claim measures is an :class:`Estimate`. A decision compares the interval
``value ± z·stderr`` with a range of acceptance, ``z`` widened by Student's law where the standard
error itself comes from few samples. One error budget covers the whole book.

* ``estimates``: the value with its error; mean, variance, fraction, median, bootstrap, Kolmogorov
  distance;
* ``propagation``: the error of sums, slopes, functions, and of the largest of several;
* ``ratios``: that of ratios, by Fieller;
* ``decisions``: the budget and the rule;
* ``series``: the autocorrelation time of correlated samples;
* ``samples``: the checks that all of them share.
"""

from traindyn.inference.decisions import (
    BOOK_ERROR_RATE,
    BOOK_RANDOM_TESTS,
    Outcome,
    critical_value,
    decide,
)
from traindyn.inference.estimates import (
    Estimate,
    estimate_by_bootstrap,
    estimate_fraction,
    estimate_ks_distance,
    estimate_mean,
    estimate_median,
    estimate_variance,
    exact,
)
from traindyn.inference.propagation import (
    combination,
    difference,
    farthest,
    largest,
    log_slope,
    monotone,
    slope,
)
from traindyn.inference.ratios import ratio, ratio_of_means
from traindyn.inference.series import integrated_autocorrelation_time

__all__ = [
    "BOOK_ERROR_RATE",
    "BOOK_RANDOM_TESTS",
    "Estimate",
    "Outcome",
    "combination",
    "critical_value",
    "decide",
    "difference",
    "estimate_by_bootstrap",
    "estimate_fraction",
    "estimate_ks_distance",
    "estimate_mean",
    "estimate_median",
    "estimate_variance",
    "exact",
    "farthest",
    "integrated_autocorrelation_time",
    "largest",
    "log_slope",
    "monotone",
    "ratio",
    "ratio_of_means",
    "slope",
]
