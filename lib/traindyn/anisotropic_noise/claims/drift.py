"""Claims AN-13 and AN-15: the quasi-stationary state drifts, and a window shows the drift."""

from __future__ import annotations

from traindyn.anisotropic_noise.claims.registry import registry
from traindyn.anisotropic_noise.results.drift import ComponentRun, DriftRun
from traindyn.anisotropic_noise.studies.drift import drift_components, drift_rates, slow_drift
from traindyn.inference import exact
from traindyn.ledger.legacy import Control, Part, Test
from traindyn.runs import Context


@registry.claim(
    13,
    source="abstract: a quasi-stationary state; its life time is derived here",
    basis="stated",
    statement=(
        "The state in which the inverse relation holds is quasi-stationary: noise moves the layers "
        "along the valley of minima at the rate η²s²/S, and hidden modes that the map does not "
        "need decay."
    ),
)
def quasi_stationary_state(context: Context) -> tuple[DriftRun, list[Part]]:
    """AN-13."""
    run, rates = slow_drift(context), drift_rates(context)
    return run.shown, [
        Part(
            "Change of the imbalance over the sum of its predicted drift",
            1.0,
            rates.noisy,
            Test("equality", 0.15, "twice η tr H / S = 0.07, the error of frozen noise"),
            [Control("a hundredth of the label noise", rates.quiet)],
        ),
        Part(
            "Decay rate of the weakest hidden mode over η² s² m / S, late",
            1.0,
            run.decay,
            Test("equality", 0.15, "twice η tr H / S = 0.07"),
            [Control("the mode that the map needs", exact(run.decay_of_needed))],
        ),
        Part(
            "After two decay times: variances of the modes in a window over a²/(a² + b²) at that "
            "time, mean of the decaying modes over the first",
            1.0,
            run.shape,
            Test(
                "equality",
                0.2,
                "a fifth; the variances themselves have fallen to less than half",
            ),
            [Control("the window one decay time earlier", run.earlier_shape)],
        ),
    ]


@registry.claim(
    15,
    source="beyond the abstract; compare the first principal component of Feng and Tu",
    basis="extension",
    statement=(
        "With strong label noise the first principal component of a window is not a fluctuation "
        "but the drift: it points along the second layer itself."
    ),
)
def drift_component(context: Context) -> tuple[dict[float, ComponentRun], list[Part]]:
    """AN-15."""
    runs = {noise: drift_components(context, noise) for noise in (0.3, 0.003)}
    run, quiet = runs.values()
    return runs, [
        Part(
            "Cosine between the first principal component and the second layer, label noise 0.3",
            1.0,
            run.cosine,
            Test("threshold", 0.1, "an angle of 25 degrees", side="above"),
            [Control("label noise 0.003", quiet.cosine)],
        ),
        Part(
            "Variance of the first over that of the second component",
            6.0,
            run.ratio,
            Test("threshold", 1.0, "a factor of five", side="above"),
            [Control("label noise 0.003", quiet.ratio)],
        ),
        Part(
            "Correlation of log variance and log flatness over the other components",
            -1.0,
            run.correlation,
            Test("threshold", 0.15, "a straight line explains 0.72 of log variance", side="below"),
            [Control("with the first component", run.correlation_with_first)],
        ),
    ]
