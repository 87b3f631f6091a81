"""Claims about the stationary law: BR-7 (depth 0), BR-8 (depth 1), BR-10 (fluctuations)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from traindyn.balance_regularization.claims.registry import registry
from traindyn.balance_regularization.experiments.chain import stationary_law_of_sgd
from traindyn.balance_regularization.experiments.samples import (
    Coefficients,
    sample_regression_sde,
    sample_regression_sgd,
    sample_two_layer_sde,
    sample_two_layer_sgd,
    step_rate,
)
from traindyn.balance_regularization.results import FluctuationRun, RegressionRun, TwoLayerRun
from traindyn.balance_regularization.theory.dynamics import relaxation_time
from traindyn.balance_regularization.theory.moments import Moments, moments
from traindyn.balance_regularization.theory.stationary import (
    Mutant,
    balance_residual,
    gamma_variance,
    hill_exponent,
    regression_variance,
    stationary_law,
    tail_exponent_depth0,
)
from traindyn.data import ScalarRegression
from traindyn.inference import Estimate, estimate_ks_distance, estimate_mean, estimate_variance
from traindyn.laws import GridLaw
from traindyn.ledger import Context, Control, Part, Size, Test

LIGHT = ScalarRegression(slope=1.0, noise=10.0, inputs="rademacher")
"""Light-tailed data deep in the limit of the theory: Sβ₂²/α₃ = 0.01 for batches of one."""

DIVERGED = 1e300
"""Where a replica that blew up is counted."""

GAUSSIAN_NOISES = (1.0, 3.0, 5.0, 10.0)

MUTANTS: tuple[Mutant, ...] = ("stratonovich", "no Ito drift", "doubled temperature")

KS_BOUND = Test(
    "ks",
    0.03,
    "less than half the distance of every wrong law among the controls",
    side="below",
)
CHAIN_BOUND = Test(
    "ks",
    0.02,
    "twice the step-size order Sβ₂²/α₃ = 0.01, and far below the distance of any mutant law",
    side="below",
)


def _coefficients(data: Moments) -> Coefficients:
    return data.alpha1, data.alpha2, data.alpha3, data.beta1, data.beta2


def _mutant_laws(data: Moments, temperature: float) -> dict[str, GridLaw]:
    laws = {f"law with {m}": stationary_law(data, temperature, mutant=m) for m in MUTANTS}
    return {**laws, "law of depth 0": stationary_law(data, temperature, depth=0)}


def _worst(estimates: Mapping[float, Estimate] | list[Estimate]) -> Estimate:
    """The largest of several distances, with the widest of their errors."""
    values = list(estimates.values()) if isinstance(estimates, Mapping) else estimates
    return Estimate(
        max(estimate.value for estimate in values),
        max(estimate.stderr for estimate in values),
        min(estimate.n for estimate in values),
    )


@registry.claim(
    7,
    source="eq. 12, Figure 3",
    basis="stated",
    statement=(
        "Linear regression (depth 0) has the stationary law of eq. 12, with a power-law tail of "
        "exponent 2 + β₁/(Tα₁)."
    ),
)
def law_of_regression(context: Context) -> tuple[RegressionRun, list[Part]]:
    """BR-7."""
    data = moments(ScalarRegression(slope=1.0, noise=1.0))
    replicas = context.choose(ci=20_000, laptop=50_000, paper=200_000)
    records = [400 + 100 * i for i in range(41)]
    temperatures = (0.05, 0.25, 0.5)
    paths = {
        temperature: sample_regression_sde(
            _coefficients(data),
            temperature,
            0.01,
            records,
            replicas,
            context.torch_generator(f"depth 0 at {temperature}"),
        )
        for temperature in temperatures
    }
    laws = {temperature: stationary_law(data, temperature, 0) for temperature in temperatures}
    stated = (0.05, 0.5)
    ks = {t: estimate_ks_distance(paths[t][-1], laws[t].cdf) for t in stated}
    doubled = {
        t: estimate_ks_distance(paths[t][-1], stationary_law(data, 2 * t, 0).cdf) for t in stated
    }
    threshold = 2.0
    parts = [
        Part(
            "Distance of samples of the stochastic equation from eq. 12, T = 0.05 and 0.5 (worst)",
            0.0,
            _worst(ks),
            KS_BOUND,
            [Control("law at twice the temperature, T = 0.05", doubled[0.05])],
        )
    ]
    for temperature in (0.5, 0.25):
        predicted = hill_exponent(laws[temperature], threshold)
        parts.append(
            Part(
                f"Hill's tail exponent of the samples above v = {threshold:g} at T = {temperature} "
                f"(tends to {tail_exponent_depth0(data, temperature):g} far out)",
                predicted,
                _hill(paths[temperature], threshold),
                Test("equality", 0.05 * predicted, "five percent: steps of 0.01 shift it by two"),
                [Control("at T = 0.05", _hill(paths[0.05], 1.5))],
                note="The prediction is Hill's statistic of the law itself at the same threshold.",
            )
        )
    parts += _discrete_variance(context)
    return RegressionRun({t: paths[t][-1] for t in temperatures}, laws), parts


def _hill(samples: np.ndarray, threshold: float) -> Estimate:
    """Tail exponent above a threshold; replicas (columns) are independent, their times are not."""
    logs = np.log(np.maximum(samples, threshold) / threshold).sum(axis=0)
    counts = (samples > threshold).sum(axis=0)
    mean = logs.sum() / counts.sum()
    error = estimate_mean(logs - mean * counts).stderr / counts.mean()
    return Estimate(float(1 + 1 / mean), float(error / mean**2), int((counts > 0).sum()))


def _discrete_variance(context: Context) -> list[Part]:
    """Variance of discrete SGD over its exact value, and what the continuous law would give."""
    data, size = ScalarRegression(slope=1.0, noise=1.0), 8
    replicas = context.choose(ci=600_000, laptop=1_000_000, paper=5_000_000)
    ratios, continuous = [], []
    for rate in (0.1, 0.2):
        steps = round(4 / rate)
        generator = context.torch_generator(f"discrete at {rate}")
        v = sample_regression_sgd(data, rate, size, steps, replicas, generator)
        variance = estimate_variance(v)
        ratios.append(variance.scaled(1 / regression_variance(data.noise, rate, size)))
        law = stationary_law(moments(data), rate / size, 0)
        continuous.append(variance.scaled(1 / law.variance))
    furthest = max(ratios, key=lambda ratio: abs(ratio.value - 1))
    return [
        Part(
            "Variance of discrete SGD over (ησ²/S)/(1 − η(1 + 2/S)), S = 8, the furthest from 1 of "
            "η = 0.1 and 0.2",
            1.0,
            furthest,
            Test("equality", 0.02, "the formula is exact; two percent exceeds the sampling error"),
            [Control("over the variance of the continuous law, η = 0.2", continuous[-1])],
            note="Linear regression departs from eq. 12 at first order in η; this part is derived.",
        )
    ]


@registry.claim(
    8,
    source="eq. 15, Figure 3",
    basis="stated",
    statement=(
        "The two-layer model (depth 1) has the stationary law of eq. 15 below the critical "
        "temperature T_c = β₂/α₃; for bounded inputs it is a Gamma law with E v = v*(1 − T/T_c)."
    ),
)
def law_of_two_layers(context: Context) -> tuple[TwoLayerRun, list[Part]]:
    """BR-8."""
    light = moments(LIGHT)
    critical = light.critical_temperature
    ratios = (0.1, 0.3, 0.5, 0.7, 0.85)
    laws = {r: stationary_law(light, r * critical) for r in ratios}
    chains = {r: stationary_law_of_sgd(1.0, LIGHT.noise, r * critical) for r in ratios}
    mutants = _mutant_laws(light, 0.3 * critical)
    by_noise = {LIGHT.noise: max(chains[r].distance(laws[r].cdf) for r in ratios)}
    for noise in (5.0, 7.0):
        by_noise[noise] = max(
            stationary_law_of_sgd(1.0, noise, r / noise**2).distance(laws[r].cdf) for r in ratios
        )
    law_04 = stationary_law(light, 0.4 * critical)
    by_batch = {
        size: stationary_law_of_sgd(1.0, LIGHT.noise, 0.4 * critical * size, size).distance(
            law_04.cdf
        )
        for size in (8, 4, 2, 1)
    }
    samples = _simulate_light(context, (0.3, 0.5))
    simulated = {r: estimate_ks_distance(v, laws[r].cdf) for r, v in samples.items()}
    gaussian = _simulate_gaussian(context)
    parts = [
        _stochastic_equation(context),
        Part(
            "Exact law of discrete SGD (S = 1, x = ±1, σ = 10k): distance from the Gamma law, "
            "worst of T/T_c = 0.1, 0.3, 0.5, 0.7, 0.85",
            0.0,
            Estimate(by_noise[LIGHT.noise]),
            CHAIN_BOUND,
            [
                Control(f"{name}, T = 0.3 T_c", Estimate(chains[0.3].distance(law.cdf)))
                for name, law in mutants.items()
            ],
            asymptotic=True,
            sizes=[Size(noise**2, Estimate(by_noise[noise])) for noise in sorted(by_noise)],
            note="Size is α₃/Sβ₂² = σ²/k²: the distance falls as its inverse.",
        ),
        Part(
            "Simulated SGD on the same data: distance from the Gamma law at T/T_c = 0.3 and 0.5 "
            "(worst)",
            0.0,
            _worst(simulated),
            KS_BOUND,
            [
                Control(f"{name}, T = 0.3 T_c", estimate_ks_distance(samples[0.3], law.cdf))
                for name, law in mutants.items()
            ],
            note="Ties the exact chain of the previous part to plain SGD on drawn batches.",
        ),
        Part(
            "Simulated SGD on Gaussian data at T = 0.2 T_c, σ = 10k: distance from eq. 15; "
            "it falls as the label noise grows",
            0.0,
            gaussian[10.0],
            KS_BOUND,
            [Control("σ = k", gaussian[1.0])],
            asymptotic=True,
            sizes=[Size(noise, gaussian[noise]) for noise in GAUSSIAN_NOISES],
            note=(
                "Products of Gaussian input and noise have kurtosis 9, so convergence is slow: "
                "textbook data with σ = k are outside the limit."
            ),
        ),
        Part(
            "Only T = η/S matters: exact law of SGD at T = 0.4 T_c with batches of 2",
            0.0,
            Estimate(by_batch[2]),
            CHAIN_BOUND,
            [Control("batches of 8 at the same T", Estimate(by_batch[8]))],
            asymptotic=True,
            sizes=[Size(100 / size, Estimate(by_batch[size])) for size in (8, 4, 2, 1)],
            note=(
                "Size is α₃/Sβ₂². The larger batch, with the larger learning rate at equal T, is "
                "the worse one: the statement holds only as Sβ₂²/α₃ → 0."
            ),
        ),
        _moment_identity(),
    ]
    return TwoLayerRun(samples, laws, chains, mutants, by_noise, by_batch, gaussian), parts


def _stochastic_equation(context: Context) -> Part:
    """The stochastic equation itself against eq. 15, on Gaussian data."""
    points = context.choose(
        ci=((1.0, 0.3), (3.0, 0.6)),
        laptop=((1.0, 0.1), (1.0, 0.3), (1.0, 0.6), (3.0, 0.3), (3.0, 0.6), (3.0, 0.85)),
        paper=tuple((s, r) for s in (1.0, 3.0) for r in (0.1, 0.3, 0.6, 0.85)),
    )
    distances = []
    controls: list[Control] = []
    for noise, ratio in points:
        replicas = context.choose(
            ci=40_000, laptop=60_000 if ratio < 0.8 else 30_000, paper=200_000
        )
        data = moments(ScalarRegression(slope=1.0, noise=noise))
        temperature = ratio * data.critical_temperature
        coefficients = _coefficients(data)
        resolution = 0.1
        burn_in = 6 * relaxation_time(data, temperature) + 6
        steps = round(burn_in * (4 * temperature * data.alpha3 + 3) / resolution)
        v = sample_two_layer_sde(
            coefficients,
            temperature,
            data.minimum,
            steps,
            replicas,
            context.torch_generator(f"equation {noise} {ratio}"),
            resolution,
        )
        clock = _clock(coefficients, temperature)
        law = stationary_law(data, temperature, clock=clock)
        distances.append(estimate_ks_distance(v, law.cdf))
        if (noise, ratio) == (1.0, 0.3):
            controls = [
                Control(
                    f"law with {mutant}",
                    estimate_ks_distance(
                        v, stationary_law(data, temperature, mutant=mutant, clock=clock).cdf
                    ),
                )
                for mutant in ("no Ito drift", "doubled temperature")
            ]
    return Part(
        "Samples of the stochastic equation with Gaussian data: distance from eq. 15, worst of "
        + ", ".join(f"σ = {s:g}k at {r:g} T_c" for s, r in points),
        0.0,
        _worst(distances),
        KS_BOUND,
        controls,
    )


def _clock(data: Coefficients, temperature: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda v: step_rate(v, data, temperature)


def _simulate_light(context: Context, ratios: tuple[float, ...]) -> dict[float, np.ndarray]:
    data = moments(LIGHT)
    replicas = context.choose(ci=40_000, laptop=100_000, paper=400_000)
    samples = {}
    for ratio in ratios:
        temperature = ratio * data.critical_temperature
        burn_in = 8 * relaxation_time(data, temperature)
        samples[ratio] = sample_two_layer_sgd(
            LIGHT,
            data.minimum,
            temperature,
            1,
            round(burn_in / temperature),
            replicas,
            context.torch_generator(f"light {ratio}"),
        )
    return samples


def _simulate_gaussian(context: Context) -> dict[float, Estimate]:
    replicas = context.choose(ci=40_000, laptop=60_000, paper=400_000)
    distances = {}
    for noise in GAUSSIAN_NOISES:
        data = ScalarRegression(slope=1.0, noise=noise)
        law = moments(data)
        temperature = 0.2 * law.critical_temperature
        burn_in = 8 * relaxation_time(law, temperature) + 1 / law.beta1
        v = sample_two_layer_sgd(
            data,
            law.minimum,
            temperature,
            1,
            round(burn_in / temperature),
            replicas,
            context.torch_generator(f"gaussian {noise}"),
        )
        v = np.nan_to_num(v, nan=DIVERGED, posinf=DIVERGED)  # counted, not dropped
        distances[noise] = estimate_ks_distance(v, stationary_law(law, temperature).cdf)
    return distances


def _moment_identity() -> Part:
    """E[β₁v − β₂ + Tg] = 0 by quadrature over laws and mutants."""
    cases = [
        (moments(data), ratio)
        for data in (ScalarRegression(1.0, 1.0), ScalarRegression(1.0, 3.0), LIGHT)
        for ratio in (0.1, 0.3, 0.6, 0.85)
    ]

    def residual(data: Moments, ratio: float, mutant: Mutant | None = None) -> float:
        temperature = ratio * data.critical_temperature
        law = stationary_law(data, temperature, mutant=mutant)
        return abs(balance_residual(law, data, temperature))

    return Part(
        "Largest |E[β₁v − β₂ + Tg(v)]| under eq. 15 over three data sets and four temperatures",
        0.0,
        Estimate(max(residual(data, ratio) for data, ratio in cases)),
        Test("exact", 1e-6, "quadrature: the power-law tail is cut at v = e⁴⁰"),
        [
            Control(
                f"law with {mutant}, T = 0.3 T_c",
                Estimate(min(residual(d, 0.3, mutant) for d, r in cases if r == 0.3)),
            )
            for mutant in MUTANTS
        ],
        note="The average drift of log v; not in the paper.",
    )


@registry.claim(
    10,
    source="section 4, from eq. 15",
    basis="derived",
    statement=(
        "Fluctuation inversion: with two layers the variance of v is the parabola "
        "2(T/T_c)(1 − T/T_c) v*², largest at half the critical temperature; without the second "
        "layer it grows with T."
    ),
)
def fluctuation_inversion(context: Context) -> tuple[FluctuationRun, list[Part]]:
    """BR-10."""
    ratios = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    by_noise = {
        noise: np.array([stationary_law_of_sgd(1.0, noise, r / noise**2).variance for r in ratios])
        for noise in (5.0, 7.0, LIGHT.noise)
    }
    two_layers = by_noise[LIGHT.noise]
    replicas = context.choose(ci=60_000, laptop=100_000, paper=400_000)
    regression = []
    for ratio in ratios:
        rate = ratio * moments(LIGHT).critical_temperature
        generator = context.torch_generator(f"depth 0 at {ratio}")
        v = sample_regression_sgd(LIGHT, rate, 1, round(4 / rate), replicas // 5, generator)
        regression.append(estimate_variance(v))
    simulated = {r: estimate_variance(v) for r, v in _simulate_inversion(context).items()}
    parabola = gamma_variance(ratios)
    deviations = {noise: np.abs(v - parabola).max() for noise, v in by_noise.items()}
    flat = max(regression, key=lambda v: v.value)
    half, last = 5, len(ratios) - 1
    fine = np.linspace(0.4, 0.6, 5)
    curve = [stationary_law_of_sgd(1.0, LIGHT.noise, r / LIGHT.noise**2).variance for r in fine]
    peak = float(fine[int(np.argmax(curve))])
    slope = regression[last].value / regression[half].value
    slope_error = slope * np.hypot(
        regression[last].stderr / regression[last].value,
        regression[half].stderr / regression[half].value,
    )
    parts = [
        Part(
            "Exact variance of discrete SGD: largest distance from the parabola over ten "
            "temperatures up to 0.9 T_c, in units of v*²",
            0.0,
            Estimate(float(deviations[LIGHT.noise])),
            Test(
                "equality",
                0.02,
                "a step-size shift of T_c by Sβ₂²/α₃ = 1 % moves the parabola by up to 0.015",
                side="below",
            ),
            [Control("depth 0 at 0.9 T_c", _distance(regression[last], parabola[last]))],
            asymptotic=True,
            sizes=[Size(noise**2, Estimate(float(deviations[noise]))) for noise in by_noise],
        ),
        Part(
            "Temperature of the largest variance, in units of T_c",
            0.5,
            Estimate(peak),
            Test("equality", 0.05, "one grid step; the step-size shift of T_c is 0.005"),
            [Control("depth 0", Estimate(float(ratios[regression.index(flat)])))],
        ),
        Part(
            "The variance falls again: Var(0.9 T_c) over Var(0.5 T_c)",
            float(parabola[last] / parabola[half]),
            Estimate(float(two_layers[last] / two_layers[half])),
            Test("ordering", 0.14, "half the largest variance", side="below"),
            [Control("depth 0", Estimate(slope, float(slope_error), replicas // 5))],
        ),
        Part(
            "Simulated SGD: variance at 0.7 T_c in units of v*²",
            float(gamma_variance(np.array(0.7))),
            simulated[0.7],
            Test("equality", 0.07, "a quarter of the distance to the depth-0 variance, 0.28"),
            [Control("depth 0", regression[int(np.argmin(abs(ratios - 0.7)))])],
            note="Ties the exact chain of the first part to plain SGD on drawn batches.",
        ),
    ]
    return FluctuationRun(ratios, two_layers, regression, simulated), parts


def _distance(estimate: Estimate, target: float) -> Estimate:
    return replace(estimate, value=abs(estimate.value - target))


def _simulate_inversion(context: Context) -> dict[float, np.ndarray]:
    data = moments(LIGHT)
    replicas = context.choose(ci=60_000, laptop=100_000, paper=400_000)
    samples = {}
    for ratio in (0.2, 0.7):
        temperature = ratio * data.critical_temperature
        steps = round(6 * relaxation_time(data, temperature) / temperature)
        samples[ratio] = sample_two_layer_sgd(
            LIGHT,
            data.minimum,
            temperature,
            1,
            steps,
            replicas,
            context.torch_generator(f"inversion {ratio}"),
        )
    return samples
