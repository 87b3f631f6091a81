"""Claims AN-13 and AN-15: the state of the inverse relation drifts, and a window shows it."""

from __future__ import annotations

import numpy as np

from traindyn.anisotropic_noise.claims.parts import simulated
from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.drift import (
    ComponentRun,
    DriftRates,
    DriftRun,
    DriftWindow,
    SlowDrift,
)
from traindyn.anisotropic_noise.studies.drift import (
    BATCH,
    COMPONENT_INPUTS,
    COMPONENT_NOISE,
    COMPONENT_RATE,
    COMPONENT_STEPS,
    COMPONENT_VALUES,
    INPUTS,
    LATE,
    drift_components,
    drift_rates,
    slow_drift,
)
from traindyn.anisotropic_noise.theory.drift import decay_correction, drift_of_balance
from traindyn.anisotropic_noise.theory.flatness import window_variance
from traindyn.inference import Estimate, estimate_mean, ratio_of_means
from traindyn.ledger import (
    Part,
    at_least,
    other_system,
    same_run,
    within,
    within_noise,
    wrong_prediction,
    wrong_theory,
)
from traindyn.runs import Context


@registry.claim(
    13,
    source="beyond the abstract; the rates are derived here",
    basis="extension",
    statement=(
        "The state in which the inverse relation holds does not last: noise moves the layers "
        "along the valley of minima at the rate η²s²/S, and hidden modes that the map does not "
        "need decay."
    ),
)
def state_that_does_not_last(context: Context) -> tuple[DriftRun, list[Part]]:
    """AN-13."""
    run, rates = slow_drift(context), drift_rates(context)
    windows = [window.found / window.predicted for window in run.windows]
    shown = DriftRun(
        run.times,
        run.first.mean(axis=1),
        run.second.mean(axis=1)[:, None],
        np.array([shares.mean(axis=0) for shares in windows]),
        np.ones(run.first.shape[-1]),
    )
    return shown, [_imbalance(rates), _decay(run), _window(run.windows)]


def _imbalance(rates: DriftRates) -> Part:
    run = rates.noisy
    found = ratio_of_means(run.change, run.added)
    return simulated(
        "SGD of two layers with one output: change of the imbalance W₁W₁ᵀ − W₂ᵀW₂ over the sum of "
        "its predicted mean changes per step",
        found,
        within_noise(found, "the mean change is exact at every step, computed along the run"),
        [
            wrong_theory(
                "the loss of the minimum in place of the loss on the way",
                ratio_of_means(run.change, run.at_minimum),
            ),
            other_system(
                "a hundredth of the label noise, in units of the same drift",
                estimate_mean(rates.quiet.change).scaled(1 / float(run.added.mean())),
            ),
        ],
        prediction=1.0,
    )


def _decay(run: SlowDrift) -> Part:
    begin = int(np.argmin(abs(run.times - LATE)))
    span = run.times[-1] - run.times[begin]

    def rate(mode: int) -> Estimate:
        logs = np.log(run.first[[begin, -1], :, mode])
        return estimate_mean((logs[0] - logs[1]) / span)

    predicted = float(
        decay_correction(
            run.first[begin:], run.second[begin:], INPUTS, run.learning_rate, run.batch_size
        ).mean()
    )
    found = rate(-1)
    return simulated(
        "SGD of two layers with one output: late decay rate of the weakest hidden mode over "
        "η² s² m / S",
        found,
        within_noise(
            found,
            "the next order in η is predicted, too: the weak mode is fed by the fluctuations of "
            "the second layer along it; the one after it is of the order of its square",
            (1 - predicted) ** 2,
        ),
        [
            wrong_prediction("the lowest order in η alone", 1.0),
            wrong_prediction("twice the rate", 2.0),
            other_system("the mode that the map needs", rate(0)),
        ],
        prediction=predicted,
    )


def _window(windows: list[DriftWindow]) -> Part:
    def shape(found: np.ndarray, expected: np.ndarray) -> Estimate:
        """Variances of the decaying modes over the expected ones, relative to the first mode."""
        shares = found / expected
        return ratio_of_means(shares[:, 1:].mean(axis=1), shares[:, 0])

    early, late = windows[:2]
    unchanged = shape(late.predicted, late.at_start).value
    return simulated(
        "SGD of two layers with one output, after two decay times: variances of the decaying modes "
        "in a window over a²/(a² + b²) at that time, mean relative to the mode that the map needs",
        shape(late.found, late.predicted),
        within(
            (1 - unchanged) / 2,
            f"half the way to {unchanged:.2f}, what the singular values along the run predict over "
            "what those of the start do",
            "neighbor",
        ),
        [
            wrong_theory("singular values of the start", shape(late.found, late.at_start)),
            same_run("the window one decay time earlier", shape(early.found, late.predicted)),
        ],
        prediction=1.0,
    )


