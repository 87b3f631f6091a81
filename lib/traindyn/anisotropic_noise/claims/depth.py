"""Claims AN-12, AN-17, AN-18: what coupling does without a current, at depth, in a bottleneck."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.parts import algebraic
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.second_layer import FROZEN_NOISE
from traindyn.anisotropic_noise.claims.shares import agreement, close, share
from traindyn.anisotropic_noise.results.depth import (
    BottleneckRun,
    CommutatorRun,
    CurrentAndRelation,
    DeepRun,
    DepthGap,
)
from traindyn.anisotropic_noise.results.estimators import relative_distance_squared
from traindyn.anisotropic_noise.results.second_layer import FewSamples
from traindyn.anisotropic_noise.studies.bottleneck import HIDDEN, INPUTS, OUTPUTS, bottleneck
from traindyn.anisotropic_noise.studies.depth import (
    ASPECTS,
    deep_projectors,
    deep_run,
    without_current,
)
from traindyn.anisotropic_noise.studies.few_samples import few_samples
from traindyn.anisotropic_noise.theory.depth import layer_variances
from traindyn.inference import Estimate, estimate_mean, exact, ratio, slope
from traindyn.ledger import (
    Part,
    Size,
    at_most,
    other_system,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

PROBLEMS = "drawn problems"
LARGEST, *_, SMALLEST = ASPECTS


@registry.claim(
    12,
    source="beyond the abstract, which names broken detailed balance as the cause",
    basis="extension",
    statement=(
        "The inverse relation of two layers is not the effect of broken detailed balance: with "
        "many samples the current vanishes as √c while the relation stays."
    ),
)
def relation_without_current(context: Context) -> tuple[CurrentAndRelation, list[Part]]:
    """AN-12."""
    run = without_current(context)
    shown = CurrentAndRelation(
        run.aspects,
        np.array([c.mean() for c in run.commutators]),
        np.array([g.mean() ** 0.5 for g in run.gaps]),
    )
    return shown, [*_current(run), _relation(run), _current_of_sgd(few_samples(context))]


def _current(run: CommutatorRun) -> list[Part]:
    """The commutator falls as √c."""
    fell = _over_first(run.aspects, run.commutators)
    return [
        algebraic(
            "Linear theory of two layers with one output: size of the commutator of Hessian and "
            "covariance over that of the anticommutator at c = n/P = 0.0001, over the same at "
            "c = 0.5",
            fell[SMALLEST],
            at_most(
                (SMALLEST / LARGEST) ** 0.375,
                "half the way, on a log axis, from a fall as √c to one as c¼",
                "neighbor",
            ),
            [
                wrong_theory("a fall as c¼", exact((SMALLEST / LARGEST) ** 0.25)),
                other_system(
                    "labels that are noisier where inputs are large",
                    _over_first(run.aspects, run.uneven)[SMALLEST],
                ),
            ],
            asymptotic=True,
            sizes=[Size(*pair) for pair in fell.items()],
            toward=0.0,
        ),
        algebraic(
            "Linear theory of two layers with one output: exponent with which the commutator of "
            "Hessian and covariance falls with c, from 0.1 to 0.0001",
            _exponent(run.aspects, run.commutators),
            within(0.25, "half the way to the exponents 1 and 0", "neighbor"),
            [
                wrong_prediction("in proportion to c", 1.0),
                other_system(
                    "labels that are noisier where inputs are large",
                    _exponent(run.aspects, run.uneven),
                ),
            ],
            prediction=0.5,
        ),
    ]


def _relation(run: CommutatorRun) -> Part:
    gaps = {float(c): estimate_mean(of) for c, of in zip(run.aspects, run.gaps, strict=True)}
    return algebraic(
        "Linear theory of two layers with one output: exponent with which the mean squared "
        "distance of V/T in the second layer from the inverse relation falls with c = n/P, from "
        "0.1 to 0.0001",
        _exponent(run.aspects, run.gaps),
        within(0.25, "half the way to a square that falls as √c", "neighbor"),
        [
            wrong_prediction("a square that falls as √c", 0.5),
            other_system("first layer frozen", _exponent(run.aspects, run.frozen_gaps)),
        ],
        prediction=1.0,
        sizes=[Size(*pair) for pair in gaps.items()],
    )


def _over_first(aspects: np.ndarray, values: list[np.ndarray]) -> dict[float, Estimate]:
    """Means at every ratio c but the first, over that at the first."""
    first, *others = (estimate_mean(of) for of in values)
    return {float(c): ratio(of, first) for c, of in zip(aspects[1:], others, strict=True)}


def _exponent(aspects: np.ndarray, values: list[np.ndarray]) -> Estimate:
    """Exponent in c of a typical value, from 0.1 on."""
    few = slice(1, None)
    logs = [estimate_mean(np.log(of)) for of in values[few]]
    return slope([float(x) for x in np.log(aspects[few])], logs)


def _current_of_sgd(run: FewSamples) -> Part:
    found = share(run.current)
    return Part(
        "SGD of two layers with one output on few samples, n/P = 1/3: antisymmetric part of the "
        "moments of all weights 50 steps apart, over the size of the covariance, projected on that "
        "of the linear theory, in units of it",
        found,
        within_noise(found, FROZEN_NOISE, run.error),
        [
            wrong_prediction("detailed balance: no current", 0.0),
            wrong_prediction("HC − CH without the factor 1/2", 2.0),
        ],
        compares="simulation",
        replicates=PROBLEMS,
        prediction=1.0,
    )


@registry.claim(
    17,
    source="beyond the abstract, which stops at two layers",
    basis="extension",
    statement=(
        "In a balanced, aligned network of any depth the variances of layer l are T q_l/Σq with "
        "q_l = s_j^(2 − 2l/L) · s_i^(2(l − 1)/L)."
    ),
)
def any_depth(context: Context) -> tuple[dict[int, DepthGap], list[Part]]:
    """AN-17."""
    run = deep_projectors(context)
    return run, [
        *(
            Part(
                f"Balanced, aligned network of {depth} layers: largest distance of V/T from the "
                "projector on the range of the Jacobian",
                exact(gap.balanced),
                within(1e-11, "rounding of a pseudo-inverse of condition below 100", "rounding"),
                [other_system("layers that are not balanced", exact(gap.uneven))],
                compares="algebra",
                prediction=0.0,
                seen=True,
            )
            for depth, gap in run.items()
        ),
        _deep(deep_run(context)),
    ]


def _deep(run: DeepRun) -> Part:
    levels = range(1, run.depth + 1)
    law = np.array([layer_variances(run.singular_values, run.depth, level) for level in levels])

    def distance(predicted: np.ndarray) -> Estimate:
        one = np.ones_like(predicted)
        return agreement(
            *(relative_distance_squared(found / predicted, one) for found in run.variances.values())
        )

    found, roots = distance(law), np.sqrt(law)
    return Part(
        "SGD of balanced, aligned networks of three layers, from both sides of the stationary "
        "state: agreement, one minus the mean squared relative distance, of 48 variances with "
        "T q_l/Σq, the smaller of the two sides",
        found,
        close(found, run.error),
        [
            wrong_theory("equal shares of the layers", distance(np.full_like(law, 1 / run.depth))),
            wrong_theory("half of the exponents", distance(roots / roots.sum(axis=0))),
            wrong_theory("s_i and s_j exchanged", distance(law.swapaxes(1, 2))),
        ],
        compares="simulation",
        replicates="networks",
    )


@registry.claim(
    18,
    source="beyond the abstract",
    basis="extension",
    statement=(
        "With fewer hidden units than outputs the minimum is reduced-rank regression: the Hessian "
        "has rank k(m + n − k), noise does not reach its k² zero modes, and the linear theory "
        "holds on the rest."
    ),
)
def bottleneck_theory(context: Context) -> tuple[BottleneckRun, list[Part]]:
    """AN-18."""
    run = bottleneck(context)
    rank = HIDDEN * (OUTPUTS + INPUTS - HIDDEN)
    system = "Two layers with two hidden units, ten inputs and four outputs"
    return run, [
        Part(
            f"{system}: rank of the Hessian at the minimum, farthest of all drawn problems",
            exact(float(max(run.ranks, key=lambda found: abs(found - rank)))),
            within(0.5, "a whole number", "count"),
            [
                wrong_prediction("all parameters", float(HIDDEN * (OUTPUTS + INPUTS))),
                wrong_prediction("k(m + n) − k(k + 1)/2", float(rank + 1)),
                other_system("more hidden units than outputs", exact(float(run.wide_rank))),
            ],
            compares="algebra",
            prediction=float(rank),
            seen=True,
        ),
        Part(
            f"{system}: noise on the zero modes of the Hessian over its largest entry, largest of "
            "all drawn problems",
            exact(float(run.leaks.max())),
            within(1e-12, "rounding", "rounding"),
            [other_system("as many random directions", estimate_mean(run.random_leaks))],
            compares="algebra",
            prediction=0.0,
            seen=True,
        ),
        Part(
            f"{system}: relative distance of the theory's Hessian from that of the loss by "
            "automatic differentiation, largest of all drawn problems",
            exact(float(run.misfits[:, 0].max())),
            within(1e-10, "rounding of sums over 2,000 samples", "rounding"),
            [
                wrong_theory(
                    "without the term that the misfit adds", estimate_mean(run.misfits[:, 1])
                )
            ],
            compares="algebra",
            prediction=0.0,
        ),
        *(_layer(run, system, name) for name in ("second", "first")),
    ]


def _layer(run: BottleneckRun, system: str, name: str) -> Part:
    found = share(getattr(run.to_theory, name))
    return Part(
        f"SGD, {system[0].lower()}{system[1:]}, from both sides of the stationary state: share of "
        f"what sets the linear theory of the {name} layer apart from the covariance T on all that "
        "the map depends on",
        found,
        within_noise(found, FROZEN_NOISE, run.to_theory.shifts[name]),
        [
            wrong_prediction("noise in proportion to the Hessian", 0.0),
            wrong_prediction("twice what the misfit adds", 2.0),
        ],
        compares="simulation",
        replicates=PROBLEMS,
        prediction=1.0,
    )
