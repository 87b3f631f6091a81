"""Claim AN-10: in the second layer variance falls with flatness."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from traindyn.anisotropic_noise.claims.parts import algebraic, simulated
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.claims.shares import agreement, close
from traindyn.anisotropic_noise.results.estimators import relative_distance_squared
from traindyn.anisotropic_noise.results.second_layer import (
    CollapseRun,
    InverseRelations,
    SettingRun,
)
from traindyn.anisotropic_noise.studies.inverse_relation import relations
from traindyn.anisotropic_noise.studies.second_layer import both_trained
from traindyn.anisotropic_noise.theory.two_layers import inverse_relation
from traindyn.inference import Estimate, estimate_mean, exact, largest, log_slope
from traindyn.ledger import (
    Part,
    at_most,
    other_system,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context

FLAT = 5
"""Flattest directions, of curvature below a third of b²."""


@registry.claim(
    10,
    source="abstract, inverse variance-flatness relation; the formula is derived here",
    basis="stated",
    statement=(
        "In the second layer flat directions fluctuate less: for isotropic inputs the variance is "
        "T/(1 + b²F²/κ), with an exponent that rises from 0 in sharp directions to at most 2 in "
        "flat ones."
    ),
)
def inverse_variance_flatness(context: Context) -> tuple[CollapseRun, list[Part]]:
    """AN-10."""
    reference, run = both_trained(context), relations(context)
    settings = [reference, *run.settings.values()]
    shown = CollapseRun(
        [setting.label for setting in settings],
        [np.sqrt(1 / _curve(setting) - 1) for setting in settings],
        [_means(setting) for setting in settings],
        reference.flatness / reference.flatness.min(),
        [estimate_mean(column) for column in _pooled(reference, "seen").T],
    )
    return shown, [
        *_on_curve(reference, list(run.settings.values())),
        *_exponents(reference, run),
        _order(reference),
        _all(list(run.settings.values())),
        _few(run),
    ]


def _curve(setting: SettingRun) -> np.ndarray:
    loss = setting.residual_variance / 2
    return inverse_relation(setting.flatness, setting.second_value, loss)


def _pooled(setting: SettingRun, name: str) -> np.ndarray:
    """Mean squares of all networks, from both sides, one row per network."""
    return np.concatenate([getattr(m, name)[:, 0] for m in setting.moments.values()])


def _means(setting: SettingRun) -> list[Estimate]:
    return [estimate_mean(column) for column in _pooled(setting, "second").T]


def _distance(found: np.ndarray, predicted: np.ndarray) -> Estimate:
    return relative_distance_squared(found / predicted, np.ones_like(predicted))


def _on_curve(reference: SettingRun, others: list[SettingRun]) -> list[Part]:
    """Variances against 1/(1 + b²F²/κ)."""

    def farthest(
        settings: list[SettingRun],
        sides: tuple[str, ...],
        law: Callable[[np.ndarray], np.ndarray] = lambda curve: curve,
    ) -> Estimate:
        return agreement(
            *(
                _distance(setting.moments[side].second[:, 0], law(_curve(setting)))
                for setting in settings
                for side in sides
            )
        )

    rows = (
        (
            "SGD of two layers with one output at four settings of b, η, S and label noise, from "
            "the minimum: agreement, one minus the mean squared relative distance, of the "
            "variances of ten modes of the second layer with T/(1 + b²F²/κ), the smallest of the "
            "settings",
            others,
            ("below",),
        ),
        (
            "SGD of two layers with one output at b = 1, from both sides of the stationary state: "
            "agreement, one minus the mean squared relative distance, of the variances of ten "
            "modes of the second layer with T/(1 + b²F²/κ), the smaller of the two sides",
            [reference],
            ("below", "above"),
        ),
    )
    parts = []
    for statement, settings, sides in rows:
        found = farthest(settings, sides)
        parts.append(
            simulated(
                statement,
                found,
                close(found, max(setting.error for setting in settings)),
                [
                    wrong_theory(
                        "the square root, 1/(1 + bF/√κ)",
                        farthest(settings, sides, lambda v: 1 / (1 + np.sqrt(1 / v - 1))),
                    ),
                    wrong_theory(
                        "κ half as large",
                        farthest(settings, sides, lambda v: 1 / (1 + 2 * (1 / v - 1))),
                    ),
                    wrong_theory("no relation", farthest(settings, sides, np.ones_like)),
                ],
                basis="derived",
            )
        )
    return parts


def _exponent(width: np.ndarray, variances: list[Estimate]) -> Estimate:
    """Exponent −d log V / d log F over all directions given."""
    return log_slope(list(width), variances).scaled(-1.0)


def _exponents(reference: SettingRun, run: InverseRelations) -> list[Part]:
    """Slopes of log variance over log flatness."""
    steepest = max(run.settings.values(), key=lambda setting: setting.second_value)
    width, curve = reference.flatness[:FLAT], _curve(reference)[:FLAT]
    root = 1 / (1 + np.sqrt(1 / curve - 1))
    flat = _exponent(width, _means(reference)[:FLAT])
    return [
        simulated(
            "SGD of two layers with one output at b = 1: exponent −d log V / d log F of the second "
            "layer over the flat half of the directions",
            flat,
            within_noise(flat, "the curve has no free parameter, and its error is below the noise"),
            [
                wrong_prediction(
                    "1/(1 + bF/√κ)", float(-np.polyfit(np.log(width), np.log(root), 1)[0])
                ),
                wrong_prediction("no coupling", 0.0),
            ],
            prediction=float(-np.polyfit(np.log(width), np.log(curve), 1)[0]),
            basis="derived",
        ),
        simulated(
            "SGD of two layers with one output and isotropic inputs at b = 2, the strongest "
            "coupling of five settings: exponent −d log V / d log F of the second layer over all "
            "directions, where deep networks were reported to show about 4",
            _exponent(steepest.flatness, _means(steepest)),
            at_most(2.0, "the exponent of T/(1 + b²F²/κ) in its flat limit", "neighbor"),
            [
                other_system(
                    "inputs of variance 1/a along the singular vectors of W₁, linear theory",
                    estimate_mean(run.steep),
                )
            ],
            basis="derived",
        ),
    ]


def _order(reference: SettingRun) -> Part:
    """The flatter of two neighbors fluctuates less."""
    found = _pooled(reference, "second") / _curve(reference)
    curve = _curve(reference)
    flatter = [
        estimate_mean(found[:, i] * curve[i] / curve[i + 1] - found[:, i + 1])
        for i in range(len(curve) - 1)
    ]
    squares = reference.flatness**2
    return simulated(
        "SGD of two layers with one output at b = 1: the flatter of two neighboring directions of "
        "the second layer fluctuates less; relative difference of their variances, the largest of "
        "nine pairs",
        largest(flatter),
        at_most(0.0, "a claim of order", "sign"),
        [
            other_system(
                "isotropic noise, whose variance goes as F²",
                exact(float((squares[:-1] / squares[1:] - 1).max())),
            )
        ],
    )


def _all(others: list[SettingRun]) -> Part:
    """Both layers together, from the side that the other rows do not use."""
    one = np.ones_like(others[0].first_values)
    above = [setting.moments["above"] for setting in others]
    found = agreement(*(_distance(m.seen[:, 0], one) for m in above))
    return simulated(
        "SGD of two layers with one output at four settings, from twice the stationary covariance: "
        "agreement, one minus the mean squared relative distance, with T of the variances of what "
        "the map depends on, both layers together, the smallest of the settings",
        found,
        close(found, max(setting.error for setting in others)),
        [
            wrong_theory(
                "the inverse relation",
                agreement(
                    *(
                        _distance(setting.moments["above"].seen[:, 0], _curve(setting))
                        for setting in others
                    )
                ),
            ),
            other_system(
                "the second layer alone",
                agreement(*(_distance(m.second[:, 0], one) for m in above)),
            ),
        ],
        basis="derived",
    )


def _few(run: InverseRelations) -> Part:
    return algebraic(
        "Linear theory of two layers with one output on few samples, c = n/P = 0.8: rank "
        "correlation of variance and flatness along the principal directions of the second layer",
        estimate_mean(run.few_samples),
        at_most(-0.5, "half the way from no relation to a perfect one", "neighbor"),
        [other_system("first layer frozen", estimate_mean(run.few_samples_frozen))],
    )
