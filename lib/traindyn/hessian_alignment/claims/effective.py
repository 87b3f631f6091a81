"""Claim HA-13: the limit of SGD with its corrector."""

from __future__ import annotations

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.effective import OverlapRun
from traindyn.hessian_alignment.studies.effective import Path, limit, signs
from traindyn.hessian_alignment.studies.overlaps import (
    CLASSES,
    PRECISION,
    TIMES,
    Overlaps,
    recorded,
    replicas,
)
from traindyn.inference import Estimate, estimate_mean, exact, log_slope
from traindyn.ledger import Size
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context

Array = np.ndarray


def _largest_error(context: Context, dimension: int, step_constant: float) -> Estimate:
    """Largest error of any overlap with a mean at any time, mean over replicas."""
    found = recorded(context, dimension, step_constant, replicas(context)[dimension])
    errors = np.abs(found.m - limit(found, step_constant).m[:, None])
    return estimate_mean(np.asarray(errors.max(axis=(0, 2, 3))))


def _rest_ratio(found: Overlaps, path: Path) -> Estimate:
    """Trace of the last R over that of a limit."""
    traces = np.trace(found.r[-1], axis1=1, axis2=2)
    return estimate_mean(np.asarray(traces / np.trace(path.r[-1])))


@registry.claim(
    13,
    source="form of the theorem on effective dynamics in the companion arXiv 2206.04030; the "
    "equations are derived here",
    basis="derived",
    statement=(
        "Overlaps of weights and means follow ordinary differential equations as d grows, with a "
        "corrector from the size of the steps, and errors of order d^(−1/2)."
    ),
)
def effective(context: Context) -> tuple[list[OverlapRun], list[Part]]:
    """HA-13."""
    dimensions = list(replicas(context))
    large = dimensions[-1]
    constants = 1.0, 4.0
    found = {c: recorded(context, large, c, replicas(context)[large]) for c in constants}
    paths = {c: limit(found[c], c) for c in constants}
    plain = {c: limit(found[c], 0.0) for c in constants}
    shown = [_shown(large, c, found[c], paths[c], plain[c]) for c in constants]
    corrector = [
        Part(
            f"Trace of R at t = 20 over the limit, c = {c:g}",
            1.0,
            _rest_ratio(found[c], paths[c]),
            Test("equality", 0.1, "a fifth of the corrector's share, and above k/d and 1/d terms"),
            [
                Control("no corrector", _rest_ratio(found[c], plain[c])),
                Control(f"c = {other:g}", _rest_ratio(found[other], paths[c])),
            ],
        )
        for c, other in zip(constants, reversed(constants), strict=True)
    ]
    return shown, [
        *_convergence(context, dimensions),
        *corrector,
        _unseen(shown[1]),
        *_universality(context),
    ]


def _convergence(context: Context, dimensions: list[int]) -> list[Part]:
    """Errors fall as d grows."""
    errors = {d: _largest_error(context, d, 1.0) for d in dimensions}
    fixed = {d: _largest_error(context, d, d / dimensions[0]) for d in dimensions[:3]}
    large = dimensions[-1]
    return [
        Part(
            "Exponent in d of the largest error of any overlap with a mean, up to t = 20",
            -0.5,
            log_slope(list(errors), list(errors.values())),
            Test("slope", 0.1, "corrections are relative d^(−1/2), 0.14 at the smallest size"),
            [
                Control(
                    "learning rate that does not shrink with d",
                    log_slope(list(fixed), list(fixed.values())),
                )
            ],
        ),
        Part(
            f"Largest error of any overlap with a mean, d = {large}",
            0.0,
            errors[large],
            Test(
                "threshold",
                1.5 * large**-0.5,
                "noise of each overlap has a standard deviation of about 0.3 d^(−1/2); five of "
                "them for the largest of nine overlaps at 20 times",
                side="below",
            ),
            [Control(f"d = {dimensions[0]}", errors[dimensions[0]])],
            asymptotic=True,
            sizes=[Size(float(d), e) for d, e in errors.items()],
        ),
    ]


def _unseen(run: OverlapRun) -> Part:
    """What the corrector leaves alone."""
    return Part(
        "Overlap with the mean does not see the corrector: limit without it over that with it",
        1.0,
        exact(float(run.uncorrected_m[-1] / run.predicted_m[-1])),
        Test("equality", 0.1, "the tenth by which R is tested"),
        [
            Control(
                "the same ratio for R",
                exact(float(run.uncorrected_r[-1] / run.predicted_r[-1])),
            )
        ],
    )


def _shown(d: int, constant: float, found: Overlaps, path: Path, plain: Path) -> OverlapRun:
    def diagonal(values: Array) -> Array:
        return np.asarray(np.trace(values, axis1=-2, axis2=-1) / CLASSES)

    return OverlapRun(
        d,
        constant,
        np.array(TIMES),
        diagonal(found.m).mean(axis=1),
        diagonal(found.r).mean(axis=1),
        diagonal(path.m),
        diagonal(path.r),
        diagonal(plain.m),
        diagonal(plain.r),
    )


def _universality(context: Context) -> list[Part]:
    """Signs instead of normal noise, and as a control signs of twice the variance."""
    statistics = [
        (estimate_mean(found.overlaps), replica_mean(found.outliers), replica_mean(found.cosines))
        for found in (signs(context, p) for p in (PRECISION, PRECISION / 2))
    ]
    names = (
        "Noise ±1: overlap with the mean at t = 20 over the limit for normal noise",
        "Noise ±1: first outlier of the Hessian block over its prediction for normal noise",
        "Noise ±1: squared cosine of its vector with the weights over that prediction",
    )
    return [
        Part(
            name,
            1.0,
            one,
            Test(
                "equality",
                0.1,
                "k/√d = 0.2 in one run, half of it in the mean over runs from one start",
            ),
            [Control("±1 with twice the variance", other)],
        )
        for name, one, other in zip(names, *statistics, strict=True)
    ]