@registry.claim(
    15,
    source="beyond the abstract; compare the first principal component of Feng and Tu",
    basis="extension",
    statement=(
        "With strong label noise the first principal component of a window is not a fluctuation "
        "but the drift: it points along the second layer itself."
    ),
)
def drift_component(context: Context) -> tuple[dict[str, ComponentRun], list[Part]]:
    """AN-15."""
    runs = {
        "label noise 0.3": drift_components(context, COMPONENT_NOISE),
        "label noise 0.003": drift_components(context, 0.003),
        "first layer frozen": drift_components(context, COMPONENT_NOISE, freeze_first=True),
    }
    strong, quiet, frozen = runs.values()

    def others(name: str) -> list[Estimate]:
        return [estimate_mean(getattr(run, name)) for run in (quiet, frozen)]

    system = "SGD of two layers with one output, label noise 0.3, window of 12,000 steps: "
    rows = (
        (
            "cosine between the first principal component of the second layer and the layer itself",
            "cosine",
            at_least(
                0.5**0.5, "where the component has equal parts along the layer and across", "sign"
            ),
        ),
        (
            "variance of the first over that of the second principal component of the second layer",
            "ratio",
            at_least(
                (_law_of_window(coupled=True)[1] * _drift_alone()) ** 0.5,
                "half the way, on a log axis, from the two largest fluctuations to a drift along "
                "the layer over the largest, both computed",
                "neighbor",
            ),
        ),
    )
    return runs, [
        *(
            simulated(
                system + statement,
                estimate_mean(getattr(strong, name)),
                rule,
                [
                    other_system(label, of)
                    for label, of in zip(list(runs)[1:], others(name), strict=True)
                ],
            )
            for statement, name, rule in rows
        ),
        _without_first(system, strong),
    ]


def _law_of_window(*, coupled: bool) -> tuple[float, float]:
    """Correlation of log variance and log flatness, and ratio of the two largest variances.

    By the law of the second layer in the window, or by the window alone; without the mode along the
    layer itself, which drifts.
    """
    a = np.sort(COMPONENT_VALUES[1:] ** 2)
    rate = a + 1 if coupled else a
    variances = (a / rate if coupled else 1) * window_variance(
        COMPONENT_RATE * rate * COMPONENT_STEPS
    )
    correlation = np.corrcoef(np.log(variances), -np.log(a))[0, 1]
    return float(correlation), float(variances[-1] / variances[-2])


def _drift_alone() -> float:
    """Variance of a straight drift of the layer in the window, over the largest fluctuation.

    The map keeps a·b, so a² falls as b² rises, or the reverse, each by half of the change of
    Q = a² − b²: b = 1 moves by a fourth of it.
    """
    first, noise = np.eye(1, COMPONENT_INPUTS), COMPONENT_NOISE**2
    change = drift_of_balance(first, np.ones((1, 1)), noise, COMPONENT_RATE, BATCH)[0, 0]
    temperature = COMPONENT_RATE * noise / (2 * BATCH)
    largest = (COMPONENT_VALUES**2 / (COMPONENT_VALUES**2 + 1)).max() * temperature
    return float((COMPONENT_STEPS * change / 4) ** 2 / 12 / largest)


def _without_first(system: str, strong: ComponentRun) -> Part:
    coupled, window = (_law_of_window(coupled=of)[0] for of in (True, False))
    return simulated(
        system + "correlation of log variance and log flatness over the principal components of "
        "the second layer but the first",
        estimate_mean(strong.correlation),
        within(
            (window - coupled) / 2,
            f"half the way from T a²/(a² + b²) in a window to the window alone, {window:.3f}",
            "neighbor",
        ),
        [
            wrong_prediction("the window alone, as with the first layer frozen", window),
            same_run("with the first component", estimate_mean(strong.correlation_with_first)),
        ],
        prediction=coupled,
    )
