"""Claims HT-2 and HT-3: the first gradient has rank one, and Adam makes signs of it."""

from __future__ import annotations

import math

from traindyn.heavy_tailed_esd.claims.estimates import midway, size_rule, slope_over_sizes
from traindyn.heavy_tailed_esd.claims.parts import algebraic
from traindyn.heavy_tailed_esd.claims.registry import registry
from traindyn.heavy_tailed_esd.claims.scales import sign_loss
from traindyn.heavy_tailed_esd.results.initial import RankOne, SignUpdate
from traindyn.heavy_tailed_esd.studies.first_steps import ASPECT
from traindyn.heavy_tailed_esd.studies.first_update import (
    THEORY,
    gradient_sizes,
    rank_one,
    sign_update,
)
from traindyn.heavy_tailed_esd.theory.one_step import TWO_OVER_PI, constants
from traindyn.inference import Estimate, estimate_mean
from traindyn.ledger import (
    Part,
    Size,
    other_system,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
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
    c = constants()
    unaveraged = math.sqrt(1 + c.slope_variance / c.slope**2)
    middle = sorted(found)[1]
    parts = [
        algebraic(
            f"Spectral norm of the first gradient over 2c₁|a||x_r|/√(hd), d = {inputs}, n = 2d",
            estimate_mean(last.norm),
            within(
                midway(1.0, unaveraged), "half of what the scatter of the slopes adds", "neighbor"
            ),
            [
                wrong_prediction(
                    "the root mean square of the slopes for their mean c₁", unaveraged
                ),
                other_system("weights twice as large: smaller slopes", estimate_mean(doubled.norm)),
            ],
            prediction=1.0,
            basis="derived",
        ),
        algebraic(
            "Exponent over d of the remainder's share of the spectral norm of the first gradient, "
            "n = 2d and h = 1.5d",
            slope_over_sizes(found, [run.spectral for run in found.values()]),
            within(
                1 / (2 * math.log(ASPECT * middle)),
                "what the largest entry of the head adds, which grows as √(2 log h)",
                "next order",
            ),
            [
                wrong_theory(
                    "the Frobenius norm for the spectral norm",
                    slope_over_sizes(found, [run.frobenius for run in found.values()]),
                ),
            ],
            prediction=-0.5,
            basis="derived",
        ),
        _frobenius_share(context, found),
    ]
    return None, parts


def _frobenius_share(context: Context, found: dict[int, RankOne]) -> Part:
    """The remainder does not become small in the Frobenius norm."""
    inputs, last = max(found.items())
    share = math.sqrt(THEORY.slope_scatter / (1 + THEORY.slope_scatter))
    return algebraic(
        f"The remainder's share of the Frobenius norm of the first gradient, d = {inputs}, n = 2d",
        estimate_mean(last.frobenius),
        within(share / math.sqrt(inputs), "a correction of relative order 1/√d", "size"),
        [
            wrong_prediction(
                "without the sampling noise of the residuals in |x_r|", _noiseless_share()
            ),
            other_system(
                "linear student",
                estimate_mean(rank_one(context, inputs, 4, "linear").frobenius),
            ),
        ],
        prediction=share,
        basis="derived",
        asymptotic=True,
        sizes=[Size(d, estimate_mean(run.frobenius)) for d, run in found.items()],
    )


def _noiseless_share() -> float:
    """The remainder's share if the pull of endless samples stood in the rank-one part."""
    c = constants()
    scatter = THEORY.slope_scatter * THEORY.pull**2 / (c.teacher_slope**2 + c.slope**2)
    return math.sqrt(scatter / (1 + scatter))


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
    mixed = {size: sign_update(context, size, 12, "permuted") for size in found}
    return None, [*_norms(context, found, mixed), *_vectors(found), _second(found, mixed)]


BySize = dict[int, SignUpdate]


def _norms(context: Context, found: BySize, mixed: BySize) -> list[Part]:
    """Frobenius and spectral norm of the first update."""
    inputs, last = max(found.items())
    linear = sign_update(context, inputs, 10, "linear").norm
    correlated = math.sqrt(TWO_OVER_PI) * THEORY.coherence / THEORY.sign_norm
    return [
        algebraic(
            f"Frobenius norm of Adam's first update over η√(hd), d = {inputs}, n = 2d",
            estimate_mean(last.length),
            within(sign_loss(inputs), "entries as small as ε move less than signs", "next order"),
            [
                other_system(
                    "without the correction of Adam's start", estimate_mean(last.uncorrected)
                ),
                other_system("ε = 0.001", estimate_mean(last.wide)),
            ],
            prediction=1.0,
        ),
        algebraic(
            f"Spectral norm of Adam's first update over η√(hd) k_A, d = {inputs}, n = 2d",
            estimate_mean(last.norm),
            within(
                midway(1.0, correlated),
                "half of what the arcsine adds",
                "neighbor",
            ),
            [
                wrong_prediction("the correlation of entries for that of their signs", correlated),
                other_system("linear student", estimate_mean(linear)),
            ],
            prediction=1.0,
            basis="derived",
        ),
        algebraic(
            "Exponent over d of the spectral norm of Adam's first update, n = 2d and h = 1.5d",
            _norm_slope(found),
            size_rule(found),
            [
                wrong_prediction("the exponent of random signs", 0.5),
                other_system("entries of the gradient in random places", _norm_slope(mixed)),
            ],
            prediction=1.0,
        ),
    ]


def _vectors(found: BySize) -> list[Part]:
    """The left vector of the first update."""
    inputs, last = max(found.items())
    head = estimate_mean(last.head)
    return [
        algebraic(
            "Cosine of the left vector of Adam's first update and the signs of the head, "
            f"d = {inputs}, n = 2d",
            estimate_mean(last.signs),
            within(
                THEORY.sign_scatter / inputs,
                "what the remainder's random entries turn: (1/k_A² − 1)/2d, doubled",
                "next order",
            ),
            [
                wrong_prediction("the head itself for its signs", math.sqrt(TWO_OVER_PI)),
                other_system("gradient descent", estimate_mean(last.gradient_signs)),
            ],
            prediction=1.0,
            basis="derived",
        ),
        algebraic(
            f"Cosine of the left vector of Adam's first update and the head, d = {inputs}, n = 2d",
            head,
            within_noise(head, "the cosine of normal entries and their signs, up to 1/d"),
            [
                wrong_prediction("the head itself for its signs", 1.0),
                other_system("gradient descent", estimate_mean(last.gradient_head)),
            ],
            prediction=math.sqrt(TWO_OVER_PI),
            basis="derived",
        ),
    ]


def _second(found: BySize, mixed: BySize) -> Part:
    """The second singular value against the first."""
    return algebraic(
        "Exponent over d of the second singular value over the first of Adam's first update, "
        "n = 2d and h = 1.5d",
        _ratio_slope(found),
        within(0.25, "half of the distance to a ratio that does not fall", "neighbor"),
        [
            wrong_prediction("a ratio that does not fall", 0.0),
            other_system("entries of the gradient in random places", _ratio_slope(mixed)),
        ],
        prediction=-0.5,
        basis="derived",
    )


def _norm_slope(runs: BySize) -> Estimate:
    """Exponent of the spectral norm over the size."""
    return slope_over_sizes(runs, [run.norm * inputs for inputs, run in runs.items()])


def _ratio_slope(runs: BySize) -> Estimate:
    """Exponent of the second singular value over the first."""
    return slope_over_sizes(runs, [run.second for run in runs.values()])
