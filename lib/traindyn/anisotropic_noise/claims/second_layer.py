"""Claims AN-8, AN-9 and AN-11: the layers are coupled, in their variances and in their speed."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.many_outputs import parts_on_many_outputs, shown_outputs
from traindyn.anisotropic_noise.claims.parts import algebraic, simulated
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.shares import agreement, close, share
from traindyn.anisotropic_noise.results.estimators import relative_distance_squared
from traindyn.anisotropic_noise.results.second_layer import (
    CoupledRun,
    FewSamples,
    FrozenModes,
    LimitGaps,
    ModesRun,
    SettingRun,
)
from traindyn.anisotropic_noise.studies.few_samples import few_samples
from traindyn.anisotropic_noise.studies.many_outputs import four_outputs
from traindyn.anisotropic_noise.studies.networks import RECORDS_PER_TIME, STARTS
from traindyn.anisotropic_noise.studies.second_layer import (
    both_trained,
    first_frozen,
    limit_gaps,
)
from traindyn.anisotropic_noise.theory.two_layers import relaxing_share, second_layer_variances
from traindyn.inference import Estimate, estimate_mean, slope
from traindyn.ledger import (
    Part,
    Size,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

FROZEN_NOISE = (
    "the linear theory of a problem leaves out that noise grows with the deviation, by η tr H / 2S:"
    " as far as this can shift the value, and noise"
)


@registry.claim(
    8,
    source="abstract, two layers; the formulas are derived here",
    basis="stated",
    statement=(
        "With many samples the weights of two layers have the covariance T on the directions that "
        "the loss sees: the second layer the variances T a²/(a² + b²), the first T b²/(a² + b²)."
    ),
)
def two_layer_covariance(context: Context) -> tuple[CoupledRun, list[Part]]:
    """AN-8."""
    outputs = four_outputs(context)
    return shown_outputs(outputs), [
        _few(few_samples(context)),
        *_limit(limit_gaps(context)),
        *parts_on_many_outputs(outputs),
    ]


def _few(run: FewSamples) -> Part:
    found = share(run.variances)
    return Part(
        "SGD of two layers with one output on few samples, n/P = 1/3: share of what sets the "
        "linear theory of a problem apart from T a²/(a² + b²) in the variances of the second "
        "layer, in units of the mean of both",
        found,
        within_noise(found, FROZEN_NOISE, run.shift),
        [wrong_prediction("T a²/(a² + b²), for many samples", 0.0)],
        compares="simulation",
        replicates="drawn problems",
        prediction=1.0,
        basis="derived",
        seen=True,
    )


def _limit(run: LimitGaps) -> list[Part]:
    """How the linear theory of a problem tends to its limit for many samples."""
    means = {samples: estimate_mean(gaps) for samples, gaps in run.by_samples.items()}
    exponent = slope(
        [float(np.log(samples)) for samples in means],
        [estimate_mean(np.log(gaps)) for gaps in run.by_samples.values()],
    )
    return [
        algebraic(
            "Linear theory of two layers with one output: exponent with which its squared distance "
            "from T a²/(a² + b²) falls with the number of samples, from 500 to 32,000",
            exponent,
            within(0.25, "half the way to the exponent −1/2", "neighbor"),
            [
                wrong_prediction("as the root of the number of samples", -0.5),
                wrong_prediction("a formula that misses a term: no fall", 0.0),
            ],
            prediction=-1.0,
            basis="derived",
            sizes=[Size(*pair) for pair in means.items()],
        )
    ]


@registry.claim(
    9,
    source="abstract, two layers; the ratio is derived here",
    basis="stated",
    statement=(
        "The coupling of the layers is a source of anisotropy of its own: freeze the first layer "
        "and the second fluctuates equally in all directions; train both and its variances are "
        "multiplied by a²/(a² + b²)."
    ),
)
def coupling(context: Context) -> tuple[ModesRun, list[Part]]:
    """AN-9."""
    run, frozen = both_trained(context), first_frozen(context)
    left = relaxing_share(frozen.first_values**2, frozen.learning_rate, frozen.steps)
    both = {name: moments.second[:, 0] for name, moments in run.moments.items()}
    shown = ModesRun(
        run.first_values,
        run.second_value,
        [estimate_mean(column) for column in np.concatenate(list(both.values())).T],
        [estimate_mean(column) for column in (frozen.variances["below"] / (1 - left)).T],
    )
    return shown, [_ratio(run, frozen, left), *(_frozen(frozen, name, left) for name in STARTS)]


def _neglected(run: FrozenModes) -> float:
    """Half of η tr H / S and half a step in the steepest mode, errors of a variance."""
    squares = run.first_values**2
    return run.learning_rate * float(squares.sum() / run.batch_size + squares.max()) / 2


def _ratio(run: SettingRun, frozen: FrozenModes, left: np.ndarray) -> Part:
    """Networks of both kinds are paired, as many as there are with both layers trained."""
    a = run.first_values

    def distance(factor: np.ndarray) -> Estimate:
        return agreement(
            *(
                relative_distance_squared(
                    1
                    + (1 - left) * moments.second[:, 0] / factor
                    + left * STARTS[name]
                    - frozen.variances[name][: len(moments.second)],
                    np.ones_like(factor),
                )
                for name, moments in run.moments.items()
            )
        )

    found = distance(_share(a, run.second_value))
    return simulated(
        "SGD of two layers with one output, from both sides of the stationary state: variances of "
        "ten modes of the second layer with both layers trained, over a²/(a² + b²), against those "
        "with the first layer frozen, in the share that the latter have forgotten of their start; "
        "one minus the mean squared difference over T, the smaller of the two sides",
        found,
        close(found, run.error + _neglected(frozen)),
        [
            wrong_theory("a/(a + b)", distance(a / (a + run.second_value))),
            wrong_theory("a²/(a² + 2b²)", distance(a**2 / (a**2 + 2 * run.second_value**2))),
            wrong_theory("no coupling", distance(np.ones_like(a))),
        ],
    )


def _share(first_values: np.ndarray, second_value: float) -> np.ndarray:
    return second_layer_variances(first_values, np.array([second_value]))[0]


def _frozen(run: FrozenModes, side: str, left: np.ndarray) -> Part:
    start, found = STARTS[side], run.variances[side]
    one = np.ones_like(left)

    def distance(predicted: np.ndarray) -> Estimate:
        return agreement(relative_distance_squared(found / predicted, one))

    law = 1 + (start - 1) * left
    slower = relaxing_share(run.first_values**2 / 2, run.learning_rate, run.steps)
    slow = 1 + (start - 1) * slower
    right = distance(law)
    return simulated(
        f"SGD of two layers with the first frozen, second layer started at {start:g} T: agreement, "
        "one minus the mean squared relative distance, of the variances of ten modes, means over "
        "the run, with T less what is left of the start, a share (1 − ηa²)²ᵗ",
        right,
        close(right, _neglected(run)),
        [
            *([wrong_theory("relaxation at half the rate", distance(slow))] if not start else []),
            wrong_theory("variances T a²/(a² + b²)", distance(law * _share(run.first_values, 1.0))),
            wrong_theory("twice the temperature", distance(2 - (2 - start) * left)),
            wrong_theory(
                "the start, unchanged",
                agreement(relative_distance_squared(1 + found - start, one)),
            ),
        ],
    )


@registry.claim(
    11,
    source="setting of the abstract",
    basis="derived",
    statement=(
        "A mode of the second layer relaxes at the rate η(a² + b²) of the joint curvature, not at "
        "η a²: flat directions forget fast when both layers train."
    ),
)
def relaxation_of_modes(context: Context) -> tuple[None, list[Part]]:
    """AN-11."""
    run = both_trained(context)
    a, b = run.first_values, run.second_value

    def distance(curvature: np.ndarray) -> Estimate:
        return agreement(*(_rate_distance(run, name, curvature) for name in STARTS))

    found = distance(a**2 + b**2)
    return None, [
        simulated(
            "SGD of two layers with one output: agreement, one minus the mean squared relative "
            "distance, of the relaxation rates of ten modes of the second layer with η(a² + b²), "
            "the smaller of two sides of the start",
            found,
            close(found, run.error),
            [
                wrong_theory("ηa², as with the first layer frozen", distance(a**2)),
                wrong_theory("ηb²", distance(np.full_like(a, b**2))),
                wrong_theory("η(a + b)²", distance((a + b) ** 2)),
                wrong_theory("η(a² + b²)/2", distance((a**2 + b**2) / 2)),
            ],
        )
    ]


def _rate_distance(run: SettingRun, side: str, curvature: np.ndarray) -> Estimate:
    """From products of successive records: each keeps the share exp(−rate) of the square before.

    What is kept too little, over the loss of one record and the mean square, is the relative
    deviation of the rate, to first order.
    """
    same, later = run.moments[side].second[:, 0], run.moments[side].later[:, 0]
    steps = round(1 / (RECORDS_PER_TIME * run.learning_rate))
    kept = (1 - run.learning_rate * curvature) ** steps
    deviation = (same * kept - later) / (-kept * np.log(kept) * same.mean(axis=0))
    return relative_distance_squared(1 + deviation, np.ones_like(curvature))
