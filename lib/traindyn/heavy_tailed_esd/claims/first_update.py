"""Claims HT-2 and HT-3: the first gradient has rank one, and Adam makes signs of it."""

from __future__ import annotations

import math

from traindyn.heavy_tailed_esd.claims.estimates import slope_over_sizes
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.results.initial import SignUpdate
from traindyn.heavy_tailed_esd.studies.first_update import (
    THEORY,
    gradient_sizes,
    rank_one,
    sign_update,
)
from traindyn.inference import Estimate, estimate_mean, exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    2,
    source="public reviews of the paper; constants derived here",
    basis="stated",
    statement=(
        "The first gradient is a matrix of rank one plus a remainder that is small in the "
        "spectral norm, but not in the Frobenius norm."
    ),
)
def rank_one_gradient(context: Context) -> tuple[None, list[Part]]:
    """HT-2."""
    found = {inputs: rank_one(context, inputs, count) for inputs, count in gradient_sizes(context)}
    inputs, last = max(found.items())
    doubled = rank_one(context, inputs, 20, "doubled")
    linear = rank_one(context, inputs, 2, "linear").frobenius
    spectral = [run.spectral for run in found.values()]
    alike = [rank_one(context, size, 24, "alike").spectral for size in found]
    parts = [
        Part(
            f"Spectral norm of the gradient over 2c₁|a||x_r|/√(hd), d = {inputs}",
            1.0,
            estimate_mean(last.norm),
            Test("equality", 0.02, "the square of the remainder's share, 1.3²/d, and its scatter"),
            [Control("weights twice as large: smaller slopes", estimate_mean(doubled.norm))],
        ),
        Part(
            "Slope of the remainder's share of the spectral norm over d, log-log",
            -0.5,
            slope_over_sizes(list(found), spectral),
            Test("slope", 0.1, "a fifth of the exponent; corrections are of order d^(-1/2)"),
            [Control("hidden units with equal weights", slope_over_sizes(list(found), alike))],
        ),
        Part(
            "The remainder's share of the Frobenius norm",
            math.sqrt(THEORY.slope_scatter / (1 + THEORY.slope_scatter)),
            estimate_mean(last.frobenius),
            Test("equality", 0.03, "a twelfth of the share; corrections are of order 1/√d"),
            [Control("linear student", exact(float(linear.max())))],
        ),
    ]
    return None, parts


@registry.claim(
    3,
    source="Theorem 4.1, as quoted in the public reviews; constants derived here",
    basis="stated",
    statement=(
        "Adam's first update is a matrix of signs: its Frobenius norm is √(hd) times the learning "
        "rate, and its spectral norm is a constant share of that."
    ),
)
def sign_updates(context: Context) -> tuple[None, list[Part]]:
    """HT-3."""
    found = {
        inputs: sign_update(context, inputs, count) for inputs, count in gradient_sizes(context)
    }
    inputs = max(found)
    linear = sign_update(context, inputs, 2, "linear").norm
    mixed = {size: sign_update(context, size, 12, "permuted") for size in found}

    def mean(field: str) -> Estimate:
        return estimate_mean(getattr(found[inputs], field))

    parts = [
        Part(
            "Frobenius norm of the first update over η√(hd)",
            1.0,
            mean("length"),
            Test("equality", 0.01, "a share of entries as small as ε over the median gradient"),
            [
                Control("without bias correction", mean("uncorrected")),
                Control("ε = 0.001", mean("wide")),
            ],
        ),
        Part(
            f"Its spectral norm over η√(hd) k_A, d = {inputs}",
            1.0,
            mean("norm"),
            Test("equality", 0.025, "half the size 1/√d of corrections at d = 400"),
            [Control("linear student", exact(float(linear.mean())))],
        ),
        Part(
            "Slope of the spectral norm over d, log-log, at a fixed shape",
            1.0,
            _norm_slope(found),
            Test("slope", 0.05, "a tenth of the distance to the exponent 1/2 of random signs"),
            [Control("entries of the gradient in random places", _norm_slope(mixed))],
        ),
        Part(
            "Overlap of its left vector with the signs of the head",
            1.0,
            mean("signs"),
            Test("equality", 5 / inputs, "5/d: the remainder turns the vector by about 2/√d"),
            [Control("left vector of gradient descent", mean("gradient_signs"))],
        ),
        Part(
            "Overlap of its left vector with the head itself",
            math.sqrt(2 / math.pi),
            mean("head"),
            Test("equality", 0.02, "a tenth of the way to 1; heads scatter by 0.5/√h"),
            [Control("left vector of gradient descent", mean("gradient_head"))],
        ),
        Part(
            "Slope of the second singular value over the first, log-log",
            -0.5,
            _ratio_slope(found),
            Test("slope", 0.125, "a quarter of the exponent; corrections are of order d^(-1/2)"),
            [Control("entries of the gradient in random places", _ratio_slope(mixed))],
        ),
    ]
    return None, parts


def _norm_slope(runs: dict[int, SignUpdate]) -> Estimate:
    """Exponent of the spectral norm over the size."""
    return slope_over_sizes([*runs], [run.norm * inputs for inputs, run in runs.items()])


def _ratio_slope(runs: dict[int, SignUpdate]) -> Estimate:
    """Exponent of the second singular value over the first."""
    return slope_over_sizes([*runs], [run.second for run in runs.values()])
