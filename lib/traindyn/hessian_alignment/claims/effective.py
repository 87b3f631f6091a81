"""Claim HA-13: the limit of SGD with its corrector."""

from __future__ import annotations

import numpy as np

from traindyn.hessian_alignment.claims.common import replica_mean, row
from traindyn.hessian_alignment.claims.registry import registry
from traindyn.hessian_alignment.results.effective import OverlapRun
from traindyn.hessian_alignment.studies.effective import Path, limit, noisy
from traindyn.hessian_alignment.studies.overlaps import (
    CLASSES,
    PRECISION,
    TIMES,
    Overlaps,
    recorded,
    replicas,
)
from traindyn.inference import Estimate, estimate_mean, log_slope
from traindyn.ledger import (
    Part,
    Size,
    at_most,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

Array = np.ndarray
IN_LAW = "Runs are drawn in law, through the overlaps of weights and means."


def _largest_error(found: Overlaps, path: Path) -> Estimate:
    """Largest error of any overlap of weights, means or rests, mean over runs."""
    errors = [
        np.abs(part - predicted[:, None]).max(axis=(0, 2, 3))
        for part, predicted in ((found.m, path.m), (found.r, path.r))
    ]
    return estimate_mean(np.asarray(np.maximum(*errors)))


def _rest_ratio(found: Overlaps, path: Path) -> Estimate:
    """Trace of the last R over that of a limit."""
    return _trace_ratio(found.r, path.r)


def _trace_ratio(found: Array, path: Array) -> Estimate:
    traces = np.trace(found[-1], axis1=1, axis2=2)
    return estimate_mean(np.asarray(traces / np.trace(path[-1])))


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
    large, constants = dimensions[-1], (1.0, 4.0)
    found = {c: recorded(context, large, c, replicas(context)[large]) for c in constants}
    shown = [_shown(large, c, found[c], limit(c), limit(0.0)) for c in constants]
    return shown, [
        *_convergence(context, dimensions),
        *(_corrector(found, c, large) for c in constants),
        _unseen(found[4.0]),
        *_universality(context),
    ]


def _convergence(context: Context, dimensions: list[int]) -> list[Part]:
    """Errors fall as d grows."""
    runs = {d: recorded(context, d, 1.0, replicas(context)[d]) for d in dimensions}
    errors = {d: _largest_error(found, limit(1.0)) for d, found in runs.items()}
    plain = {d: _largest_error(found, limit(0.0)) for d, found in runs.items()}
    first, large = dimensions[0], dimensions[-1]
    fixed = {
        d: _largest_error(recorded(context, d, d / first, replicas(context)[d]), limit(d / first))
        for d in dimensions[:3]
    }
    return [
        row(
            "Exponent in d of the largest error of any overlap along a run of SGD, up to t = 20",
            log_slope(list(errors), list(errors.values())),
            within(
                0.14, "corrections are relative d^(−1/2), 0.14 at the smallest size", "next order"
            ),
            [
                wrong_prediction("errors of order 1/d", -1.0),
                wrong_prediction("errors of order d^(−1/4)", -0.25),
                wrong_theory("no corrector", log_slope(list(plain), list(plain.values()))),
                other_system(
                    "learning rate that does not shrink with d",
                    log_slope(list(fixed), list(fixed.values())),
                ),
            ],
            prediction=-0.5,
            note=IN_LAW,
        ),
        row(
            f"Largest error of any overlap along a run of SGD up to t = 20, d = {large}: it "
            "vanishes as d grows",
            errors[large],
            at_most(
                1.5 * large**-0.5,
                "noise of each overlap has a standard deviation of about 0.3 d^(−1/2); five of "
                "them for the largest of eighteen overlaps at 20 times",
                "size",
            ),
            [wrong_theory("no corrector", plain[large]), same_run(f"d = {first}", errors[first])],
            asymptotic=True,
            sizes=[Size(float(d), e) for d, e in errors.items()],
            toward=0.0,
            note=IN_LAW,
        ),
    ]


def _corrector(found: dict[float, Overlaps], c: float, d: int) -> Part:
    """The rest of the weights needs the corrector."""
    other, measured = 5.0 - c, _rest_ratio(found[c], limit(c))
    return row(
        f"Trace of R, the rests of the weights, at t = 20 over its limit with the corrector, "
        f"c = {c:g}, d = {d}",
        measured,
        within_noise(
            measured,
            "of d directions d − k lie outside the means, and steps are c/d; and noise",
            (CLASSES + c) / d,
        ),
        [
            wrong_theory("no corrector", _rest_ratio(found[c], limit(0.0))),
            wrong_theory("corrector a quarter larger", _rest_ratio(found[c], limit(1.25 * c))),
            same_run(f"c = {other:g}", _rest_ratio(found[other], limit(c))),
        ],
        prediction=1.0,
        note=IN_LAW,
    )


def _unseen(found: Overlaps) -> Part:
    """What the corrector leaves alone."""
    with_it, without = limit(4.0), limit(0.0)
    overlaps = _trace_ratio(found.m, without.m)
    shift = abs(float(np.trace(without.m[-1]) / np.trace(with_it.m[-1])) - 1)
    return row(
        "Overlaps of weights and means at t = 20, c = 4, over the limit without the corrector: "
        "they hardly see it",
        overlaps,
        within_noise(
            overlaps, "what the corrector does through the scatter of logits; and noise", shift
        ),
        [
            other_system("the rests of the weights", _rest_ratio(found, without)),
            wrong_theory("noise half as large", _trace_ratio(found.m, limit(0.0, 10.0).m)),
        ],
        prediction=1.0,
        note=IN_LAW,
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
        for found in (
            noisy(context, "rademacher"),
            noisy(context, "rademacher", PRECISION / 2),
        )
    ]
    names = (
        "Noise ±1: overlaps of weights and means at t = 20 over the limit for normal noise",
        "Noise ±1: first outlier of the Hessian block over its prediction for normal noise",
        "Noise ±1: squared cosine of the first eigenvector with the weights over its prediction "
        "for normal noise",
    )
    return [
        row(
            name,
            one,
            within_noise(one, "of the noise its variance alone enters the limit"),
            [other_system("±1 with twice the variance", other)],
            prediction=1.0,
        )
        for name, one, other in zip(names, *statistics, strict=True)
    ]
